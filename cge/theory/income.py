"""Incomes, budgets, household demand (Stone-Geary), investment and the macro closure."""

from __future__ import annotations

from sympy import Max

from cge.language.algebra import total
from cge.language.forms import Input, demand, stone_geary, unit_cost
from cge.theory.countries import here, nationwide, path, prices
from cge.theory.production import DRIFTS, by_quantity
from cge.theory.trade import export_price, made_here
from cge.theory.symbols import (
    CPAY, CPI, CRES, CREV, CUTL, CUTP, DB, DR, DRC, DRH, EFF, ELH, ELS, EMA, EMC, ENT, EXR, FSX, FUND, FUNDO, GAP,
    GDPB, GX, INV, KAPH, KD, LD, LEVEL, LST, PA, PFR, PHE, PINV, PLX, PN, PPM, PQ, PR, PST, QB, QE, QH, QHE, QM, QPU,
    QRM, RCC, RCT, RK, RKP, RM, SAV, SB, SBC, SBQ, SG, STO, SUPN, SVR, T, TAU, TAXR, TFP, TRH, UNR, W, WINV, XCC, YD,
    YF, YK, YLOC, YPOOL, a, abroad, act, bcm, bcx, beta, betae, bound, c, ccs, chosen, closed, cpw, cres_ref, csh, csl,
    csx, displaces, e0, elc, emin, epsh, free, fsav, g0, gdp0, gdp_target, gen, goods, grow, gsub, h, heads, home, isc,
    ish, kcarry, kd0, kfor, kinv, kown, ksh, labour, lmax, lsh, made, mps, n, pb0, pbd0, qfor, qh0, qmin, qprog, r, r0,
    res, ret, rsup, s, saveh, sector, shc, sigma_he, sinks, ta, tc0, the, thm, tm, tout, traded, trsh, ty, u0, used,
    usei, usen, useo,
)

T.chapter = "income"

IDLE_RENT = 1e-12
"""Least rent index of a resource: what it earns there is far below the tolerance of any account."""
LES = "Stone 1954, Geary 1950; IFPRI standard model"
BUDGET = "social accounting matrix, row of the account"
produced = total(PA[a, r] * LEVEL[a, r], a, where=act[a, r])
wages = W[r] * LD[r]
free_permits = total(free[a, r] * PFR[a, r] * LEVEL[a, r], a, where=act[a, r])
permit_sales = traded[r] * PPM[r] * (ENT[r] + sinks[r] + RM[r] - EMC[r])
spending = (1 - mps[h, r] * here(SVR[n])) * YD[h, r]
foreign_saving = EXR * fsav[n] * FSX[n] * grow[n] + closed * GAP * nationwide(gdp0[r])
paid_out = (1 - ret[n]) * YPOOL[n]
"""What enterprises of a country pay out of its capital income, rents of old equipment and of resources included."""
energy_share = betae[h, r] / EFF[r]
least = qmin[c, h, r] * DRC[c]
"""Subsistence of a good, whose taste drifts as the industry's that makes it."""
carrier_share = the[c, h, r] * (1 + (ELS[r] - 1) * elc[c]) / ELH[h, r]
goods_share = beta[c, h, r] * DRC[c] / DRH[h, r] * (1 - energy_share) / (1 - betae[h, r])
"""Marginal budget shares of households: the energy service by its efficiency, goods by what is left."""
duty = tm[c, r] * EXR + bcm[c, r] * TAU[r]
"""What is levied on a unit of imports."""
TAXES = {
    "production_tax": total(ta[a, r] * PA[a, r] * LEVEL[a, r], a, where=act[a, r]),
    "import_duty": total(tm[c, r] * EXR * QM[c, r], c, where=thm[c, r]),
    "border_levies": total(bcm[c, r] * TAU[r] * QM[c, r], c, where=thm[c, r])
    - total(bcx[c, r] * TAU[r] * QE[c, r], c, where=e0[c, r]),
    "income_tax": total(ty[h, r] * YF[h, r], h),
}
OWN = {
    "to_centre": -shc[r] * TAXR[r],
    "central_transfers": tc0[r] * path * prices,
    "purchases": -path * GX[r] * total(g0[c, r] * PQ[c, r], c, where=g0[c, r]),
    "production_tax_cut": -CUTP[r] * produced,
    "output_tax": total(tout[a, r] * PA[a, r] * LEVEL[a, r], a, where=tout[a, r] * sector[a, r]),
    "labour_tax_cut": -CUTL[r] * wages,
    "programmes": -PINV[r] * qprog[r],
    "subsidies": -PINV[r] * QB[r] * total(gsub[a, r] * SG[a, r], a, where=gen[a, r]),
    "limits": -PINV[r] * total(by_quantity(SBQ[a, r], a), a, where=qfor[a, r])
    - PINV[r] * total(SBC[a, r] * EMA[a, r] * XCC[a, r], a, where=kfor[a, r] * act[a, r] * ccs[a]),
    "line_rents": total(PLX[s, r] * SB[s, r] * DB[r], s, where=lmax[s, r]),
    "storage_rents": PST[r] * STO[r]
    + total(PINV[r] * (RCC[a] + RCT) * EMA[a, r] * XCC[a, r], a, where=act[a, r] * ccs[a] * displaces),
}
_balance = cres_ref[n] * CPI[n]
SHARED = {
    "carbon_revenue": CREV[r],
    "carbon_to_investment": -usei[r] * CREV[r],
    "carbon_to_owners": -useo[r] * CREV[r],
    "carbon_to_dividend": -usen[r] * CREV[r],
    # where both shares agree the term with the kink is zero, so that the default rule is smooth
    "share_of_central_balance": csh[r] * here(_balance)
    + csx[r] * here(CRES[n] - _balance)
    - (csl[r] - csx[r]) * Max(0, here(_balance - CRES[n])),
}
PROVINCIAL = {**TAXES, **OWN, **SHARED, "lump_sum": -LST[r]}
"""A province's budget, items that come in positive: taxes, what it keeps and spends of them, carbon revenue and the
centre's balance, and the lump sum to households that closes it."""
RECEIVED = TRH[r] + sum(SHARED.values())
"""What a province has for its households: its balance, carbon revenue not spent otherwise, part of the centre's."""
UNSPENT = (LST[r] - RECEIVED) / gdp0[r]
"""What the lump sum takes beyond that: zero where one item closes the budget."""
EMPLOYED = labour[r] * (1 - u0 * UNR[r]) / (1 - u0)
"""Labour of a province less its unemployed."""
consumer_price = PQ[c, r] + epsh[c, h, r] * KAPH[r]
consumer_prices = total(cpw[n] * CPI[n], n)
"""Consumer price index of all countries."""

