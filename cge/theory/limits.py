"""Floors and ceilings of quantities: output and generation, capture, each with its shadow price.

A floor is met by a payment per unit, a ceiling by a charge, each as high as it takes and zero where the limit does not
bind (complementarity). Both are real, and the budget of the province pays or earns them. A limit is led by one of its
activities and stands in one of the slots of that activity; it may hold for several activities and provinces together.
"""

from __future__ import annotations

from cge.language.algebra import total
from cge.theory.carbon import captured
from cge.theory.production import by_quantity
from cge.theory.symbols import (
    PLC, PLQ, SBC, SBQ, T, a, act, b, ccs, kfor, kin, klim, kof, ksign, m, qfor, qin, qlim, qof, qsign, r,
)

T.chapter = "limits"

SHADOW = "0 <= shadow price, 0 <= quantity over a floor or under a ceiling, product 0"
PAID = "shadow price of every floor that the unit counts for, less that of every ceiling"

_slot = qof[a, b] * qin[a, m, r]
_caught = kof[a, m] * kin[m, r]
T.define(
    SBQ, (b, r), total(qsign[a, m] * PLQ[a, m], a, m, where=qlim[a, m] * _slot), where=qfor[b, r], ref=PAID,
)  # fmt: skip
T.define(
    SBC, (a, r), total(ksign[m] * PLC[m], m, where=klim[m] * _caught), where=kfor[a, r], ref=PAID,
)  # fmt: skip
T.equation(
    "output_limit",
    (a, m),
    qsign[a, m] * (total(by_quantity(1 / qlim[a, m], b), b, r, where=_slot * act[b, r]) - 1),
    pairs=PLQ,
    scale=1,
    where=qlim[a, m],
    unit="fraction of the limit",
    complements=True,
    ref=SHADOW,
)
T.equation(
    "capture_limit",
    (m,),
    ksign[m] * (total(captured, a, r, where=_caught * act[a, r] * ccs[a]) / klim[m] - 1),
    pairs=PLC,
    scale=1,
    where=klim[m],
    unit="fraction of the limit",
    complements=True,
    ref=SHADOW,
)
