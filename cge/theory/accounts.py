"""Accounts: what is reported of a solution, written with the expressions of the other chapters; no part of a solve."""

from __future__ import annotations

from sympy import Integer

from cge.language.algebra import total
from cge.theory import carbon, income, power, trade
from cge.theory.nests import CLAY_INPUTS, NESTS
from cge.theory.production import commodity_demand, factor_demand, factor_price, old_energy, user_price
from cge.theory.symbols import (
    CPAY, CUTP, EMA, EMH, INDEX, LEVEL, MONEY, MT, PA, PFR, PINV, PXB, QB, QH, QOLD, QRM, SG, SHARE, TWH, VALUE,
    XAB, XABH, YLOC, T, a, act, busbar, c, c0g, cold, eps, epsh, epsp, free, gcost, gen, h, kold, net0, pb0, r, s,
    sector, ta, th_c, th_f, thd, used,
)

T.chapter = "accounts"

_account = T.account
_of_inputs = [n for n in NESTS if n.commodities]

# ---------------------------------------------------------------- what activities use
QC = {
    n.name: _account(
        f"QC_{n.name}", (c, a, r), commodity_demand(n), where=th_c[n.name][c, a, r],
        unit=VALUE, description=f"inputs of an activity in the {n.label}, old equipment included",
    )
    for n in _of_inputs
}  # fmt: skip
_account(
    "QCA", (c, a, r), sum((q[c, a, r] for q in QC.values()), Integer(0)),
    unit=VALUE, description="inputs of an activity",
)  # fmt: skip
_account(
    "EMF", (c, a, r), sum((eps[n][c, a, r] * q[c, a, r] for n, q in QC.items()), Integer(0)),
    unit=MT, description="CO2 of the fuels an activity burns, before abatement",
)  # fmt: skip
_account(
    "EMP", (a, r), epsp[a, r] * LEVEL[a, r], where=act[a, r],
    unit=MT, description="CO2 of the processes of an activity, before abatement",
)  # fmt: skip
for _nest in CLAY_INPUTS:
    _account(
        f"QCO_{_nest.name}", (c, a, r), QOLD[a, r] * old_energy(_nest), where=cold[_nest.name][c, a, r],
        unit=VALUE, description=f"inputs of old equipment in the {_nest.label}",
    )  # fmt: skip
    _account(
        f"PC_{_nest.name}", (c, a, r), user_price(_nest), where=th_c[_nest.name][c, a, r],
        unit=INDEX, description=f"price of an input in the {_nest.label} with the carbon cost of burning it",
    )  # fmt: skip
for _name, _factor in (("LA", "labour"), ("KA", "capital")):
    _account(
        _name, (a, r), factor_demand(_factor), where=th_f[_factor][a, r],
        unit=VALUE, description=f"{_factor} that new equipment of an activity uses",
    )  # fmt: skip
_account(
    "KU", (a, r), factor_demand("capital") + kold[a, r], where=th_f["capital"][a, r],
    unit=VALUE, description="capital of an activity, old equipment included",
)  # fmt: skip
_account("PLA", (r,), factor_price("labour"), unit=INDEX, description="price of labour after a cut of its tax")
_account("PKA", (a, r), factor_price("capital"), unit=INDEX, description="price of capital to an activity")
_account(
    "QAA", (a, r), carbon.abating, where=act[a, r],
    unit=VALUE, description="capital goods an activity buys for abatement",
)  # fmt: skip
_account(
    "QAI", (a, r), carbon.fitting, where=gen[a, r],
    unit=VALUE, description="capital goods a technology buys so that its power fits demand",
)  # fmt: skip
_account(
    "PSA", (a, r),
    (sector[a, r] * PA[a, r] + gen[a, r] * pb0[r] * PXB[r]) / (sector[a, r] + gen[a, r] * c0g[a, r] * gcost[a]),
    where=act[a, r], unit=INDEX, description="price an activity sells at: for power that of the busbar",
)  # fmt: skip