T.define(PINV, (r,), total(isc[c, r] * PQ[c, r], c, where=isc[c, r]), ref="fixed-proportion capital good")
T.define(
    YLOC,
    (r,),
    RK[r] * RKP[r] * KD[r] + total(PR[a, r] * DR[a, r], a, where=res[a, r]),
    ref="what capital, land and resources earn",
)
T.define(
    YPOOL,
    (n,),
    nationwide(YLOC[r]),
    ref="decisions: capital income of all provinces of a country enters one account, that of enterprises",
    hub=True,
)
T.define(YF, (h, r), lsh[h, r] * W[r] * LD[r] + kown[h, r] * YK[r], ref=BUDGET)
T.define(
    TAXR,
    (r,),
    sum(TAXES.values()),
    ref=BUDGET,
)
T.define(CRES, (n,), nationwide(shc[r] * TAXR[r] - tc0[r] * grow[n] * CPI[n]), ref=BUDGET, hub=True)
T.define(
    TRH,
    (r,),
    TAXR[r] + sum(OWN.values()),
    ref="taxes and transfers less purchases, tax cuts, subsidies and limits, and rents of full lines, storage and "
    "capture to the province",
)
T.define(
    CREV,
    (r,),
    CPAY[r] - free_permits - PINV[r] * QRM[r] + permit_sales,
    ref="carbon payments in the province less free permits and removals, plus net sale of permits",
)
T.define(
    YD,
    (h, r),
    (1 - ty[h, r]) * YF[h, r] + trsh[h, r] * LST[r] + heads[h, r] * here(FUND[n]) + ksh[h, r] * here(FUNDO[n]),
    ref=BUDGET,
)
T.define(
    DRH,
    (h, r),
    total(beta[c, h, r] * DRC[c], c, where=beta[c, h, r]) / (1 - betae[h, r]),
    ref=DRIFTS,
)
T.define(
    ELH,
    (h, r),
    1 + (ELS[r] - 1) * total(elc[c] * the[c, h, r], c, where=elc[c] * the[c, h, r]),
    ref="electricity gains weight in the energy of homes as in that of firms, at the same cost",
)
T.define(
    PHE,
    (h, r),
    unit_cost(sigma_he, Input(carrier_share, consumer_price, c, where=the[c, h, r])),
    ref="CES of energy carriers",
)
T.define(
    SUPN,
    (h, r),
    spending
    - total(PQ[c, r] * least, c, where=qmin[c, h, r])
    - PHE[h, r] * emin[h, r] / (EFF[r] * saveh[r]),
    ref=LES,
)
T.define(QHE, (h, r), (emin[h, r] / saveh[r] + betae[h, r] * SUPN[h, r] / PHE[h, r]) / EFF[r], ref=LES)
T.define(
    QH,
    (c, h, r),
    stone_geary(
        least,
        goods_share,
        SUPN[h, r],
        PQ[c, r],
    )
    + QHE[h, r] * demand(carrier_share, consumer_price, PHE[h, r], sigma_he),
    where=qh0[c, h, r],
    ref=LES,
)
T.define(
    SAV,
    (n,),
    nationwide(mps[h, r] * SVR[n] * YD[h, r], h) + ret[n] * YPOOL[n] + foreign_saving + nationwide(usei[r] * CREV[r]),
    ref="saving of households and enterprises, from abroad and of carbon revenue",
    hub=True,
)
T.define(WINV, (n,), nationwide(ish[r] * RK[r] * RKP[r] / PINV[r]), ref="investment follows own return", hub=True)
T.define(
    INV,
    (r,),
    ish[r] * RK[r] * RKP[r] / PINV[r] * here(SAV[n] / WINV[n]) / PINV[r],
    ref="share of the province in national saving over the price of its capital good",
)
T.define(
    GDPB,
    (r,),
    total(QH[c, h, r], c, h, where=qh0[c, h, r])
    + path * GX[r] * total(g0[c, r], c, where=g0[c, r])
    + INV[r]
    - total(QM[c, r], c, where=thm[c, r])
    + total(made[c, r] * goods[c] * made_here, c)
    - total(goods[c] * QPU[c, r], c, where=used[c, r] * goods[c])
    + QB[r] * pb0[r]
    - DB[r] * pbd0[r],
    ref="C + G + I - M + output - purchases from all provinces (exports cancel), base-year prices",
)

