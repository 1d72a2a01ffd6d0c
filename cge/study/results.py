"""Results of a study: tidy rows with what was asked and how they were made, saved and read as one folder."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from cge.measure.budgets import BUDGET
from cge.measure.compensation import dominance
from cge.measure.energy import SHARES
from cge.measure.indicators import COLUMNS, COUNTRY
from cge.measure.sense import beyond, dearest
from cge.runs.place import MANIFEST, RECORD, Place, held
from cgebase.digest import digest
from cgebase.errors import CGEError, ScenarioError
from cgebase.messages import lined, listed, message, near
from cgebase.whole import write_whole
from sam.country import CHINA
from sam.registry import NATION

KEYS = ("scenario", "region", "sector", "year", "indicator")
TABLE, SUMMARY, STUDY, COUNTRIES = "results.csv.gz", "summary.csv", "study.json", "countries.csv"
SCENARIOS = "scenarios"
"""Folder of the scenarios, which holds nothing else: any id names a folder there."""
GOODS = (
    "coal_output", "coal_sold", "coal_bought", "coal_price", "crude_output", "gas_output", "oil_output",
    "steel_output", "cement_output",
)  # fmt: skip
"""Goods in physical units."""
TARGET_YEAR = 2030
"""Year of the peaking target, whose costs published studies give."""
DIGITS = 7
"""Digits that the solver's tolerance, 1e-9 of the scaled equations, leaves known of a level."""
KNOWN = 1e-8
"""Share of the whole of its unit, in its place and year, below which nothing is known of a number: identities are held
no better, and a sum whose terms cancel is zero but for rounding."""
WHOLES: dict[str, str | float] = {
    "1e8 CNY": "gdp", "1e8 CNY, 2021 prices": "gdp", "Mt CO2": "emissions", "Mtce": "primary_energy",
    "TWh": "electricity_use", "%": 100.0, "percentage points": 100.0, "points of 100": 100.0, "fraction": 1.0,
}  # fmt: skip
"""The whole of a unit: an indicator, or a number."""
CLOSES = 1e-8
"""Largest violation of an identity, relative to its aggregate."""
INDICES = ("gdp_change_pct", "gdp_change_base_prices_pct", "welfare_ev_pct")
"""Indices of a loss: real GDP by Fisher's index and at base-year prices, equivalent variation of households."""
FEW = 8
"""Countries that the short table shows; more of them stand in their file."""
SHOWN = {
    **dict(zip(INDICES, ("GDP, %", "at 2021 prices, %", "EV, %"), strict=True)),
    "gdp_cumulative_loss_pct": "cumulative loss, %", "permit_price": "carbon price, CNY/t", "emissions": "Mt CO2",
}  # fmt: skip
"""Columns of the short table with their heads."""


@dataclass(frozen=True)
class Rows:
    """Rows of the summary: which indicators, where, when, of which scenarios; of sectors or of all together."""

    indicators: tuple[str, ...]
    regions: Literal["every", "nation and focus", "nation", "focus"] = "nation and focus"
    years: Literal["every", "target and last", "last"] = "last"
    scenarios: Literal["every", "baselines"] = "every"
    sectors: Literal["every", "all"] = "every"


BLOCKS = (
    Rows(("gdp_change_pct", "permit_price", "emissions"), years="every"),
    Rows(("abatement_cost",), years="target and last"),
    Rows(("gdp_change_pct", "welfare_ev_pct", "emissions"), "every"),
    Rows(("gdp",), "every", scenarios="baselines"),
    Rows((
        "gdp_change_base_prices_pct", "gdp_cumulative_loss_pct", "gdp_cumulative_loss_discounted_pct",
        "welfare_ev_cumulative_discounted_pct", "welfare_ev_household_pct", "consumption_change_pct", "generation",
        "terms_of_trade_change_pct", "permit_trade", "cap", "cap_share_2021", "labour_change_pct", *SHARES,
        "electricity_exports", "electricity_imports",
    )),
    Rows(("primary_energy", "primary_energy_abated"), sectors="all"),
    Rows(GOODS),
    Rows((
        BUDGET, "gini_change_points", "foreign_saving", "stored", "storage_rent", "congestion_rent",
    ), "nation"),
    Rows(("gdp_contribution_pp",), "focus"),
)  # fmt: skip
"""The summary: what a reader reads and a test compares; every other number is in the results of the run."""


