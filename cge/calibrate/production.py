"""Production: shares of the nested unit costs, from the leaves up."""

from __future__ import annotations

import numpy as np

from cge.calibrate.base_year import BaseYear
from cge.calibrate.cells import refuse_cells, share
from cge.calibrate.parameters import ParameterSet
from cge.theory.nests import ENERGY_LEAVES, FUEL_NEST, NESTS, children, leaf_nest
from cgebase.arrays import Array
from sam.classification import BUSBAR
from sam.registry import TECHNOLOGIES

CLOSE = 1e-9
"""Largest gap between output and cost of an activity, relative to its output."""
ENTRANT = 0.01
"""Share of provincial TWh at which the resource market of an absent technology is scaled."""
SUBSTITUTION = {"kle": "sigma_kle", "va": "sigma_va", "ene": "sigma_elec", "fue": "sigma_fuel"}
"""Elasticity of a nest in the parameter tables."""


def production(base: BaseYear, parameters: ParameterSet) -> dict[str, Array]:
    """Parameters of activities: where they exist, shares and elasticities of their nests, tax, resource.

    Raises
    ------
    CalibrationError
        An activity whose output is not its cost, or with energy but no value added.
    """
    gap = np.abs(base.level - base.inputs.sum(0) - base.value_added)
    refuse_cells(gap > CLOSE * np.maximum(base.level, 1.0), "CGE301", base.activities, base.regions)
    generates = base.generates[:, None]
    totals, shares = _nests(base, parameters)
    idle = (totals["ene"] > 0) & (totals["va"] <= 0) & base.active
    refuse_cells(idle, "CGE590", base.activities, base.regions)
    shares |= {f"theta_n_{n.name}": share(totals[n.name], totals[n.parent]) for n in NESTS if n.parent}
    energy = np.array([base.role[k] in ENERGY_LEAVES or k == BUSBAR for k in base.commodities])
    room = 1 - (shares["theta_c_top"] * energy[:, None, None]).sum(0)
    substitution = {f"sigma_{nest}": parameters.array(name, base.activities, default=0.5)
                    for nest, name in SUBSTITUTION.items()}  # fmt: skip
    return {
        **shares, **substitution, "mat": 1.0 - energy, "room": np.where(room > CLOSE, room, 1.0),
        "act": base.active.astype(float), "gen": (base.active & generates).astype(float),
        "sector": (base.active & ~generates).astype(float), "res": (base.factors["resource"] > 0).astype(float),
        "make": ((base.output.sum(2) > 0) & ~generates).astype(float),
        "ta": share(base.costs.tax, base.costs.output), "qa0": np.where(base.level > 0, base.level, 1.0),
        "sigma_cost": _supply(base, parameters, totals["cost"]), "sigma_top": np.zeros(len(base.activities)),
        "aeei": (~base.generates).astype(float), "r0": _resource(base, shares["theta_resource"]),
    }  # fmt: skip


def _nests(base: BaseYear, parameters: ParameterSet) -> tuple[dict[str, Array], dict[str, Array]]:
    """Cost of every nest, (a, r), and its parameters: shares of commodities and factors, carbon of fuel."""
    costs, bought = base.costs, _inputs_by_nest(base, parameters)
    totals: dict[str, Array] = {}
    shares: dict[str, Array] = {}
    for nest in reversed(NESTS):
        parts = [bought[nest.name].sum(0)] if nest.commodities else []
        parts += [costs.factors[f] for f in nest.factors] + [totals[child.name] for child in children(nest.name)]
        total = totals[nest.name] = sum(parts, np.zeros_like(costs.output))
        shares |= {f"theta_{f}": share(costs.factors[f], total) for f in nest.factors}
        if nest.commodities:
            shares[f"theta_c_{nest.name}"] = share(bought[nest.name], total[None])
            shares[f"eps_{nest.name}"] = share(_burnt_in(base, nest.name), bought[nest.name])
    return totals, shares


def carbon_of_fuel(base: BaseYear, parameters: ParameterSet) -> Array:
    """Mt of CO2 in a unit of what is burnt, feedstock left out, (c, a, r)."""
    bought = _inputs_by_nest(base, parameters)
    return np.asarray(sum(share(_burnt_in(base, nest), x) for nest, x in bought.items()))


def _burnt_in(base: BaseYear, nest: str) -> Array:
    """Tonnes of fuel that is burnt in a nest, (c, a, r)."""
    burns = base.generates if nest == "top" else ~base.generates & (nest == FUEL_NEST)
    return np.where(burns[:, None], base.tonnes, 0.0)


def _inputs_by_nest(base: BaseYear, parameters: ParameterSet) -> dict[str, Array]:
    """Inputs that enter each nest, (c, a, r); feedstock is what a cell holds beyond the value of the fuel burnt."""
    of = base.role
    leaf = np.array([[leaf_nest(of[c], of[a], generation=a in TECHNOLOGIES) for a in base.activities]
                     for c in base.commodities])
    inputs, fixed = base.costs.inputs, ((leaf == "top") & ~base.generates)[:, :, None]
    burnt = base.tonnes * parameters.array("fuel_value", base.commodities, default=0.0)[:, None, None]
    fuel = np.where(fixed, np.minimum(burnt, inputs), 0.0)
    bought = {n.name: inputs * (leaf == n.name)[:, :, None] for n in NESTS if n.commodities}
    return bought | {"top": bought["top"] - fuel, FUEL_NEST: bought[FUEL_NEST] + fuel}


def _supply(base: BaseYear, parameters: ParameterSet, cost: Array) -> Array:
    """Elasticity between the resource and other costs that gives the elasticity of supply, (a, r)."""
    part = share(base.factors["resource"].sum(1), np.where(base.level > 0, cost, 0.0).sum(1))
    supply = parameters.array("supply_elasticity", base.activities, default=0.0)
    return np.repeat(np.where(part > 0, supply * part / (1 - part), 0.0)[:, None], len(base.regions), axis=1)


def _resource(base: BaseYear, theta: Array) -> Array:
    """Payment for the resource that scales its market, (a, r); a technology may enter where it has none."""
    enters = base.active & base.generates[:, None] & (base.generation <= 0)
    scale = np.where(enters, ENTRANT * theta * base.cost_per_twh * base.busbar_twh, base.factors["resource"])
    return np.where(scale > 0, scale, 1.0)
