"""Putty-clay: old equipment makes the bundle of value added and energy beside new equipment, in fixed proportions.

Labour and energy of old equipment follow what it makes; its capital is spent already. Three cases: new equipment sets
the price and old equipment earns the difference; less is bought than old equipment can make, new equipment makes
nothing and the price falls, at last to what running old equipment costs, where part of it stands idle; running it
costs more than new equipment, carbon included, and it is scrapped. Without old equipment (`qold` is zero) nothing of
this is there.
"""

from __future__ import annotations

from sympy import Integer, Rational

from cge.language.algebra import total
from cge.theory.production import factor_price, idle, old_energy, user_price
from cge.theory.nests import CLAY, CLAY_INPUTS
from cge.theory.symbols import GAIN, KEEP, PN, QN, QOLD, SPARE, T, VOLD, a, c, chosen, cold, lold, qold, r

T.chapter = "old_equipment"

DECIDED = Rational(1, 1000)
"""Difference of cost over which the choice to scrap goes from none to all in one step of the solver; no result."""


T.define(
    VOLD,
    (a, r),
    factor_price("labour") * lold[a, r]
    + sum(
        (total(user_price(n) * old_energy(n), c, where=cold[n.name][c, a, r]) for n in CLAY_INPUTS), start=Integer(0)
    ),
    where=qold[a, r],
    ref="fixed proportions: labour and energy, carbon included; capital is spent already, Phelps 1963",
)
T.define(
    GAIN,
    (a, r),
    PN[CLAY.name][a, r] - VOLD[a, r],
    where=qold[a, r],
    ref="cost of the bundle from new equipment less that of running old equipment",
)
T.define(
    QOLD,
    (a, r),
    KEEP[a, r] * qold[a, r] * (1 - idle()),
    where=qold[a, r],
    ref="what is kept of old equipment and does not stand idle",
)
T.equation(
    "capital_clay",
    (a, r),
    VOLD[a, r] / PN[CLAY.name][a, r] - 1,
    pairs=KEEP,
    where=chosen["capital_clay"][r] * qold[a, r],
    scale=DECIDED,
    unit="fraction of the cost of new equipment",
    complements=True,
    upper=1,
    ref="putty-clay: old equipment is scrapped where running it costs more than new equipment, capital included",
)
T.equation(
    "capital_putty",
    (a, r),
    QN[CLAY.name][a, r] / qold[a, r],
    pairs=SPARE,
    scale=1,
    where=chosen["capital_putty"][r] * qold[a, r],
    unit="fraction of what old equipment can make",
    complements=True,
    ref="putty-clay: new equipment makes what old does not; where that is nothing its price falls, then old is idle",
)
