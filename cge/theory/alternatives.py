"""Equations that a closure puts in: ownership, capital, labour, investment, the foreign account, budgets."""

from __future__ import annotations

from sympy import Max

from cge.language.algebra import total
from cge.theory.countries import here, nationwide, prices
from cge.theory.income import EMPLOYED, UNSPENT
from cge.theory.production import factor_demand
from cge.theory.symbols import (
    CPI, CUTL, CUTP, EXR, FSX, GAIN, GX, INV, KD, LD, LST, QOLD, RK, RKN, RKP, RKX, SPARE, SVR, T, UNR, W, WN, YK,
    YLOC, a, abroad, chosen, eta_k, exr_ref, gdp0, inv_ref, kcarry, kd0, kfix, kinv, kshr, labour, lst_ref, mob, n,
    qold, r, ret, rk_ref, w_ref, wc, yk_ref, yl_ref,
)

T.chapter = "alternatives"

_wage = W[r] / (w_ref[r] * prices)
"""Real wage over the baseline."""

T.equation(
    "owners_at_home",
    (r,),
    (YK[r] - yk_ref[r] * prices - (1 - here(ret[n])) * (YLOC[r] - yl_ref[r] * prices)) / gdp0[r],
    pairs=YK,
    where=chosen["owners_at_home"][r],
    scale=1,
    unit="fraction of base-year GDP",
    ref="what a policy does to capital income of the province falls on its own households, but for what is retained",
)
T.equation(
    "capital_fixed",
    (r,),
    KD[r] / kd0[r] - kfix[r],
    pairs=RK,
    where=chosen["capital_fixed"][r],
    scale=1,
    unit="fraction of base-year capital",
    ref="capital of every province as in the baseline",
)
T.equation(
    "capital_pool", (r,), RK[r] / rk_ref[r] - here(RKN[n]), pairs=RK, where=chosen["capital_pool"][r], scale=1,
    unit="price index",
    ref="one change of returns everywhere",
)  # fmt: skip
T.equation(
    "capital_nation",
    (n,),
    nationwide(KD[r] - kd0[r] * (kcarry[r] + kinv[r] * INV[r])) / nationwide(kd0[r]),
    pairs=RKN,
    where=chosen["capital_nation"][n],
    scale=1,
    unit="fraction of base-year capital",
    ref="capital moves between provinces",
)
T.equation(
    "labour_pool", (r,), _wage - here(WN[n]), pairs=W, where=chosen["labour_pool"][r], scale=1,
    unit="price index",
    ref="one change of wages everywhere",
)  # fmt: skip
T.equation(
    "labour_nation",
    (n,),
    nationwide(LD[r] - EMPLOYED) / nationwide(labour[r]),
    pairs=WN,
    where=chosen["labour_nation"][n],
    scale=1,
    unit="fraction of labour",
    ref="labour moves between provinces",
)
T.equation(
    "labour_migrates",
    (r,),
    LD[r] - EMPLOYED * (_wage / here(WN[n])) ** mob,
    pairs=W,
    where=chosen["labour_migrates"][r],
    scale=labour[r],
    unit="1e8 CNY",
    ref="labour follows the wage of the province relative to the nation's",
)
T.equation(
    "wage_curve",
    (r,),
    _wage - UNR[r] ** wc,
    pairs=UNR,
    where=chosen["wage_curve"][r],
    scale=1,
    unit="price index",
    ref="Blanchflower and Oswald 1995, real wage and unemployment relative to the baseline",
)
T.equation(
    "capital_sluggish",
    (a, r),
    factor_demand("capital") - kshr[a, r] * KD[r] * RKX[a, r] ** eta_k,
    pairs=RKX,
    where=chosen["capital_sluggish"][r] * kshr[a, r],
    scale=kshr[a, r] * kd0[r],
    unit="1e8 CNY at base-year prices",
    ref="additive CET of capital between activities, van der Mensbrugghe and Peters 2016",
)
T.equation(
    "capital_specific",
    (a, r),
    factor_demand("capital") - kshr[a, r] * kd0[r] * (kcarry[r] + kinv[r] * INV[r]),
    pairs=RKX,
    where=chosen["capital_specific"][r] * kshr[a, r],
    scale=kshr[a, r] * kd0[r],
    unit="1e8 CNY at base-year prices",
    ref="short run: capital stays in its activity",
)
T.equation(
    "mean_return",
    (r,),
    (
        RKP[r] * KD[r]
        - total(RKX[a, r] * factor_demand("capital"), a, where=kshr[a, r])
        - total(Max(0, 1 - SPARE[a, r]) * GAIN[a, r] * QOLD[a, r] / RK[r], a, where=qold[a, r])
    )
    / kd0[r],
    pairs=RKP,
    where=chosen["mean_return"][r],
    scale=1,
    unit="fraction of base-year capital",
    ref="investors of the province look at the mean return",
)
T.equation(
    "investment_fixed",
    (n,),
    nationwide(INV[r]) / inv_ref[n] - 1,
    pairs=SVR,
    where=chosen["investment_fixed"][n],
    scale=1,
    unit="fraction of investment",
    ref="Johansen 1960: real investment of the nation as in the baseline, saving rates follow",
)
T.equation(
    "exchange_fixed",
    (n,),
    EXR / CPI[n] - exr_ref[n],
    pairs=FSX,
    where=chosen["exchange_fixed"][n] * abroad,
    scale=1,
    unit="price index",
    ref="real exchange rate fixed, foreign saving clears",
)
T.equation(
    "transfer_fixed", (r,), (LST[r] - lst_ref[r] * prices) / gdp0[r], pairs=LST, where=chosen["transfer_fixed"][r],
    scale=1, unit="fraction of base-year GDP",
    ref="transfers as in the baseline",
)  # fmt: skip
for _closed, _name, _use in (
    (CUTP, "production_tax_cut", "lowers the production tax by one rate on all output"),
    (CUTL, "labour_tax_cut", "lowers the tax on labour"),
    (GX, "budget", "is spent on purchases"),
):
    T.equation(
        _name, (r,), UNSPENT, pairs=_closed, where=chosen[_name][r], scale=1, unit="fraction of base-year GDP",
        ref=f"the budget, carbon revenue included, {_use}",
    )  # fmt: skip
