"""Change points beside dated policies and events: what lies near, what came first, and what has no event at all."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import pandas as pd

from cge.planning.dates import Span, events_of, spans_of
from sam.tables import TABLES, read_table

MONTH = 365.25 / 12
WINDOW = 6.0
"""Months before and after a change in which events are candidates (assumption)."""
CAUSES = ("policy", "project", "event", "")
"""Kinds of events that may explain a change; a milestone only describes one."""
EVERYWHERE = "all"
ORDERS = ("before", "same", "after")
"""Where an event lies: before the change, in the same time, or after it, when it explains nothing."""


@lru_cache(maxsize=1)
def carried_events() -> pd.DataFrame:
    """Events that the project carries, as :func:`cge.planning.dates.read_events` has them, with ``id, attached``."""
    rows = read_table("study_events", ("date", "seed", "value")).fillna("").astype(str)
    return events_of(TABLES / "study_events.csv", rows).assign(id=rows["id"], attached=rows["attached"])


def candidates(
    found: pd.DataFrame, events: pd.DataFrame, *, window: float = WINDOW, sector: str = EVERYWHERE
) -> pd.DataFrame:
    """Events near each change point, the likeliest first.

    Parameters
    ----------
    found : DataFrame
        Columns ``date, first_day, last_day, type``.
    events : DataFrame
        Columns ``en, zh, kind, sector, span``.
    window : float
        Months between the days that the change and the event cover.
    sector : str
        Events of this sector, or of all, come before others.

    Returns
    -------
    DataFrame
        Columns ``date, type, rank, en, zh, kind, event_first, event_last, months, order, same_sector``. `months` is
        negative where the event comes first. What comes after ranks last; then sector, distance, and how precisely
        the event is dated decide.
    """
    out = []
    for change in found.to_dict("records"):
        near = []
        for event in events[events["kind"].isin(CAUSES)].to_dict("records"):
            months = apart(Span(change["first_day"], change["last_day"]), event["span"])
            if abs(months) > window:
                continue
            order = ORDERS[1 if months == 0 else 0 if months < 0 else 2]
            same = _same(sector, event["sector"])
            key = (order == "after", not same, abs(months), event["span"].days)
            near.append((key, {
                "en": event["en"], "zh": event["zh"], "kind": event["kind"], "event_first": event["span"].first,
                "event_last": event["span"].last, "months": months, "order": order, "same_sector": same,
            }))  # fmt: skip
        near.sort(key=lambda pair: pair[0])
        out += [{"date": change["date"], "type": change["type"], "rank": k + 1, **of} for k, (_, of) in enumerate(near)]
    columns = ["date", "type", "rank", "en", "zh", "kind", "event_first", "event_last", "months", "order",
               "same_sector"]  # fmt: skip
    return pd.DataFrame(out, columns=columns)


def apart(change: Span, event: Span) -> float:
    """Months between a change and an event; negative where the event is over first, 0 where they overlap."""
    if event.last < change.first:
        return (event.last - change.first).days / MONTH
    return max((event.first - change.last).days, 0) / MONTH


def _same(asked: str, of: str) -> bool:
    words = {w.strip() for w in of.split(",")}
    return asked == EVERYWHERE or EVERYWHERE in words or asked in words


def study_points() -> pd.DataFrame:
    """The ten change points of Xinjiang's industry as the text has them.

    Returns
    -------
    DataFrame
        Columns ``date, first_day, last_day, type, probability, region, sector``.
    """
    rows = read_table("study_changepoints", ("date",))
    spans = spans_of(TABLES / "study_changepoints.csv", rows["date"])
    return pd.DataFrame({
        "date": rows["date"], "first_day": [s.first for s in spans], "last_day": [s.last for s in spans],
        "type": rows["type"].map({"Event": "trend", "Seasonal": "seasonal"}), "probability": rows["confidence"],
        "region": rows["region"], "sector": rows["sector"],
    })  # fmt: skip


def study_attached(window: float = WINDOW) -> pd.DataFrame:
    """Events that the text attaches to its points, and whether they can explain them.

    Returns
    -------
    DataFrame
        Columns ``date, en, zh, months, order, fault``; `fault` is ``after`` where the event comes later than the
        change, ``far`` outside the window, ``year`` where only its year is known, else empty.
    """
    points, out = study_points().set_index("date"), []
    for event in carried_events().query("attached != ''").to_dict("records"):
        point = points.loc[event["attached"]]
        months = apart(Span(point["first_day"], point["last_day"]), event["span"])
        fault = "after" if months > 0 else "far" if -months > window else "year" if event["span"].days > 31 else ""
        out.append({"date": event["attached"], "en": event["en"], "zh": event["zh"], "months": months,
                    "order": ORDERS[1 if months == 0 else 0 if months < 0 else 2], "fault": fault})  # fmt: skip
    return pd.DataFrame(out).sort_values("date", kind="stable", ignore_index=True)


def against_study(found: pd.DataFrame, first: date, last: date, *, window: float = WINDOW) -> pd.DataFrame:
    """The study's points within the days of a series, each with the nearest found change of its type.

    Returns
    -------
    DataFrame
        Columns ``date, type, probability, found, months``; `found` is empty where none lies in the window.
    """
    points, out = study_points(), []
    for point in points[(points["first_day"] >= first) & (points["last_day"] <= last)].to_dict("records"):
        covers = Span(point["first_day"], point["last_day"])
        alike = found[found["type"] == point["type"]]
        near = sorted(
            (abs(months), row["date"], months)
            for row in alike.to_dict("records")
            if abs(months := apart(covers, Span(row["first_day"], row["last_day"]))) <= window
        )
        out.append({k: point[k] for k in ("date", "type", "probability")}
                   | {"found": near[0][1] if near else "", "months": near[0][2] if near else float("nan")})  # fmt: skip
    return pd.DataFrame(out, columns=["date", "type", "probability", "found", "months"])