class ResultsError(CGEError, ValueError):
    """Results are incomplete, doubled or unreadable; says which file and what to do."""

    exit_code = 3


def _no_countries() -> pd.DataFrame:
    return pd.DataFrame(columns=["country" if c == "region" else c for c in COLUMNS])


@dataclass(frozen=True)
class Results:
    """Results of one study.

    Parameters
    ----------
    data : DataFrame
        Columns scenario, region, sector, year, indicator, value, unit; one row per key.
    manifest : dict
        How they were made; plain JSON. Its ``checks`` are violations of the identities by scenario.
    study : dict
        What was asked: the study file with all that it leaves out; plain JSON.
    equations : dict of str to list of str
        Equations that held in each scenario.
    countries : DataFrame
        The same columns with country in place of region: what an economy of several countries has of each.
    """

    data: pd.DataFrame
    manifest: dict[str, Any]
    study: dict[str, Any]
    equations: dict[str, list[str]]
    countries: pd.DataFrame = field(default_factory=_no_countries, kw_only=True)

    def __post_init__(self) -> None:
        missing = [c for c in COLUMNS if c not in self.data.columns]
        if missing:
            raise ResultsError(message("CGE311", columns=listed(missing), expected=listed(COLUMNS)))
        double = self.data.duplicated(list(KEYS))
        if double.any():
            key = tuple(self.data.loc[double, list(KEYS)].iloc[0])
            raise ResultsError(message("CGE312", count=int(double.sum()), first=key))

    def __repr__(self) -> str:
        years = self.data["year"]
        return f"Results of {self.study['id']}: {', '.join(self.equations)}; {years.min()}-{years.max()}, " \
               f"{len(self.data):,} rows"  # fmt: skip

    @property
    def focus(self) -> str:
        """Province that reports dwell on."""
        return str(self.study["report"]["focus"])

    @property
    def country(self) -> Mapping[str, Any]:
        """What is said of a country that the shipped tables do not speak of: title, money, years, names of codes."""
        return dict(self.manifest.get("country", {}))

    @property
    def begin(self) -> int:
        """First year that cumulative losses count."""
        return int(self.country.get("begin", CHINA.begin))

    @property
    def question(self) -> str:
        """Digest of all that they follow from."""
        return str(self.manifest["question"])

    @property
    def checks(self) -> dict[str, dict[str, float]]:
        """Violations of the identities by scenario."""
        return dict(self.manifest["checks"])

    @property
    def table(self) -> list[dict[str, Any]]:
        """Rows for the screen: last year, focus province and nation, every scenario in the order of the study.

        Countries too where there are a few, up to :data:`FEW`.
        ``beyond_sense`` names the numbers of a row that are marked, see :attr:`beyond`.
        """
        own = self.countries.rename(columns={"country": "region"})
        data = pd.concat([self.data, own[~own["region"].isin(self.data["region"])]], ignore_index=True)
        last = data["year"].max()
        countries = set(own["region"])
        places = [self.focus, NATION, *(countries if len(countries) <= FEW else ())]
        rows = data[(data["year"] == last) & (data["sector"] == "all") & data["region"].isin(places)
                    & data["indicator"].isin(list(SHOWN))]  # fmt: skip
        wide = rows.pivot(index=["scenario", "region"], columns="indicator", values="value")
        wide = wide.reindex(rows["scenario"].unique(), level="scenario")
        marked = self.beyond
        found = marked[marked["year"] == last].groupby(["scenario", "region"])["indicator"].agg(list).to_dict()
        return [
            {"scenario": s, "region": r, "year": int(last)} | {k: float(v) for k, v in row.items() if v == v}
            | ({"beyond_sense": found[s, r]} if (s, r) in found else {})
            for (s, r), row in wide.iterrows()
        ]

    @property
    def beyond(self) -> pd.DataFrame:
        """Prices above every technology and changes beyond sense, with what depends on them, every place and year."""
        return beyond(self.data, dearest(self.study["scenario"], self.country.get("rate", 1.0)))

    @property
    def dominance(self) -> pd.DataFrame:
        """Policies that leave every province better off than another with the same caps, given compensation."""
        return dominance(self.data, self.baselines[0], list(self.policies)) if self.baselines else pd.DataFrame()

    def summary(self) -> pd.DataFrame:
        """Rows worth keeping and comparing between versions, see :data:`BLOCKS`, to the digits that are known.

        By scenario and indicator, in the order of the study and of the blocks; without the items of the budget that
        are nothing in their scenario.
        """
        rows = self.data.reset_index(drop=True)
        rows = rows[np.logical_or.reduce([self._of(block) for block in BLOCKS])]
        order = dict.fromkeys(name for block in BLOCKS for name in block.indicators)
        ranks = {"scenario": {s: k for k, s in enumerate(self.equations)},
                 "indicator": {name: k for k, name in enumerate(order)}}  # fmt: skip
        rows = rows.sort_values(list(ranks), key=lambda of: of.map(ranks[of.name]), kind="stable", ignore_index=True)
        rows.insert(0, "experiment", self.study["id"])
        rows["value"] = self.rounded(rows)
        paid = rows.groupby(["scenario", "indicator", "sector"])["value"].transform("any")
        return rows[paid | (rows["indicator"] != BUDGET)].reset_index(drop=True)

    def rounded(self, rows: pd.DataFrame) -> list[float]:
        """Values of rows of the data to the digits that are known of them, as the summary has them."""
        return [_known(*pair) for pair in zip(rows["value"], self._wholes(rows), strict=True)]

    def _of(self, block: Rows) -> pd.Series:
        """Whether each row of the data is one of a block."""
        data, last = self.data.reset_index(drop=True), self.data["year"].max()
        where = {"nation and focus": [NATION, self.focus], "nation": [NATION], "focus": [self.focus]}
        years = {"target and last": [TARGET_YEAR, last], "last": [last]}
        keep = data["indicator"].isin(block.indicators)
        if block.regions != "every":
            keep &= data["region"].isin(where[block.regions])
        if block.years != "every":
            keep &= data["year"].isin(years[block.years])
        if block.scenarios != "every":
            keep &= data["scenario"].isin(self.baselines)
        return keep & (data["sector"] == "all") if block.sectors == "all" else keep

    def _wholes(self, rows: pd.DataFrame) -> list[float]:
        """The whole of the unit of each row, in its scenario, place and year; 0 where a unit has none."""
        at = ["scenario", "region", "year", "indicator"]
        named = self.data[(self.data["sector"] == "all") & self.data["indicator"].isin(map(str, WHOLES.values()))]
        sizes = named.set_index(at)["value"].to_dict()
        wholes = (WHOLES.get(self._usual(str(unit)), 0.0) for unit in rows["unit"])
        places = rows[at[:3]].itertuples(index=False, name=None)
        return [w if isinstance(w, float) else sizes.get((*p, w), 0.0) for w, p in zip(wholes, places, strict=True)]

    def _usual(self, unit: str) -> str:
        """A unit as China's results write it."""
        money, year = (self.country.get(k, getattr(CHINA, k)) for k in ("currency", "year"))
        return unit.replace(str(money), CHINA.currency).replace(str(year), str(CHINA.year))

    def only(self, ids: Iterable[str]) -> Self:
        """The same results with these scenarios and those without policy alone.

        Raises
        ------
        ScenarioError
            An id that the study does not have.
        """
        have, ids = [s["id"] for s in self.study["scenario"]], tuple(ids)
        for name in ids:
            if name not in have:
                facts = {"near": near(name, have), "known": lined(have)}
                raise ScenarioError(message("CGE104", study=self.study["id"], name=name, **facts))
        kept = [s for s in self.study["scenario"] if s["id"] in (*ids, *self.baselines)]
        names = [s["id"] for s in kept]
        of_these = {"checks": {n: self.checks[n] for n in names}, "question": digest(self.question, names)}
        report = dict(self.study["report"])
        report |= {"pair": report.get("pair") if set(report.get("pair") or ()) <= set(names) else None}
        return replace(
            self, data=self.data[self.data["scenario"].isin(names)].reset_index(drop=True),
            countries=self.countries[self.countries["scenario"].isin(names)].reset_index(drop=True),
            manifest=self.manifest | of_these, study=self.study | {"scenario": kept, "report": report},
            equations={name: self.equations[name] for name in names},
        )  # fmt: skip

    @property
    def baselines(self) -> tuple[str, ...]:
        """Ids of scenarios without policy."""
        return tuple(s["id"] for s in self.study["scenario"] if s["cap"] is None and not s["instruments"])

    @property
    def policies(self) -> tuple[str, ...]:
        """Ids of scenarios with a policy."""
        return tuple(s["id"] for s in self.study["scenario"] if s["id"] not in self.baselines)

    def save(self, folder: str | Path, *, force: bool = False, complete: bool = True) -> Path:
        """Write a folder of each scenario, the study, the summary and a record; the same results give the same bytes.

        Each file appears whole under its name or not at all; the record comes last.

        Parameters
        ----------
        complete : bool
            Nothing else follows, such as reports.

        Raises
        ------
        CompleteError
            A complete run is there already.
        """
        files: dict[str, str | bytes] = {STUDY: _json(self.study), SUMMARY: _csv(self.summary())}
        files |= {COUNTRIES: _csv(self.countries)} if len(self.countries) else {}
        for scenario in self.study["scenario"]:
            rows = _csv(self.data[self.data["scenario"] == scenario["id"]])
            own = f"{SCENARIOS}/{scenario['id']}"
            files |= {f"{own}/{TABLE}": gzip.compress(rows.encode(), 6, mtime=0),
                      f"{own}/{MANIFEST}": _json(self._manifest(scenario))}  # fmt: skip
        with held(Path(folder)) as place:
            place.start(self.question, force=force)
            for name, content in files.items():
                write_whole(place.folder / name, content, lasting=True)
            place.save(self.question, list(files), complete=complete)
        return place.folder

    def _manifest(self, scenario: dict[str, Any]) -> dict[str, Any]:
        acts = {"cap": scenario["cap"], **scenario["instruments"]}
        return self.manifest | {
            "scenario": scenario["id"], "baselines": self.baselines, "closure": scenario["closure"],
            "instruments": {table: keys for table, keys in acts.items() if keys is not None},
            "equations": self.equations[scenario["id"]], "checks": self.checks[scenario["id"]],
        }  # fmt: skip

    @classmethod
    def load(cls, folder: str | Path) -> Results:
        """Read what `save` wrote.

        Raises
        ------
        ResultsError
            No whole run is there, or a file is missing, changed or cannot be read.
        """
        folder = Path(folder)
        place = Place(folder)
        if place.record is None:
            raise ResultsError(message("CGE313", folder=folder, files=RECORD))
        if damaged := place.damaged():
            raise ResultsError(message("CGE315", folder=folder, files=listed(damaged)))
        try:
            study = json.loads((folder / STUDY).read_text(encoding="utf-8"))
            names = [scenario["id"] for scenario in study["scenario"]]
            of = {name: folder / SCENARIOS / name for name in names}
            own = {n: json.loads((of[n] / MANIFEST).read_text(encoding="utf-8")) for n in names}
            data = pd.concat([_rows_of(of[n] / TABLE) for n in names], ignore_index=True)
            countries = folder / COUNTRIES
            more = {"countries": _rows_of(countries)} if countries.is_file() else {}
            shared = own[names[0]] | {"checks": {n: own[n]["checks"] for n in names}}
            equations = {n: own[n]["equations"] for n in names}
        except (OSError, EOFError, ValueError, KeyError) as error:
            raise ResultsError(message("CGE314", folder=folder, said=error)) from error
        for key in ("scenario", "baselines", "closure", "instruments", "equations"):
            del shared[key]
        return cls(data, shared, study, equations, **more)


def of_countries(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of regions and the nation, and those of countries, whose place is a country's code."""
    there = rows["region"].str.startswith(COUNTRY).astype(bool)
    own = rows[there].rename(columns={"region": "country"}).reset_index(drop=True)
    return rows[~there].reset_index(drop=True), own.assign(country=own["country"].str.removeprefix(COUNTRY))


def _rows_of(path: Path) -> pd.DataFrame:
    """Tidy rows, read as text: codes such as NA are names, and float() gives back every digit."""
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    values = [float(text) if text else float("nan") for text in rows["value"]]
    return rows.assign(year=rows["year"].astype("int64"), value=values)


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, allow_nan=False)


def _csv(rows: pd.DataFrame) -> str:
    return str(rows.to_csv(index=False, lineterminator="\n"))


def _known(value: float, whole: float) -> float:
    """A number rounded to what is known of it, never minus zero."""
    unknown = max(abs(value) * 10.0**-DIGITS, whole * KNOWN)
    return round(value, -math.ceil(math.log10(unknown))) + 0.0 if unknown > 0 else value
