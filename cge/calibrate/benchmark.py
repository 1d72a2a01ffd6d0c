"""Calibration: from the balanced SAM and its satellites to the parameters of the equations.

Every share is a ratio of SAM cells, so the base year solves the model by construction (zero iterations).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cge.calibrate.cells import HOUSEHOLDS, Cells, dense, refuse_cells, share
from cge.calibrate.demand import base_year_demand
from cge.calibrate.entrants import Costs, with_entrants
from cge.calibrate.parameters import ParameterSet
from cge.language.data import complete, start_values
from cge.theory.chapters import THEORY
from cge.theory.nests import FUEL_NEST, GENERATION, NESTS, leaf_nest
from sam.controls import MARGIN
from sam.economy import Economy
from sam.satellites import network_capacity, resource_potential

INTERMITTENT = ("gwi", "gso")
BUSBAR = "elb"
YUAN_PER_TONNE = 100.0
"""Yuan per tonne in one unit of the permit price."""
TWH_PER_GW = 8.76
"""TWh of a gigawatt that runs all the hours of a year."""
TWH_PRICE = 0.1
"""Yuan per kWh in 1e8 CNY per TWh."""
CLOSE = 1e-9
ENTRANT = 0.01
"""Share of provincial TWh at which the resource market of an absent technology is scaled."""

Array = np.ndarray


@dataclass(frozen=True)
class Benchmark:
    """The calibrated base year.

    Parameters
    ----------
    sets : dict of str to tuple of str
        Labels of ``r, c, a, h, m``.
    parameters : dict of str to ndarray
        One array per parameter of :mod:`cge.theory.symbols`, base-year policy-free values.
    start : dict of str to ndarray
        Base-year values of all core variables.
    economy : Economy
        What it was calibrated on.
    vintage_share : float
        Capital that hardens in its activity from one period to the next, of what survives; closure ``vintage`` only.
    line_growth : float
        Elasticity of the capacity of lines between provinces to the nation's electricity use in the baseline.
    potential : ndarray, (a, r)
        Most that a technology can generate in a year, TWh; infinite where no source gives a limit.
    """

    sets: dict[str, tuple[str, ...]]
    parameters: dict[str, Array]
    start: dict[str, Array]
    economy: Economy
    vintage_share: float
    line_growth: float
    potential: Array


def calibrate(economy: Economy, parameters: ParameterSet) -> Benchmark:
    """Invert the functional forms at the base year.

    Parameters
    ----------
    economy : Economy
        Balanced SAM in 1e8 yuan with emissions (Mt), generation and network (TWh).
    parameters : ParameterSet
        Elasticities, abatement curves and macro parameters.

    Returns
    -------
    Benchmark

    Raises
    ------
    CalibrationError
        A cell that the forms cannot carry; all such cells are named.

    Notes
    -----
    Calibrated share form, Rutherford (2002); household demand in :mod:`cge.calibrate.demand`.
    """
    x = Cells(economy)
    regions, commodities, activities = economy.regions, economy.commodities, economy.activities
    nr, nc, na = len(regions), len(commodities), len(activities)
    p: dict[str, Array] = {}
    is_gen = np.array([k in GENERATION for k in activities])
    elb = commodities.index(BUSBAR)

    output = x.array("act", "com", "a<c>r>")
    made_by = output.sum(2) > 0
    qa0 = output.sum(1)
    inter = x.array("com", "act", "c<a>r>")
    fac = {f: x.array(f"fac:{f}", "act", "a>r>") for f in ("labour", "capital", "resource")}
    ptax = x.array("tax:production", "act", "a>r>")
    gap = np.abs(qa0 - inter.sum(0) - sum(fac.values()) - ptax)
    refuse_cells(gap > CLOSE * np.maximum(qa0, 1.0), "CGE301", activities, regions)

    twh = dense(economy.generation, ("technology", "region"), "twh", (activities, regions))
    shape = with_entrants(Costs(qa0, inter, fac, ptax), activities)
    active = shape.output > 0
    p["act"] = active.astype(float)
    p["gen"] = (active & is_gen[:, None]).astype(float)
    p["sector"] = (active & ~is_gen[:, None]).astype(float)
    p["res"] = (fac["resource"] > 0).astype(float)
    p["make"] = (made_by & ~is_gen[:, None]).astype(float)
    p["ta"] = share(shape.tax, shape.output)
    p["qa0"] = np.where(qa0 > 0, qa0, 1.0)
    p["r0"] = np.where(p["res"] > 0, fac["resource"], 1.0)

    # carbon on fuel cells; feedstock is what a cell holds beyond the value of the fuel burnt
    em = economy.emissions
    fuel = em[em["carrier"] != "process"]
    by_act = fuel[~fuel["user"].str.startswith("hh:")]
    by_hh = fuel[fuel["user"].str.startswith("hh:")].assign(user=lambda d: d["user"].str[3:])
    tonnes = dense(by_act, ("carrier", "user", "region"), "mt", (commodities, activities, regions))
    tonnes_h = dense(by_hh, ("carrier", "user", "region"), "mt", (commodities, HOUSEHOLDS, regions))
    process = dense(em[em["carrier"] == "process"], ("user", "region"), "mt", (activities, regions))
    burnt = tonnes * parameters.array("fuel_value", commodities, default=0.0)[:, None, None]

    # nests, from the leaves up
    leaf = np.array(
        [[leaf_nest(c, a, generation=a in GENERATION) for a in activities] for c in commodities], dtype=object
    )
    total_of: dict[str, Array] = {}
    for nest in reversed(NESTS):
        inside = np.zeros((na, nr))
        if nest.commodities:
            in_nest = shape.inputs * (leaf == nest.name)[:, :, None]
            stays = np.where((leaf == "top")[:, :, None] & ~is_gen[None, :, None], np.minimum(burnt, shape.inputs), 0.0)
            if nest.name == "top":
                in_nest = in_nest - stays
            elif nest.name == FUEL_NEST:
                in_nest = in_nest + stays
            inside = inside + in_nest.sum(0)
        for f in nest.factors:
            inside = inside + shape.factors[f]
        for child in NESTS:
            if child.parent == nest.name:
                inside = inside + total_of[child.name]
        total_of[nest.name] = inside
        if nest.commodities:
            p[f"theta_c_{nest.name}"] = share(in_nest, inside[None])
            mine = is_gen if nest.name == "top" else ~is_gen if nest.name == FUEL_NEST else np.zeros(na, bool)
            p[f"eps_{nest.name}"] = share(np.where(mine[None, :, None], tonnes, 0.0), in_nest)
        for f in nest.factors:
            p[f"theta_{f}"] = share(shape.factors[f], inside)
    refuse_cells((total_of["ene"] > 0) & (total_of["va"] <= 0) & active, "CGE590", activities, regions)
    for nest in NESTS:
        if nest.parent:
            p[f"theta_n_{nest.name}"] = share(total_of[nest.name], total_of[nest.parent])
    theta_res = share(fac["resource"].sum(1), np.where(qa0 > 0, total_of["cost"], 0.0).sum(1))
    supply = parameters.array("supply_elasticity", activities, default=0.0)
    p["sigma_cost"] = np.repeat(np.where(theta_res > 0, supply * theta_res / (1 - theta_res), 0.0)[:, None], nr, axis=1)
    p["sigma_top"] = np.zeros(na)
    for key, name in (("kle", "sigma_kle"), ("va", "sigma_va"), ("ene", "sigma_elec"), ("fue", "sigma_fuel")):
        p[f"sigma_{key}"] = parameters.array(name, activities, default=0.5)
    p["aeei"] = (~is_gen).astype(float)

    # power
    qb0 = twh.sum(0)
    p["qb0"] = qb0
    p["c0g"] = np.where(twh > 0, share(qa0, twh), share(qa0.sum(1), twh.sum(1))[:, None])
    p["c0g"] = np.where(p["gen"] > 0, p["c0g"], 1.0)
    entrant = (p["gen"] > 0) & (twh <= 0)
    p["r0"] = np.where(entrant, ENTRANT * p["theta_resource"] * p["c0g"] * qb0, p["r0"])
    p["r0"] = np.where(p["r0"] > 0, p["r0"], 1.0)
    p["pb0"] = (qa0 * is_gen[:, None]).sum(0) / qb0
    p["sg_ref"] = share(twh, qb0[None])
    p["pg_ref"] = p["c0g"].copy()
    p["gcost"] = np.ones(na)
    p["vre"] = np.array([float(k in INTERMITTENT) for k in activities])
    p["vre0"] = (p["sg_ref"] * p["vre"][:, None]).sum(0)
    slope = parameters.scalar("integration_cost") / parameters.scalar("integration_share")
    p["ic"] = np.array(slope / TWH_PRICE)
    p["gamma_g"] = np.array(0.0)
    p["gamma_n"] = np.array(0.0)
    flow = dense(economy.network, ("origin", "destination"), "twh", (regions, regions))
    np.fill_diagonal(flow, 0.0)
    flow += np.diag(qb0 - flow.sum(1))
    p["net0"] = flow / flow.sum(0)[None]
    p["lmax"] = _line_capacity(economy, flow, parameters.scalar("line_utilisation"))
    p["pb_ref"] = np.ones(nr)
    p["pbd0"] = (p["net0"] * p["pb0"][:, None]).sum(0)

    # trade
    p["busbar"] = np.eye(nc)[elb]
    p["goods"] = 1.0 - p["busbar"]
    qx0 = output.sum(0)
    imports = x.array("row", "com", "c>r>")
    duty = x.array("tax:import", "com", "c>r>")
    inter_prov = x.array("com", "com", "c<r<r>")
    p["e0"] = x.array("com", "row", "c<r<")
    own = qx0 - p["e0"] - inter_prov.sum(2)
    p["e0"][elb] = 0.0
    refuse_cells(own < -1e-6 * np.maximum(qx0, 1.0), "CGE302", commodities, regions)
    margins = dense(economy.margins, ("commodity", "origin", "destination"), "value", (commodities, regions, regions))
    p["carries"] = np.array([float(k == MARGIN) for k in commodities])
    p["qmg0"] = margins.sum((0, 1))
    d0 = inter_prov + margins + np.maximum(own, 0.0)[:, :, None] * np.eye(nr)[None]
    p["mg"] = share(margins, d0)
    d0[elb] = 0.0
    purchases = d0.sum(1)
    p["thd"] = share(d0, purchases[:, None, :])
    absorb = purchases + imports + duty
    p["thm"] = share(imports + duty, absorb)
    p["tm"] = share(duty, imports)
    p["sigma_m"] = parameters.array("armington_import", commodities, default=2.0)
    p["sigma_d"] = parameters.array("armington_province", commodities, default=4.0)
    p["eta_e"] = parameters.array("export_elasticity", commodities, default=4.0)
    p["made"] = (qx0 > 0).astype(float)
    p["qx0"] = np.where(qx0 > 0, qx0, 1.0)
    p["grow"] = np.array(1.0)

    # final demand
    cons = x.array("com", "hh", "c<h>r>")
    gov = x.array("com", "gov", "c<r>")
    inv = x.array("com", "inv", "c<r>")
    used = inter.sum(1) + cons.sum(1) + gov + inv + p["carries"][:, None] * p["qmg0"]
    p["used"] = (used > 0).astype(float)
    refuse_cells(
        np.abs(used - absorb)[np.arange(nc) != elb] > 1e-7 * np.maximum(used, 1.0)[np.arange(nc) != elb],
        "CGE303",
        tuple(k for k in commodities if k != BUSBAR),
        regions,
    )
    p["g0"], p["qh0"] = gov, cons
    p["isc"] = share(inv, inv.sum(0)[None])
    p |= base_year_demand(cons, commodities, parameters)
    p["sigma_he"] = np.array(parameters.scalar("sigma_household_energy"))

    # incomes
    wage = x.array("hh", "fac:labour", "h<r<")
    pool = x.array("hh", "pool:capital", "h<r<")
    transfer = x.array("hh", "gov", "h<r<") - x.array("gov", "hh", "h>r>")
    income_tax = x.array("tax:income", "hh", "h>r>")
    saving = x.array("sav", "hh", "h>r>") - x.array("hh", "sav", "h<r<")
    yf = wage + pool
    yd = yf - income_tax + transfer
    p["lsh"] = wage / wage.sum(0)[None]
    p["ksh"], p["kown"] = pool / pool.sum(), share(pool, pool.sum(0)[None])
    t_sum = transfer.sum(0)
    p["trsh"] = np.where(np.abs(t_sum) > 0, share(transfer, t_sum[None]), yd / yd.sum(0)[None])
    p["ty"] = share(income_tax, yf)
    p["mps"] = share(saving, yd)
    to_centre = x.array("gov:central", "gov", "r>")
    taxes = ptax.sum(0) + duty.sum(0) + income_tax.sum(0)
    p["shc"] = share(to_centre, taxes)
    p["tc0"] = x.array("gov", "gov:central", "r<")
    p["csh"] = yd.sum(0) / yd.sum()
    p["csx"], p["csl"] = p["csh"].copy(), p["csh"].copy()
    p["fsav"] = np.array(x.array("sav", "row", "").sum() - x.array("row", "sav", "").sum())
    p["ish"] = inv.sum(0) / inv.sum()
    p["labour"] = fac["labour"].sum(0)
    p["kd0"] = fac["capital"].sum(0)
    p["kcarry"], p["kinv"] = np.ones(nr), np.zeros(nr)
    p["rsup"] = np.where(p["res"] > 0, fac["resource"], 0.0)

    # carbon
    for t, v, names in ((tonnes, inter, activities), (tonnes_h, cons, HOUSEHOLDS)):
        bad = ((t > 0) & (v <= 0)).reshape(-1, nr)
        refuse_cells(bad, "CGE304", tuple(f"{c} <- {user}" for c in commodities for user in names), regions)
    p["epsh"] = share(tonnes_h, cons)
    p["epsp"] = share(process, qa0)
    em0 = tonnes.sum((0, 1)) + tonnes_h.sum((0, 1)) + process.sum(0)
    p["hab"] = parameters.array("abatement_half_cost", activities) / YUAN_PER_TONNE
    p["xmax"] = parameters.array("abatement_max_share", activities)
    p["ccs"] = parameters.array("capture_share", activities)
    offered = resource_potential(economy.groups.regions).loc[list(regions)]
    p["stmax"] = offered["storage"].to_numpy(float) / parameters.scalar("storage_years")
    p["stcost"] = _beyond_mean(offered["storage_cost"].to_numpy(float), p["stmax"]) / YUAN_PER_TONNE
    p["habh"] = np.array(parameters.value("abatement_half_cost", "households") / YUAN_PER_TONNE)
    p["xmaxh"] = np.array(parameters.value("abatement_max_share", "households"))
    p["member"] = np.eye(nr)
    p["market"], p["traded"], p["tax"] = np.zeros(nr), np.zeros(nr), np.zeros(nr)
    p["cap"], p["cap0"], p["em0"], p["em_target"] = em0.copy(), em0.copy(), em0, em0.copy()
    gdp0 = sum(fac.values(), np.zeros((na, nr))).sum(0) + ptax.sum(0) + duty.sum(0)
    p["gdp0"], p["gdp_target"] = gdp0, gdp0.copy()

    for key, name in (("u0", "unemployment_rate"), ("wc", "wage_curve"), ("mob", "migration_elasticity"),
                      ("eta_k", "capital_mobility")):  # fmt: skip
        p[key] = np.array(parameters.scalar(name))
    p["kshr"] = share(fac["capital"], p["kd0"][None])

    one = np.ones
    p["w_ref"], p["rk_ref"], p["kfix"], p["exr_ref"] = one(nr), one(nr), one(nr), np.array(1.0)
    p["inv_ref"], p["lst_ref"], p["yk_ref"] = np.array(inv.sum()), transfer.sum(0), pool.sum(0)
    sets = {"r": regions, "c": commodities, "a": activities, "h": HOUSEHOLDS, "m": regions}
    p = complete(THEORY, sets, p)
    return Benchmark(
        sets=sets, parameters=p, start=start_values(THEORY, sets, p), economy=economy,
        vintage_share=parameters.scalar("vintage_share"), line_growth=parameters.scalar("line_growth"),
        potential=np.array([offered[k] if k in offered else np.full(nr, np.inf) for k in activities], float),
    )  # fmt: skip


def _line_capacity(economy: Economy, flow: Array, utilisation: float) -> Array:
    """Most that each line between provinces carries in the base year, (r, s), TWh; 0 where nothing flows.

    The nameplate at its highest utilisation, or what flows already: some contracts run over the lines of others.
    """
    regions = economy.regions
    lines = network_capacity(economy.groups.regions)
    nameplate = dense(lines, ("origin", "destination"), "gw", (regions, regions)) * TWH_PER_GW
    there = (flow > 0) & ~np.eye(len(regions), dtype=bool)
    return np.where(there, np.maximum(flow, nameplate * utilisation), 0.0)


def _beyond_mean(price: Array, room: Array) -> Array:
    """Price of storage beyond the nation's mean, which the cost of capture holds already, (r,), same unit."""
    if not room.any():
        return np.zeros_like(price)
    return np.maximum(price - np.average(price, weights=room), 0.0)
