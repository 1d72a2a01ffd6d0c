"""Exogenous paths of the baseline, 2021 to 2060, as tidy frames with a column ``value``.

Money is in 1e8 CNY of 2021, emissions in Mt CO2, people in 1e4 persons, electricity in TWh. Where a function takes
``given``, values in it stand instead of those of the table of assumptions. Between
the years of a source, levels move at constant growth and shares and costs in a straight line. Where a function takes
``first_years``, ``observed`` begins with what was observed to 2024 (:mod:`sam.observed`), ``projected`` with what
projections made before said.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cgebase.errors import SAMError
from cgebase.messages import listed, message, near
from sam.assumed import NONE, Given, codes, ends
from sam.assumed import nodes as _rows
from sam.groups import PROVINCES, Members, by_region
from sam.observed import FIRST_YEARS, LATEST, co2_growth, gdp_growth, generated, gone, moved, since
from sam.registry import HOUSEHOLDS, PROVINCE_CODES, TECHNOLOGIES
from sam.satellites import emission_inventory, generation
from sam.tables import read_table

FIRST, LAST = 2021, 2060
ENTRY = 2025
"""Last year in which technologies absent in the base year stay absent."""
DEFAULT_YEARS = (2021, 2024, 2030, 2035, 2040, 2045, 2050, 2055, 2060)
EMISSION_RULES = ("converging", "study-targets", "xinjiang-index", "intensity-index", "flat")
LEARNING = ("gwi", "gso")
"""Technologies whose cost paths differ between studies."""
FOCUS = "XJ"


class PathError(SAMError, ValueError):
    """A path was asked for years or variants it does not hold."""


def people(regions: Members) -> np.ndarray:
    """Rural and urban population of 2021, (h, r), 1e4 persons; regions with the provinces that each holds."""
    table = read_table("population_2021").set_index("region")[[f"{h}_population_1e4" for h in HOUSEHOLDS]]
    return by_region(table.T, regions).to_numpy(float)


def gdp_path(
    years: Iterable[int] = DEFAULT_YEARS, scenario: str = "SSP1", *, first_years: str = "observed", given: Given = NONE
) -> pd.DataFrame:
    """Return baseline GDP, columns ``region, year, value`` (1e8 CNY of 2021).

    Each province's 2021 GDP (vintage after the fifth economic census) grows as published to 2024, then with the SSP
    projection. What the projection was wrong by in the growth of the observed years is taken off its later growth
    too, by a part that falls to nothing in 2035 (``projection_error``). Xinjiang grows with its published index to
    2024, then by 2.92/2.05 to 2030 and 3.71/2.92 to 2035 as in the planning study, then with the projection.
    """
    years = _years(years)
    level = read_table("gdp_2021").set_index("region")["gdp"].reindex(PROVINCE_CODES)
    growth = _observed_gdp(scenario, years, given) if _refused(first_years) == "observed" else None
    table = (_projection("gdp_ssp", "gdp", scenario, years) if growth is None else growth) * level.to_numpy()
    table[FOCUS] = _xinjiang_gdp(level[FOCUS], years, scenario, given)
    return _tidy(table)


def _refused(first_years: str) -> str:
    """The choice of first years, if there is such a one."""
    if first_years not in FIRST_YEARS:
        known = {"near": near(first_years, FIRST_YEARS), "known": listed(FIRST_YEARS)}
        raise PathError(message("SAM417", name=first_years, **known))
    return first_years


def _observed_gdp(scenario: str, years: tuple[int, ...], given: Given) -> pd.DataFrame:
    """Growth since 2021, rows years, columns provinces: as published, then as projected without its error."""
    then, now = np.log(_projection("gdp_ssp", "gdp", scenario, years)), np.log(gdp_growth())
    at = np.log(_projection("gdp_ssp", "gdp", scenario, (LATEST,))).loc[LATEST]
    wrong = (at - now.loc[LATEST]) / (LATEST - FIRST)
    left = gone(np.array(years), _rows("projection_error", "CN", given))
    later = now.loc[LATEST].to_numpy() + (then - at).to_numpy() - np.outer(left, wrong)
    known = np.array([np.interp(years, now.index, now[r]) for r in PROVINCE_CODES]).T
    seen = (np.array(years) <= LATEST)[:, None]
    return pd.DataFrame(np.exp(np.where(seen, known, later)), index=list(years), columns=list(PROVINCE_CODES))


def _xinjiang_gdp(level: float, years: tuple[int, ...], scenario: str, given: Given) -> np.ndarray:
    index = _xinjiang_index()
    study = _rows("gdp_study", FOCUS, given)
    nodes = {FIRST: level, **{y: level * v for y, v in index.items()}}
    last = max(index)
    for year in sorted(study.index):
        nodes[year] = nodes[last] * study[year] / study[last]
        last = year
    grid = np.array([y for y in range(last + 5, LAST + 1, 5)])
    later = _projection("gdp_ssp", "gdp", scenario, (last, *grid))[FOCUS]
    for year in grid:
        nodes[int(year)] = nodes[last] * later[year] / later[last]
    known = np.array(sorted(nodes))
    return np.exp(np.interp(years, known, np.log([nodes[int(y)] for y in known])))


def _xinjiang_index() -> dict[int, float]:
    table = read_table("xinjiang_gdp_2019_2024").set_index("year")["gdp_index"] / 100
    level, out = 1.0, {}
    for year in range(FIRST + 1, int(table.index.max()) + 1):
        level *= float(table[year])
        out[year] = level
    return out


def xinjiang_price_ratio() -> float:
    """Return the price level of Xinjiang's GDP in 2024 over 2021 (nominal over real growth)."""
    nominal = read_table("xinjiang_gdp_2019_2024").set_index("year")["gdp_current"]
    return float(nominal[2024] / nominal[2021] / _xinjiang_index()[2024])


