"""Instruments as functions, each called like its table in a study file and with the keys of that table."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from cge.api.given import plain
from cge.policies import Instrument, instruments
from cge.study.scenario import Cap, instrument_of


def cap(allocation: str = "uniform", **keys: Any) -> Cap:
    """An absolute cap on CO2; the rules and every key: `docs/study.md`.

    Raises
    ------
    ScenarioError
        Every fault at once, by key.

    Examples
    --------
    >>> import cge
    >>> cge.cap("per-capita", final_share=0.2, groups=[["新疆", "Gansu"]]).groups
    (('XJ', 'GS'),)
    """
    return _made("cap", {"allocation": allocation, **keys})  # type: ignore[return-value]


def table_of(instrument: Cap | Instrument) -> str:
    """Table of a study file that an instrument is."""
    return "cap" if isinstance(instrument, Cap) else next(t for t, k in instruments().items() if k is type(instrument))


def _made(table: str, keys: dict[str, Any]) -> Cap | Instrument:
    return instrument_of(table, {key: plain(value, f"{table}.{key}") for key, value in keys.items()})


def function(table: str) -> Callable[..., Instrument]:
    """The instrument of a table as a function."""
    return _function(table, instruments()[table])


@cache
def _function(table: str, kind: type[Instrument]) -> Callable[..., Instrument]:
    def make(**keys: Any) -> Any:
        return _made(table, keys)

    make.__name__ = make.__qualname__ = table
    make.__module__ = "cge"
    make.__doc__ = kind.__doc__
    described: Callable[..., Instrument] = _described(make, kind)
    return described


def _described(make: Any, kind: type[Cap | Instrument]) -> Any:
    """The function with the keys of its table as keywords, in its signature and its docstring."""
    none, kinds, fields = inspect.Parameter.empty, inspect.Parameter, kind.model_fields
    first = [n for n, p in inspect.signature(make).parameters.items() if p.kind is kinds.POSITIONAL_OR_KEYWORD]
    place = {n: kinds.POSITIONAL_OR_KEYWORD if n in first else kinds.KEYWORD_ONLY for n in (*first, *fields)}
    default = {n: none if f.is_required() else f.get_default(call_default_factory=True) for n, f in fields.items()}
    make.__signature__ = inspect.Signature([kinds(n, at, default=default[n]) for n, at in place.items()])
    lines = ["", "", "Parameters", "----------"]
    for name in place:
        extra = fields[name].json_schema_extra
        unit = extra.get("unit") if isinstance(extra, dict) else None
        lines += [f"{name} : {unit}" if unit else name, f"    {' '.join((fields[name].description or '').split())}"]
    doc = inspect.cleandoc(make.__doc__ or "")
    rest = re.search(r"\n\n(Raises|Notes|Examples)\n---", doc)
    end = rest.start() if rest else len(doc)
    make.__doc__ = doc[:end] + "\n".join(lines) + doc[end:]
    return make


_described(cap, Cap)
