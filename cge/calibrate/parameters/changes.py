"""Values that a user sets instead of those of the tables: known, read by the model, inside their declared range."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from cge.calibrate.parameters import ALL, TABLES, ParameterError, ParameterSet
from cge.calibrate.parameters.register import CODE, shown, uses
from cgebase.messages import Message, joined, lined, listed, message, near

CAPTION = 60
"""Letters that values set may take in the caption of a figure."""
FRACTION = "fraction"
"""Beginning of the unit of what lies between 0 and 1."""


def changed(parameters: ParameterSet, asked: Mapping[str, Any], *, beyond: bool = False) -> ParameterSet:
    """Return the parameters with some values set, named after them.

    Parameters
    ----------
    asked : mapping of str to float or mapping of str to float
        By parameter; a number is for every item, a mapping for the items it names.
    beyond : bool
        Whether values may lie outside the declared range; their sign, and 0 to 1 for fractions, hold in any case.

    Raises
    ------
    ParameterError
        Every unknown name or item, every parameter that the model does not read, every value outside its range.
    """
    changes: dict[tuple[str, str], float] = {}
    faults: list[Message] = []
    for name, given in asked.items():
        unknown = _unknown(parameters, name)
        if unknown is not None:
            faults.append(unknown)
            continue
        items = [i for p, i in parameters.values if p == name]
        pairs = given if isinstance(given, Mapping) else dict.fromkeys(items, given)
        faults += [_no_item(parameters, name, i, items) for i in pairs if i not in items]
        wanted = {i: v for i, v in pairs.items() if i in items}
        refused = list(_refused(parameters, name, wanted, beyond))
        faults += refused
        changes |= {} if refused else {(name, i): float(v) for i, v in wanted.items()}
    if faults:
        raise ParameterError(joined(message("CGE250", count=len(faults)), faults, most=len(faults)))
    return parameters.with_values(changes, f"{parameters.name}, {_short(spelt(asked))}") if changes else parameters


def spelt(asked: Mapping[str, Any]) -> list[str]:
    """What was asked for, one text each, as readers see it: ``sigma_kle = 0.8``, ``sigma_kle[irs] = 0.6``."""
    return [
        f"{label} = {shown(float(value))}"
        for name, given in asked.items()
        for label, value in (
            ((f"{name}[{item}]", v) for item, v in given.items()) if isinstance(given, Mapping) else ((name, given),)
        )
    ]


def _short(texts: list[str]) -> str:
    """Texts as far as a caption has room, the others counted; the manifest of a run names all."""
    room = sum(1 for k in range(len(texts)) if k == 0 or len(", ".join(texts[: k + 1])) <= CAPTION)
    return ", ".join([*texts[:room], *([f"+{len(texts) - room}"] if room < len(texts) else [])])


def _unknown(parameters: ParameterSet, name: str) -> Message | None:
    """Why a name cannot be set: no parameter, set elsewhere, or read by nothing."""
    known, own = uses(), dict.fromkeys(p for p, _ in parameters.values)
    rows = known[known["parameter"] == name]
    if name not in own:
        if rows.empty:
            return message("CGE251", name=name, near=near(name, own), known=lined(own))
        place = rows.iloc[0]["table"]
        return message("CGE252.code" if place == CODE else "CGE252", name=name, table=place)
    row = rows[rows["table"].isin(TABLES)].iloc[0]
    return None if row["read_by"] else message("CGE253", name=name, reason=row["matters"])


def _no_item(parameters: ParameterSet, name: str, item: object, items: list[str]) -> Message:
    facts = {"near": near(str(item), items), "known": listed(items), "aggregation": parameters.aggregation}
    return message("CGE254.national" if items == [ALL] else "CGE254", name=name, item=item, **facts)


def _refused(parameters: ParameterSet, name: str, wanted: Mapping[str, Any], beyond: bool) -> Iterator[Message]:
    """Values that are no numbers, make no sense or lie outside their range; items with the same fault together."""
    faults: dict[tuple[str, str, float, float], list[str]] = {}
    unit = str(parameters.table.loc[parameters.table["parameter"] == name, "unit"].iloc[0])
    for item, value in wanted.items():
        low, high = parameters.ranges[name, item]
        if not _is_number(value):
            faults.setdefault(("CGE255", repr(value)[:40], low, high), []).append(item)
        elif not _makes_sense(float(value), parameters.values[name, item], unit):
            faults.setdefault(("CGE256", shown(float(value)), 0.0, 0.0), []).append(item)
        elif not (beyond or low <= value <= high):
            key = "CGE257" if low == low else "CGE257.none"
            faults.setdefault((key, shown(float(value)), low, high), []).append(item)
    for (key, value, low, high), items in faults.items():
        label = name if items == [ALL] else f"{name}[{', '.join(items)}]"
        facts = {"low": shown(low), "high": shown(high), "unit": "" if unit == "1" else f" {unit}"}
        yield message(key, label=label, value=value, **facts)


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def _makes_sense(value: float, usual: float, unit: str) -> bool:
    """The sign of the table's value or zero; between 0 and 1 for a fraction."""
    return 0 <= value <= 1 if unit.startswith(FRACTION) else value * usual >= 0
