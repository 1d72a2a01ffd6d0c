"""Electricity: technologies and origins compete for terawatt-hours, which are conserved exactly.

A logit on cost relative to a reference keeps TWh additive, where a CES over technologies does not. In a
baseline run the reference is the last mix that is given, at its costs; in a policy run it is the baseline of the
same year, so a zero policy changes nothing. Nothing is gained by a change of the mix alone: what a technology costs
less than the busbar price of the baseline is a real cost of its places, which a policy that moves terawatt-hours to it
pays; and as in any logit (McFadden 1981) those that move later lose more by moving. What a line between two provinces
carries is limited by its capacity; where it is full, a rent on top of the origin's price keeps demand to it. The buying
province earns the rent: its grid company buys at the line's far end at the origin's price and sells to all users at one
price.
"""

from __future__ import annotations

from sympy import Max, Rational, log

from cge.language.algebra import total
from cge.theory.countries import prices
from cge.theory.symbols import (
    CG, CUTP, DB, PBD, PFR, PGC, PINV, PLX, PN, PQ, PROG, PX, PXB, QB, QINT, SB, SBQ, SG, T, VRE, WB, WG, a,
    busbar, c, c0g, eps, fc, free, gamma_g, gamma_n, gcost, gen, green, grid, gsub, ic, lmax, net0, pb0, pb_ref,
    pbd0, pg_ref, qb0, r, rps, s, sg_ref, site, spread, th_c, vre, vre0,
)

T.chapter = "power"

REF = "modified logit, Clarke and Edmonds 1993"
flow = SB[r, s] * DB[s]
"""Busbar electricity that ``s`` buys from ``r``."""
LEAST_SHARE = Rational(1, 1000)
"""Share of wind and solar below which firm capacity is shared out as if it were this."""
integration = vre[a] * (VRE[r] - vre0[r]) * (ic + fc / Max(VRE[r], LEAST_SHARE))
"""Capital goods per TWh so that the power of a technology fits demand: balancing, lines and stores that grow with the
share of wind and solar, and firm capacity that stands behind every TWh they have added."""
moving = -spread[r] * (gamma_g * log(CG[a, r] / pg_ref[a, r]) + log(WG[r]))
"""Capital goods per TWh that a share of a technology unlike its reference takes: the spread times the logarithm of
the share over its reference, whose mean over technologies is the area under the logit."""
bought = integration + site[a, r]
wedge = bought * PINV[r] - (gsub[a, r] + SBQ[a, r]) * PINV[r] + (rps[r] - green[a]) * PGC[r]
"""What a TWh of a technology costs beside its unit cost."""
_weight = net0[r, s] * ((PXB[r] + PLX[r, s] / pb0[r]) / pb_ref[r]) ** (-gamma_n)

T.define(
    CG,
    (a, r),
    c0g[a, r] * gcost[a] * (PN["cost"][a, r] * (1 - CUTP[r]) - free[a, r] * PFR[a, r])
    + wedge,
    where=gen[a, r],
    ref="unit cost per TWh, integration that grows with wind and solar, less free permits, subsidy, limits and "
    "certificates",
)
T.define(
    WG,
    (r,),
    total(sg_ref[a, r] * (CG[a, r] / pg_ref[a, r]) ** (-gamma_g), a, where=gen[a, r]),
    where=grid[r],
    ref=REF,
)
T.define(
    SG,
    (a, r),
    sg_ref[a, r] * (CG[a, r] / pg_ref[a, r]) ** (-gamma_g) / WG[r],
    where=gen[a, r],
    ref=REF,
)
T.define(PXB, (r,), total(busbar[c] * PX[c, r], c, where=busbar[c]), where=grid[r], ref="price of the busbar commodity")
T.define(WB, (s,), total(_weight, r, where=net0[r, s]), where=grid[s], ref=REF)
T.define(SB, (r, s), _weight / WB[s], where=net0[r, s], ref=REF)
T.define(
    PBD,
    (s,),
    total(SB[r, s] * (PXB[r] * pb0[r] + PLX[r, s]), r, where=net0[r, s]),
    where=grid[s],
    ref="mean price over origins, rents of full lines included",
)
T.define(
    DB,
    (s,),
    total(busbar[c] * QINT[c, s], c, where=busbar[c]) / pbd0[s],
    where=grid[s],
    ref="benchmark price turns value into TWh",
)
T.equation(
    "vre_share",
    (r,),
    VRE[r] - total(vre[a] * SG[a, r], a, where=gen[a, r]),
    pairs=VRE,
    where=grid[r],
    scale=1,
    unit="fraction",
    ref="definition of the share of wind and solar",
)
T.equation(
    "renewable_standard",
    (r,),
    total(green[a] * SG[a, r], a, where=gen[a, r]) - rps[r],
    pairs=PGC,
    scale=1,
    where=rps[r],
    unit="fraction",
    complements=True,
    ref="certificates of green technologies are bought by all generators in proportion to the standard",
)
T.equation(
    "busbar_cost",
    (r,),
    PXB[r] - total(SG[a, r] * (CG[a, r] + moving * PINV[r]), a, where=gen[a, r]) / pb0[r],
    pairs=QB,
    where=grid[r],
    scale=1,
    unit="price index",
    ref="zero profit of generation as a whole, with what a change of the mix takes",
)
T.equation(
    "technology_cost",
    (a, r),
    PN["top"][a, r] - prices - total(th_c["top"][c, a, r] * (PQ[c, r] - prices), c, where=eps["top"][c, a, r]),
    pairs=PROG,
    where=gen[a, r],
    scale=1,
    unit="price index",
    ref="baseline: a technology costs what its path says in real terms, but for its fuel; progress is in the path",
)
T.equation(
    "busbar_market",
    (c, r),
    QB[r] - total(flow, s, where=net0[r, s]),
    pairs=PX,
    where=busbar[c],
    unit="TWh",
    scale=qb0[r],
    ref="TWh generated equal TWh bought over all destinations",
)
T.equation(
    "line_capacity",
    (r, s),
    lmax[r, s] - flow,
    pairs=PLX,
    where=lmax[r, s],
    scale=lmax[r, s],
    unit="TWh",
    complements=True,
    ref="a line carries at most its capacity; its rent is zero unless it is full",
)
