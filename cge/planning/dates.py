"""Dates as people write them, by year, quarter, month or day, and the series and events that are dated so."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.errors import CGEError
from cgebase.messages import joined, listed, message, refused

SPELT = re.compile(
    r"(?P<year>(?:19|20)\d{2})\s*(?:年|[-/.])?\s*"
    r"(?:[Qq第]?(?:(?<=[Qq第])(?P<quarter>[1-4一二三四]))\s*(?:季度?)?"
    r"|(?P<month>\d{1,2})\s*月?(?:\s*[-/.]?\s*(?P<day>\d{1,2})\s*日?)?)?"
)
TIME = ("date", "time", "year", "month", "quarter", "日期", "时间", "年份", "年", "月份")
VALUE = ("value", "数值", "值")
STEPS = {12: "year", 3: "quarter", 1: "month"}
"""Months between neighbours of a series, and what they are called."""
LEAST = {12: 12, 3: 16, 1: 36}
"""Values that a series needs, by months between neighbours: three spells of the shortest length, and two seasons."""
LOST = 0.1
"""Part of the values that may be missing; they are put on a straight line between their neighbours."""


class SeriesError(CGEError, ValueError):
    """A file is no dated series or list of events that can be read."""

    exit_code = 3


@dataclass(frozen=True)
class Span:
    """First and last day of a year, a quarter, a month or a day."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How long it is."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Dated:
    """A series with equal steps.

    Parameters
    ----------
    name, unit : str
    spans : tuple of Span
        Of every value.
    values : ndarray
    step : int
        Months from one value to the next: 12, 3 or 1.
    filled : tuple of str
        Dates whose value was missing and is put on a straight line.
    """

    name: str
    unit: str
    spans: tuple[Span, ...]
    values: Array
    step: int
    filled: tuple[str, ...]

    def label(self, place: int) -> str:
        """Date of a value, as precise as the series."""
        return labelled(self.spans[place].first, self.step)


def labelled(day: date, step: int) -> str:
    """``2021``, ``2021Q4`` or ``2021-12``."""
    if step == 12:
        return str(day.year)
    return f"{day.year}Q{(day.month + 2) // 3}" if step == 3 else f"{day.year}-{day.month:02d}"


def span(text: str) -> Span | None:
    """What a date covers; None where it is none."""
    found = SPELT.fullmatch(text.strip())
    if found is None:
        return None
    year = int(found["year"])
    if found["quarter"]:
        ends = 3 * ("一二三四".find(found["quarter"]) + 1 or int(found["quarter"]))
        return _months(year, ends - 2, ends)
    if not found["month"]:
        return _months(year, 1, 12)
    month = int(found["month"])
    if not 1 <= month <= 12:
        return None
    if not found["day"]:
        return _months(year, month, month)
    day = int(found["day"])
    return Span(date(year, month, day), date(year, month, day)) if 1 <= day <= monthrange(year, month)[1] else None


def _months(year: int, first: int, last: int) -> Span:
    return Span(date(year, first, 1), date(year, last, monthrange(year, last)[1]))


def read_series(path: Path, column: str | None = None) -> Dated:
    """Read a CSV with a column of dates and one of values.

    Parameters
    ----------
    column : str, optional
        The column of values; without it `value`, or the only other one of numbers.

    Raises
    ------
    SeriesError
        No such columns, a date or value that is none, a date twice, unequal steps, too few or too many missing values.
    """
    rows = _rows(path)
    time = _column(path, rows, TIME, "CGE801.time", None)
    value = _column(path, rows.drop(columns=time), VALUE, "CGE801.value", column)
    spans = spans_of(path, rows[time])
    numbers = pd.to_numeric(rows[value].str.replace(",", ""), errors="coerce")
    faults = [
        message("CGE802.value", line=k + 2, found=text)
        for k, (text, number) in enumerate(zip(rows[value], numbers, strict=True))
        if text.strip() and not np.isfinite(number)
    ]
    if faults:
        raise SeriesError(joined(message("CGE802", path=path), faults))
    unit = str(rows["unit"].iloc[0]) if "unit" in rows and len(rows) else ""
    return dated(path.stem if column is None else column, unit, spans, numbers.to_numpy(float))


