"""The glossary of symbols, the page ``docs/symbols.md``."""

from __future__ import annotations

from functools import cache
from typing import Any

from cge.explain.statements import said
from cge.language.algebra import Statement
from cge.language.declare import Family
from cge.theory.chapters import THEORY
from cgebase.messages import LANGUAGES, listed, message

KINDS = ("variable", "definition", "account", "parameter")


def symbols_page(language: str) -> str:
    """Every set and symbol of the theory, in the order of their declaration."""
    sets = listed(message("symbols.set", name=s.name, what=said(s.description)) for s in THEORY.sets.values())
    lines = [message("symbols.top").text(language), "", message("symbols.sets", sets=sets).text(language), ""]
    for kind in KINDS:
        families = [f for f in THEORY.families.values() if _kind(f) == kind]
        lines += [f"## {message(f'symbols.{kind}').text(language)}", ""]
        lines += [message("symbols.head").text(language), "|---|---|---|---|---|"]
        lines += [_row(f, language) for f in families]
        lines.append("")
    return "\n".join(lines)


def symbols_data() -> dict[str, Any]:
    """The same as plain data, words in both languages."""

    def words(text: str) -> dict[str, str]:
        return {x: said(text).text(x) for x in LANGUAGES}

    symbols = [
        {"name": f.name, "alias": f.alias, "kind": _kind(f), "over": [d.name for d in f.dims], "unit": words(f.unit),
         "description": words(f.description), "chapters": chapters(f)}
        for f in THEORY.families.values()
    ]  # fmt: skip
    return {"sets": {s.name: words(s.description) for s in THEORY.sets.values()}, "symbols": symbols}


def chapters(family: Family) -> list[str]:
    """Chapters that determine a symbol; of one that none determines, those that use it."""
    own = [s for s in THEORY.statements.values() if s.variable == family.name]
    return list(dict.fromkeys(s.chapter for s in own or [s for s, inside in _symbols() if family.name in inside]))


@cache
def _symbols() -> list[tuple[Statement, set[str]]]:
    """Every statement with the names of symbols and indices in it, its mask, scale and bounds."""
    parts = [(s, (s.expr, s.where, s.scale, s.lower, s.upper)) for s in THEORY.statements.values()]
    return [(s, {str(x) for part in of for x in part.free_symbols}) for s, of in parts]


def _kind(family: Family) -> str:
    return "definition" if family.name in THEORY.definitions else family.kind


def _row(family: Family, language: str) -> str:
    over = ", ".join(d.name for d in family.dims) or "-"
    also = f" ({family.alias})" if family.alias else ""
    unit, what = said(family.unit).text(language), said(family.description).text(language)
    cells = (f"`{family.name}`{also}", over, unit, what, ", ".join(chapters(family)) or "-")
    return f"| {' | '.join(cells)} |"
