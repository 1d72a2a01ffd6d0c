"""Incomes, budgets, household demand (Stone-Geary), investment and the macro closure."""

from __future__ import annotations

from cge.algebra import total
from cge.forms import Input, demand, stone_geary, unit_cost
from cge.symbols import (
    CRES,
    CREV,
    DR,
    EFF,
    EM,
    EXR,
    FSX,
    GDPB,
    GX,
    INV,
    KAPH,
    KD,
    LD,
    LEVEL,
    LST,
    PA,
    PHE,
    PINV,
    PQ,
    PR,
    PX,
    DB,
    QB,
    QE,
    QH,
    QHE,
    QM,
    QPU,
    RK,
    RKN,
    SAV,
    SVR,
    SUPN,
    T,
    TAU,
    TAXR,
    TFP,
    TRH,
    W,
    WINV,
    WN,
    YD,
    YF,
    YPOOL,
    PN,
    a,
    act,
    beta,
    betae,
    c,
    cap,
    csh,
    e0,
    emin,
    epsh,
    exr_ref,
    fsav,
    g0,
    gdp0,
    gdp_target,
    goods,
    grow,
    h,
    inv_ref,
    isc,
    ish,
    kcarry,
    kd0,
    kfix,
    kinv,
    ksh,
    labour,
    lsh,
    lst_ref,
    made,
    mps,
    pb0,
    pbd0,
    subs,
    qh0,
    qmin,
    r,
    r0,
    res,
    rk_ref,
    rsup,
    sector,
    shc,
    sigma_he,
    ta,
    tc0,
    the,
    thm,
    tm,
    traded,
    trsh,
    ty,
    used,
    w_ref,
    QA,
    make,
)

LES = "Stone 1954, Geary 1950; IFPRI standard model"
BUDGET = "social accounting matrix, row of the account"
_carrier_price = PQ[c, r] + epsh[c, h, r] * KAPH[r]

T.define(PINV, (r,), total(isc[c, r] * PQ[c, r], c, where=isc[c, r]), ref="fixed-proportion capital good")
T.define(
    YPOOL,
    (),
    total(RK[r] * KD[r], r) + total(PR[a, r] * DR[a, r], a, r, where=res[a, r]),
    ref="decisions: capital income of all provinces enters one account",
    hub=True,
)
T.define(YF, (h, r), lsh[h, r] * W[r] * LD[r] + ksh[h, r] * YPOOL, ref=BUDGET)
T.define(
    TAXR,
    (r,),
    total(ta[a, r] * PA[a, r] * LEVEL[a, r], a, where=act[a, r])
    + total(tm[c, r] * EXR * QM[c, r], c, where=thm[c, r])
    + total(ty[h, r] * YF[h, r], h),
    ref=BUDGET,
)
T.define(CRES, (), total(shc[r] * TAXR[r] - tc0[r] * grow, r), ref=BUDGET, hub=True)
T.define(
    TRH,
    (r,),
    (1 - shc[r]) * TAXR[r] + tc0[r] * grow - grow * GX[r] * total(g0[c, r] * PQ[c, r], c, where=g0[c, r]),
    ref="real purchases fixed, lump sum closes the provincial budget",
)
T.define(
    CREV,
    (r,),
    TAU[r] * EM[r] + traded[r] * TAU[r] * (cap[r] - EM[r]),
    ref="carbon payments in the province plus net sale of permits",
)
T.define(
    YD,
    (h, r),
    (1 - ty[h, r]) * YF[h, r] + trsh[h, r] * LST[r],
    ref=BUDGET,
)
T.define(
    PHE,
    (h, r),
    unit_cost(sigma_he, Input(the[c, h, r], _carrier_price, c)),
    ref="CES of energy carriers",
)
T.define(
    SUPN,
    (h, r),
    (1 - mps[h, r] * SVR) * YD[h, r]
    - subs[r] * total(PQ[c, r] * qmin[c, h, r], c, where=qmin[c, h, r])
    - subs[r] * PHE[h, r] * emin[h, r] / EFF[r],
    ref=LES,
)
T.define(QHE, (h, r), (emin[h, r] * subs[r] + betae[h, r] * SUPN[h, r] / PHE[h, r]) / EFF[r], ref=LES)
T.define(
    QH,
    (c, h, r),
    stone_geary(
        qmin[c, h, r] * subs[r],
        beta[c, h, r] * (1 - betae[h, r] / EFF[r]) / (1 - betae[h, r]),
        SUPN[h, r],
        PQ[c, r],
    )
    + QHE[h, r] * demand(the[c, h, r], _carrier_price, PHE[h, r], sigma_he),
    where=qh0[c, h, r],
    ref=LES,
)
T.define(
    SAV,
    (),
    total(mps[h, r] * SVR * YD[h, r], h, r) + EXR * fsav * FSX * grow,
    ref="saving of households and from abroad",
    hub=True,
)
T.define(WINV, (), total(ish[r] * RK[r] / PINV[r], r), ref="decisions: investment follows own return", hub=True)
T.define(
    INV,
    (r,),
    ish[r] * RK[r] / PINV[r] / WINV * SAV / PINV[r],
    ref="share of the province in national saving over the price of its capital good",
)
T.define(
    GDPB,
    (r,),
    total(QH[c, h, r], c, h, where=qh0[c, h, r])
    + grow * GX[r] * total(g0[c, r], c, where=g0[c, r])
    + INV[r]
    - total(QM[c, r], c, where=thm[c, r])
    + total(made[c, r] * goods[c] * total(make[a, c] * QA[a, r], a, where=make[a, c] * sector[a, r]), c)
    - total(goods[c] * QPU[c, r], c, where=used[c, r] * goods[c])
    + QB[r] * pb0[r]
    - DB[r] * pbd0[r],
    ref="C + G + I - M + output - purchases from all provinces (exports cancel), base-year prices",
)

