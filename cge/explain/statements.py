"""Statements and symbols in both languages; ``words.csv`` has the Chinese of what theory and register say."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from cge.explain.latex import formula
from cge.language.algebra import Statement, inv_boxcox
from cge.language.declare import Family
from cge.language.expand import Expansion
from cge.language.forms import on_paper
from cge.theory.chapters import THEORY
from cgebase.messages import Message, listed, message


@lru_cache(maxsize=1)
def chinese() -> dict[str, str]:
    """Chinese of descriptions, units, sources and notes, by their English."""
    with Path(__file__).with_name("words.csv").open(encoding="utf-8", newline="") as file:
        return {row["en"]: row["zh"] for row in csv.DictReader(file)}


def said(text: str) -> Message:
    """What the theory or the register says, in both languages where the table has it."""
    return Message(text, chinese().get(text, text))


def noted(text: str) -> Message:
    """Kind, source or note of a number in the register; parts between semicolons are said one by one."""
    return Message(text, "；".join(said(part).zh for part in text.split("; ")))


def family_line(family: Family) -> Message:
    """A symbol: kind, name, what it is, unit, sets."""
    by = listed(said(d.description or d.name) for d in family.dims) if family.dims else message("one_number")
    kind, what = message(f"kind.{family.kind}"), said(family.description)
    return message("symbol_line", kind=kind, name=family.name, what=what, unit=said(family.unit), by=by)


def statement_text(s: Statement, language: str, *, latex: bool = False) -> str:
    """Lines of a definition, equation or account."""
    text = formula(s.expr) if latex else Expansion(THEORY, {}, {}).text(on_paper(s.expr), {}, sums=False)
    where = "" if s.where == True else message("statement.where", where=s.where)  # noqa: E712 - sympy's own true
    over = ", ".join(str(i) for i in s.over)
    head = message("statement", kind=message(f"kind.{s.kind}"), name=s.name, over=over, where=where, unit=said(s.unit))
    sign = message("statement.pairs", variable=s.variable).text(language) if s.kind == "equation" else f"{s.variable} ="
    ces = f"  {message('ces').text(language)}\n" if s.expr.has(inv_boxcox) else ""
    return f"{head.text(language)}\n  {sign} {text}\n{ces}  {said(s.ref).text(language)}\n"


def equations_data(names: Iterable[str]) -> list[dict[str, Any]]:
    """Statements as plain data."""
    every, expansion = THEORY.statements, Expansion(THEORY, {}, {})
    return [
        {"name": s.name, "kind": s.kind, "variable": s.variable, "over": [str(i) for i in s.over],
         "where": None if s.where == True else str(s.where), "unit": s.unit,  # noqa: E712 - sympy's own true
         "expression": expansion.text(on_paper(s.expr), {}, sums=False), "source": s.ref}
        for s in (every[n] for n in names)
    ]  # fmt: skip
