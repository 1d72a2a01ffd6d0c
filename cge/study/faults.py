"""Faults of a study file in its own words: where, what was expected, what stands there, which key was meant."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from cge.study.reading import Loc, where_of
from cgebase.errors import ScenarioError
from cgebase.messages import Message, both, catalogue, joined, listed, message, near

BOUNDS = ("gt", "ge", "lt", "le", "pattern", "expected", "min_length")
"""Where pydantic keeps what it expected."""
Keys = Callable[[type[BaseModel]], Mapping[str, Any]]
"""Keys of a table with the type of what stands there."""


def refusal(file: str, faults: list[Message]) -> ScenarioError:
    """The error that names every fault of a file."""
    return ScenarioError(joined(message("CGE110", file=file, count=len(faults)), faults, most=len(faults)))


def worded(
    error: ValidationError, raw: Mapping[str, Any], root: type[BaseModel], keys: Keys, filled: Collection[Loc] = (), *,
    alone: bool = True, under: str = "",
) -> list[Message]:  # fmt: skip
    """Faults in words, each once: those that a scenario has from another are said where they were written.

    Parameters
    ----------
    raw : mapping
        Tables as they were written.
    root : type
        What the file should be.
    filled : collection of tuple
        Paths of keys that a scenario has from another.
    alone : bool
        Whether no other fault is known, so that one of these must be said.
    under : str
        Name of the table that ``root`` is, where it is not the whole file.
    """
    errors: list[Any] = [{**e, "loc": as_written(e["loc"])} for e in error.errors()]
    own = [e for e in errors if not any(e["loc"][: len(k)] == k for k in filled)]
    return [_words(e, raw, root, keys, under) for e in (own if own or not alone else errors)]


def as_written(loc: Loc) -> Loc:
    """A path as written: tables of instruments stand in the scenario, and kinds of a value are no keys."""
    loc = (*loc[:2], *loc[3:]) if loc[:1] == ("scenario",) and loc[2:3] == ("instruments",) else loc
    return tuple(part for part in loc if part != "[key]" and not str(part).startswith("<"))


def _words(error: Any, raw: Mapping[str, Any], root: type[BaseModel], keys: Keys, under: str) -> Message:
    loc, value = error["loc"], error.get("input")
    where = ".".join(part for part in (under, where_of(loc, raw)) if part)
    if error["type"] == "extra_forbidden":
        known = list(_table(loc, root, keys))
        return message("CGE113", where=where, near=near(str(loc[-1]), known), known=listed(known))
    if error["type"] == "missing":
        return message("CGE114", where=where)
    if error["type"] == "value_error":
        fault = both(error["ctx"]["error"])
        return message("CGE116", where=where, fault=fault) if where else fault
    hint = Message("", "")
    if error["type"] == "literal_error" and isinstance(value, str):
        hint = near(value, error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", "))
    return message("CGE115", where=where, rule=_rule(error), found=_shown(value), near=hint)


def _table(loc: Loc, root: type[BaseModel], keys: Keys) -> Mapping[str, Any]:
    """The table that a path leads through last."""
    table = keys(root)
    parts = iter(part for part in loc[:-1] if isinstance(part, str))
    for part in parts:
        if get_origin(table[part]) is dict:
            next(parts, None)  # a name of the user's own
        table = keys(_model(table[part]))
    return table


def _model(annotation: Any) -> type[BaseModel]:
    """The table that a field holds, alone, in a tuple, under names or if at all."""
    while not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        annotation = get_args(annotation)[get_origin(annotation) is dict]
    return annotation


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python writes no numbers of more than 4,300 digits
        text = "…"
    return text if len(text) < 60 else f"{text[:57]}..."


def _rule(error: Any) -> Message:
    """What pydantic expected, in both languages."""
    bound = next((error["ctx"][k] for k in BOUNDS if k in error.get("ctx", ())), "")
    key = f"input.{error['type']}"
    if key not in catalogue():
        return message("input.other", said=error["msg"])
    return message(key, bound=Message(str(bound), str(bound).replace(" or ", " 或 ")))