def xinjiang_study_gdp() -> dict[int, float]:
    """Return Xinjiang's GDP in the planning study by year, 1e8 CNY; its figure of 2024 is at prices of that year."""
    return {int(year): 1e4 * float(value) for year, value in _rows("gdp_study", FOCUS).items()}


def xinjiang_pathways() -> dict[str, dict[int, float]]:
    """Return emissions of Xinjiang in Mt by path and the years that the planning study names.

    Five paths of its Fig 6, and ``targets`` of its Table 1 (there CO2e, read as CO2) but for the year it starts from.
    """
    rows = read_table("study_pathways")
    out = {str(path): dict(zip(of["year"], of["value"], strict=True)) for path, of in rows.groupby("path", sort=False)}
    targets = read_table("study_targets").query("indicator == 'co2' and qualifier != 'baseline'")
    out["targets"] = dict(zip(targets["year"], 100 * targets["value"], strict=True))
    return {path: {int(year): float(value) for year, value in nodes.items()} for path, nodes in out.items()}


def emissions_path(
    years: Iterable[int] = DEFAULT_YEARS, rule: str = "converging", inventory: str = "study",
    scenario: str = "SSP1", *, first_years: str = "observed", given: Given = NONE,
) -> pd.DataFrame:  # fmt: skip
    """Return baseline emissions, columns ``region, year, value`` (Mt).

    Parameters
    ----------
    years : iterable of int
        Any years from 2021 to 2060.
    rule : {"converging", "study-targets", "xinjiang-index", "intensity-index", "flat"}
        What the thirty provinces other than Xinjiang do after the first years. ``converging``: the nation follows
        Xinjiang's index, and the distance of each province's emissions per GDP to the nation's shrinks by 1 % a year
        in logarithms (``intensity_convergence``), down to 60 % of its emissions of 2021 (``emission_floor``).
        ``study-targets``: the same nation, of which Xinjiang has 610 Mt in 2030 and 580 Mt from 2035 on, the targets of
        the planning study.
        ``xinjiang-index``: each follows Xinjiang's emission index. ``intensity-index``: each follows Xinjiang's index
        of emissions per GDP. ``flat``: all stay, Xinjiang too.
    inventory : {"study", "alternative"}
        Base-year inventory; the index is the same for both.
    scenario : str
        Projection of GDP; ``converging`` and ``intensity-index`` depend on it.

    Notes
    -----
    Xinjiang has 474 Mt in 2021 and 623 Mt in 2060, between them 520 Mt in 2024 where the first years are observed and
    500 Mt in 2025 where they are projected, at constant growth. Emissions of other provinces are not published for
    2022 to 2024: the nation's follow the published ones, and emissions per GDP fall alike in the thirty.
    """
    if rule not in EMISSION_RULES:
        known = {"near": near(rule, EMISSION_RULES), "known": listed(EMISSION_RULES)}
        raise PathError(message("SAM411", name=rule, **known))
    asked, last = _years(years), since(_refused(first_years))
    grid = sorted({FIRST, last, *asked})
    base = emission_inventory(inventory).groupby("region")["mt"].sum().reindex(PROVINCE_CODES)
    wide = gdp_path(grid, scenario, first_years=first_years, given=given)
    gdp = wide.pivot(index="year", columns="region", values="value")[list(PROVINCE_CODES)]
    nodes = _xinjiang_emissions(first_years, given)
    usual = _along(nodes, grid) * base[FOCUS]
    own = _along(_with_targets(nodes), grid) * base[FOCUS] if rule == "study-targets" else usual
    fact = co2_growth() if last > FIRST else pd.Series({FIRST: 1.0})
    nation = pd.Series(np.exp(np.interp(grid, fact.index, np.log(fact))), grid) * base.sum()
    table = gdp / gdp.loc[FIRST] * base
    table[FOCUS] = own
    others = [r for r in PROVINCE_CODES if r != FOCUS]
    table[others] = table[others].mul((nation - own) / table[others].sum(axis=1), axis=0)
    later = [y for y in grid if y > last]
    grown = gdp.loc[later] / gdp.loc[last]
    index = usual[later] / usual[last]
    if rule == "flat":
        table.loc[later] = np.repeat(table.loc[[last]].to_numpy(), len(later), axis=0)
    elif rule in ("converging", "study-targets"):
        gap = (table.loc[last] / gdp.loc[last]) / (table.loc[last].sum() / gdp.loc[last].sum())
        speed = float(_rows("intensity_convergence", "CN", given).iloc[0])
        left = np.exp(-speed * (np.array(later) - last))
        part = gdp.loc[later, others] * gap[others].to_numpy() ** left[:, None]
        rest = table.loc[last].sum() * index - own[later]
        least = float(_rows("emission_floor", "CN", given).iloc[0]) * base[others]
        for y in later:
            table.loc[y, others] = _shared(part.loc[y], rest[y], least)
    else:
        per = grown.div(grown[FOCUS], axis=0) if rule == "intensity-index" else 1.0 + 0 * grown
        table.loc[later, others] = (per[others] * table.loc[last, others]).mul(index, axis=0)
    return _tidy(table.loc[list(asked)])


