"""A plan: its measures line by line, and those that the model can carry as scenarios of a study.

A plan is a folder with ``measures.csv`` and ``plan.toml``. Numbers of scenarios are computed from those of measures, so
that each stands in one place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ConfigDict, Field, ValidationError

from cge.planning.codes import WRITTEN, coded, parts
from cge.planning.expressions import NoArithmetic, computed
from cge.policies.table import Province, Table
from cge.study.reading import read_toml
from cge.study.results import Results
from cge.study.scenario import Study, Text, study_of
from cgebase.errors import CGEError
from cgebase.messages import Message, both, joined, listed, message, near
from sam.registry import NATION, PROVINCE_CODES, TECHNOLOGIES
from sam.satellites import emission_inventory, generation
from sam.tables import read_table

YEARS = (2021, 2025, 2030, 2035, 2060)
"""Years of the study of a plan: those of its targets, and the last."""
PLANS = Path(__file__).parent / "plans"
"""Plans that are carried, a folder each."""
MEASURES, PLAN = "measures.csv", "plan.toml"
COLUMNS = ("id", "zh", "en", "sector", "place", "value", "comparator", "unit", "year", "base_year", "status", "lever",
           "representable", "why", "why_zh", "section")  # fmt: skip
LEVERS = ("baseline", "cap", "intensity_cap", "efficiency", "renewable_standard", "capacity_floor", "capture_floor",
          "technology_cost", "electrification_share", "network", "sink_removal", "standard", "tax", "subsidy",
          "validation", "none")  # fmt: skip
"""What of a model a measure would act through; ``none`` where nothing in it would."""
REPRESENTABLE = ("yes", "partly", "no")
COMPARATORS = ("", "=", "<", "<=", ">", ">=", "about")
GREEN = ("ghy", "gwi", "gso", "gbi")
OUTSIDE_INDUSTRY = ("electricity_heat", "transport", "agriculture", "construction", "trade_catering", "other_services",
                    "households_urban", "households_rural")  # fmt: skip
"""Sectors of the inventory that are neither power nor industry, and power."""
FREE = 3.0
"""Cap of provinces that shall have none, over emissions of 2021: the largest that a study may give."""
GAIN = "gain"
"""Key whose numbers add up where two runs have the same table."""
LEAST = 0.005
"""Smallest change, in per cent, that is named."""
EXPRESSION = "="
WORD = re.compile(r"(?<![\w.])[A-Za-z_][\w.]*")
"""A name in an expression."""
NONE, UNIFORM, WHOLE, CAPPED = "none", "uniform", "plan", "plan-and-cap"
"""Scenarios of every plan: nothing, the uniform cap, all measures, both."""
LABELS = {
    NONE: {"en": "Baseline", "zh": "基准情景"}, UNIFORM: {"en": "Uniform cap alone", "zh": "仅统一上限"},
    WHOLE: {"en": "All measures that run", "zh": "全部可运行措施"},
    CAPPED: {"en": "Measures under the uniform cap", "zh": "统一上限下的措施"},
}  # fmt: skip


class PlanError(CGEError, ValueError):
    """A plan asks for something unknown or contradictory; every fault at once, by line."""

    exit_code = 2


class Assumption(Table):
    """A number that a plan does not give, with the range it may lie in."""

    value: float
    low: float
    high: float
    en: str
    zh: str


class Run(Table):
    """Measures that run together as a scenario; what is no key here is the table of an instrument."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    label: Text
    measures: tuple[str, ...] = Field(min_length=1)
    en: str
    zh: str
    others: str = "rule"
    """``free``: provinces without a cap of their own have none."""
    with_cap: bool = False
    """Whether it acts under a cap only, and runs there alone."""
    alone: bool = False
    """Whether it is another reading of what other runs say, and stays out of all measures together."""

    @property
    def tables(self) -> dict[str, Any]:
        """Instruments as they stand in the file."""
        return dict(self.model_extra or {})


class Elsewhere(Table):
    """Measures that no scenario of the plan carries but another command shows."""

    by: str = Field(min_length=1)
    """The command."""
    measures: tuple[str, ...] = Field(min_length=1)
    en: str
    zh: str


