"""Accounts: what is reported of a solution, written with the expressions of the other chapters; no part of a solve."""

from __future__ import annotations

from sympy import Integer

from cge.language.algebra import total
from cge.theory import carbon, income, measures, power, production, trade
from cge.theory.countries import nationwide
from cge.theory.nests import BURNING, CLAY_INPUTS, NESTS
from cge.theory.production import commodity_demand, factor_demand, factor_price, old_energy, user_price
from cge.theory.symbols import (
    CG, CPAY, CUTP, EMA, EMH, EXR, INDEX, LEVEL, MONEY, MT, PA, PFR, PINV, PX, PXB, QB, QE, QH, QM, QOLD, QPK, QPKH,
    QRM, SBQ, SG, SHARE, T, TWH, VALUE, XAB, XABH, XCC, XDIH, YLOC, YPOOL, a, act, busbar, c, c0g, capuse, cold,
    displaces, e0, eps, epsh, epsp, even, free, gcost, gen, h, home, kold, n, net0, pack, packh, pb0, r, ret, s,
    sector, site, ta, th_c, th_f, thd, thm, tout, used,
)

T.chapter = "accounts"

_account = T.account
BALANCED = "item of the budget of the province; all items add up to nothing"
_of_inputs = [n for n in NESTS if n.commodities]

# ---------------------------------------------------------------- what activities use
QC = {
    n.name: _account(
        f"QC_{n.name}", (c, a, r), commodity_demand(n), where=th_c[n.name][c, a, r],
        unit=VALUE, ref=production.REF,
        description=f"services of inputs of an activity in the {n.label}, old equipment included",
    )
    for n in _of_inputs
}  # fmt: skip
_displaced = {
    n.name: _account(
        f"QFD_{n.name}", (c, a, r), production.displaced(n), where=production.displacing(n),
        unit=VALUE, ref=carbon.MAC, description=f"fuel of the {n.label} whose service measures do, not bought",
    )
    for n in BURNING
}  # fmt: skip
_for_abatement = _account(
    "QMS", (c, a, r),
    pack[c, a, r] * QPK[a, r] + displaces * capuse[c, a, r] * EMA[a, r] * XCC[a, r]
    - sum((q[c, a, r] for q in _displaced.values()), Integer(0)),
    unit=VALUE, ref=measures.SWAP,
    description="carriers and energy of capture that abatement makes an activity buy, less fuel that it displaces",
)  # fmt: skip
_account(
    "QCA", (c, a, r), sum((q[c, a, r] for q in QC.values()), _for_abatement[c, a, r]),
    unit=VALUE, ref="services of all nests, and what abatement makes it buy more or less",
    description="inputs an activity buys",
)  # fmt: skip
_account(
    "EMF", (c, a, r), sum((eps[n][c, a, r] * q[c, a, r] for n, q in QC.items()), Integer(0)),
    unit=MT, ref="coefficient times fuel use", description="CO2 of the fuels an activity burns, before abatement",
)  # fmt: skip
_account(
    "EMP", (a, r), epsp[a, r] * LEVEL[a, r], where=act[a, r],
    unit=MT, ref="process emissions per output", description="CO2 of the processes of an activity, before abatement",
)  # fmt: skip
_account(
    "EML", (a, r), carbon.left, where=act[a, r],
    unit=MT, ref=carbon.MAC, description="CO2 of an activity that is left after abatement",
)  # fmt: skip
_account(
    "EMLH", (r,), carbon.left_at_home, unit=MT, ref=carbon.MAC,
    description="CO2 of households that is left after abatement",
)  # fmt: skip
for _nest in CLAY_INPUTS:
    _account(
        f"QCO_{_nest.name}", (c, a, r), QOLD[a, r] * old_energy(_nest), where=cold[_nest.name][c, a, r],
        unit=VALUE, ref="fixed proportions: labour and energy, carbon included; capital is spent already, Phelps 1963",
        description=f"inputs of old equipment in the {_nest.label}",
    )  # fmt: skip
    _account(
        f"PC_{_nest.name}", (c, a, r), user_price(_nest), where=th_c[_nest.name][c, a, r],
        unit=INDEX, ref="price of absorption plus the carbon cost of burning it",
        description=f"price of an input in the {_nest.label} with the carbon cost of burning it",
    )  # fmt: skip
for _name, _factor in (("LA", "labour"), ("KA", "capital")):
    _account(
        _name, (a, r), factor_demand(_factor), where=th_f[_factor][a, r],
        unit=VALUE, ref="Shephard's lemma on the unit cost",
        description=f"{_factor} that new equipment of an activity uses",
    )  # fmt: skip
