"""What is observed, or stated, of a baseline: use of electricity, and shares of the three industries.

Where it is given for a year, the baseline finds what it takes. Electricity gains weight among the energy of firms and
homes of a province. Shares of primary and tertiary industry in value added of the nation take a drift of the demand of
firms and homes towards their goods or away from them. Both keep the cost of what they change at prices of the base
year. In every other year each stays what it was, and policies take it as given.
"""

from __future__ import annotations

from sympy import Expr

from cge.language.algebra import total
from cge.theory.income import TAXES, wages
from cge.theory.symbols import (
    DB, DR, DRIFT, ELS, LEVEL, PA, PN, PR, QN, T, YLOC, a, act, drift_last, el_seen, el_target, els_last, grid, i,
    in_seen, in_target, ina, inn, r, res, ta,
)

T.chapter = "observed"

added = total(
    ina[a, i] * (PN["va"][a, r] * QN["va"][a, r] + ta[a, r] * PA[a, r] * LEVEL[a, r]), a, r, where=ina[a, i] * act[a, r]
) + total(ina[a, i] * PR[a, r] * DR[a, r], a, r, where=ina[a, i] * res[a, r])
"""Value added of an industry with its production tax."""
added_of_all = total(wages + YLOC[r] + TAXES["production_tax"], r)


def _given(seen: Expr, gap: Expr, still: Expr) -> Expr:
    """The gap to what is given, or, where nothing is, that to the last year."""
    return seen * gap + (1 - seen) * still


T.equation(
    "electricity_observed",
    (r,),
    _given(el_seen[r], DB[r] / el_target[r] - 1, ELS[r] / els_last[r] - 1),
    pairs=ELS,
    where=grid[r],
    scale=1,
    unit="fraction",
    ref="baseline: electricity used as published",
)
T.equation(
    "industry_observed",
    (i,),
    _given(in_seen, added / added_of_all - in_target[i], DRIFT[i] / drift_last[i] - 1),
    pairs=DRIFT,
    where=inn[i],
    scale=1,
    unit="fraction of value added",
    ref="baseline: industries of the nation as published, and on their stated path",
)
