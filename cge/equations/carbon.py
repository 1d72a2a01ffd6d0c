"""Carbon: emissions on fuel and process cells, abatement by a smooth cost curve, caps as complementarity.

Abated share x(z) = xmax z^2 / (z^2 + h^2) at real carbon price z. The firm abates while it is cheaper than
paying, so the carbon cost of a gross tonne is the integral of (1 - x), and Shephard's lemma gives both the
tonnes left and the real goods bought: the accounts cannot disagree with the prices.
"""

from __future__ import annotations

from sympy import Expr, Integer, atan

from cge.algebra import total
from cge.equations.production import commodity_demand
from cge.nests import NESTS
from cge.symbols import (
    EM,
    EMA,
    EMH,
    KAP,
    KAPH,
    LEVEL,
    PCO2,
    PINV,
    QAB,
    QB,
    QH,
    SG,
    TAU,
    VRE,
    XAB,
    XABH,
    EFF,
    T,
    a,
    act,
    c,
    cap,
    cap0,
    em0,
    em_target,
    eps,
    epsh,
    epsp,
    gen,
    h,
    hab,
    habh,
    ic,
    m,
    market,
    member,
    r,
    tax,
    th_c,
    vre,
    vre0,
    xmax,
    xmaxh,
)

MAC = "marginal abatement cost curve, price-dual form"


def abated(z: Expr, half: Expr, limit: Expr) -> Expr:
    """Abated share at real price ``z``."""
    return limit * z**2 / (z**2 + half**2)


def saved(z: Expr, half: Expr, limit: Expr) -> Expr:
    """Integral of the abated share from 0 to ``z``: gain of abating over paying, per gross tonne."""
    return limit * (z - half * atan(z / half))


def spent(z: Expr, half: Expr, limit: Expr) -> Expr:
    """Real abatement spending per gross tonne: area under the cost curve."""
    return z * abated(z, half, limit) - saved(z, half, limit)


_z = TAU[r] / PINV[r]

T.define(TAU, (r,), tax[r] + total(member[m, r] * PCO2[m], m, where=member[m, r]), ref="carbon price")
T.define(KAP, (a, r), TAU[r] - PINV[r] * saved(_z, hab[a], xmax[a]), where=act[a, r], ref=MAC)
T.define(XAB, (a, r), abated(_z, hab[a], xmax[a]), where=act[a, r], ref=MAC)
T.define(KAPH, (r,), TAU[r] - PINV[r] * saved(_z, habh, xmaxh), ref=MAC)
T.define(XABH, (r,), abated(_z, habh, xmaxh), ref=MAC)
T.define(
    EMA,
    (a, r),
    sum(
        (
            total(eps[n.name][c, a, r] * commodity_demand(n), c, where=th_c[n.name][c, a, r] * eps[n.name][c, a, r])
            for n in NESTS
            if n.commodities
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
    total(EMA[a, r] * (1 - XAB[a, r]), a, where=act[a, r]) + EMH[r] * (1 - XABH[r]),
    ref="tonnes left after abatement",
)
T.define(
    QAB,
    (r,),
    total(EMA[a, r] * spent(_z, hab[a], xmax[a]), a, where=act[a, r])
    + EMH[r] * spent(_z, habh, xmaxh)
    + QB[r] * ic * (VRE[r] - vre0[r]) * total(vre[a] * SG[a, r], a, where=gen[a, r]),
    ref="abatement and integration are paid in the province's capital good",
)
T.equation(
    "cap",
    (m,),
    total(member[m, r] * (cap[r] - EM[r]), r, where=member[m, r]) / cap0[m],
    pairs=PCO2,
    where=market[m],
    unit="fraction of base-year emissions",
    complements=True,
    ref="0 <= price, 0 <= cap - emissions, product 0",
)
T.equation(
    "emission_target",
    (r,),
    (EM[r] - em_target[r]) / em0[r],
    pairs=EFF,
    unit="fraction of base-year emissions",
    ref="baseline: energy efficiency hits the emission path",
)