def _along(nodes: pd.Series, grid: list[int]) -> pd.Series:
    """Index of the base year at constant growth between nodes."""
    return pd.Series(np.exp(np.interp(grid, nodes.index, np.log(nodes / nodes[FIRST]))), grid)


def _with_targets(nodes: pd.Series) -> pd.Series:
    """Nodes of Xinjiang's emissions that pass through the targets of the planning study; level after the last."""
    targets = pd.Series(xinjiang_pathways()["targets"])
    return pd.concat([nodes[nodes.index < targets.index[0]], targets])


def _shared(part: pd.Series, total: float, least: pd.Series) -> pd.Series:
    """A total shared in proportion to ``part``, nobody below the least."""
    held = pd.Series(False, part.index)
    while True:
        share = part * ((total - least[held].sum()) / part[~held].sum())
        below = ~held & (share < least)
        if not below.any():
            return share.where(~held, least)
        held |= below


def _xinjiang_emissions(first_years: str, given: Given) -> pd.Series:
    """Nodes of Xinjiang's emissions, Mt: those of the study, with its figure of 2024 instead of its projection."""
    study = _rows("emissions", FOCUS, given)
    if first_years == "projected":
        return study
    seen = _rows("emissions_observed", FOCUS, given)
    return pd.concat([study[[FIRST]], seen, study[[LAST]]])


