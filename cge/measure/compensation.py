"""Which policy leaves everybody better off than another, once those who gain pay those who lose.

Policies are compared that emit the same: national caps agree in every year. The measure is the equivalent variation of
households in the last year, in money; it adds up over provinces, so the rest that is left when every loser is paid is
the difference of the national sums.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sam.registry import NATION

SAME = 1e-6
"""Largest relative difference between national caps that are called the same."""
COLUMNS = ("better", "worse", "year", "left", "gaining", "of", "paid")


def variation(data: pd.DataFrame, baseline: str, year: int) -> pd.DataFrame:
    """Equivalent variation of every province, 1e8 CNY, a column for each policy."""
    at = data[(data["year"] == year) & (data["region"] != NATION)]
    spent = at[(at["scenario"] == baseline) & (at["indicator"] == "household_consumption")]
    spent = spent.set_index(["region", "sector"])["value"]
    share = at[at["indicator"] == "welfare_ev_household_pct"].set_index(["region", "sector", "scenario"])["value"]
    wide = share.unstack("scenario")
    money = wide.mul(spent.reindex(wide.index), axis=0) / 100
    return money.groupby(level="region").sum(min_count=1)


def dominance(data: pd.DataFrame, baseline: str, policies: list[str]) -> pd.DataFrame:
    """The policy that is best for the nation beside every other with the same national caps, best first.

    Returns
    -------
    DataFrame
        ``left`` of the money when the provinces that lose by the better policy are paid ``paid`` (both 1e8 CNY a year);
        ``gaining`` of ``of`` provinces gain as they are.
    """
    year = int(data["year"].max())
    ev = variation(data, baseline, year)
    caps = data[(data["indicator"] == "cap") & (data["region"] == NATION)].pivot(
        index="year", columns="scenario", values="value"
    )
    those = [s for s in policies if s in ev and s in caps]
    out: list[tuple[str, str, int, float, int, int, float]] = []
    best = sorted(those, key=lambda s: -ev[s].sum())
    for k, better in enumerate(best):
        if any(row[0] == better or row[1] == better for row in out):
            continue
        for worse in best[k + 1 :]:
            gain = ev[better] - ev[worse]
            same = np.allclose(caps[better], caps[worse], rtol=SAME, equal_nan=True)
            if same and gain.sum() > 0:
                count, paid = int((gain > 0).sum()), -float(gain[gain < 0].sum())
                out.append((better, worse, year, float(gain.sum()), count, len(gain), paid))
    return pd.DataFrame(out, columns=list(COLUMNS))
