"""Variables, accounts and indicators as labelled tables, in levels and against the baseline.

Every table has dimensions ``scenario`` and ``year``, and of ``region``, ``sector`` and ``household`` those its symbol
has. Where a symbol is by commodity and activity these are two dimensions; flows between provinces go from ``region`` to
``destination``. Labels are codes; beside them stand their names, ``region_en`` and ``region_zh``. What does not exist
(a technology that a province does not have) is nan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from cge.api.solved import Solved, State
from cge.explain.statements import said
from cge.language.data import grid
from cge.language.declare import Family
from cge.measure.indicators import ALL, INDICATORS
from cge.report.style import region_name, sector_name
from cge.theory.chapters import THEORY
from cgebase.arrays import Array
from cgebase.errors import ScenarioError
from cgebase.messages import LANGUAGES, Message, listed, message, near
from sam.registry import HOUSEHOLDS, UnknownNameError, resolve

DIMENSIONS = {"r": "region", "c": "sector", "a": "sector", "h": "household", "m": "market", "i": "sector",
              "n": "country"}  # fmt: skip
APART = {"c": "commodity", "a": "activity"}
"""Sectors of a symbol that has them twice."""
DESTINATION = "destination"
PLACES = ("region", DESTINATION, "market", "country")
ORDER = ("scenario", "region", DESTINATION, "sector", *APART.values(), "household", "market", "country", "year")
SECTORS = ("sector", *APART.values(), "household")
Labels = Mapping[str, Any]
Table = TypeVar("Table", xr.DataArray, xr.Dataset)


def dimensions(family: Family) -> tuple[str, ...]:
    """Dimensions of the table of a symbol, in the order of its indices."""
    sets = [d.name for d in family.dims]
    names = DIMENSIONS | APART if set(APART) <= set(sets) else DIMENSIONS
    return tuple(DESTINATION if of in sets[:k] else names[of] for k, of in enumerate(sets))


def of_symbol(
    name: str, solved: Mapping[str, Solved], active: Mapping[str, Sequence[str]], years: Sequence[int]
) -> xr.DataArray:
    """Levels of a variable or account; by country where there are several.

    Parameters
    ----------
    solved, active : mapping by scenario
        Where its years are, and the equations that hold in it.
    """
    family, first = THEORY.families[name], solved[next(iter(active))]
    values = [[_values(name, solved[s].at(s, y), holds, solved[s]) for y in years] for s, holds in active.items()]
    dims = dimensions(family)
    labels = {d: list(first.benchmark.sets[of.name]) for d, of in zip(dims, family.dims, strict=True)}
    coords = {"scenario": list(active), "year": list(years), **labels}
    table = xr.DataArray(np.array(values), coords, ("scenario", "year", *dims), name)
    table.attrs = _about(said(family.unit), said(family.description))
    if table.sizes.get("country") == 1:
        table = table.isel(country=0, drop=True)
    return table.transpose(*ORDER, missing_dims="ignore")


def _values(name: str, state: State, active: Sequence[str], where: Solved) -> Array:
    """Values where something determines them; nan elsewhere."""
    family = THEORY.families[name]
    stated = {**THEORY.definitions, **THEORY.accounts}
    by = [stated[name]] if name in stated else [e for n in active if (e := THEORY.equations[n]).variable == name]
    if not by:
        exists = state.parameters[family.exists] > 0 if family.exists else np.True_
        return np.where(exists, state.of(name), np.nan)
    where_stated = [grid(THEORY, where.benchmark.sets, s.where, s.over, state.parameters) != 0 for s in by]
    return np.where(np.any(where_stated, axis=0), state.of(name), np.nan)


def of_indicator(name: str, data: pd.DataFrame) -> xr.DataArray:
    """Levels of an indicator from tidy results; sector ``all`` is left out where an indicator has no other."""
    rows = data[data["indicator"] == name]
    kinds = set(rows["sector"])
    sector = [] if kinds == {ALL} else ["household" if kinds <= set(HOUSEHOLDS) else "sector"]
    dims = ["scenario", "region", *sector, "year"]
    rows = rows.rename(columns={"sector": "".join(sector) or "sector"})
    table = xr.DataArray.from_series(rows.set_index(dims)["value"].rename(name))
    table = in_order(table, [rows])
    table.attrs = _about(said(INDICATORS[name].unit), INDICATORS[name].what)
    return table


def _about(unit: Message, what: Message) -> dict[str, str]:
    """Attributes of a table: unit and description, in both languages."""
    return {"unit": str(unit), "description": str(what), "unit_zh": unit.zh, "description_zh": what.zh}


def named(table: Table, labels: Mapping[str, Mapping[str, str]], aggregation: str) -> Table:
    """The table with names in English and Chinese beside its codes; ``labels`` are those of scenarios."""
    beside: dict[str, Any] = {}
    for dim in table.dims:
        for language in LANGUAGES:
            if dim in PLACES:
                words = [region_name(str(k), language) for k in table[dim].values]
            elif dim in SECTORS:
                words = [sector_name(str(k), language, aggregation) for k in table[dim].values]
            elif dim == "scenario":
                words = [labels[str(k)][language] for k in table[dim].values]
            else:
                continue
            beside[f"{dim}_{language}"] = (dim, words)
    return table.assign_coords(beside)


def in_order(table: Table, like: Sequence[Any]) -> Table:
    """The table with the labels of each dimension as they first come in others, and years ascending."""
    labels = {}
    for dim in map(str, table.dims):
        first = dict.fromkeys(k for one in like if dim in one for k in np.atleast_1d(one[dim]))
        labels[dim] = sorted(first) if dim == "year" else list(first)
    return table.reindex(labels)


def change(table: xr.DataArray, baselines: Sequence[str]) -> xr.DataArray:
    """Per cent change against the baseline of the same year; nan where that is zero."""
    base = table.sel(scenario=baselines[0], drop=True)
    policies = table.drop_sel(scenario=list(baselines))
    out = (100 * (policies / base.where(base != 0) - 1)).rename(table.name)
    what = Message(table.attrs["description"], table.attrs["description_zh"])
    out.attrs = _about(Message("%", "%"), message("change.against", what=what))
    return out


def chosen(table: xr.DataArray, labels: Labels) -> xr.DataArray:
    """Part of a table by code or name of each label, English or Chinese; several, or a slice of years.

    Raises
    ------
    ScenarioError
        A dimension that the table does not have, or a label that is not in it; all at once.
    """
    faults: list[Message] = []
    at: dict[str, Any] = {}
    for dim, asked in labels.items():
        if dim not in table.dims:
            faults.append(message("CGE352", name=table.name, dim=dim, dims=listed(map(str, table.dims))))
        elif isinstance(asked, slice):
            at[dim] = asked
        else:
            several = isinstance(asked, Iterable) and not isinstance(asked, str)
            words = [*asked] if several else [asked]
            codes = [_code(table, dim, word) for word in words]
            lost = [word for word, code in zip(words, codes, strict=True) if code is None]
            known = [str(k) for k in table[dim].values]
            spelt = [*known, *_names(table, dim)]
            faults += [message("CGE351", name=table.name, dim=dim, label=word, near=near(str(word), spelt),
                               known=listed(known)) for word in lost]  # fmt: skip
            at[dim] = codes if several else codes[0]
    if faults:
        raise ScenarioError(faults[0] if len(faults) == 1 else message("CGE350.several", faults=listed(faults)))
    return table.sel(at)


def _code(table: xr.DataArray, dim: str, word: Any) -> Any:
    """Label that a word stands for, or None."""
    known = list(table[dim].values)
    if word in known:
        return word
    names = _names(table, dim)
    spelt = dict(zip([*names, *map(str, known)], known * (1 + len(names) // len(known)), strict=True))
    code = {text.lower(): code for text, code in spelt.items()}.get(str(word).strip().lower())
    if code is None and dim in PLACES:
        try:
            code = resolve(word)
        except UnknownNameError:
            return None
    return code if code in known else None


def _names(table: xr.DataArray, dim: str) -> list[str]:
    """Names of the labels of a dimension, all in English, then all in Chinese."""
    beside = [f"{dim}_{language}" for language in LANGUAGES]
    return [str(k) for c in beside if c in table.coords for k in table[c].values]
