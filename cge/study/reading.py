"""A study file before it is checked: read as TOML, changed by the command line, scenarios filled in."""

from __future__ import annotations

import copy
import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cgebase.errors import ScenarioError
from cgebase.messages import Message, joined, listed, message, near

OWN = ("id", "label", "extends")
"""Keys of a scenario that are not inherited."""
NAMED = ("parameters.", "baseline.", "base.choices.", "base.regions.", "id.", "title.", "report.")
"""Keys that the folder of results names by itself, or that change no number, each with the point after it."""
LONGEST = 64
"""Letters that a part of a folder name may have."""
Loc = tuple[str | int, ...]
"""Path of a key."""


def read_toml(path: Path, packaged: Path) -> dict[str, Any]:
    """Tables of a study file; a byte order mark before them is passed over.

    Raises
    ------
    ScenarioError
        No such file, or text that is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ScenarioError(message("CGE101", path=path, packaged=packaged)) from error
    except IsADirectoryError as error:
        raise ScenarioError(message("CGE102", path=path)) from error
    except UnicodeDecodeError as error:
        raise ScenarioError(message("CGE103.encoding", file=path.name, at=error.start + 1)) from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(message("CGE103", file=path.name, said=error)) from error
    except (RecursionError, ValueError) as error:
        key = "CGE103.deep" if isinstance(error, RecursionError) else "CGE103.number"
        raise ScenarioError(message(key, file=path.name)) from error


def changed(raw: Mapping[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """The tables with values of the command line, ``scenario.uniform.cap.final_share=0.2``, as if they stood there.

    Parameters
    ----------
    settings : sequence of str
        ``key=value``, keys dotted, scenarios by id. A value is written as in the file; text needs no quotes.

    Raises
    ------
    ScenarioError
        What is no setting, names a scenario that does not exist, or leads through something that is no table; all at
        once.
    """
    tables, faults = copy.deepcopy(dict(raw)), []
    for setting in settings:
        key, mark, text = setting.partition("=")
        parts = _parts(key)
        if not mark or not all(parts):
            faults.append(message("CGE121", text=setting))
            continue
        place: Any = tables
        for k, part in enumerate(parts[:-1]):
            place = _entry(place, part) if isinstance(place, list) else place.setdefault(part, {})
            if not isinstance(place, dict | list):
                faults.append(_no_way(tables, parts, k))
                break
        else:
            if isinstance(place, list):
                faults.append(_no_way(tables, parts, len(parts) - 2))
            else:
                place[parts[-1]] = _value(text.strip())
    if faults:
        raise ScenarioError(joined(message("CGE122", count=len(faults)), faults, most=len(faults)))
    return tables


def _parts(key: str) -> list[str]:
    """Parts of a dotted key."""
    return [part.strip().strip('"') for part in key.split(".")]


def words_of(settings: Sequence[str]) -> tuple[str, ...]:
    """Settings as parts of a folder name; those that the study names by itself are left out."""
    kept = [s for s in settings if not f"{'.'.join(_parts(s.partition('=')[0]))}.".startswith(NAMED)]
    words = (re.sub(r"[^\w.]+", "-", s.strip().removeprefix("scenario.")).strip("-") for s in kept)
    return tuple(shortened(word, "set") for word in words)


def shortened(name: str, kind: str) -> str:
    """A part of a folder name; a long one as its kind with a digest."""
    return name if len(name) <= LONGEST else f"{kind}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def inherited(raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Message], set[Loc]]:
    """Scenarios with what they extend filled in, faults met on the way, paths of keys not written by themselves."""
    entries = raw.get("scenario", [])
    if "scenario" not in raw or not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        return dict(raw), [], set()
    done: dict[str, dict[str, Any]] = {}
    out: list[dict[str, Any]] = []
    faults: list[Message] = []
    filled: set[Loc] = set()
    for k, entry in enumerate(entries):
        name = str(entry.get("id"))
        where = where_of(("scenario", k), raw)
        other = next((n for n in done if n.casefold() == name.casefold()), None)
        if other is not None:
            case = {} if other == name else {"other": other}
            faults.append(message("CGE111.case" if case else "CGE111", where=where, name=name, **case))
        parent = str(entry.get("extends", ""))
        if parent and parent not in done:
            faults.append(message("CGE112", where=where, name=parent, near=near(parent, done)))
        base = done.get(parent, {})
        merged = {key: value for key, value in base.items() if key not in OWN} | entry
        filled |= {("scenario", k, key) for key in merged if key not in entry}
        cap, own = base.get("cap"), entry.get("cap", {})
        if isinstance(cap, dict) and isinstance(own, dict):
            merged["cap"] = cap | own
            filled |= {("scenario", k, "cap", key) for key in cap if key not in own}
        done.setdefault(name, merged)
        out.append(merged)
    return dict(raw) | {"scenario": out}, faults, filled


def where_of(loc: Loc, raw: Mapping[str, Any]) -> str:
    """A path as a reader of the file sees it: scenarios by id, not by number."""
    parts = [str(p) for p in loc]
    if len(loc) > 1 and loc[0] == "scenario" and isinstance(loc[1], int):
        entry = raw["scenario"][loc[1]]
        label = entry.get("id", loc[1] + 1) if isinstance(entry, dict) else loc[1] + 1
        parts[:2] = [f"scenario[{label}]"]
    return ".".join(parts)


def _entry(scenarios: list[Any], name: str) -> dict[str, Any] | None:
    """The scenario with this id."""
    return next((s for s in scenarios if isinstance(s, dict) and s.get("id") == name), None)


def _no_way(tables: Mapping[str, Any], parts: Sequence[str], k: int) -> Message:
    """Why a path ends at its part ``k``: no scenario of that id, or no table there."""
    entries = tables.get("scenario")
    if parts[0] == "scenario" and isinstance(entries, list) and k < 2:
        have = [str(s.get("id")) for s in entries if isinstance(s, dict)]
        if parts[1] in have:
            return message("CGE124.scenario", path=".".join(parts))
        return message("CGE123", name=parts[1], near=near(parts[1], have), known=listed(have))
    return message("CGE124", path=".".join(parts), at=".".join(parts[: k + 1]))


def _value(text: str) -> Any:
    """A value as TOML reads it; what is no TOML is text."""
    try:
        tables = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return tables["value"] if len(tables) == 1 else text
