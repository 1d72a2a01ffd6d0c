"""Physical satellite accounts of 2021: carbon, generation, electricity use, network and distances.

All functions read the tables shipped in ``sam/data/tables`` and return tidy frames with
codes of the province registry. Units: Mt CO2 and TWh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.errors import SAMError
from cgebase.messages import listed, message, near
from sam.concordance import concordance, power_carriers, reweighted
from sam.registry import PROVINCE_CODES, TECHNOLOGIES
from sam.tables import read_table

INVENTORIES = ("study", "alternative")
NEAREST = 50.0
"""Shortest distance between two provinces, km."""
TIBET_LINKS = (("SC", "XZ"), ("XZ", "SC"), ("QH", "XZ"), ("XZ", "QH"))
_DIRECT = {"gga": "gas", "gnu": "nuclear", "gwi": "wind", "gso": "solar"}


class SatelliteError(SAMError, ValueError):
    """A satellite account does not close."""


def emission_inventory(inventory: str = "study") -> pd.DataFrame:
    """Return the CO2 inventory of 2021 by province, inventory sector and fuel.

    Parameters
    ----------
    inventory : {"study", "alternative"}
        ``study`` scales every cell of a province so that the nation is 11,150 Mt and
        Xinjiang 474 Mt; ``alternative`` is the straight estimate (Xinjiang 541 Mt).

    Returns
    -------
    DataFrame
        Columns ``region, sector, fuel, mt``; fuels coal, oil, gas, process.
    """
    if inventory not in INVENTORIES:
        known = {"near": near(inventory, INVENTORIES), "known": listed(INVENTORIES)}
        raise SatelliteError(message("SAM401", name=inventory, **known))
    cells = read_table("emissions_2021")
    totals = read_table("emissions_2021_totals").set_index("region")
    target = totals["mt_study" if inventory == "study" else "mt_straight"]
    factor = target / cells.groupby("region")["mt_straight"].sum()
    cells["mt"] = cells["mt_straight"] * cells["region"].map(factor)
    return _ordered(cells.loc[cells["mt"] > 0, ["region", "sector", "fuel", "mt"]])


@lru_cache(maxsize=1)
def _generation() -> pd.DataFrame:
    power = read_table("power_2021").pivot(index="region", columns="item", values="twh")
    power = power.reindex(PROVINCE_CODES)
    out = pd.DataFrame({code: power[item] for code, item in _DIRECT.items()})
    out["ghy"] = power["hydro"] + _small_hydro(power["hydro"])
    thermal = power["coal_biomass_oil_waste"]
    for code in ("gga", "gwi"):
        trace = out[code].where(out[code] < assumption("technology_min"), 0.0)
        thermal = thermal + trace
        out[code] -= trace
    out["gbi"] = _biomass(thermal)
    out["gco"] = thermal - out["gbi"]
    return out[list(TECHNOLOGIES)]


def generation() -> pd.DataFrame:
    """Return generation of 2021, columns ``region, technology, twh`` (zeros left out).

    Small hydro (156 TWh) is spread by hydro capacity over provinces that do not live on
    pumped storage. Biomass (163.7 TWh) follows the five reported provinces of the first half
    of 2021 and population elsewhere; it is taken out of residual thermal generation, and is
    all of it where that is below 1 TWh (Beijing, Tibet: waste, no coal). Traces of gas and wind
    below 0.05 TWh count as thermal.
    """
    table = _generation().rename_axis(index="region", columns="technology").stack()
    table = table.rename("twh").reset_index()
    return _ordered(table[table["twh"] > 0])


def _small_hydro(above_scale: pd.Series) -> pd.Series:
    capacity = read_table("hydro_capacity").groupby("region")["gw"].mean()
    capacity = capacity.reindex(PROVINCE_CODES).fillna(0.0)
    hours = 1000 * above_scale / capacity.where(capacity > 0)
    weight = capacity.where(hours >= assumption("small_hydro_min_hours"), 0.0)
    return assumption("small_hydro") * weight / weight.sum()


def _biomass(thermal: pd.Series) -> pd.Series:
    table = read_table("power_assumptions")
    half = table[(table["item"] == "biomass_first_half") & (table["region"] != "CN")]
    total = assumption("biomass")
    scale = total / assumption("biomass_first_half")
    result = (half.set_index("region")["value"].astype(float) * scale).reindex(PROVINCE_CODES)
    population = read_table("population_2021").set_index("region")["population_1e4"]
    limit = assumption("biomass_max_share") * thermal
    waste = thermal < assumption("waste_only_below")
    result = result.mask(waste, thermal)
    free = result[result.isna()].index
    result = result.fillna(0.0)
    while len(free):
        rest = total - result.drop(free).sum()
        share = rest * population[free] / population[free].sum()
        bound = free[share > limit[free]]
        if bound.empty:
            result[free] = share
            break
        result[bound] = limit[bound]
        free = free.drop(bound)
    return result


def electricity_use() -> pd.DataFrame:
    """Return busbar electricity use of 2021, columns ``region, twh``.

    Reported whole-society consumption (which includes line losses and plants' own use) times
    one national factor, so that national use equals national generation (about 1.02).
    """
    power = read_table("power_2021")
    use = power[power["item"] == "electricity_consumption"].set_index("region")["twh"]
    use = use.reindex(PROVINCE_CODES)
    factor = _generation().to_numpy().sum() / use.sum()
    return (use * factor).rename("twh").rename_axis("region").reset_index()


@lru_cache(maxsize=1)
def _network() -> pd.DataFrame:
    links = read_table("electricity_trade_2019")
    known = links["origin"].isin(PROVINCE_CODES) & links["destination"].isin(PROVINCE_CODES)
    links = links[known & (links["twh"] >= assumption("link_min"))]
    capacity = read_table("transmission_capacity")
    gw = {
        frozenset((o, d)): mw / 1000 for o, d, mw in capacity[["origin", "destination", "mw"]].itertuples(index=False)
    }
    new = pd.DataFrame(TIBET_LINKS, columns=["origin", "destination"])
    new["twh"] = [gw[frozenset(x)] * assumption("new_link_hours") / 1000 for x in TIBET_LINKS]
    links = pd.concat([links, new], ignore_index=True)

    position = {code: i for i, code in enumerate(PROVINCE_CODES)}
    origin = links["origin"].map(position).to_numpy()
    destination = links["destination"].map(position).to_numpy()
    need = electricity_use()["twh"].to_numpy() - _generation().sum(axis=1).to_numpy()
    links["twh"] = balance_flows(links["twh"].to_numpy(), origin, destination, need)
    return links


def network() -> pd.DataFrame:
    """Return electricity trade of 2021, columns ``origin, destination, twh``.

    Observed links of 2019 (Hong Kong and exports left out, the two links to Tibet added),
    moved as little as possible (minimum relative entropy) so that generation + imports -
    exports = use in every province. All flows are positive.
    """
    return _ordered(_network().copy(), ["origin", "destination"])


def balance_flows(prior: np.ndarray, origin: np.ndarray, destination: np.ndarray, need: np.ndarray) -> np.ndarray:
    """Move flows on a graph to given net imports by minimum relative entropy.

    Parameters
    ----------
    prior : ndarray
        Positive prior flow per link.
    origin, destination : ndarray of int
        Node number of both ends of each link.
    need : ndarray
        Net import per node; must add up to zero.

    Returns
    -------
    ndarray
        Positive flows, ``prior * exp(dual[destination] - dual[origin])``.
    """
    n, links = len(need), np.arange(len(prior))
    incidence = np.zeros((n, len(prior)))
    incidence[destination, links] += 1.0
    incidence[origin, links] -= 1.0
    scale = np.abs(need).sum()
    if abs(need.sum()) > 1e-9 * scale:
        raise SatelliteError(message("SAM402", found=need.sum()))
    reduced, target = incidence[1:], need[1:]
    dual = np.zeros(n - 1)
    for _ in range(200):
        flow = prior * np.exp(reduced.T @ dual)
        gap = target - reduced @ flow
        if np.abs(gap).max() < 1e-13 * scale:
            break
        step = np.linalg.solve((reduced * flow) @ reduced.T, gap)
        size = min(1.0, 1.0 / np.abs(reduced.T @ step).max())
        dual += size * step
    worst = float(np.abs(need - incidence @ flow).max())
    if worst > 1e-9:
        raise SatelliteError(message("SAM403", worst=worst))
    return flow


def network_capacity(regions: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the capacity of the lines of 2020 between regions, columns ``origin, destination, gw``, each way.

    Parameters
    ----------
    regions : mapping of str to province codes
        Provinces that each region holds; lines inside a region are left out.
    """
    table = read_table("transmission_capacity")
    home = {code: name for name, codes in regions.items() for code in codes}
    ends = pd.DataFrame({k: table[k].map(home) for k in ("origin", "destination")}).assign(gw=table["mw"] / 1000)
    ends = ends.dropna()
    ends = ends[ends["origin"] != ends["destination"]]
    back = ends.rename(columns={"origin": "destination", "destination": "origin"})
    return pd.concat([ends, back]).groupby(["origin", "destination"], as_index=False)["gw"].sum()


def resource_potential(regions: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return what nature offers a region, indexed by region.

    Parameters
    ----------
    regions : mapping of str to province codes
        Provinces that each region holds.

    Returns
    -------
    DataFrame
        ``gwi, gso``: most TWh a year, infinite for wind on a coast (the source counts land only); ``storage``: Mt of
        CO2 under land; ``storage_cost``: its price, CNY(2021) per t, that of the sea or of elsewhere without storage.
    """
    table = read_table("resource_potential").set_index("region")
    table["gwi"] = table["wind_twh"].where(table["coast"] == 0, np.inf)
    table["gso"], table["storage"] = table["solar_twh"], table["storage_mt"]
    out = {name: table.loc[list(codes)] for name, codes in regions.items()}
    sums = {name: part[["gwi", "gso", "storage"]].sum() for name, part in out.items()}
    prices = {name: float(part["storage_cost"].min()) for name, part in out.items()}
    return pd.DataFrame(sums).T.assign(storage_cost=pd.Series(prices))


def distance() -> Array:
    """Distance between provinces in the order of the registry, (r, r), km."""
    regions = list(PROVINCE_CODES)
    d = read_table("distance").set_index("province_code").loc[regions, regions].to_numpy(float)
    return np.where(np.eye(len(d)) > 0, 0.0, np.maximum(d, NEAREST))


def distances(regions: Mapping[str, Sequence[str]]) -> Array:
    """Distance between regions, (r, r), km: the mean over pairs of their provinces, none inside a region."""
    at = [[PROVINCE_CODES.index(p) for p in held] for held in regions.values()]
    km = distance()
    table = np.array([[km[np.ix_(a, b)].mean() for b in at] for a in at])
    return np.where(np.eye(len(at), dtype=bool), 0.0, table)


def power_emissions(inventory: str = "study") -> pd.DataFrame:
    """Split the electricity-and-heat row of the inventory into generation and heat.

    Coal power: TWh x 302.5 gce/kWh x 2.77 tCO2/tce; gas power: TWh x 0.39 t/MWh; each at most
    95 % of the inventory's row of that fuel. Everything else, and all oil, is heat.

    Returns
    -------
    DataFrame
        Columns ``region, user, fuel, mt``; users gco, gga, hea.
    """
    cells = emission_inventory(inventory)
    row = cells[cells["sector"] == "electricity_heat"]
    row = row.pivot(index="region", columns="fuel", values="mt")
    row = row.reindex(index=PROVINCE_CODES, columns=["coal", "oil", "gas"]).fillna(0.0)
    twh = _generation()
    most = 1 - assumption("heat_min_share")
    coal = twh["gco"] * assumption("coal_rate") * assumption("coal_factor") / 1000
    coal = np.minimum(coal, most * row["coal"])
    gas = np.minimum(twh["gga"] * assumption("gas_rate"), most * row["gas"])
    parts = {
        ("gco", "coal"): coal,
        ("gga", "gas"): gas,
        ("hea", "coal"): row["coal"] - coal,
        ("hea", "gas"): row["gas"] - gas,
        ("hea", "oil"): row["oil"],
    }
    frames = [
        pd.DataFrame({"region": s.index, "user": u, "fuel": f, "mt": s.to_numpy()}) for (u, f), s in parts.items()
    ]
    table = pd.concat(frames, ignore_index=True)
    return _ordered(table[table["mt"] > 0])


def activity_emissions(
    inventory: str = "study", shares: pd.DataFrame | None = None, sectors: str = "cn30"
) -> pd.DataFrame:
    """Return emissions by user and carrier commodity.

    Parameters
    ----------
    inventory : {"study", "alternative"}
        As in :func:`emission_inventory`.
    shares : DataFrame, optional
        Columns ``region, activity, carrier, weight``: fuel purchases that split an inventory
        sector over its activities, and a fuel over the commodities it is bought as. Without it the
        default shares of the concordance hold. A province and cell with no positive weight keeps the
        default shares.
    sectors : {"cn30", "cn42"}
        Sector list of users and carriers.

    Returns
    -------
    DataFrame
        Columns ``region, user, carrier, mt``; users are activities, the generation
        activities, ``hh:rural`` and ``hh:urban``; carriers coa, cok, oil, gas (cn42: nga, gsu), process.
    """
    cells = emission_inventory(inventory)
    cells = cells[cells["sector"] != "electricity_heat"]
    table = cells.merge(concordance(sectors), on=["sector", "fuel"], how="left")
    if table["activity"].isna().any():
        lost = sorted(set(table.loc[table["activity"].isna(), "sector"]))
        raise SatelliteError(message("SAM404", sectors=listed(lost)))
    if shares is not None:
        table = reweighted(table, shares)
    table["mt"] *= table["share"]
    power = power_carriers(power_emissions(inventory), shares, sectors)
    table = table.rename(columns={"activity": "user"})
    table = pd.concat([table, power])[["region", "user", "carrier", "mt"]]
    table = table.groupby(["region", "user", "carrier"], as_index=False)["mt"].sum()
    return _ordered(table[table["mt"] > 0])


def assumption(item: str) -> float:
    """Return one national figure of ``power_assumptions.csv``."""
    table = read_table("power_assumptions")
    rows = table[(table["item"] == item) & (table["region"] == "CN")]
    return float(rows["value"].iloc[0])


def _ordered(table: pd.DataFrame, columns: list[str] | None = None) -> pd.DataFrame:
    rank = {code: i for i, code in enumerate(PROVINCE_CODES)}
    columns = columns or ["region"]
    key = table[columns].apply(lambda s: s.map(rank))
    order = key.sort_values(columns, kind="stable").index
    return table.loc[order].reset_index(drop=True)