class PlanFile(Table):
    """What ``plan.toml`` holds."""

    schema_: int = Field(1, alias="schema")
    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    title: Text
    region: Province
    place: Text | None = None
    source: str
    assumptions: dict[str, Assumption] = {}
    run: tuple[Run, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A plan that was read and checked.

    Parameters
    ----------
    file : PlanFile
    measures : DataFrame
        Columns :data:`COLUMNS`, ``run``: the scenarios that carry the measure, and ``elsewhere``: the command that
        shows it where none does; empty where nothing does.
    """

    file: PlanFile
    measures: pd.DataFrame

    def values(self) -> dict[str, float]:
        """Numbers that expressions may use: measures by id, assumptions, facts of the base year."""
        numbers = self.measures.dropna(subset=["value"])
        return {
            **{str(m.id): float(m.value) for m in numbers.itertuples()},
            **{name: a.value for name, a in self.file.assumptions.items()},
            **{f"base.{name}": value for name, value in base_facts(self.file.region).items()},
        }

    def tables(self, run: Run) -> dict[str, Any]:
        """Instruments of a run with their numbers."""
        out = {name: filled(of, self.values()) for name, of in run.tables.items()}
        if run.others == "free":
            own = out["cap"].get("provinces", {})
            rest = [c for c in PROVINCE_CODES if c != self.file.region]
            start = str(out["cap"].get("start_year", 2025))
            free = FREE * _tonnes() if out["cap"].get("unit") == "Mt" else FREE + 0 * _tonnes()
            out["cap"] |= {"keep_total": False, "provinces": own | {c: {start: float(free[c])} for c in rest}}
        return out

    def left_out(self, aggregation: str) -> dict[str, list[str]]:
        """Runs that a sector list cannot carry, with the sectors that it has only as parts of others."""
        found = {run.id: parts(run.tables, aggregation) for run in self.file.run}
        return {run: codes for run, codes in found.items() if codes}

    def study(self, aggregation: str, years: tuple[int, ...]) -> Study:
        """The study that runs it: each run alone, all together, and under the uniform cap."""
        scenarios: list[dict[str, Any]] = [self._scenario(NONE, {}), self._scenario(UNIFORM, {"cap": {}})]
        whole: dict[str, Any] = {}
        capped: dict[str, Any] = {"cap": {}}
        left_out = self.left_out(aggregation)
        for run in (r for r in self.file.run if r.id not in left_out):
            tables = coded(self.tables(run), aggregation)
            if run.with_cap:
                scenarios.append(self._scenario(run.id, {"cap": {}} | tables, run.label.model_dump()))
            else:
                scenarios.append(self._scenario(run.id, tables, run.label.model_dump()))
            if run.alone:
                continue
            whole = whole if run.with_cap else merged(whole, tables)
            capped = merged(capped, {k: v for k, v in tables.items() if k != "cap"})
        scenarios += [self._scenario(WHOLE, whole)] if len(whole) and len(self.file.run) > 1 else []
        scenarios += [self._scenario(CAPPED, capped)] if len(capped) > 1 else []
        shown = {"pair": [UNIFORM, CAPPED]} if len(capped) > 1 else {}
        return study_of({
            "schema": 1, "id": f"plan-{self.file.id}", "title": self.file.title.model_dump(),
            "base": {"aggregation": aggregation}, "time": {"years": list(years)},
            "scenario": scenarios, "report": {"focus": self.file.region, "languages": ["zh", "en"], **shown},
        }, PLAN)  # fmt: skip

    @staticmethod
    def _scenario(name: str, tables: Mapping[str, Any], label: Mapping[str, str] | None = None) -> dict[str, Any]:
        return {"id": name, "label": dict(label or LABELS[name]), **tables}


def merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Instruments of two runs together; of one table in both the gains add up, since each saves a part of its own.

    Raises
    ------
    PlanError
        A number that the two say differently, such as the year a table ends in.
    """
    return {**first, **second} | {k: _joint(first[k], second[k], k) for k in first.keys() & second.keys()}


def _joint(one: Mapping[str, Any], two: Mapping[str, Any], at: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key in {**one, **two}:
        both, inside = [of[key] for of in (one, two) if key in of], f"{at}.{key}"
        if key == GAIN:
            out[key] = sum(both)
        elif all(isinstance(of, Mapping) for of in both):
            out[key] = _joint(both[0], both[1], inside) if len(both) > 1 else both[0]
        elif len(both) < 2 or both[0] != both[1]:
            raise PlanError(message("CGE811.differs", at=inside))
        else:
            out[key] = both[0]
    return out


def carried() -> list[str]:
    """Names of the plans that are carried."""
    return sorted(p.name for p in PLANS.iterdir() if (p / PLAN).exists())


def read_plan(name: str) -> Plan:
    """A plan by name, or a folder of one's own.

    Raises
    ------
    PlanError
        No such plan, or faults of its files, each with its line.
    """
    folder = PLANS / name if name in carried() else Path(name)
    if not folder.is_dir():
        raise PlanError(message("CGE810", name=name, near=near(name, carried()), known=listed(carried())))
    raw = read_toml(folder / PLAN, PLANS / "xinjiang" / PLAN)
    try:
        file = PlanFile.model_validate(raw)
    except ValidationError as error:
        faults = [message("CGE811.key", at=".".join(map(str, e["loc"])), said=e["msg"]) for e in error.errors()]
        raise PlanError(joined(message("CGE811", path=folder / PLAN), faults)) from error
    measures, faults = _measures(folder / MEASURES)
    faults += _faults_of_runs(file, measures)
    if faults:
        raise PlanError(joined(message("CGE811", path=folder), faults))
    runs = measures["id"].map(lambda i: ", ".join(r.id for r in file.run if i in r.measures))
    shown = measures["id"].map(lambda i: ", ".join(e.by for e in file.elsewhere if i in e.measures))
    plan = Plan(file, measures.assign(run=runs, elsewhere=shown))
    try:
        plan.study(WRITTEN, YEARS)
    except PlanError as error:
        raise PlanError(joined(message("CGE811", path=folder), [both(error)])) from error
    return plan


def _measures(path: Path) -> tuple[pd.DataFrame, list[Message]]:
    """Rows of the table with every fault by line."""
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise PlanError(message("CGE812", path=path, reason=str(error).splitlines()[0])) from error
    lost = [c for c in COLUMNS if c not in rows]
    if lost:
        raise PlanError(message("CGE812.columns", path=path, lost=listed(lost), known=listed(COLUMNS)))
    faults, numbers = list[Message](), pd.to_numeric(rows["value"], errors="coerce")
    for k, row in enumerate(rows.to_dict("records")):
        line = k + 2
        for column, known in (("lever", LEVERS), ("representable", REPRESENTABLE), ("comparator", COMPARATORS)):
            if row[column] not in known:
                hint = near(row[column], known)
                faults.append(message("CGE811.word", line=line, column=column, found=row[column], near=hint,
                                      known=listed(k for k in known if k)))  # fmt: skip
        for column in ("id", "en", "zh"):
            if not row[column].strip():
                faults.append(message("CGE811.empty", line=line, column=column))
        if row["representable"] != "yes":
            faults += [message("CGE811.why", line=line, column=c, found=row["representable"])
                       for c in ("why", "why_zh") if not row[c].strip()]  # fmt: skip
        if row["value"].strip() and pd.isna(numbers[k]):
            faults.append(message("CGE811.number", line=line, column="value", found=row["value"]))
        if row["value"].strip() and not row["unit"].strip():
            faults.append(message("CGE811.empty", line=line, column="unit"))
        faults += [message("CGE811.number", line=line, column=c, found=row[c]) for c in ("year", "base_year")
                   if row[c].strip() and not re.fullmatch(r"(19|20)\d\d", row[c].strip())]  # fmt: skip
    twice = rows.loc[rows["id"].duplicated() & (rows["id"] != ""), "id"]
    faults += [message("CGE811.twice", line=int(k) + 2, id=i) for k, i in twice.items()]
    return rows.assign(value=numbers), faults


def _faults_of_runs(file: PlanFile, measures: pd.DataFrame) -> list[Message]:
    """Measures and names in expressions that are not there, and tables that are no instrument."""
    plan, faults = Plan(file, measures), list[Message]()
    known = dict(zip(measures["id"], measures["representable"], strict=True))
    for run in file.run:
        for name in run.measures:
            if known.get(name, "no") == "no":
                key = "CGE811.measure" if name not in known else "CGE811.not_representable"
                faults.append(message(key, run=run.id, name=name, near=near(name, known)))
        names = {w for text in _expressions(run.tables) for w in WORD.findall(text)} - set(plan.values())
        faults += [message("CGE811.unknown", run=run.id, name=n, near=near(n, plan.values())) for n in sorted(names)]
        texts = [] if names else _expressions(run.tables)
        faults += [message("CGE811.expression", run=run.id, text=t) for t in texts if not _finite(t, plan.values())]
    faults += [message("CGE811.measure", run=e.by, name=name, near=near(name, known))
               for e in file.elsewhere for name in e.measures if name not in known]  # fmt: skip
    faults += [message("CGE811.range", name=name, value=a.value, low=a.low, high=a.high)
               for name, a in file.assumptions.items() if not a.low <= a.value <= a.high]  # fmt: skip
    return faults


def _expressions(thing: Any) -> list[str]:
    if isinstance(thing, Mapping):
        return [x for part in thing.values() for x in _expressions(part)]
    return [thing[1:]] if isinstance(thing, str) and thing.startswith(EXPRESSION) else []


def _finite(text: str, values: Mapping[str, float]) -> bool:
    try:
        return math.isfinite(computed(text, WORD, values))
    except (NoArithmetic, ZeroDivisionError):
        return False


def filled(thing: Any, values: Mapping[str, float]) -> Any:
    """Tables with their expressions computed."""
    if isinstance(thing, Mapping):
        return {key: filled(part, values) for key, part in thing.items()}
    if not (isinstance(thing, str) and thing.startswith(EXPRESSION)):
        return thing
    return float(computed(thing[1:], WORD, values))


@lru_cache(maxsize=31)
def base_facts(region: str) -> dict[str, float]:
    """Facts of a province in the base year that expressions may use.

    Green power over generation, CO2 of industry and of transport over CO2 outside power, CO2 and crude steel in Mt.
    """
    power = generation().query("region == @region").set_index("technology")["twh"].reindex(TECHNOLOGIES).fillna(0.0)
    tonnes = emission_inventory().query("region == @region").groupby("sector")["mt"].sum()
    outside = float(tonnes.drop("electricity_heat").sum())
    steel = read_table("physical_output_2021").query("province_code == @region and product == 'crude_steel'")
    industry = float(tonnes.drop(list(OUTSIDE_INDUSTRY), errors="ignore").sum())
    return {
        "green_share": float(power[[*GREEN]].sum() / power.sum()), "industry_share": industry / outside,
        "transport_share": float(tonnes["transport"]) / outside, "co2": float(tonnes.sum()),
        "steel": float(steel["value"].sum()) / 100,
    }  # fmt: skip


def _tonnes() -> pd.Series:
    """CO2 of 2021 in Mt by province."""
    return emission_inventory().groupby("region")["mt"].sum()



def compared(results: Results, region: str, *, most: int = 3) -> pd.DataFrame:
    """What each scenario of a solved plan costs, saves and moves in the last year.

    Parameters
    ----------
    region : str
        Province of the plan.
    most : int
        Sectors and other provinces named, the largest changes first.

    Returns
    -------
    DataFrame
        Columns ``scenario, year, gdp_pct, gdp_nation_pct, gdp_beyond_cap_pp, emissions, emissions_nation, permit_price,
        sectors, neighbours``. `gdp_beyond_cap_pp` is what measures add to the uniform cap alone.
    """
    rows = results.data
    year = int(rows["year"].max())
    rows = rows[rows["year"] == year]
    single = rows[rows["sector"] == "all"].set_index(["scenario", "indicator", "region"])["value"]
    sectors = rows[(rows["indicator"] == "value_added_change_pct") & (rows["region"] == region)]

    def cell(scenario: str, indicator: str, where: str) -> float:
        return float(single.get((scenario, indicator, where), float("nan")))

    alone, out = cell(UNIFORM, "gdp_change_pct", region), []
    caps = {s["id"]: s["cap"] for s in results.study["scenario"]}
    under = {name for name, cap in caps.items() if cap is not None and cap == caps.get(UNIFORM)} - {UNIFORM}
    for scenario in (s["id"] for s in results.study["scenario"]):
        gdp = cell(scenario, "gdp_change_pct", region)
        own = sectors[sectors["scenario"] == scenario].set_index("sector")["value"]
        others = {r: cell(scenario, "gdp_change_pct", r) for r in PROVINCE_CODES if r != region}
        out.append({
            "scenario": scenario, "year": year, "gdp_pct": gdp,
            "gdp_nation_pct": cell(scenario, "gdp_change_pct", NATION),
            "gdp_beyond_cap_pp": gdp - alone if scenario in under else float("nan"),
            "emissions": cell(scenario, "emissions", region), "emissions_nation": cell(scenario, "emissions", NATION),
            "permit_price": cell(scenario, "permit_price", region), "sectors": _largest(own, most),
            "neighbours": _largest(pd.Series(others), most),
        })  # fmt: skip
    return pd.DataFrame(out)


def _largest(changes: pd.Series, most: int) -> dict[str, float]:
    """The largest changes either way by name; those that show with two digits."""
    shown = changes.dropna()
    shown = shown[shown.abs() >= LEAST].sort_values(key=abs, ascending=False, kind="stable").head(most)
    return {str(k): float(v) for k, v in shown.items()}
