"""The catalogue of messages: both languages, the same fields, every entry used, every call complete."""

from __future__ import annotations

import ast
import pickle
import re
import string
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from cgebase.messages import LANGUAGES, catalogue, joined, lined, message

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(p for folder in ("cgebase", "cge", "sam") for p in (ROOT / folder).rglob("*.py"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def fields_of(entry: Any, language: str) -> set[str]:
    return fields(entry[language]) | fields(entry.get("next", {}).get(language, ""))


def test_every_entry_has_both_languages_with_the_same_fields() -> None:
    for key, entry in catalogue().items():
        assert set(entry) <= {"en", "zh", "next"} and set(entry.get("next", LANGUAGES)) == set(LANGUAGES), key
        assert fields_of(entry, "en") == fields_of(entry, "zh"), key
        words = re.sub("{.*?}", "", entry["zh"])
        assert not CHINESE.search(entry["en"]), key
        assert CHINESE.search(words) or not re.search("[A-Za-z]", words), key
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]", entry["zh"]), f"{key}: punctuation after Chinese is full-width"


@cache
def parsed() -> dict[Path, list[ast.AST]]:
    """Every node of the program by file."""
    return {path: list(ast.walk(ast.parse(path.read_text(encoding="utf-8")))) for path in SOURCES}


def nodes() -> Iterator[ast.AST]:
    """Every node of the program."""
    return chain.from_iterable(parsed().values())


SAID = ("message", "finding", "fault")
"""Functions whose first argument is a key."""


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path, node in ((path, node) for path, inside in parsed().items() for node in inside):
        name = node.func if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and getattr(name, "id", getattr(name, "attr", "")) in SAID and node.args:
            yield f"{path.relative_to(ROOT)} {node.lineno}", node


def _starts(nodes: Iterable[ast.AST]) -> set[str]:
    """How texts begin that are put together."""
    firsts = (n.values[0] for n in nodes if isinstance(n, ast.JoinedStr))
    return {str(first.value) for first in firsts if isinstance(first, ast.Constant)}


def _own_errors() -> set[str]:
    """Names of the errors that a user reads: ours, and those of click."""
    classes = [n for n in nodes() if isinstance(n, ast.ClassDef)]
    own, before = {"CGEError", "UsageError", "BadParameter"}, set[str]()
    while own != before:
        before, own = own, own | {c.name for c in classes if own & {getattr(b, "id", "") for b in c.bases}}
    return own


@pytest.mark.slow
def test_errors_are_raised_with_messages_not_with_text() -> None:
    """The type checker holds it for every error of ours; here also for click's, and without types."""
    own, wrong = _own_errors(), []
    assert {"ConvergenceError", "UnknownProvinceError", "PolicyError"} <= own
    for path, inside in parsed().items():
        text = (ast.JoinedStr, ast.BinOp)
        named = {t.id for n in inside if isinstance(n, ast.Assign) and isinstance(n.value, (*text, ast.Constant))
                 for t in n.targets if isinstance(t, ast.Name)}  # fmt: skip
        for node in inside:
            call = node.exc if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) else None
            if call is None or getattr(call.func, "id", getattr(call.func, "attr", "")) not in own or not call.args:
                continue
            said = call.args[0]
            if isinstance(said, (*text, ast.Constant)) or (isinstance(said, ast.Name) and said.id in named):
                wrong.append(f"{path.relative_to(ROOT)} {call.lineno}: {ast.unparse(call)}")
    assert wrong == []


FOREIGN = re.compile(r"\b(of|is|are|not|with|by|from|each|that|which|than|where|without|its|has|have|no)\b")


def test_chinese_holds_no_english_sentence() -> None:
    texts = [text for entry in catalogue().values() for text in (entry["zh"], entry.get("next", {}).get("zh", ""))]
    code = re.compile(r"`[^`]*`|\{[^}]*\}|--[a-z-]+|[a-z]+=")
    assert [text for text in texts if FOREIGN.search(code.sub("", text))] == []


def test_every_key_exists() -> None:
    keys = {call.args[0].value: at for at, call in _calls() if isinstance(call.args[0], ast.Constant)}
    assert {k: at for k, at in keys.items() if k not in catalogue()} == {}
    starts = _starts(call.args[0] for _, call in _calls())
    assert starts and [s for s in starts if not any(k.startswith(s) for k in catalogue())] == []


def test_no_entry_is_unused() -> None:
    plain = {n.value for n in nodes() if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    starts = tuple(s for s in _starts(nodes()) if re.fullmatch(r"[\w.]+\.", s))
    assert [k for k in catalogue() if k not in plain and not k.startswith(starts)] == []


def test_every_call_gives_the_fields_of_its_entry() -> None:
    wrong = []
    for at, call in _calls():
        key = call.args[0]
        if not isinstance(key, ast.Constant):
            continue
        given, needed = {k.arg for k in call.keywords}, fields_of(catalogue()[key.value], "en")
        if not (needed == given or (None in given and given - {None} <= needed)):
            wrong.append(f"{at}: {key.value} {given ^ needed}")
    assert wrong == []


def test_many_names_stand_in_lines() -> None:
    assert lined(["a", "b"]) == "a, b" and lined(["a", "b"]).zh == "a、b"
    many = lined([f"name_{k}" for k in range(40)])
    assert max(map(len, many.splitlines())) <= 106 and len(many.splitlines()) == 5
    assert many.replace("\n    ", " ").strip() == ", ".join(f"name_{k}" for k in range(40))
    assert many.zh.replace("\n    ", "") == "、".join(f"name_{k}" for k in range(40))


def test_messages_nest_and_travel() -> None:
    whole = joined(message("CGE101", path="a", packaged="b"), [message("CGE240", count=k) for k in range(3)], most=2)
    assert whole.splitlines()[1:] == ["  --baseline: 0 faults", "  --baseline: 1 fault", "  and 1 more"]
    assert whole.zh.splitlines()[-1] == "  另有 1 处" and whole.code == "CGE101"
    again = pickle.loads(pickle.dumps(whole))
    assert (again, again.zh, again.code) == (whole, whole.zh, whole.code)


NUMBERS = "count|found|rows|columns|rounds|rank|sectors|regions|accounts|size|length|emissions"
COUNTED = re.compile(r"\{(" + NUMBERS + r")\} [a-z]+s\b")


MANY = {"SAM121.large", "SAM133.large", "SAM201", "SAM313", "built.read", "built.read_own", "figure.energy.some",
        "figure.accounts.distance"}  # fmt: skip
"""Numbers that are never one."""


def test_what_is_counted_has_a_word_for_one() -> None:
    """A name in plural right after a plain number reads wrong for one: write ``{count:fault|faults}``."""
    for key, entry in catalogue().items():
        assert key in MANY or not COUNTED.search(entry["en"] + entry.get("next", {}).get("en", "")), key
        numbers = {name for _, name, spec, _ in string.Formatter().parse(entry["en"]) if name and "|" in (spec or "")}
        one, two = (message(key, **{n: k if n in numbers else _Any() for n in fields_of(entry, "en")}) for k in (1, 2))
        assert not numbers or (one != two and "|" not in one + two), key


class _Any:
    def __format__(self, spec: str) -> str:
        return "x"
