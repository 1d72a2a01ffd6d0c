"""Carbon: emissions on fuel and process cells, abatement by a smooth cost curve, caps as complementarity.

Abated share x(z) = xmax z^2 / (z^2 + h^2) at a carbon price z over the price of measures. The firm abates while it is
cheaper than paying, so the carbon cost of a gross tonne is the integral of (1 - x), and Shephard's lemma gives both the
tonnes left and the measures bought: the accounts cannot disagree with the prices. Part of the potential of an
activity is capture: it competes with the price less what its energy and storage cost and the rents of storage and of
capture near its ceilings. Its energy follows from the same cost (Shephard): the derivative by the price of electricity
or heat is what a tonne takes times the tonnes captured.
What is abated otherwise displaces its fuel; that and the energy of capture are a choice, see
:mod:`cge.theory.measures`.
"""

from __future__ import annotations

from sympy import Expr, Integer, Max, atan, exp, log

from cge.language.algebra import total
from cge.theory.production import commodity_demand
from cge.theory.nests import BURNING
from cge.theory.power import bought, moving
from cge.theory.symbols import (
    CPAY, ECC, EFF, EM, EMA, EMC, EMH, ENT, GDPB, KAP, KAPH, LEVEL, OBA, PCO2, PFR, PINV, PMS, PMSH, PPM, PQ, PST,
    QAB, QB, QH, QRM, RCC, RCT, RM, SBC, SFU, SFUH, SG, SPA, SPAH, STO, T, TAU, TAUA, TAUH, XAB, XABH, XCC, XDI, XDIH,
    ZCC, a, act, burns, c, cap, cap0, capuse, ccs, cover, coverh, covt, covth, displaces, em0, em_target, eps, epsh,
    epsp, free, gen, h, hab, habc, habh, inten, keeps, m, market, member, pq_ref, qprog, r, rated, rcost, rmax,
    rslope, sinks, stcost, stmax, tax, th_c, wms, wmsh, xmax, xmaxh,
)

T.chapter = "carbon"

MAC = "marginal abatement cost curve, price-dual form"
MEASURES = "Cobb-Douglas in capital goods, carriers and fuel saved, which counts against; prices over the baseline's"


def abated(z: Expr, half: Expr, limit: Expr) -> Expr:
    """Abated share at real price ``z``."""
    return limit * z**2 / (z**2 + half**2)


def saved(z: Expr, half: Expr, limit: Expr) -> Expr:
    """Integral of the abated share from 0 to ``z``: gain of abating over paying, per gross tonne."""
    return limit * (z - half * atan(z / half))


def spent(z: Expr, half: Expr, limit: Expr) -> Expr:
    """Real abatement spending per gross tonne: area under the cost curve."""
    return z * abated(z, half, limit) - saved(z, half, limit)


def of_potential(z: Expr, half: Expr) -> Expr:
    """Part of the potential used at real price ``z``."""
    return abated(z, half, Integer(1))


