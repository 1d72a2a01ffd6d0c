"""Production: nested CES unit costs and the input demands that follow from them (Shephard's lemma)."""

from __future__ import annotations

from sympy import Expr, Integer, Max, Symbol

from cge.language.algebra import total
from cge.language.forms import Branch, Input, define_tree
from cge.theory.nests import BURNING, BY_NAME, CLAY_INPUTS, NESTS, Nest, children
from cge.theory.symbols import (
    CUTL, CUTP, DR, DRC, DRIFT, DRM, EFF, ELS, EMA, GAIN, KAP, KD, LD, LEVEL, PA, PFR, PINV, PN, PQ, PR, PROG, PX, QA,
    QB, QINT, QN, QOLD, QPK, RK, RKX, SBQ, SG, SPARE, T, TFL, TFP, TFV, W, XCC, XDI, a, act, aeei, burn, c, c0g,
    capuse, cold, displaces, eps, epsp, free, gcost, gen, harrod, i, inc, inn, kold, lold, make, mat, pace, pack, r,
    res, room, save, sector, sig, ta, th_c, th_f, th_n, tout, used,
)

T.chapter = "production"

DRIFTS = "Dixon and Rimmer 2002: changes of taste and technology at the same cost of the base year"
MATERIALS = "top"
"""Nest of materials."""
REF = "calibrated share form, Rutherford 2002; tree of C-REM and EPPA6"


def user_price(nest: Nest) -> Expr:
    """Price of commodity ``c`` to activity ``a`` in ``nest``: absorption price plus carbon cost of burning it."""
    return PQ[c, r] + eps[nest.name][c, a, r] * KAP[a, r]


def factor_price(factor: str) -> Expr:
    """Price of a primary factor to activity ``a`` in province ``r``, of a unit of its own."""
    return {"labour": W[r] * (1 - CUTL[r]), "capital": RK[r] * RKX[a, r], "resource": PR[a, r]}[factor]


def effective(factor: str) -> Expr:
    """Units in production of a unit of a primary factor."""
    return TFL[r] if factor == "labour" else Integer(1)


def gain(nest: Nest) -> Expr:
    """Units of the nest's bundle got from one unit of its CES aggregate: productivity, what a policy saves."""
    return {"TFV": TFV[a, r], "save": save[a, r], "burn": burn[a, r]}[nest.gain] if nest.gain else Integer(1)


def idle() -> Expr:
    """Part of the old equipment of activity ``a`` that stands idle, of what is kept."""
    return Max(0, SPARE[a, r] - 1)


def electrified(nest: Nest) -> Expr:
    """What the share of every input of an electric nest is divided by as electricity gains weight at the same cost."""
    others = sum((th_n[n.name][a, r] for n in children(nest.name)), Integer(0))
    return others + (1 - others) * ELS[r]


def input_share(nest: Nest) -> Expr:
    """Share of commodity ``c`` in ``nest`` after what drifts at the same cost: electricity, and goods of industries.

    Materials of sectors move by the drift of their industry over its mean; energy among them stays.
    """
    share = th_c[nest.name][c, a, r]
    if nest.electric:
        return share * ELS[r] / electrified(nest)
    if nest.name == MATERIALS:
        return share * (1 + sector[a, r] * mat[c] * (DRC[c] / DRM[a, r] - 1))
    return share


def nest_share(nest: Nest) -> Expr:
    """Share of a nest in its parent after cost-neutral energy saving and drift.

    Efficiency takes share from the energy bundle and gives it to its sibling, so unit cost at base-year
    prices stays: the twist of Dixon and Rimmer (2002). An efficiency gain that lowered cost would also let
    energy-intensive exporters expand; the twist keeps saving and competitiveness apart. What a policy
    saves is no twist: it is the :func:`gain` of the energy bundle.
    """
    share = th_n[nest.name][a, r]
    parent = BY_NAME[nest.parent or ""]
    if parent.electric:
        return share / electrified(parent)
    if parent.name == MATERIALS:
        return share / DRM[a, r]
    saved = [n for n in children(nest.parent or "") if n.saved]
    if not saved:
        return share
    left = th_n[saved[0].name][a, r]
    after = left / EFF[r] ** aeei[a]
    return after if nest.saved else share * (1 - after) / (1 - left)


def _branch(nest: Nest) -> Branch:
    inputs = []
    if nest.commodities:
        inputs = [Input(input_share(nest), user_price(nest), c, where=th_c[nest.name][c, a, r])]
    inputs += [Input(th_f[f][a, r], factor_price(f) / effective(f)) for f in nest.factors]
    parent, share = (PN[nest.parent].name, nest_share(nest)) if nest.parent else ("", Integer(1))
    sigma = sig[nest.name][a, r] if nest.local else sig[nest.name][a]
    old = {"rebate": (SPARE[a, r] - idle()) * GAIN[a, r], "elsewhere": QOLD[a, r]} if nest.clay else {}
    return Branch(PN[nest.name], QN[nest.name], sigma, tuple(inputs), parent, share, gain(nest), **old)


TREE = {n.name: _branch(n) for n in NESTS}


def by_quantity(rate: Expr, activity: Symbol) -> Expr:
    """A rate per unit of output times the output that limits count: in benchmark value, generation in TWh."""
    return rate * sector[activity, r] * QA[activity, r] + rate * gen[activity, r] * SG[activity, r] * QB[r]