_account(
    "KU", (a, r), factor_demand("capital") + kold[a, r], where=th_f["capital"][a, r],
    unit=VALUE, ref="Shephard's lemma on the unit cost; old equipment, idle or not, keeps its capital",
    description="capital of an activity, old equipment included",
)  # fmt: skip
_account(
    "PLA", (r,), factor_price("labour"), unit=INDEX,
    ref="wage less the cut of the tax on labour that carbon revenue pays",
    description="price of labour after a cut of its tax",
)  # fmt: skip
_account(
    "PKA", (a, r), factor_price("capital"), unit=INDEX, ref="return of the province times that of the activity over it",
    description="price of capital to an activity",
)  # fmt: skip
_account(
    "QAA", (a, r), carbon.abating, where=act[a, r],
    unit=VALUE, ref="cost curve, and the fuel saved, less carriers in its place",
    description="capital goods an activity buys for abatement",
)  # fmt: skip
_site = _account(
    "QST", (a, r), site[a, r] + even * (pb0[r] * PXB[r] - CG[a, r]) / PINV[r], where=gen[a, r],
    unit="1e8 CNY per TWh", ref="busbar price less cost in the baseline, whose mean over technologies is zero",
    description="real cost that keeps a technology at its share in the baseline",
)  # fmt: skip
_account(
    "QAI", (a, r), carbon.fitting + (_site[a, r] - site[a, r]) * SG[a, r] * QB[r], where=gen[a, r],
    unit=VALUE, ref="integration grows with the share of wind and solar over that of the base year; places; moving",
    description="capital goods a technology buys so that its power fits demand, and for its places",
)  # fmt: skip
_account(
    "PSA", (a, r),
    sector[a, r] * PA[a, r] + total(pb0[r] * PXB[r] / (c0g[a, r] * gcost[a]), where=gen[a, r]),
    where=act[a, r], unit=INDEX, ref="one product per activity",
    description="price an activity sells at: for power that of the busbar",
)  # fmt: skip

# ---------------------------------------------------------------- power and trade
_account(
    "QG", (a, r), SG[a, r] * QB[r], where=gen[a, r], unit=TWH, ref=power.REF,
    description="generation of a technology",
)  # fmt: skip
_account(
    "WGE", (a, r), power.wedge, where=gen[a, r],
    unit="1e8 CNY per TWh", ref="integration that grows with wind and solar, less subsidy, and certificates",
    description="cost of power beside its making: integration less subsidy, certificates",
)  # fmt: skip
QL = _account(
    "QL", (r, s), power.flow, where=net0[r, s], unit=TWH, ref=power.REF,
    description="busbar electricity that s buys from r",
)
_goods = _account(
    "QDG", (c, r, s), trade.sold, where=thd[c, r, s],
    unit=VALUE, ref=trade.REF, description="goods that s buys from r, without their transport",
)  # fmt: skip
_account(
    "QD", (c, r, s), _goods[c, r, s] + busbar[c] * pb0[r] * QL[r, s],
    unit=VALUE, ref="goods by Armington shares, power by the shares of its logit",
    description="what s buys from r, without transport; power at the base-year price of its origin",
)  # fmt: skip
_account(
    "QGV", (c, r), trade.purchased, unit=VALUE, ref="purchases grow with the path of the nation",
    description="purchases of government",
)  # fmt: skip
_account(
    "PEX", (c, r), trade.export_price, unit=INDEX,
    ref="producer price less the rebate on the carbon content of exports",
    description="price of exports after the rebate at the border",
)  # fmt: skip
_account(
    "QS", (c, r), trade.made_here + busbar[c] * pb0[r] * QB[r],
    unit=VALUE, ref="one product per activity", description="supply of a commodity; power at its base-year price",
)  # fmt: skip

