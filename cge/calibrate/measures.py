"""Measures of abatement: carriers that replace displaced fuel, energy and ceilings of capture.

A carrier does the useful work of the fuel it replaces: terawatt-hours of fuel follow from its carbon, those of the
carrier from ratios of useful energy by activity. Which technology displaces which fuel is a judgement, with a range in
the tables.
"""

from __future__ import annotations

import numpy as np

from cge.calibrate.base_year import BaseYear
from cge.calibrate.cells import share
from cge.calibrate.parameters import ALL, ParameterSet
from cge.calibrate.power import busbar_bought
from cge.calibrate.production import carbon_of_fuel
from cge.theory.symbols import YUAN_PER_TONNE
from cgebase.arrays import Array
from sam.classification import BUSBAR

POWER, HEAT, BIOMASS = "ely", "hea", "agr"
"""Commodities that measures buy: delivered electricity, heat, biomass."""
OIL = "oil"
"""Fuel of engines; every other is burnt for heat."""
HOMES = "households"
PER_MWH = 0.01
"""Yuan per MWh in 1e8 CNY per TWh."""
PER_GJ = 0.01
"""Yuan per GJ in 1e8 CNY per PJ, which is what a Mt takes at a GJ per tonne."""
CEILING_YEARS = (2030, 2040, 2050, 2060)
CEILING = "capture_ceiling_{}"
"""Name of the ceilings of a year in the register."""


def measures(base: BaseYear, parameters: ParameterSet) -> dict[str, Array]:
    """Parameters of carriers in place of fuel, and of the energy and the cost of capture.

    None where electricity is not counted in TWh: such an economy has no closure in which they act.
    """
    if BUSBAR not in base.commodities:
        return {}
    half = parameters.array("abatement_half_cost", base.activities) / YUAN_PER_TONNE
    take = _energy_of_capture(base, parameters)
    nation = share((take.sum(0) * base.gdp).sum(1), (base.active * base.gdp).sum(1))
    return {
        **_carriers(base, parameters, half), **_carriers_at_home(base, parameters),
        "capuse": take, "habc": half - nation,
        "crent": np.array(parameters.scalar("capture_rent") / YUAN_PER_TONNE),
    }  # fmt: skip


def ceilings(parameters: ParameterSet, activities: tuple[str, ...]) -> dict[int, tuple[Array, float]]:
    """Most CO2 that the nation captures by year, Mt: of each activity, 0 without a ceiling, and of all."""
    named = {year: CEILING.format(year) for year in CEILING_YEARS}
    return {y: (parameters.array(n, activities, default=0.0), parameters.value(n, ALL)) for y, n in named.items()}


def _energy_of_capture(base: BaseYear, parameters: ParameterSet) -> Array:
    """Energy of a tonne captured, (c, a, r), 1e8 CNY per Mt: plants give up output at the busbar, others buy."""
    electricity = parameters.array("capture_electricity", base.activities, default=0.0)[:, None]
    heat = parameters.array("capture_heat", base.activities, default=0.0) * PER_GJ * parameters.scalar("heat_price")
    busbar, delivered = _prices(base)
    own = base.generates[:, None]
    taken = (
        _is(base, BUSBAR) * np.where(own, electricity * busbar, 0.0)
        + _is(base, POWER) * np.where(own, 0.0, electricity * delivered)
        + _is(base, HEAT) * np.broadcast_to(heat[:, None], base.level.shape)
    )
    return taken * base.active


def _carriers(base: BaseYear, parameters: ParameterSet, half: Array) -> dict[str, Array]:
    """What replaces a unit of each fuel in each activity, ``swap``, and of which carriers it is, ``pack``, (c, a, r).

    And weights of carriers and of fuels, which count against, in the cost of measures, ``wms``, (c, a, r), where the
    potential is used in full and a tonne costs about the half cost.

    Carriers that cost more than the fuel and the part of the curve that is theirs are bought in part.
    """
    _, delivered = _prices(base)
    power, oil, biomass = (
        parameters.array(n, base.activities, default=0.0)[:, None]
        for n in ("carrier_electricity", "carrier_electricity_oil", "carrier_biomass")
    )
    plant = biomass * parameters.scalar("biomass_price") * PER_MWH
    solid, liquid = power * delivered + plant, oil * delivered
    grown = share(plant, solid)
    tonnes = carbon_of_fuel(base, parameters)
    bought = _fuel(base, parameters, tonnes) * np.where(_is(base, OIL) > 0, liquid, solid)
    most = 1 + parameters.scalar("carrier_limit") * half[:, None] * tonnes
    burns = tonnes.any(0)
    pack = _is(base, POWER) * np.where(burns, 1 - grown, 0.0) + _is(base, BIOMASS) * np.where(burns, grown, 0.0)
    swap = np.minimum(bought, most)
    return {"swap": swap, "pack": pack, "wms": _weights(base, tonnes, swap, pack) / half[:, None]}


def _weights(base: BaseYear, tonnes: Array, swap: Array, pack: Array) -> Array:
    """What carriers of a tonne abated cost less the fuel that it saves, (c, a, r), 1e8 CNY per Mt.

    The nation's mean, as single cells of a SAM hold fuel at any price per tonne; where a province has the fuel.
    """
    burnt, bought = base.tonnes.sum((0, 2)) + base.process_tonnes.sum(1), share(base.tonnes, tonnes)
    fuel, carriers = share(bought.sum(2), burnt), share((swap * bought).sum((0, 2)), burnt)
    return pack * carriers[:, None] - np.where(tonnes > 0, fuel[:, :, None], 0.0)


def _carriers_at_home(base: BaseYear, parameters: ParameterSet) -> dict[str, Array]:
    """The same of households, (c, h, r), (c,) and (c, r): electricity."""
    half = parameters.value("abatement_half_cost", HOMES) / YUAN_PER_TONNE
    power, oil = (parameters.value(n, HOMES) for n in ("carrier_electricity", "carrier_electricity_oil"))
    tonnes = share(base.household_tonnes, base.consumption)
    ratio = np.where(_is(base, OIL) > 0, oil, power)
    bought = _fuel(base, parameters, tonnes) * ratio * _prices(base)[1]
    most = 1 + parameters.scalar("carrier_limit") * half * tonnes
    swap, power_only = np.minimum(bought, most), _is(base, POWER)[:, 0, 0]
    burnt = np.where(tonnes > 0, base.consumption, 0.0)
    saved = share(burnt, base.household_tonnes.sum((0, 1))[None, None]) / half
    weight = power_only[:, None] * (swap * saved).sum((0, 1)) - saved.sum(1)
    return {"swaph": swap, "packh": power_only, "wmsh": weight}


def _prices(base: BaseYear) -> tuple[Array, Array]:
    """Value of a TWh at the busbar and delivered, grid and losses included, (r,), 1e8 CNY."""
    twh = busbar_bought(base)
    spent = base.inputs[base.commodities.index(BUSBAR)].sum(0)
    return spent / twh, base.level[base.activities.index(POWER)] / twh


def _fuel(base: BaseYear, parameters: ParameterSet, tonnes: Array) -> Array:
    """TWh of fuel from Mt of CO2, first dimension c."""
    carbon = parameters.array("fuel_carbon", base.commodities, default=1.0)
    return np.asarray(tonnes / carbon[:, None, None])


def _is(base: BaseYear, code: str) -> Array:
    """1 where a commodity is the one named, (c, 1, 1)."""
    return np.array([float(c == code) for c in base.commodities])[:, None, None]
