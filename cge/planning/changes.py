"""Where a series changes: breaks of its trend and of its seasons, with their probability and size.

A trend that is straight between breaks and a season of up to two waves a year are fitted in turn, each to what the
other leaves, until the breaks stay (Verbesselt and others 2010); breaks of each are placed exactly for every number of
them (`ruptures`, dynamic programming), and their number is the one with the least modified BIC (Zhang and Siegmund
2007), which counts three numbers for each break. The probability of a break weighs the fit with it against the fit
without it by that criterion. Errors are taken to be independent: where what is left is alike from one date to the
next, probabilities are too high, and the result says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
import ruptures

from cge.planning.dates import Dated, SeriesError
from cgebase.arrays import Array
from cgebase.messages import message

MOST = 5
"""Largest number of breaks looked for."""
SPELL = {12: 4, 3: 4, 1: 6}
"""Values between two breaks of the trend at least, by months from one value to the next."""
WAVES = 2
"""Waves a year of the season at most."""
COUNTED = 3
"""Numbers that a break counts for in the criterion."""
ROUNDS = 10
ALIKE = 0.4
"""Correlation of neighbours in what is left beyond which probabilities are said to be too high."""
INSIDE = 0.9
"""Probability that a break lies between `earliest` and `latest`, the other breaks being as they are."""
SMALL = 1e-12
"""Least part of the variation of a series that counts as error, so that an exact fit has a finite criterion."""

COLUMNS = ["date", "first_day", "last_day", "type", "probability", "earliest", "latest", "magnitude", "before", "after",
           "slope_before", "slope_after"]  # fmt: skip


@dataclass(frozen=True)
class Changes:
    """Breaks of a series and what was fitted to it.

    Parameters
    ----------
    series : Dated
    found : DataFrame
        By date; columns :data:`COLUMNS`. `magnitude` is the jump of the trend, or the change of the height of the
        season (half of highest less lowest); `before` and `after` are the trend or that height; slopes are a year's.
    trend, season : ndarray
    alike : float
        Correlation of neighbours in what is left.
    logarithm : bool
        Whether the logarithm was fitted; `magnitude` is then in per cent and slopes in per cent a year.
    """

    series: Dated
    found: pd.DataFrame
    trend: Array
    season: Array
    alike: float
    logarithm: bool

    @property
    def level(self) -> Array:
        """The trend in the unit of the series."""
        return np.exp(self.trend) if self.logarithm else self.trend


@dataclass
class _Part:
    """One of the two parts of a series: what it is made of, and where it breaks."""

    made: Array
    spell: int
    breaks: tuple[int, ...] = field(default=())

    def fit(self, values: Array, breaks: Sequence[int] | None = None) -> Array:
        """Least squares in every spell."""
        out, edges = np.zeros(len(values)), [0, *(self.breaks if breaks is None else breaks), len(values)]
        for start, end in zip(edges, edges[1:], strict=False):
            inside = self.made[start:end]
            out[start:end] = inside @ np.linalg.lstsq(inside, values[start:end], rcond=None)[0]
        return out

    def criterion(self, values: Array, breaks: Sequence[int]) -> float:
        """Modified BIC of breaks; the lower, the better."""
        count, left = len(values), float(((values - self.fit(values, breaks)) ** 2).sum())
        left = max(left, SMALL * float((values**2).sum()), np.finfo(float).tiny)
        numbers = (len(breaks) + 1) * self.made.shape[1] + COUNTED * len(breaks)
        return float(count * np.log(left / count) + np.log(count) * numbers)

    def place(self, values: Array) -> None:
        """Find the breaks."""
        search = ruptures.Dynp(model="linear", min_size=self.spell, jump=1).fit(np.column_stack([values, self.made]))
        most = min(MOST, len(values) // self.spell - 1)
        tried = [(), *(tuple(search.predict(n_bkps=k)[:-1]) for k in range(1, most + 1))]
        self.breaks = min(tried, key=lambda breaks: self.criterion(values, breaks))

    def probability(self, values: Array, at: int) -> float:
        """Weight of the fit with a break against the fit without it."""
        gain = self.criterion(values, [b for b in self.breaks if b != at]) - self.criterion(values, self.breaks)
        return float(1 / (1 + np.exp(-gain / 2)))

    def range(self, values: Array, at: int) -> tuple[int, int]:
        """Places between which a break lies."""
        others = [b for b in self.breaks if b != at]
        low = max([0, *(b for b in others if b < at)]) + self.spell
        high = min([len(values), *(b for b in others if b > at)]) - self.spell
        places = np.arange(low, high + 1)
        fits = np.array([self.criterion(values, sorted([*others, int(p)])) for p in places])
        weights = np.exp(-(fits - fits.min()) / 2)
        summed = np.cumsum(weights) / weights.sum()
        tail = (1 - INSIDE) / 2
        return int(places[np.searchsorted(summed, tail)]), int(places[np.searchsorted(summed, 1 - tail)])


def changes(series: Dated, *, logarithm: bool = False) -> Changes:
    """Find the breaks of a series.

    Parameters
    ----------
    logarithm : bool
        Look at the logarithm, for what grows by a rate: a break of the trend is then one of growth. All values must be
        positive.
    """
    if logarithm and not (series.values > 0).all():
        raise SeriesError(message("CGE807", name=series.name, found=float(series.values.min())))
    values = np.log(series.values) if logarithm else np.asarray(series.values, float)
    count, year = len(values), 12 // series.step
    trend = _Part(np.column_stack([np.ones(count), np.arange(count) / year]), SPELL[series.step])
    waves = min(WAVES, (year - 1) // 2)
    turn = 2 * np.pi * np.outer(np.arange(count), np.arange(1, waves + 1)) / year
    season = _Part(np.column_stack([np.sin(turn), np.cos(turn)]), max(year, SPELL[series.step]))
    of_trend, of_season = trend.fit(values), np.zeros(count)
    if waves:
        of_season = season.fit(values - of_trend)
    for _ in range(ROUNDS):
        before = trend.breaks, season.breaks
        trend.place(values - of_season)
        of_trend = trend.fit(values - of_season)
        if waves:
            season.place(values - of_trend)
            of_season = season.fit(values - of_trend)
        if (trend.breaks, season.breaks) == before:
            break
    rows = []
    for kind, part, rest, size in (
        ("trend", trend, values - of_season, partial(_of_trend, of_trend)),
        ("seasonal", season, values - of_trend, partial(_of_season, of_season)),
    ):
        for at in part.breaks:
            span, ends = series.spans[at], part.range(rest, at)
            rows.append([series.label(at), span.first, span.last, kind, part.probability(rest, at),
                         *(series.label(end) for end in ends), *_printed(kind, size(at, year), logarithm)])  # fmt: skip
    found = pd.DataFrame(rows, columns=COLUMNS).sort_values(["first_day", "type"], ignore_index=True)
    left = values - of_trend - of_season
    return Changes(series, found, of_trend, of_season, _alike(left), logarithm)


def _printed(kind: str, sizes: list[float], logarithm: bool) -> list[float]:
    """Sizes of a break in the unit of the series; in per cent where logarithms were fitted, but for levels."""
    if not logarithm:
        return sizes
    jump, before, after, *slopes = sizes
    levels = [np.exp(before), np.exp(after)] if kind == "trend" else 100 * np.expm1([before, after])
    return [float(x) for x in (100 * np.expm1(jump), *levels, *(100 * np.expm1(slopes)))]


def _of_trend(fitted: Array, at: int, year: int) -> list[float]:
    """Jump of the trend, its level before and after, and its slopes a year."""
    before, after = (fitted[at - 1] - fitted[at - 2]) * year, (fitted[at + 1] - fitted[at]) * year
    expected = fitted[at - 1] + before / year
    return [float(fitted[at] - expected), float(expected), float(fitted[at]), float(before), float(after)]


def _of_season(fitted: Array, at: int, year: int) -> list[float]:
    """Change of the height of the season, and the heights."""
    before, after = (float(np.ptp(part)) / 2 for part in (fitted[max(at - year, 0) : at], fitted[at : at + year]))
    return [after - before, before, after, float("nan"), float("nan")]


def _alike(left: Array) -> float:
    scatter = float((left**2).sum())
    return float((left[1:] * left[:-1]).sum() / scatter) if scatter > 0 else 0.0