def unit_demand(nest: Nest, share: Expr, price: Expr) -> Expr:
    """Demand of activity ``a`` for an input of ``nest`` with value share ``share`` at ``price``."""
    return TREE[nest.name].take(share, price, (a, r))


def factor_demand(factor: str) -> Expr:
    """Demand of activity ``a`` for a factor that can leave it, that of new equipment, in its own units."""
    units = effective(factor)
    nests = (n for n in NESTS if factor in n.factors)
    return sum((unit_demand(n, th_f[factor][a, r], factor_price(factor) / units) / units for n in nests), Integer(0))


def old_energy(nest: Nest) -> Expr:
    """Commodity ``c`` of ``nest`` that old equipment of activity ``a`` uses to make a unit of its bundle.

    A programme that saves energy reaches old equipment too, as its cost counts all energy.
    """
    return cold[nest.name][c, a, r] / save[a, r]


def commodity_demand(nest: Nest) -> Expr:
    """Service of commodity ``c`` that activity ``a`` asks of ``nest``, old equipment included.

    It is what is bought, but for fuels that abatement displaces.
    """
    new = unit_demand(nest, input_share(nest), user_price(nest))
    return new + QOLD[a, r] * old_energy(nest) if nest in CLAY_INPUTS else new


T.define(
    TFV,
    (a, r),
    sector[a, r] * pace[a, r] * TFP[r] ** (1 - harrod) + gen[a, r] * PROG[a, r],
    where=act[a, r],
    ref="Hicks 1932: productivity of the bundle, of the province and of the activity beside it; a generation "
    "technology has its own, so that progress counts once",
)
T.define(
    DRC, (c,), 1 + total(inc[c, i] * (DRIFT[i] - 1), i, where=inc[c, i] * inn[i]), ref=DRIFTS, hub=True,
)  # fmt: skip
_material = th_c[MATERIALS][c, a, r] * mat[c]
T.define(
    DRM,
    (a, r),
    1 + sector[a, r] * total(_material * (DRC[c] - 1), c, where=_material) / room[a, r],
    where=act[a, r],
    ref=DRIFTS,
)
T.define(TFL, (r,), TFP[r] ** harrod, ref="Harrod 1948: productivity of labour, split from the other in logarithms")


def displaced(nest: Nest) -> Expr:
    """Fuel ``c`` of ``nest`` that activity ``a`` no longer buys, as measures do its service."""
    return XDI[a, r] * commodity_demand(nest)


def displacing(nest: Nest) -> Expr:
    """Where abatement displaces fuel ``c`` of ``nest``; nowhere under abatement by capital goods alone."""
    return th_c[nest.name][c, a, r] * eps[nest.name][c, a, r] * displaces


T.define(
    LEVEL,
    (a, r),
    sector[a, r] * QA[a, r] + gen[a, r] * c0g[a, r] * gcost[a] * SG[a, r] * QB[r],
    where=act[a, r],
    ref="output in benchmark value; generation from TWh times benchmark cost",
)

define_tree(T, (a, r), list(TREE.values()), level=LEVEL[a, r] * (1 - ta[a, r]), where=act[a, r], ref=REF)

T.define(
    QINT,
    (c, r),
    sum(
        (total(commodity_demand(n), a, where=th_c[n.name][c, a, r]) for n in NESTS if n.commodities),
        start=Integer(0),
    )
    - sum(
        (total(displaced(n), a, where=displacing(n)) for n in BURNING),
        start=Integer(0),
    )
    + total(pack[c, a, r] * QPK[a, r], a, where=pack[c, a, r] * displaces)
    + total(capuse[c, a, r] * EMA[a, r] * XCC[a, r], a, where=capuse[c, a, r] * displaces),
    where=used[c, r],
    ref="Shephard's lemma on the unit cost: services of inputs less fuel that abatement displaces, carriers in its "
    "place, energy of capture",
)
T.define(
    LD,
    (r,),
    total(factor_demand("labour") + QOLD[a, r] * lold[a, r], a, where=th_f["labour"][a, r]),
    ref="Shephard's lemma on the unit cost; old equipment in proportion to what it makes",
)
T.define(
    KD,
    (r,),
    total(factor_demand("capital") + kold[a, r], a, where=th_f["capital"][a, r]),
    ref="Shephard's lemma on the unit cost; old equipment, idle or not, keeps its capital",
)
T.define(
    DR,
    (a, r),
    unit_demand(BY_NAME["cost"], th_f["resource"][a, r], PR[a, r]),
    where=res[a, r],
    ref="Shephard's lemma on the unit cost",
)
T.define(
    PA,
    (a, r),
    sector[a, r] * total(make[a, c] * PX[c, r], c, where=make[a, c]) + gen[a, r] * PN["cost"][a, r],
    where=act[a, r],
    ref="one product per activity",
)
T.equation(
    "zero_profit",
    (a, r),
    (1 - ta[a, r]) * (PA[a, r] - PN["cost"][a, r])
    + (CUTP[r] - tout[a, r]) * PA[a, r]
    - epsp[a, r] * KAP[a, r]
    + free[a, r] * PFR[a, r]
    + SBQ[a, r] * PINV[r],
    pairs=QA,
    scale=1,
    where=sector[a, r],
    unit="price index",
    ref="zero profit of a constant-returns activity, process emissions, free permits and limits of output included",
)