def dated(name: str, unit: str, spans: Sequence[Span], values: Array) -> Dated:
    """A series in the order of time, its steps found and gaps filled."""
    order = sorted(range(len(spans)), key=lambda k: spans[k].first)
    months = [12 * spans[k].first.year + spans[k].first.month for k in order]
    twice = sorted({str(spans[a].first) for a, b, m in zip(order, order[1:], np.diff(months), strict=False) if m == 0})
    if twice:
        raise SeriesError(message("CGE803", name=name, dates=listed(twice)))
    step = int(np.diff(months).min()) if len(months) > 1 else 0
    if step not in STEPS or (np.diff(months) % step).any():
        raise SeriesError(message("CGE804", name=name, months=step))
    full = np.full((months[-1] - months[0]) // step + 1, np.nan)
    full[(np.array(months) - months[0]) // step] = values[order]
    have = np.flatnonzero(np.isfinite(full))
    full = full[have[0] : have[-1] + 1] if len(have) else full[:0]
    if len(full) < LEAST[step]:
        raise SeriesError(message("CGE805", name=name, found=len(full), least=LEAST[step], step=message(STEPS[step])))
    start = step * ((months[0] - 1) // step) + 1 + step * int(have[0])
    lost = np.flatnonzero(np.isnan(full))
    if len(lost) > LOST * len(full):
        raise SeriesError(message("CGE806", name=name, lost=len(lost), of=len(full), most=f"{LOST:.0%}"))
    there = np.flatnonzero(np.isfinite(full))
    full[lost] = np.interp(lost, there, full[there])
    begins = (divmod(start + step * k - 1, 12) for k in range(len(full)))
    covered = tuple(_months(year, month + 1, month + step) for year, month in begins)
    return Dated(name, unit, covered, full, step, tuple(labelled(covered[k].first, step) for k in lost))


def read_events(path: Path) -> pd.DataFrame:
    """Read a CSV of events: `date`, `name` (or `en` and `zh`), and where known `sector`, `kind`, `region`.

    Returns
    -------
    DataFrame
        Columns ``en, zh, kind, region, sector, span``.
    """
    return events_of(path, _rows(path))


def events_of(path: Path, rows: pd.DataFrame) -> pd.DataFrame:
    """A table of events whose dates are understood."""
    time = _column(path, rows, TIME, "CGE801.time", None)
    name = next((c for c in ("name", "名称", "en", "zh") if c in rows), None)
    if name is None:
        raise SeriesError(message("CGE801.name", path=path, found=listed(rows.columns)))
    out = pd.DataFrame({c: rows[c].fillna("") if c in rows else "" for c in ("kind", "region", "sector")})
    out["en"], out["zh"] = rows.get("en", rows[name]), rows.get("zh", rows[name])
    return out.assign(span=spans_of(path, rows[time]))


def _rows(path: Path) -> pd.DataFrame:
    """Cells as text; UTF-8, or GB 18030 where it is not."""
    faults: list[Exception] = []
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)
        except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError, OSError) as error:
            faults.append(error)
    raise SeriesError(refused(faults[0], path, "CGE801.unread")) from faults[0]


def _column(path: Path, rows: pd.DataFrame, known: Sequence[str], fault: str, asked: str | None) -> str:
    """The column of a name that is known, or that was asked for, or the only one of numbers."""
    if asked is None:
        asked = next((c for c in rows if c.strip().lower() in known), None)
    numbers = [c for c in rows if pd.to_numeric(rows[c].str.replace(",", ""), errors="coerce").notna().mean() > LOST]
    if asked is None and known is VALUE and len(numbers) == 1:
        asked = numbers[0]
    if asked is None or asked not in rows:
        raise SeriesError(message(fault, path=path, known=listed(known), found=listed(rows.columns)))
    return asked


def spans_of(path: Path, texts: pd.Series) -> list[Span]:
    """What the dates of a column cover; those that are none are named by line."""
    found = [span(text) for text in texts]
    faults = [message("CGE802.date", line=k + 2, found=t) for k, t in enumerate(texts) if found[k] is None]
    if faults:
        raise SeriesError(joined(message("CGE802", path=path), faults))
    return [s for s in found if s is not None]