# ---------------------------------------------------------------- households and carbon
_account(
    "PHC", (c, h, r), income.consumer_price, where=used[c, r],
    unit=INDEX, ref="price of absorption plus the carbon cost of burning it",
    description="price of consumption with its carbon cost",
)  # fmt: skip
_account(
    "YC", (h, r), income.spending, unit=MONEY, ref="disposable income less saving",
    description="consumption spending",
)  # fmt: skip
_account(
    "EMFH", (c, r), total(epsh[c, h, r] * QH[c, h, r], h),
    unit=MT, ref="household fuel use", description="CO2 of the fuels households burn, before abatement",
)  # fmt: skip
_account(
    "ABT", (r,), total(EMA[a, r] * XAB[a, r], a, where=act[a, r]) + EMH[r] * XABH[r],
    unit=MT, ref=carbon.MAC, description="tonnes abated",
)  # fmt: skip
_account(
    "QMH", (c, r),
    packh[c] * QPKH[r] - total(XDIH[r] * QH[c, h, r], h, where=epsh[c, h, r]),
    unit=VALUE, ref=measures.SWAP,
    description="carriers that abatement makes households buy, less fuel that it displaces",
)  # fmt: skip
_account(
    "QAH", (r,), carbon.abating_at_home, unit=VALUE, ref=carbon.MAC,
    description="capital goods households buy for abatement",
)  # fmt: skip
_account(
    "QCC", (a, r), carbon.captured, where=act[a, r],
    unit=MT, ref=carbon.MAC, description="tonnes captured of an activity",
)  # fmt: skip
_account(
    "BTG", (c, h, r), income.goods_share, where=used[c, r], unit=SHARE, ref=income.LES,
    description="marginal budget share of a good",
)
_account(
    "BTE", (h, r), income.energy_share, unit=SHARE, ref=income.LES,
    description="marginal budget share of the energy service",
)  # fmt: skip
_account(
    "WTP", (a, r),
    (ta[a, r] - CUTP[r]) * PA[a, r] - free[a, r] * PFR[a, r]
    + sector[a, r] * (tout[a, r] * PA[a, r] - SBQ[a, r] * PINV[r]),
    where=act[a, r],
    unit=INDEX, ref="rate less its cut times the price, less the worth of free permits and of floors of output",
    description="production tax on a unit of output after its cut, less free permits and limits of output",
)  # fmt: skip
_account(
    "WTM", (c, r), income.duty, unit=INDEX, ref="import price with the border levy on its carbon content",
    description="duty and border levy on a unit of imports",
)  # fmt: skip
_free = _account(
    "YFR", (r,), income.free_permits, unit=MONEY, ref="output-based allocation, Fischer 2001",
    description="value of free permits",
)  # fmt: skip
_account(
    "YPT", (r,), income.permit_sales, unit=MONEY,
    ref="permits, sinks and removals less covered emissions, at the price of the market",
    description="net sale of permits",
)  # fmt: skip
_account(
    "YRT", (n,), ret[n] * YPOOL[n], unit=MONEY,
    ref="share of all capital income, rents of old equipment and resources included",
    description="retained earnings of enterprises, which they save",
)  # fmt: skip
_account(
    "FSV", (n,), income.foreign_saving, unit=MONEY, ref="foreign saving along its path, at the exchange rate",
    description="saving from abroad",
)  # fmt: skip

_across = home[n, s] - home[n, r]
_account(
    "BOP", (n,),
    nationwide(
        EXR * total(QM[c, r], c, where=thm[c, r])
        - total(trade.export_price * QE[c, r], c, where=e0[c, r])
        - income.permit_sales
    )
    + total(PX[c, r] * trade.sold * _across, c, r, s, where=thd[c, r, s])
    + total(pb0[r] * PXB[r] * power.flow * _across, r, s, where=net0[r, s])
    - income.foreign_saving,
    unit=MONEY, ref="what a country buys of others, less what it sells them and what they save in it: zero by Walras",
    description="balance of payments of a country",
)  # fmt: skip

# ---------------------------------------------------------------- budgets and income
BUDGET = {
    n: _account(
        f"B_{n}", (r,), item, unit=MONEY, ref=BALANCED,
        description=f"budget of the province: {n.replace('_', ' ')}",
    )
    for n, item in income.PROVINCIAL.items()
}
_levies = BUDGET["import_duty"][r] + BUDGET["border_levies"][r] + BUDGET["line_rents"][r]
_account(
    "YTP", (r,), _levies + BUDGET["programmes"][r] + carbon.paid_at_home - PINV[r] * QRM[r],
    unit=MONEY, ref="levies at the border, rents of full lines and carbon payments of households, less removals",
    description="taxes on products outside activities: levies, rents of full lines, less removals",
)  # fmt: skip
_account(
    "GDPI", (r,),
    YLOC[r] + income.wages + _levies + CPAY[r] - _free[r] - PINV[r] * QRM[r]
    + sum(BUDGET[n][r] for n in ("production_tax", "production_tax_cut", "output_tax", "labour_tax_cut", "programmes",
                                 "subsidies", "limits", "storage_rents")),
    unit=MONEY, ref="what factors earn, taxes less subsidies, and rents: the income side of the accounts",
    description="GDP from the income side: factors, taxes, carbon payments, rents",
)  # fmt: skip