# ---------------------------------------------------------------- power and trade
_account("QG", (a, r), SG[a, r] * QB[r], where=gen[a, r], unit=TWH, description="generation of a technology")
_account(
    "WGE", (a, r), power.wedge, where=gen[a, r],
    unit="1e8 CNY per TWh", description="cost of power beside its making: integration less subsidy, certificates",
)  # fmt: skip
QL = _account(
    "QL", (r, s), power.flow, where=net0[r, s], unit=TWH, description="busbar electricity that s buys from r"
)
_goods = _account(
    "QDG", (c, r, s), trade.sold, where=thd[c, r, s],
    unit=VALUE, description="goods that s buys from r, without their transport",
)  # fmt: skip
_account(
    "QD", (c, r, s), _goods[c, r, s] + busbar[c] * pb0[r] * QL[r, s],
    unit=VALUE, description="what s buys from r, without transport; power at the base-year price of its origin",
)  # fmt: skip
_account("QGV", (c, r), trade.purchased, unit=VALUE, description="purchases of government")
_account("PEX", (c, r), trade.export_price, unit=INDEX, description="price of exports after the rebate at the border")
_account(
    "QS", (c, r), trade.made_here + busbar[c] * pb0[r] * QB[r],
    unit=VALUE, description="supply of a commodity; power at its base-year price",
)  # fmt: skip

# ---------------------------------------------------------------- households and carbon
_account(
    "PHC", (c, h, r), income.consumer_price, where=used[c, r],
    unit=INDEX, description="price of consumption with its carbon cost",
)  # fmt: skip
_account("YC", (h, r), income.spending, unit=MONEY, description="consumption spending")
_account(
    "EMFH", (c, r), total(epsh[c, h, r] * QH[c, h, r], h),
    unit=MT, description="CO2 of the fuels households burn, before abatement",
)  # fmt: skip
_account(
    "ABT", (r,), total(EMA[a, r] * XAB[a, r], a, where=act[a, r]) + EMH[r] * XABH[r],
    unit=MT, description="tonnes abated",
)  # fmt: skip
_account(
    "BTG", (c, h, r), income.goods_share, where=used[c, r], unit=SHARE, description="marginal budget share of a good"
)
_account("BTE", (h, r), income.energy_share, unit=SHARE, description="marginal budget share of the energy service")
_account(
    "WTP", (a, r), (ta[a, r] - CUTP[r]) * PA[a, r] - free[a, r] * PFR[a, r], where=act[a, r],
    unit=INDEX, description="production tax on a unit of output after its cut, less free permits",
)  # fmt: skip
_account("WTM", (c, r), income.duty, unit=INDEX, description="duty and border levy on a unit of imports")
_free = _account("YFR", (r,), income.free_permits, unit=MONEY, description="value of free permits")
_account("YPT", (r,), income.permit_sales, unit=MONEY, description="net sale of permits")
_account("FSV", (), income.foreign_saving, unit=MONEY, description="saving from abroad")

# ---------------------------------------------------------------- budgets and income
BUDGET = {
    n: _account(f"B_{n}", (r,), item, unit=MONEY, description=f"budget of the province: {n.replace('_', ' ')}")
    for n, item in income.PROVINCIAL.items()
}
_levies = BUDGET["import_duty"][r] + BUDGET["border_levies"][r] + BUDGET["line_rents"][r]
_account(
    "YTP", (r,), _levies + BUDGET["programmes"][r] + carbon.paid_at_home - PINV[r] * QRM[r],
    unit=MONEY, description="taxes on products outside activities: levies, rents of full lines, less removals",
)  # fmt: skip
_account(
    "GDPI", (r,),
    YLOC[r] + income.wages + _levies + CPAY[r] - _free[r] - PINV[r] * QRM[r]
    + sum(BUDGET[n][r] for n in ("production_tax", "production_tax_cut", "labour_tax_cut", "programmes", "subsidies",
                                 "storage_rents")),
    unit=MONEY, description="GDP from the income side: factors, taxes, carbon payments, rents",
)  # fmt: skip
