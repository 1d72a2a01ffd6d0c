"""Parameters of the model, read from the four tables beside this file.

The set ``literature`` is what the tables hold: values chosen from published models, never fitted
to a result. Every value carries a range, a unit and a source.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd

from cgebase.brief import Brief
from cgebase.errors import CGEError
from cgebase.messages import Message, joined, lined, listed, message, near
from sam.classification import BUSBAR
from sam.country import CHINA, Country
from sam.registry import AGGREGATIONS, activity_codes
from sam.tables import read_mapping

TABLES = ("elasticities", "abatement", "power", "macro")
COLUMNS = ("parameter", "item", "value", "low", "high", "unit", "source", "note")
ALL = "all"
OF_ACTIVITIES = (
    "sigma_kle",
    "sigma_va",
    "sigma_elec",
    "sigma_fuel",
    "abatement_half_cost",
    "abatement_max_share",
    "capture_share",
)
OF_COMMODITIES = (
    "armington_import",
    "armington_province",
    "export_elasticity",
    "income_elasticity",
)
ABATING, PLANT, GRID = ("abatement_half_cost", "abatement_max_share", "capture_share"), "gco", "ely"
"""Parameters of abatement, coal power, and the sector that delivers electricity."""
Side = Literal["low", "high"]


class ParameterError(CGEError, ValueError):
    """Parameters are missing or out of order; all faults at once."""

    exit_code = 3


@dataclass(frozen=True, repr=False)
class ParameterSet(Brief):
    """Parameters of one aggregation, looked up by name and code.

    Parameters
    ----------
    name : str
        ``literature`` or the name of a variant.
    aggregation : str
    values : mapping of (str, str) to float
        Value by parameter and item; national scalars have item ``all``.
    ranges : mapping of (str, str) to (float, float)
        Low and high by parameter and item; nan where none is given.
    table : DataFrame
        Rows behind the values at cn30 detail, with range, unit, source and note.
    changed : mapping of (str, str) to float
        Values that are not those of the tables, for the record of a run.
    paths : mapping of (str, str) to float
        Values of :mod:`sam.paths` that are not those of its table, by name and ``code_year``.
    """

    name: str
    aggregation: str
    values: Mapping[tuple[str, str], float]
    ranges: Mapping[tuple[str, str], tuple[float, float]]
    table: pd.DataFrame
    changed: Mapping[tuple[str, str], float] = field(default_factory=dict)
    paths: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("values", "ranges", "changed"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[Any, ...]:
        own = (dict(x) if isinstance(x, MappingProxyType) else x for x in vars(self).values())
        return ParameterSet, tuple(own)

    def value(self, parameter: str, item: str) -> float:
        """Return one value."""
        try:
            return self.values[parameter, item]
        except KeyError:
            raise ParameterError(self._missing(parameter, [item])) from None

    def scalar(self, parameter: str) -> float:
        """Return a national value."""
        return self.value(parameter, ALL)

    def array(self, parameter: str, codes: Sequence[str], default: float | None = None) -> np.ndarray:
        """Return values in the order of ``codes``.

        Parameters
        ----------
        parameter : str
            Name in the tables.
        codes : sequence of str
            Activity or commodity codes.
        default : float, optional
            For codes the tables do not hold; without it such a code is an error.
        """
        missing = [c for c in codes if (parameter, c) not in self.values]
        if missing and (default is None or (len(missing) == len(codes) and not self._has(parameter))):
            raise ParameterError(self._missing(parameter, missing))
        return np.array([self.values.get((parameter, c), default) for c in codes]) * 1.0

    def _has(self, parameter: str) -> bool:
        """Whether the tables name a parameter."""
        return bool(self.table["parameter"].eq(parameter).any())

    def with_values(self, changes: Mapping[tuple[str, str], float], name: str) -> ParameterSet:
        """Return a renamed copy with some values changed; every key must exist."""
        unknown = [k for k in changes if k not in self.values]
        if unknown:
            raise ParameterError(message("CGE202", names=listed(f"{p}[{i}]" for p, i in unknown)))
        return replace(self, name=name, values={**self.values, **changes}, changed={**self.changed, **changes})

    def bounds(self, parameter: str, item: str = ALL) -> tuple[float, float]:
        """Return low and high of one item; nan where none is given."""
        if (parameter, item) not in self.ranges:
            raise ParameterError(self._missing(parameter, [item]))
        return self.ranges[parameter, item]

    def end(self, parameter: str, side: Side, items: Sequence[str] = ()) -> dict[tuple[str, str], float]:
        """Return the changes that move every item of a parameter, or ``items`` of it, to its low or high value.

        Raises
        ------
        ParameterError
            No such parameter or item, or none of them has a range.
        """
        mine = [i for p, i in self.values if p == parameter]
        lost = [i for i in items if i not in mine]
        if not mine or lost:
            raise ParameterError(self._missing(parameter, lost))
        at = ("low", "high").index(side)
        ends = {(parameter, i): self.ranges[parameter, i][at] for i in items or mine}
        found = {k: v for k, v in ends.items() if np.isfinite(v)}
        if not found:
            raise ParameterError(message("CGE221", name=parameter))
        return found

    def digest(self) -> str:
        """Return a short hash of all values, for the record of a run."""
        text = "\n".join(f"{p},{i},{v!r}" for (p, i), v in sorted({**self.values, **self.paths}.items()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _missing(self, parameter: str, items: Sequence[str]) -> Message:
        known = sorted(i for p, i in self.values if p == parameter)
        if not known:
            names = sorted({p for p, _ in self.values})
            return message("CGE201", name=parameter, near=near(parameter, names), known=lined(names))
        facts = {"items": listed(items), "aggregation": self.aggregation, "known": listed(known)}
        return message("CGE201.item", name=parameter, **facts)


def read_tables(folder: Path | None = None) -> pd.DataFrame:
    """Return the rows of all parameter tables.

    Parameters
    ----------
    folder : Path, optional
        Folder with own tables of the same names; a missing table is taken from the package.
    """
    shipped = Path(__file__).parent
    frames, faults = [], []
    for name in TABLES:
        path = shipped / f"{name}.csv"
        if folder is not None and (folder / f"{name}.csv").exists():
            path = folder / f"{name}.csv"
        frame = pd.read_csv(path)
        lost = [c for c in COLUMNS if c not in frame.columns]
        if lost:
            faults.append(message("CGE203.column", file=path.name, columns=listed(lost)))
            continue
        faults += _faults(path.name, frame)
        frames.append(frame[list(COLUMNS)])
    if faults:
        raise ParameterError(joined(message("CGE203"), faults, most=len(faults)))
    return pd.concat(frames, ignore_index=True)


def _faults(name: str, frame: pd.DataFrame) -> list[Message]:
    faults = []

    def found(key: str, row: Any, **facts: object) -> None:
        faults.append(message(key, file=name, line=row.Index + 2, name=row.parameter, item=row.item, **facts))

    for row in frame[frame.duplicated(["parameter", "item"])].itertuples():
        found("CGE203.twice", row)
    value = pd.to_numeric(frame["value"], errors="coerce")
    for row in frame[~np.isfinite(value)].itertuples():
        found("CGE203.number", row)
    outside = (value < frame["low"]) | (value > frame["high"])
    for row in frame[outside].itertuples():
        found("CGE203.range", row, value=row.value, low=row.low, high=row.high)
    return faults


def load_parameters(
    aggregation: str,
    activities: Sequence[str] = (),
    commodities: Sequence[str] = (),
    folder: Path | None = None,
    country: Country = CHINA,
) -> ParameterSet:
    """Load the parameter set ``literature`` for an aggregation.

    Parameters
    ----------
    aggregation : {"cn12", "cn30", "cn42"}
        A cn12 code takes the simple mean of the cn30 codes it groups; a cn42 code without a row of its own
        inherits that of its cn30 parent.
    activities, commodities : sequence of str
        Codes that must be covered; missing ones are reported together.
    folder : Path, optional
        Own tables, see :func:`read_tables`.
    country : Country
        Another than China has the rows of what its sectors are like, in its own currency.
    """
    table = read_tables(folder)
    rows = rows_of(aggregation, table) if country.published else _like(table, country, {*activities, *commodities})
    mean = rows.groupby(["parameter", "item"])[["value", "low", "high"]].mean()
    values = {(str(p), str(i)): float(v) for (p, i), v in mean["value"].items()}
    ranges = dict(zip(values, mean[["low", "high"]].itertuples(index=False, name=None), strict=True))
    faults = [
        message("CGE205.codes", name=p, codes=listed(lost))
        for names, codes in ((OF_ACTIVITIES, activities), (OF_COMMODITIES, commodities))
        for p in names
        if (lost := [c for c in codes if c != BUSBAR and (p, c) not in values])
    ]
    if faults:
        raise ParameterError(joined(message("CGE205"), faults, most=len(faults)))
    return ParameterSet("literature", aggregation, values, ranges, table)


def rows_of(aggregation: str, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the tables with the codes of an aggregation; a cn12 code keeps a row for every code it groups."""
    rows = table.copy()
    if aggregation == "cn12":
        group = read_mapping("cn30_to_cn12").set_index("cn30")["cn12"]
        rows["item"] = rows["item"].map(lambda code: group.get(code, code))
    elif aggregation == "cn42":
        rows = _inherited(rows, read_mapping("cn42_to_cn30"))
    elif aggregation != "cn30":
        known = {"near": near(aggregation, AGGREGATIONS), "known": listed(AGGREGATIONS)}
        raise ParameterError(message("CGE204", name=aggregation, **known))
    return rows


