"""What must be said beside a result: numbers beyond sense, and policies that others beat for everybody."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cge.measure.sense import DEAREST, LARGEST_CHANGE, MARK, beyond, without_effect
from cge.report.names import worded
from cge.report.style import LIMITS, region_name, scenario_name
from cgebase.messages import LANGUAGES, Message, listed, message

MOST = 6
"""Places of one scenario that are named."""


def marks(data: pd.DataFrame, year: int, indicator: str) -> set[tuple[str, str]]:
    """Scenarios and regions whose number of a year is beyond sense."""
    found = beyond(data, data.attrs.get(LIMITS, {}))
    found = found[(found["year"] == year) & (found["indicator"] == indicator)]
    return set(zip(found["scenario"], found["region"], strict=True))


def beyond_lines(data: pd.DataFrame, year: int | None = None, only: Sequence[str] = ()) -> list[Message]:
    """What a marked number means, and where there are any in a year; policies that do nothing in any year.

    Parameters
    ----------
    year : int, optional
        The last one if not given.
    only : sequence of str
        Scenarios that are shown; every one if not given.
    """
    limits = data.attrs.get(LIMITS, {})
    found = beyond(data[data["year"] == (year or data["year"].max())], limits)
    found = found[found["scenario"].isin(only)] if only else found
    idle = [name for name in without_effect(data) if not only or name in only]
    lines = [worded(message("without_effect", scenarios=listed(_named(name, data) for name in idle)))] if idle else []
    if found.empty:
        return lines
    places = [_places(data, str(s), rows) for s, rows in found.groupby("scenario", sort=False)]
    dear = max(limits.get(s, DEAREST) for s in found["scenario"].unique())
    said = message("beyond_sense", mark=MARK, dearest=dear, largest=LARGEST_CHANGE, places=listed(places))
    return [worded(said), *lines]


def _places(data: pd.DataFrame, scenario: str, rows: pd.DataFrame) -> Message:
    codes = list(dict.fromkeys(rows["region"]))
    names = listed(Message(*(region_name(c, x) for x in LANGUAGES)) for c in codes[:MOST])
    more = message("beyond_sense.more", count=len(codes) - MOST) if len(codes) > MOST else ""
    return message("beyond_sense.places", scenario=_named(scenario, data), places=names, more=more)


def dominance_lines(found: pd.DataFrame, data: pd.DataFrame) -> list[Message]:
    """A sentence for each policy that leaves every province better off than another, given compensation."""
    return [
        worded(message(
            "dominates" if row["paid"] > 0 else "dominates.as_is", better=_named(row["better"], data),
            worse=_named(row["worse"], data), year=row["year"], left=row["left"], gaining=row["gaining"],
            of=row["of"], paid=row["paid"],
        ))
        for row in found.to_dict("records")
    ]  # fmt: skip


def _named(scenario: str, data: pd.DataFrame) -> Message:
    return Message(*(scenario_name(scenario, x, data) for x in LANGUAGES))