def population_path(years: Iterable[int] = DEFAULT_YEARS, scenario: str = "SSP1") -> pd.DataFrame:
    """Return population, columns ``region, year, value`` (1e4 persons).

    Resident population of 2021 times the growth of the SSP projection.
    """
    years = _years(years)
    level = read_table("population_2021").set_index("region")["population_1e4"]
    growth = _projection("population_ssp", "population", scenario, years)
    return _tidy(growth * level.reindex(PROVINCE_CODES).to_numpy())


def labour_path(
    years: Iterable[int] = DEFAULT_YEARS, scenario: str = "SSP1", *, given: Given = NONE
) -> pd.DataFrame:
    """Return working-age population, columns ``region, year, value, index``.

    Population times the national share aged 15 to 59; Xinjiang's share keeps its distance of
    2024 to the national one.
    """
    years = _years(years)
    table = population_path((FIRST, *years), scenario)
    share = _rows("working_age_share", "CN", given)
    own = _rows("working_age_share", FOCUS, given)
    offset = float(own.iloc[0] - np.interp(own.index[0], share.index, share))
    national = np.interp(table["year"], share.index, share)
    table["value"] *= national + offset * (table["region"] == FOCUS)
    base = table[table["year"] == FIRST].drop_duplicates("region").set_index("region")["value"]
    table["index"] = table["value"] / table["region"].map(base)
    table = table[table["year"].isin(years)].drop_duplicates(["region", "year"])
    return table[["region", "year", "value", "index"]].reset_index(drop=True)


def capital_stock_2021() -> pd.DataFrame:
    """Return the capital stock at the end of 2021, columns ``region, value`` (1e8 CNY)."""
    table = read_table("capital_stock_2021").set_index("region").reindex(PROVINCE_CODES)
    return table["capital"].rename("value").reset_index()


def saving_rate_path(
    years: Iterable[int] = DEFAULT_YEARS, base: float | None = None, *, given: Given = NONE
) -> pd.DataFrame:
    """Return the saving rate, columns ``year, value, index``.

    Parameters
    ----------
    years : iterable of int
        The rate falls in a straight line to 0.30 in 2060.
    base : float, optional
        Saving rate of 2021, fraction of income; without it the national figure.
    """
    nodes = _rows("saving_rate", "CN", given)
    base = nodes[FIRST] if base is None else base
    if not 0 < base < 1:
        raise PathError(message("SAM412", found=base))
    years = _years(years)
    rate = np.interp(years, [FIRST, LAST], [base, nodes[LAST]])
    return pd.DataFrame({"year": years, "value": rate, "index": rate / base})


def power_mix_path(
    years: Iterable[int] = DEFAULT_YEARS, *, first_years: str = "observed", given: Given = NONE
) -> pd.DataFrame:
    """Return national generation, columns ``year, technology, share, twh``.

    Shares run in a straight line from the last observed year to the assumed mix of 2060, the total at constant
    growth to 18,500 TWh.
    """
    years, last = _years(years), since(_refused(first_years))
    seen = {y: table.sum() for y, table in generated().items() if y <= last}
    goal = pd.Series({g: _rows("generation_share", g, given)[LAST] for g in TECHNOLOGIES})
    nodes = {y: twh / twh.sum() for y, twh in seen.items()} | {LAST: goal / goal.sum()}
    totals = {y: float(twh.sum()) for y, twh in seen.items()} | {LAST: _rows("generation", "CN", given)[LAST]}
    rows = []
    for year in years:
        total = float(np.exp(np.interp(year, list(totals), np.log(list(totals.values())))))
        share = {g: float(np.interp(year, list(nodes), [n[g] for n in nodes.values()])) for g in TECHNOLOGIES}
        rows += [(year, g, share[g], share[g] * total) for g in TECHNOLOGIES]
    return pd.DataFrame(rows, columns=["year", "technology", "share", "twh"])