_z = TAUA[a, r] / PMS[a, r]
_zc = ZCC[a, r]
_half = hab[a] + displaces * (habc[a] - hab[a])
_catch = ccs[a] * keeps[r]
_other = 1 - ccs[a]
_zh = TAUH[r] / PMSH[r]
captured = EMA[a, r] * XCC[a, r]
"""Tonnes captured of an activity."""
abating = EMA[a, r] * SPA[a, r] + SFU[a, r] / PINV[r]
abating_at_home = EMH[r] * SPAH[r] + SFUH[r] / PINV[r]
"""Capital goods an activity buys for abatement, and households."""
fitting = (bought + moving) * SG[a, r] * QB[r]
"""Capital goods a technology buys so that its power fits demand, for its places and for a change of the mix."""
left = EMA[a, r] * (1 - XAB[a, r])
left_at_home = EMH[r] * (1 - XABH[r])
"""Tonnes left after abatement."""
paid_at_home = TAUH[r] * left_at_home
_here = {"where": act[a, r], "ref": MAC}
_caught = {"where": act[a, r] * ccs[a], "ref": MAC}
T.define(PPM, (r,), total(member[m, r] * PCO2[m], m, where=member[m, r]), ref="price of the province's market")
T.define(TAU, (r,), tax[r] + PPM[r], ref="carbon price")
T.define(TAUA, (a, r), covt[a, r] * tax[r] + cover[a, r] * PPM[r], where=act[a, r], ref="tax and permits where covered")
T.define(TAUH, (r,), covth[r] * tax[r] + coverh[r] * PPM[r], ref="tax and permits where covered")
T.define(
    PFR,
    (a, r),
    cover[a, r] * PPM[r] + (1 - rated[r]) * covt[a, r] * tax[r],
    where=act[a, r],
    ref="a free permit saves its price; beside a cap or a tax alone it saves the tax too",
)
T.define(
    ECC,
    (a, r),
    total(capuse[c, a, r] * PQ[c, r], c, where=capuse[c, a, r]),
    where=act[a, r] * ccs[a] * displaces,
    ref="electricity and heat of a tonne captured",
)
T.define(
    ZCC, (a, r), Max(0, (TAUA[a, r] - PST[r] - ECC[a, r]) / PINV[r] - stcost[r] - RCC[a] - RCT + SBC[a, r]), **_caught,
)  # fmt: skip
T.define(
    PMS,
    (a, r),
    PINV[r] * exp(total(wms[c, a, r] * log(PQ[c, r] / PINV[r] / pq_ref[c, r]), c, where=wms[c, a, r] * displaces)),
    where=act[a, r],
    ref=MEASURES,
)
T.define(
    PMSH,
    (r,),
    PINV[r] * exp(total(wmsh[c, r] * log(PQ[c, r] / PINV[r] / pq_ref[c, r]), c, where=wmsh[c, r] * displaces)),
    ref=MEASURES,
)
T.define(XCC, (a, r), _catch * abated(_zc, _half, xmax[a]), **_caught)
T.define(XAB, (a, r), XCC[a, r] + _other * abated(_z, hab[a], xmax[a]), **_here)
T.define(XDI, (a, r), _other * abated(_z, hab[a], xmax[a]), where=act[a, r] * displaces, ref=MAC)
T.define(
    KAP,
    (a, r),
    TAUA[a, r] - PINV[r] * _catch * saved(_zc, _half, xmax[a]) - PMS[a, r] * _other * saved(_z, hab[a], xmax[a]),
    **_here,
)
T.define(
    SPA,
    (a, r),
    _catch * spent(_zc, _half, xmax[a]) + stcost[r] * XCC[a, r]
    + _other * spent(_z, hab[a], xmax[a]) * PMS[a, r] / PINV[r],
    **_here,
)
T.define(KAPH, (r,), TAUH[r] - PMSH[r] * saved(_zh, habh, xmaxh), ref=MAC)
T.define(XABH, (r,), abated(_zh, habh, xmaxh), ref=MAC)
T.define(SPAH, (r,), spent(_zh, habh, xmaxh) * PMSH[r] / PINV[r], ref=MAC)
T.define(XDIH, (r,), XABH[r], where=displaces, ref=MAC)
T.define(
    EMA,
    (a, r),
    sum(
        (
            total(eps[n.name][c, a, r] * commodity_demand(n), c, where=th_c[n.name][c, a, r] * eps[n.name][c, a, r])
            for n in BURNING
        ),
        start=Integer(0),
    )
    + epsp[a, r] * LEVEL[a, r],
    where=act[a, r],
    ref="coefficient times fuel use, and process emissions per output",
)
T.define(EMH, (r,), total(epsh[c, h, r] * QH[c, h, r], c, h, where=epsh[c, h, r]), ref="household fuel use")
T.define(
    EM,
    (r,),
    total(left, a, where=act[a, r]) + left_at_home,
    ref="tonnes left after abatement",
)
T.define(
    EMC,
    (r,),
    total(cover[a, r] * left, a, where=act[a, r]) + coverh[r] * left_at_home,
    ref="tonnes left in covered activities and households",
)
T.define(STO, (r,), total(captured, a, where=act[a, r] * ccs[a]), ref="tonnes captured in the province")
T.define(
    CPAY,
    (r,),
    total(TAUA[a, r] * left, a, where=act[a, r]) + paid_at_home,
    ref="carbon price times tonnes left",
)
T.define(OBA, (r,), total(free[a, r] * LEVEL[a, r], a, where=act[a, r]), ref="output-based allocation, Fischer 2001")
T.define(QRM, (r,), rcost[r] * RM[r] + rslope[r] * RM[r] ** 2 / 2, ref="area under the cost of removals")
T.define(
    QAB,
    (r,),
    total(abating, a, where=act[a, r])
    + abating_at_home
    + QRM[r]
    + qprog[r]
    + total(fitting, a, where=gen[a, r]),
    ref="abatement, removals and integration are paid in the province's capital good",
)
T.equation(
    "cap",
    (m,),
    total(member[m, r] * (ENT[r] + sinks[r] + RM[r] - EMC[r]), r, where=member[m, r]) / cap0[m],
    pairs=PCO2,
    scale=1,
    where=market[m],
    unit="fraction of base-year emissions",
    complements=True,
    ref="0 <= price, 0 <= permits, sinks and removals less emissions, product 0",
)
T.equation(
    "entitlement",
    (r,),
    ENT[r] - cap[r] - rated[r] * OBA[r] - inten[r] * GDPB[r],
    pairs=ENT,
    where=em0[r],
    unit="Mt CO2",
    scale=em0[r],
    ref="absolute cap, tradable performance standard, intensity cap",
)
T.equation(
    "removals",
    (r,),
    (rcost[r] + rslope[r] * RM[r]) * PINV[r] - TAU[r],
    pairs=RM,
    scale=1,
    where=rmax[r],
    unit="100 CNY per t CO2",
    complements=True,
    upper=rmax[r],
    ref="a tonne is removed where that is not dearer than a permit, up to the limit of the province",
)
T.equation(
    "storage_limit",
    (r,),
    stmax[r] - STO[r],
    pairs=PST,
    where=stmax[r],
    unit="Mt CO2",
    scale=stmax[r],
    complements=True,
    ref="no more is stored in a year than the province has room for; its rent is zero unless it is full",
)
T.equation(
    "emission_target",
    (r,),
    (EM[r] - em_target[r]) / em0[r],
    pairs=EFF,
    where=burns[r],
    scale=1,
    unit="fraction of base-year emissions",
    ref="baseline: energy efficiency hits the emission path",
)