T.equation(
    "lump_sum",
    (r,),
    (LST[r] - TRH[r] - CREV[r] - csh[r] * CRES) / gdp0[r],
    pairs=LST,
    unit="fraction of base-year GDP",
    ref="budget balance, carbon revenue and central balance go lump-sum to households",
)
T.equation("labour_market", (r,), LD[r] - labour[r], pairs=W, scale=labour[r], unit="1e8 CNY", ref="full employment")
T.equation(
    "capital_market",
    (r,),
    KD[r] / kd0[r] - kcarry[r] - kinv[r] * (INV[r]),
    pairs=RK,
    unit="fraction of base-year capital",
    ref="capital accumulates in its province; investment of the period counts half",
)
T.equation(
    "resource_market",
    (a, r),
    DR[a, r] - rsup[a, r],
    pairs=PR,
    where=res[a, r],
    scale=r0[a, r],
    unit="1e8 CNY",
    ref="fixed resource",
)
T.equation(
    "resource_follows",
    (a, r),
    PR[a, r] - PN["top"][a, r],
    pairs=PR,
    where=res[a, r],
    unit="price index",
    ref="baseline: discoveries, land and sites keep pace, so rents follow costs",
)
T.equation(
    "numeraire",
    (),
    total(qh0[c, h, r] * (_carrier_price - 1), c, h, r, where=qh0[c, h, r])
    / total(qh0[c, h, r], c, h, r, where=qh0[c, h, r]),
    pairs=EXR,
    unit="price index",
    ref="national consumer price index is 1",
)
T.equation(
    "balance_of_payments",
    (),
    (
        total(EXR * QM[c, r], c, r, where=thm[c, r])
        - total(PX[c, r] * QE[c, r], c, r, where=e0[c, r])
        - EXR * fsav * FSX * grow
    )
    / total(gdp0[r], r),
    pairs=EXR,
    unit="fraction of national GDP",
    ref="dropped by Walras' law; its residual is the check",
)
T.equation(
    "gdp_target",
    (r,),
    (GDPB[r] - gdp_target[r]) / gdp0[r],
    pairs=TFP,
    unit="fraction of base-year GDP",
    ref="baseline: productivity hits the GDP path",
)

# ---------------------------------------------------------------- swaps of the closure
T.equation(
    "capital_fixed",
    (r,),
    KD[r] / kd0[r] - kfix[r],
    pairs=RK,
    unit="fraction of base-year capital",
    ref="capital of every province as in the baseline",
)
T.equation(
    "capital_pool", (r,), RK[r] / rk_ref[r] - RKN, pairs=RK, unit="price index", ref="one change of returns everywhere"
)
T.equation(
    "capital_nation",
    (),
    total(KD[r] - kd0[r] * (kcarry[r] + kinv[r] * INV[r]), r) / total(kd0[r], r),
    pairs=RKN,
    unit="fraction of base-year capital",
    ref="capital moves between provinces",
)
T.equation("labour_pool", (r,), W[r] / w_ref[r] - WN, pairs=W, unit="price index", ref="one change of wages everywhere")
T.equation(
    "labour_nation",
    (),
    total(LD[r] - labour[r], r) / total(labour[r], r),
    pairs=WN,
    unit="fraction of labour",
    ref="labour moves between provinces",
)
T.equation(
    "investment_fixed",
    (),
    total(INV[r], r) / inv_ref - 1,
    pairs=SVR,
    unit="fraction of investment",
    ref="Johansen 1960: real investment of the nation as in the baseline, saving rates follow",
)
T.equation(
    "exchange_fixed",
    (),
    EXR - exr_ref,
    pairs=FSX,
    unit="price index",
    ref="real exchange rate fixed, foreign saving clears",
)
T.equation(
    "transfer_fixed", (r,), (LST[r] - lst_ref[r]) / gdp0[r], pairs=LST, unit="fraction of base-year GDP",
    ref="transfers as in the baseline",
)  # fmt: skip
T.equation(
    "budget",
    (r,),
    (LST[r] - TRH[r] - CREV[r] - csh[r] * CRES) / gdp0[r],
    pairs=GX,
    unit="fraction of base-year GDP",
    ref="the budget, carbon revenue included, is spent on purchases",
)