def provincial_power_mix_path(
    years: Iterable[int] = DEFAULT_YEARS, start: pd.DataFrame | None = None, *, regions: Members = PROVINCES,
    first_years: str = "observed", given: Given = NONE,
) -> pd.DataFrame:  # fmt: skip
    """Return provincial generation, columns ``region, year, technology, share, twh``.

    After the observed years every province keeps its share of national generation; technologies follow the national
    mix, starting from the province's own mix (proportional fitting). Technologies of
    :func:`entrants` enter provinces that have none of them; others stay absent. Only shares are
    meant for the model; levels are its own result.

    Parameters
    ----------
    start : DataFrame, optional
        Generation of the base year instead of the shipped one: ``region, technology, twh``.
    regions : mapping of str to provinces
        Regions of ``start`` with the provinces that each holds.
    """
    years, last = _years(years), since(_refused(first_years))
    start = generation() if start is None else start
    start = start.pivot(index="region", columns="technology", values="twh")
    start = start.reindex(index=list(regions), columns=TECHNOLOGIES).fillna(0.0)
    national = power_mix_path(years, first_years=first_years, given=given).set_index(["year", "technology"])["twh"]
    frames = []
    for year in years:
        begin = moved(start, min(year, last), regions)
        column = national[year].reindex(list(TECHNOLOGIES)).to_numpy()
        table = begin.copy()
        for g, share in entrants(given).items():
            grown = share * max(year - ENTRY, 0) / (LAST - ENTRY)
            table[g] = table[g].where(table[g] > 0, grown * begin.sum(axis=1))
        weight = (begin.sum(axis=1) / begin.to_numpy().sum()).to_numpy()
        twh = _fit(table.to_numpy(), weight * column.sum(), column) if year > last else table.to_numpy()
        table = pd.DataFrame(twh, index=start.index, columns=start.columns)
        tidy = table.stack().rename("twh").reset_index()
        tidy["share"] = tidy["twh"] / tidy.groupby("region")["twh"].transform("sum")
        tidy.insert(1, "year", year)
        frames.append(tidy[tidy["twh"] > 0])
    table = pd.concat(frames, ignore_index=True)
    return table[["region", "year", "technology", "share", "twh"]]