def _like(table: pd.DataFrame, country: Country, codes: Collection[str]) -> pd.DataFrame:
    """Rows of the sectors of a country by what they are like, money in its currency.

    Electricity that is one sector burns the fuel of its plants itself: it abates as coal power does.
    """
    of_sectors = pd.DataFrame([(code, country.role(code)) for code in sorted(codes)], columns=["own", "item"])
    shared = table[~table["item"].isin(activity_codes("cn30"))]
    abates = table["parameter"].isin(ABATING)
    plants = table[abates & (table["item"] == PLANT)].assign(item=GRID)
    of_list = pd.concat([table[~(abates & (table["item"] == GRID))], plants])
    rows = pd.concat([shared, of_list.merge(of_sectors, on="item").assign(item=lambda t: t["own"])[list(COLUMNS)]])
    rate = np.where(rows["unit"].str.contains("CNY"), country.rate, 1.0)
    return rows.assign(**{k: rows[k] / rate for k in ("value", "low", "high")})


def _inherited(rows: pd.DataFrame, mapping: pd.DataFrame) -> pd.DataFrame:
    """Rows of fine codes: their own where there are any, else those of the parent."""
    own = set(zip(rows["parameter"], rows["item"], strict=True))
    finer = mapping[mapping["cn42"] != mapping["cn30"]]
    table = rows.merge(finer, left_on="item", right_on="cn30")
    new = [(p, c) not in own for p, c in zip(table["parameter"], table["cn42"], strict=True)]
    table = table[new].assign(item=table.loc[new, "cn42"])
    return pd.concat([rows, table[list(COLUMNS)]], ignore_index=True)
