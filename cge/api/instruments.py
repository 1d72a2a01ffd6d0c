"""Instruments as functions, each called like its table in a study file and with the keys of that table."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from cge.api.given import plain
from cge.policies import Instrument, instruments
from cge.study.scenario import Cap, instrument_of


def cap(allocation: str = "uniform", **keys: Any) -> Cap:
    """An absolute cap on CO2.

    Parameters
    ----------
    allocation : str
        Rule that shares the national total among provinces, see `docs/study.md`.
    **keys
        Keys of the table `[scenario.cap]` in `docs/study.md`, such as ``final_share``, ``path``, ``provinces``.

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


def _function(table: str, kind: type[Instrument]) -> Callable[..., Instrument]:
    def make(**keys: Any) -> Any:
        return _made(table, keys)

    none, only = inspect.Parameter.empty, inspect.Parameter.KEYWORD_ONLY
    each = [
        inspect.Parameter(n, only, annotation=f.annotation,
                          default=none if f.is_required() else f.get_default(call_default_factory=True))
        for n, f in kind.model_fields.items()
    ]  # fmt: skip
    make.__signature__ = inspect.Signature(each, return_annotation=kind)  # type: ignore[attr-defined]
    make.__name__ = make.__qualname__ = table
    make.__doc__ = kind.__doc__
    return make


globals().update({table: _function(table, kind) for table, kind in instruments().items()})