def _fit(start: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    table = start * (rows.sum() / start.sum())
    for _ in range(5000):
        table = table * (columns / table.sum(axis=0))
        gap = rows / table.sum(axis=1)
        table = table * gap[:, None]
        if np.abs(gap - 1).max() < 1e-12:
            return table
    raise PathError(message("SAM413"))


def entrants(given: Given = NONE) -> dict[str, float]:
    """Technologies that enter provinces without them, and their seed share of provincial TWh in 2060."""
    table = read_table("path_assumptions")
    codes = table.loc[table["item"] == "entrant_share", "code"]
    return {code: float(_rows("entrant_share", code, given).iloc[0]) for code in codes}


def technology_cost_path(
    years: Iterable[int] = DEFAULT_YEARS, variant: str = "central", *, given: Given = NONE
) -> pd.DataFrame:
    """Return busbar generation cost, columns ``year, technology, value, index`` (CNY per kWh).

    Parameters
    ----------
    variant : {"central", "low", "high", "flat"}
        ``low`` and ``high``: wind and solar reach the ends of their range after 2021, the others are as in ``central``.
        ``flat``: every technology costs what it costs in 2021.
    """
    years = _years(years)
    rows = []
    for code in TECHNOLOGIES:
        cost = _rows("generation_cost", code, given)
        if variant in ("low", "high") and code in LEARNING:
            end = ends("generation_cost", code, variant)
            cost = end.where(end.index > FIRST, cost)
        if variant == "flat":
            cost = cost.loc[[FIRST]]
        for year, value in zip(years, np.interp(years, cost.index, cost), strict=True):
            rows.append((year, code, float(value), float(value / cost[FIRST])))
    table = pd.DataFrame(rows, columns=["year", "technology", "value", "index"])
    return table.sort_values("year", kind="stable").reset_index(drop=True)


def process_intensity_path(years: Iterable[int] = DEFAULT_YEARS, *, given: Given = NONE) -> pd.DataFrame:
    """Return process CO2 per real output over that of 2021, columns ``year, value``."""
    years = _years(years)
    nodes = _rows("process_intensity", "CN", given)
    return pd.DataFrame({"year": years, "value": np.interp(years, nodes.index, nodes)})


def sector_pace(*, given: Given = NONE) -> dict[str, float]:
    """Growth of productivity above that of services by sector group, per year."""
    return {group: float(_rows("sector_pace", group, given)[FIRST]) for group in codes("sector_pace")}


def resource_supply_path(years: Iterable[int] = DEFAULT_YEARS, *, given: Given = NONE) -> dict[str, np.ndarray]:
    """Effective land and reserves that are worked by sector, 2021 = 1, a value for each year."""
    return {code: _indexed("resource_supply", code, years, given) for code in codes("resource_supply")}


def material_output_path(years: Iterable[int] = DEFAULT_YEARS, *, given: Given = NONE) -> dict[str, np.ndarray]:
    """Output in tonnes of materials that saturate by sector, 2021 = 1, a value for each year."""
    return {code: _indexed("material_output", code, years, given) for code in codes("material_output")}


def _indexed(item: str, code: str, years: Iterable[int], given: Given) -> np.ndarray:
    """An assumption over its value of 2021, at constant growth between its years."""
    nodes = _rows(item, code, given)
    return np.exp(np.interp(_years(years), nodes.index, np.log(nodes / nodes[FIRST])))


def _projection(name: str, column: str, scenario: str, years: tuple[int, ...]) -> pd.DataFrame:
    """Growth since 2021, rows years, columns provinces."""
    table = read_table(name)
    if scenario not in set(table["scenario"]):
        names = sorted(set(table["scenario"]))
        raise PathError(message("SAM414", name=scenario, near=near(scenario, names), known=listed(names)))
    table = table[table["scenario"] == scenario]
    level = np.log(table.pivot(index="year", columns="region", values=column)[list(PROVINCE_CODES)])
    nodes, levels = level.index.to_numpy(), level.to_numpy().T
    growth = {
        r: np.exp(np.interp(years, nodes, x) - np.interp(FIRST, nodes, x))
        for r, x in zip(PROVINCE_CODES, levels, strict=True)
    }
    return pd.DataFrame(growth, index=list(years))


def _years(years: Iterable[int]) -> tuple[int, ...]:
    years = tuple(int(y) for y in years)
    bad = [y for y in years if not FIRST <= y <= LAST]
    if bad or not years:
        raise PathError(message("SAM415", first=FIRST, last=LAST, found=listed(bad) or message("no_year")))
    return years


def _tidy(table: pd.DataFrame) -> pd.DataFrame:
    tidy = table[list(PROVINCE_CODES)].rename_axis(index="year", columns="region").stack()
    tidy = tidy.rename("value").reset_index()
    rank = {code: i for i, code in enumerate(PROVINCE_CODES)}
    tidy = tidy.sort_values(["region", "year"], key=lambda s: s.map(rank) if s.name == "region" else s, kind="stable")
    return tidy[["region", "year", "value"]].reset_index(drop=True)
