"""What draws say together: ranges of every number, of differences between policies, and how often one is better.

Ranges are from the 5th to the 95th percentile of the draws that have a solution: they say what the ranges and choices
that go in leave open, not what was ever observed. A difference whose range holds zero cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from sam.registry import NATION

LOW, HIGH = 0.05, 0.95
"""Ends of a range."""
GAINS = {"gdp_change_pct": 1.0, "welfare_ev_pct": 1.0, "gdp_cumulative_loss_pct": -1.0}
"""Measures of which more, or less, is better."""
LEADS = "gdp_change_pct"
"""Measure that says which policy is best, and how provinces rank."""
ALIKE = 0.9
"""Rank correlation with the study as it stands below which the ranking of provinces is another one (assumption)."""
COLUMNS = ["kind", "scenario", "against", "measure", "region", "base", "median", "low", "high", "share", "share_error",
           "draws", "told_apart"]  # fmt: skip
SHOWN = 5
"""Digits of a range."""


def values(draws: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Numbers of solved draws: rows draws, -1 the study as it stands; columns scenario, measure, region."""
    solved = {d["draw"]: d["found"] for d in draws if "found" in d}
    rows = {k: {(s, m, r): v for s, of in found.items() for m, by in of.items() for r, v in by.items()}
            for k, found in solved.items()}  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index")
    return table.set_axis(pd.MultiIndex.from_tuples(table.columns, names=["scenario", "measure", "region"]), axis=1)


def ranges(table: pd.DataFrame) -> pd.DataFrame:
    """Range of every number, and whether its sign is told.

    Parameters
    ----------
    table : DataFrame
        As of :func:`values`.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`, ``kind`` is ``level``.
    """
    rows = [_row("level", str(s), "", str(m), str(r), table[s, m, r]) for s, m, r in table.columns]
    return pd.DataFrame(rows, columns=COLUMNS)


def differences(table: pd.DataFrame, focus: str) -> pd.DataFrame:
    """Range of what every policy differs from every one before it in the study, and the share of draws it is better in.

    Real GDP everywhere; other measures of nation and focus province.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`, ``kind`` is ``difference``.
    """
    rows = []
    for first, second in combinations(dict.fromkeys(table.columns.get_level_values("scenario")), 2):
        for measure, sign in GAINS.items():
            for region in dict.fromkeys(table[second][measure].columns) if measure == LEADS else (focus, NATION):
                apart = table[second, measure, region] - table[first, measure, region]
                row = _row("difference", str(second), str(first), measure, str(region), apart)
                rows.append(row | _share(sign * apart.drop(-1) > 0))
    return pd.DataFrame(rows, columns=COLUMNS)


def standings(table: pd.DataFrame, focus: str) -> pd.DataFrame:
    """How often each policy is the best one, and how provinces rank under each.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`; ``kind`` is ``best`` for nation and focus province, ``rank`` for the place of the focus
        province among losses, the largest first, and ``ranking`` for the rank correlation of provincial losses with
        the study as it stands, whose ``share`` is that of draws below :data:`ALIKE`.
    """
    policies = list(dict.fromkeys(table.columns.get_level_values("scenario")))
    rows: list[dict[str, Any]] = []
    for region in (focus, NATION):
        now = table.loc[:, [(s, LEADS, region) for s in policies]].set_axis(policies, axis=1)
        for s in policies:
            best = now.idxmax(axis=1) == s
            rows.append({"kind": "best", "scenario": s, "against": "", "measure": LEADS, "region": region,
                         "base": float(best[-1]), "draws": len(best) - 1} | _share(best.drop(-1)))  # fmt: skip
    for s in policies:
        ranks = table[s][LEADS].drop(columns=NATION).rank(axis=1)
        rows.append(_row("rank", s, "", LEADS, focus, ranks[focus]))
        alike = ranks.T.corr()[-1]
        rows.append(_row("ranking", s, "", LEADS, "all", alike) | _share(alike.drop(-1) < ALIKE))
    return pd.DataFrame(rows, columns=COLUMNS)


def drawn_table(draws: Sequence[dict[str, Any]], focus: str) -> pd.DataFrame:
    """Draws one by one: choices, real GDP of focus province and nation under every policy, or why there is none.

    Parameters of a draw move together by its number; they stand in its file.
    """
    rows = []
    for d in draws:
        chosen = {f"{kind}.{k}": v for kind in ("data", "baseline", "closure") for k, v in d[kind].items()}
        found = {f"{LEADS}.{s}.{r}": of[LEADS][r] for s, of in d.get("found", {}).items() for r in (focus, NATION)}
        choices = " ".join(f"{k}={v}" for k, v in chosen.items())
        rows.append({"draw": d["draw"], "choices": choices, **{k: _short(v) for k, v in found.items()},
                     "unsolved": d.get("unsolved", {}).get("code", "")})  # fmt: skip
    table = pd.DataFrame(rows)
    return table[[*table.columns.drop("unsolved"), "unsolved"]]


def _row(kind: str, scenario: str, against: str, measure: str, region: str, numbers: pd.Series) -> dict[str, Any]:
    drawn = numbers.drop(-1)
    low, median, high = (_short(v) for v in drawn.quantile([LOW, 0.5, HIGH]))
    told = {"told_apart": "yes" if low > 0 or high < 0 else "no"} if kind in ("level", "difference") else {}
    what = {"kind": kind, "scenario": scenario, "against": against, "measure": measure, "region": region}
    ends = {"base": _short(numbers[-1]), "median": median, "low": low, "high": high, "draws": len(drawn)}
    return what | ends | told


def _share(holds: pd.Series) -> dict[str, float]:
    """Share of draws with its standard error, as of independent draws, which those of a Sobol sequence stay below."""
    share = float(holds.mean())
    return {"share": _short(share), "share_error": _short(np.sqrt(share * (1 - share) / max(len(holds), 1)))}


def _short(value: float) -> float:
    return float(f"{value:.{SHOWN}g}")
