"""Results of a study: tidy rows with what was asked and how they were made, saved and read as one folder."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from cge.measure.budgets import BUDGET
from cge.measure.energy import SUMMARY as ENERGY
from cge.runs.place import MANIFEST, RECORD, Place, held
from cgebase.digest import digest
from cgebase.errors import CGEError, ScenarioError
from cgebase.messages import listed, message, near
from cgebase.whole import write_whole

COLUMNS = ("scenario", "region", "sector", "year", "indicator", "value", "unit")
KEYS = ("scenario", "region", "sector", "year", "indicator")
TABLE, SUMMARY, STUDY = "results.csv.gz", "summary.csv", "study.json"
SCENARIOS = "scenarios"
"""Folder of the scenarios, which holds nothing else: any id names a folder there."""
NATION = "CN"
NOISE = 1e-7
"""Sums that are zero but for rounding are written as zero."""
SHOWN = ("gdp_change_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct", "permit_price", "emissions")
"""Columns of the short table."""


@dataclass(frozen=True)
class Rows:
    """Rows of the summary: which indicators, where and when."""

    indicators: tuple[str, ...]
    regions: Literal["every", "nation and focus", "focus"] = "every"
    years: Literal["every", "last"] = "every"


BLOCKS = (
    (
        Rows((
            "gdp_change_pct", "gdp_change_base_prices_pct", "gdp_cumulative_loss_pct",
            "gdp_cumulative_loss_discounted_pct", "gdp_cumulative_loss_discounted_3pct_pct", "welfare_ev_pct",
            "consumption_change_pct", "terms_of_trade_change_pct", "permit_price", "permit_trade", "emissions", "cap",
            "cap_share_2021", "gdp", "abatement_cost", "welfare_ev_household_pct", "gini_change_points",
            "welfare_ev_cumulative_discounted_pct", "foreign_saving",
        )),
        Rows(("generation",), "nation and focus"),
        Rows((
            "value_added_change_pct", "output_change_pct", "gdp_contribution_pp", "welfare_income_household_pct",
            "welfare_prices_household_pct",
        ), "focus", "last"),
    ),
    (
        Rows((
            *ENERGY, BUDGET, "stored", "storage_rent", "congestion_rent", "electricity_exports", "electricity_imports",
            "labour_change_pct",
        ), "nation and focus", "last"),
    ),
)  # fmt: skip
"""The summary: in each block the rows stand in the order of the results."""


class ResultsError(CGEError, ValueError):
    """Results are incomplete, doubled or unreadable; says which file and what to do."""

    exit_code = 3


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
    """

    data: pd.DataFrame
    manifest: dict[str, Any]
    study: dict[str, Any]
    equations: dict[str, list[str]]

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
    def question(self) -> str:
        """Digest of all that they follow from."""
        return str(self.manifest["question"])

    @property
    def checks(self) -> dict[str, dict[str, float]]:
        """Violations of the identities by scenario."""
        return dict(self.manifest["checks"])

    @property
    def table(self) -> list[dict[str, Any]]:
        """Rows for the screen: last year, focus province and nation, every policy."""
        data = self.data
        last = data["year"].max()
        rows = data[(data["year"] == last) & (data["sector"] == "all") & data["region"].isin([self.focus, NATION])
                    & data["indicator"].isin(SHOWN)]  # fmt: skip
        wide = rows.pivot(index=["scenario", "region"], columns="indicator", values="value")
        return [
            {"scenario": s, "region": r, "year": int(last)} | {k: float(v) for k, v in row.items() if v == v}
            for (s, r), row in wide.iterrows()
        ]

    def summary(self) -> pd.DataFrame:
        """Rows worth keeping and comparing between versions, see :data:`BLOCKS`; eight digits."""
        data, last = self.data.reset_index(drop=True), self.data["year"].max()
        regions = {"every": data["region"].unique(), "nation and focus": [NATION, self.focus], "focus": [self.focus]}
        years = {"every": data["year"].unique(), "last": [last]}
        blocks = [
            pd.concat(
                data[data["indicator"].isin(r.indicators) & data["region"].isin(regions[r.regions])
                     & data["year"].isin(years[r.years])]
                for r in block
            ).sort_index()
            for block in BLOCKS
        ]  # fmt: skip
        rows = pd.concat(blocks, ignore_index=True)
        rows.insert(0, "experiment", self.study["id"])
        rows["value"] = rows["value"].map(lambda v: float(f"{v:.8g}") if abs(v) > NOISE else 0.0)
        return rows

    def only(self, ids: Iterable[str]) -> Results:
        """The same results with these scenarios and those without policy alone.

        Raises
        ------
        ScenarioError
            An id that the study does not have.
        """
        have, ids = [s["id"] for s in self.study["scenario"]], tuple(ids)
        for name in ids:
            if name not in have:
                facts = {"near": near(name, have), "known": listed(have)}
                raise ScenarioError(message("CGE104", study=self.study["id"], name=name, **facts))
        kept = [s for s in self.study["scenario"] if s["id"] in (*ids, *self.baselines)]
        names = [s["id"] for s in kept]
        return Results(
            self.data[self.data["scenario"].isin(names)].reset_index(drop=True),
            self.manifest | {"checks": {n: self.checks[n] for n in names}, "question": digest(self.question, names)},
            self.study | {"scenario": kept}, {name: self.equations[name] for name in names},
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
        for scenario in self.study["scenario"]:
            rows = _csv(self.data[self.data["scenario"] == scenario["id"]])
            own = f"{SCENARIOS}/{scenario['id']}"
            files |= {f"{own}/{TABLE}": gzip.compress(rows.encode(), mtime=0),
                      f"{own}/{MANIFEST}": _json(self._manifest(scenario))}  # fmt: skip
        with held(Path(folder)) as place:
            place.start(self.question, force=force)
            for old in (place.folder / SCENARIOS).glob("*"):
                if old.name not in self.equations:
                    shutil.rmtree(old, ignore_errors=True)
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
            # Read as text: codes such as NA are names, and float() gives back every digit.
            data = pd.concat((pd.read_csv(of[n] / TABLE, dtype=str, keep_default_na=False) for n in names),
                             ignore_index=True)  # fmt: skip
            data["year"] = data["year"].astype("int64")
            data["value"] = [float(text) if text else float("nan") for text in data["value"]]
            shared = own[names[0]] | {"checks": {n: own[n]["checks"] for n in names}}
            equations = {n: own[n]["equations"] for n in names}
        except (OSError, EOFError, ValueError, KeyError) as error:
            raise ResultsError(message("CGE314", folder=folder, said=error)) from error
        for key in ("scenario", "baselines", "closure", "instruments", "equations"):
            del shared[key]
        return cls(data, shared, study, equations)


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, allow_nan=False)


def _csv(rows: pd.DataFrame) -> str:
    return str(rows.to_csv(index=False, lineterminator="\n"))
