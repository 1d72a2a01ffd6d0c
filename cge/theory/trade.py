"""Trade: Armington between imports and provincial supply, and between origins at delivered prices."""

from __future__ import annotations

from sympy import Max

from cge.language.algebra import total
from cge.language.forms import Input, demand, unit_cost
from cge.theory.countries import path
from cge.theory.symbols import (
    EXR, GX, INV, PBD, PDC, PIM, PQ, PTR, PX, QA, QAB, QDC, QE, QH, QINT, QM, QMG, QPKH, QPU, QQ, T, TAU, XDIH, a, bcf,
    bcm, bcx, busbar, c, carries, cbam, displaces, e0, epsh, eta_e, flevy, g0, goods, h, isc, made, make, mg,
    packh, pbd0, qmg0, qx0, r, s, sector, sigma_d, sigma_m, thd, thm, tm, used,
)

T.chapter = "trade"

REF = "Armington 1969, calibrated share form"
_delivered = PX[c, r] * (1 - mg[c, r, s]) + mg[c, r, s] * PTR[s]
bought = QDC[c, s] * demand(thd[c, r, s], _delivered, PDC[c, s], sigma_d[c])
sold = (1 - mg[c, r, s]) * bought
"""Goods that ``s`` buys from ``r``, with and without their transport."""
made_here = total(make[a, c] * QA[a, r], a, where=make[a, c] * sector[a, r])
purchased = g0[c, r] * GX[r] * path
"""Goods that government buys."""
export_price = PX[c, r] - bcx[c, r] * TAU[r]
"""Producer price less the rebate at the border."""
_here = used[c, s] * goods[c]
# what is paid at home and not rebated at the border is credited
_levied = cbam[c, r] * Max(0, 1 - (1 - bcx[c, r] / bcf[c, r]) * TAU[r] / flevy)

T.define(
    PDC,
    (c, s),
    unit_cost(sigma_d[c], Input(thd[c, r, s], _delivered, r)),
    where=_here,
    ref=REF,
)
T.define(
    PIM,
    (c, s),
    EXR + bcm[c, s] * TAU[s] / (1 + tm[c, s]),
    where=used[c, s],
    ref="import price with the border levy on its carbon content",
)
T.define(
    PQ,
    (c, s),
    goods[c] * unit_cost(sigma_m[c], Input(thm[c, s], PIM[c, s]), Input(1 - thm[c, s], PDC[c, s]))
    + busbar[c] * PBD[s] / pbd0[s],
    where=used[c, s],
    ref=REF,
    hub=True,
)
T.define(
    QQ,
    (c, r),
    QINT[c, r]
    + total(QH[c, h, r], h)
    - total(XDIH[r] * QH[c, h, r], h, where=epsh[c, h, r] * displaces)
    + packh[c] * QPKH[r]
    + purchased
    + isc[c, r] * (INV[r] + QAB[r])
    + carries[c] * QMG[r],
    where=used[c, r],
    ref="absorption: intermediates, households with the carriers that displace their fuel, government, investment, "
    "abatement, transport margins",
)
T.define(
    QDC,
    (c, s),
    QQ[c, s] * demand(1 - thm[c, s], PDC[c, s], PQ[c, s], sigma_m[c]),
    where=_here,
    ref=REF,
)
T.define(
    QM,
    (c, s),
    QQ[c, s] * demand(thm[c, s], PIM[c, s], PQ[c, s], sigma_m[c]) / (1 + tm[c, s]),
    where=thm[c, s],
    ref=REF,
)
T.define(
    QPU,
    (c, s),
    total(sold, r, where=thd[c, r, s]),
    where=_here,
    ref="sum of purchases over origins at base prices",
)
T.define(
    QE,
    (c, r),
    e0[c, r] * path * (export_price * (1 + _levied) / EXR) ** (-eta_e[c]),
    where=e0[c, r],
    ref="foreign demand with constant elasticity, at the price after rebate and levies abroad less the price paid here",
)
T.equation(
    "goods_market",
    (c, r),
    made_here
    - total(sold, s, where=thd[c, r, s])
    - QE[c, r],
    pairs=PX,
    where=made[c, r] * goods[c],
    unit="1e8 CNY at base-year prices",
    scale=qx0[c, r],
    ref="supply equals sales to every province and abroad",
)
T.equation(
    "margin_price",
    (s,),
    PTR[s] - total(carries[c] * PQ[c, s], c, where=carries[c]),
    pairs=PTR,
    scale=1,
    where=qmg0[s],
    unit="price index",
    ref="goods are carried by the transport services their buyer's province absorbs; TERM, Horridge 2012",
)
T.equation(
    "margin_market",
    (s,),
    QMG[s] - total(mg[c, r, s] * bought, c, r, where=mg[c, r, s]),
    pairs=QMG,
    where=qmg0[s],
    scale=qmg0[s],
    unit="1e8 CNY at base-year prices",
    ref="transport in fixed proportion to the goods carried",
)
