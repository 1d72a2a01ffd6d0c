"""Measures: fuel that abatement displaces, carriers in its place, ceilings of capture.

What is abated otherwise takes its fuel out of demand. What an activity asks of a nest is the service of a fuel, at
the price of the fuel and of its carbon; it is met by fuel or by measures. The derivative of the unit cost by that price
is the service, by the price of carbon the tonnes left, so the share of the service whose carbon is gone is bought no
longer. The cost curve is the total cost of measures: capital goods and carriers (electricity, hydrogen made of it,
biomass) less the fuel saved, at prices of the baseline. Where carriers get dearer or fuel cheaper than there, measures
do too, and less is abated. The fuel saved, at its price, pays for carriers first and for capital goods with the rest,
so that cost, purchases and accounts agree at any prices. The first tonnes are saved, the last replaced: the part of
displaced fuel in whose place a carrier comes is the part of the potential that is used.

All of it is a choice: where ``displaces`` is 0 the fuel is still bought, abatement takes capital goods only, capture
takes no energy, and none of these cells exists.
"""

from __future__ import annotations

from sympy import Expr, Integer, log

from cge.language.algebra import total
from cge.theory.carbon import captured, of_potential
from cge.theory.nests import BURNING
from cge.theory.production import commodity_demand
from cge.theory.symbols import (
    CAPN, CAPT, PMS, PMSH, PQ, QH, QPK, QPKH, RCC, RCT, SFU, SFUH, STO, T, TAUA, TAUH, XDI, XDIH, a, act, c, cmax,
    crent, ctot, displaces, eps, epsh, h, hab, habh, pack, packh, r, swap, swaph, th_c,
)

T.chapter = "measures"

SWAP = "useful energy of a carrier against that of the fuel it replaces; no carrier replaces what is saved"
SAVED = "services of fuels met by measures, at the price of the fuel, less carriers"
STEEP = 8
"""Power by which the rent of capture rises: 4 yuan at half of the ceiling, 1,000 at it, 2,100 at 10 % above it."""
RISE = "the rent rises steeply where capture nears its ceiling, so that little more is captured"


def _of_fuels(weight: Expr) -> Expr:
    """Sum over the fuels an activity burns of their services, weighted."""
    return sum(
        (
            total(weight * commodity_demand(n), c, where=th_c[n.name][c, a, r] * eps[n.name][c, a, r])
            for n in BURNING
        ),
        start=Integer(0),
    )


T.define(
    QPK,
    (a, r),
    XDI[a, r] * of_potential(TAUA[a, r] / PMS[a, r], hab[a]) * _of_fuels(swap[c, a, r]),
    where=act[a, r] * displaces,
    ref=SWAP,
)
T.define(
    QPKH,
    (r,),
    XDIH[r] * of_potential(TAUH[r] / PMSH[r], habh) * total(swaph[c, h, r] * QH[c, h, r], c, h, where=swaph[c, h, r]),
    where=displaces,
    ref=SWAP,
)
T.define(
    SFU,
    (a, r),
    XDI[a, r] * _of_fuels(PQ[c, r]) - QPK[a, r] * total(pack[c, a, r] * PQ[c, r], c, where=pack[c, a, r]),
    where=act[a, r] * displaces,
    ref=SAVED,
)
T.define(
    SFUH,
    (r,),
    XDIH[r] * total(PQ[c, r] * QH[c, h, r], c, h, where=epsh[c, h, r])
    - QPKH[r] * total(packh[c] * PQ[c, r], c, where=packh[c]),
    where=displaces,
    ref=SAVED,
)
T.define(
    CAPT, (a,), total(captured, r, where=act[a, r]), where=cmax[a], ref="tonnes captured by the activity", hub=True,
)  # fmt: skip
T.define(CAPN, (), total(STO[r], r), where=displaces, ref="tonnes captured in the nation", hub=True)
T.equation(
    "capture_ceiling",
    (a,),
    log(1 + RCC[a] / crent) - log(1 + (CAPT[a] / cmax[a]) ** STEEP),
    pairs=RCC,
    scale=1,
    where=cmax[a],
    unit="logarithm of one and the rent over that at the ceiling",
    ref=RISE,
)
T.equation(
    "capture_total",
    (),
    log(1 + RCT / crent) - log(1 + (CAPN / ctot) ** STEEP),
    pairs=RCT,
    scale=1,
    where=displaces,
    unit="logarithm of one and the rent over that at the ceiling",
    ref=RISE,
)