T.equation(
    "lump_sum",
    (r,),
    UNSPENT,
    pairs=LST,
    where=chosen["lump_sum"][r],
    scale=1,
    unit="fraction of base-year GDP",
    ref="budget balance, carbon revenue and central balance go lump-sum to households",
)
for _fund, _part, _name in ((FUND, usen, "dividend"), (FUNDO, useo, "owners")):
    T.equation(
        f"revenue_to_{_name}",
        (n,),
        (_fund[n] - nationwide(_part[r] * CREV[r])) / nationwide(gdp0[r]),
        pairs=_fund,
        scale=1,
        unit="fraction of base-year GDP",
        ref="carbon revenue that is paid out nationally",
    )
T.equation(
    "owners_everywhere",
    (r,),
    (YK[r] - total(ksh[h, r], h) * here(paid_out)) / gdp0[r],
    pairs=YK,
    where=chosen["owners_everywhere"][r],
    scale=1,
    unit="fraction of base-year GDP",
    ref="what enterprises do not retain of all capital income is paid out by fixed shares",
)
T.equation(
    "labour_market",
    (r,),
    LD[r] - EMPLOYED,
    pairs=W,
    where=chosen["labour_market"][r],
    scale=labour[r],
    unit="1e8 CNY",
    ref="labour less unemployment, whose rate is given unless a wage curve determines it",
)
T.equation(
    "capital_market",
    (r,),
    KD[r] / kd0[r] - kcarry[r] - kinv[r] * (INV[r]),
    pairs=RK,
    where=chosen["capital_market"][r],
    scale=1,
    unit="fraction of base-year capital",
    ref="capital accumulates in its province; investment of the period counts half",
)
T.equation(
    "resource_market",
    (a, r),
    rsup[a, r] - DR[a, r],
    pairs=PR,
    where=res[a, r],
    scale=r0[a, r],
    unit="1e8 CNY",
    complements=True,
    lower=IDLE_RENT,
    ref="fixed resource; part of it lies idle where its rent has fallen to nothing",
)
T.equation(
    "resource_follows",
    (a, r),
    (1 - bound[a, r]) * (PR[a, r] / PN["top"][a, r] - 1) + bound[a, r] * (rsup[a, r] - DR[a, r]) / r0[a, r],
    pairs=PR,
    scale=1,
    where=res[a, r],
    unit="1",
    complements=True,
    lower=IDLE_RENT,
    ref="baseline: discoveries and sites keep pace, so rents follow costs; where land or a reserve is given, its rent "
    "clears its market, and part of it lies idle where the rent has fallen to nothing",
)
T.define(
    CPI,
    (n,),
    total(qh0[c, h, r] * consumer_price, c, h, r, where=qh0[c, h, r] * home[n, r])
    / total(qh0[c, h, r], c, h, r, where=qh0[c, h, r] * home[n, r]),
    ref="Laspeyres index of what households buy in the base year",
    hub=True,
)
for _name, _free, _where in (("numeraire", EXR, abroad), ("numeraire_alone", GAP, closed)):
    T.equation(
        _name,
        (),
        consumer_prices - 1,
        pairs=_free,
        where=_where,
        scale=1,
        unit="price index",
        ref="national consumer price index = 1",
        mixed=True,
    )
T.equation(
    "balance_of_payments",
    (),
    (
        total(EXR * QM[c, r], c, r, where=thm[c, r])
        - total(export_price * QE[c, r], c, r, where=e0[c, r])
        - total(foreign_saving, n)
    )
    / total(gdp0[r], r),
    pairs=EXR,
    scale=1,
    unit="fraction of national GDP",
    ref="dropped by Walras' law; its residual is the check",
)
T.equation(
    "gdp_target",
    (r,),
    (GDPB[r] - gdp_target[r]) / gdp0[r],
    pairs=TFP,
    scale=1,
    unit="fraction of base-year GDP",
    ref="baseline: productivity hits the GDP path",
)
