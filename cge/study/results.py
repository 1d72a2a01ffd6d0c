"""Results of a study: tidy rows with what was asked and how they were made, saved and read as one folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from cge.measure.budgets import BUDGET
from cge.measure.energy import SUMMARY as ENERGY
from cgebase.errors import CGEError, OutputError
from cgebase.messages import listed, message
from cgebase.whole import whole

COLUMNS = ("scenario", "region", "sector", "year", "indicator", "value", "unit")
KEYS = ("scenario", "region", "sector", "year", "indicator")
TABLE, MANIFEST, SUMMARY, STUDY = "results.csv.gz", "manifest.json", "summary.csv", "study.json"
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


def holds_run(folder: Path) -> bool:
    """Whether a whole run stands in a folder; a summary without manifest came with the project, to be made again."""
    made = (folder / MANIFEST).exists() or any(folder.glob(f"*/{MANIFEST}"))
    return made and (folder / SUMMARY).exists()


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

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write a folder of each scenario, the study and the summary; the same results give the same bytes.

        Each file appears whole under its name or not at all; the summary comes last.

        Raises
        ------
        OutputError
            A run is there already.
        """
        folder = Path(folder)
        if holds_run(folder) and not force:
            raise OutputError(message("CGE003", path=folder / SUMMARY))
        for scenario in self.study["scenario"]:
            name, place = scenario["id"], folder / scenario["id"]
            place.mkdir(parents=True, exist_ok=True)
            with whole(place / TABLE) as part:
                rows = self.data[self.data["scenario"] == name]
                rows.to_csv(part, index=False, compression={"method": "gzip", "mtime": 0})
            acts = {"cap": scenario["cap"], **scenario["instruments"]}
            own = self.manifest | {
                "scenario": name, "closure": scenario["closure"],
                "instruments": {table: keys for table, keys in acts.items() if keys is not None},
                "equations": self.equations[name], "checks": self.checks[name],
            }  # fmt: skip
            _write(place / MANIFEST, own)
        _write(folder / STUDY, self.study)
        with whole(folder / SUMMARY) as part:
            self.summary().to_csv(part, index=False)
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> Results:
        """Read what `save` wrote.

        Raises
        ------
        ResultsError
            A file is missing or cannot be read.
        """
        folder = Path(folder)
        try:
            study = json.loads((folder / STUDY).read_text(encoding="utf-8"))
            names = [scenario["id"] for scenario in study["scenario"]]
            own = {n: json.loads((folder / n / MANIFEST).read_text(encoding="utf-8")) for n in names}
            # Read as text: codes such as NA are names, and float() gives back every digit.
            data = pd.concat((pd.read_csv(folder / n / TABLE, dtype=str, keep_default_na=False) for n in names),
                             ignore_index=True)  # fmt: skip
            data["year"] = data["year"].astype("int64")
            data["value"] = [float(text) if text else float("nan") for text in data["value"]]
            shared = own[names[0]] | {"checks": {n: own[n]["checks"] for n in names}}
            equations = {n: own[n]["equations"] for n in names}
        except FileNotFoundError as error:
            lost = Path(str(error.filename)).relative_to(folder)
            raise ResultsError(message("CGE313", folder=folder, files=lost)) from error
        except (OSError, EOFError, ValueError, KeyError) as error:
            raise ResultsError(message("CGE314", folder=folder, said=error)) from error
        for key in ("scenario", "closure", "instruments", "equations"):
            del shared[key]
        return cls(data, shared, study, equations)


def _write(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=1, allow_nan=False)
    with whole(path) as part:
        part.write_text(text)
