"""The glossary of symbols, the page ``docs/symbols.md``."""

from __future__ import annotations

from cge.language.algebra import Statement
from cge.language.declare import Family
from cge.theory.chapters import THEORY

TITLES = {
    "variable": "Variables of the linear algebra", "definition": "Defined variables", "account": "Accounts",
    "parameter": "Parameters",
}  # fmt: skip


def symbols_page() -> str:
    """Every set and symbol of the theory, in the order of their declaration."""
    sets = [f"`{s.name}` {s.description}" for s in THEORY.sets.values()]
    lines = [
        "# Symbols", "",
        "Every symbol of the theory, with the chapter (`cge/theory/<chapter>.py`) that determines it; of a parameter",
        "the chapters that use it. Written by `cge symbols --page docs/symbols.md --force`; `cge explain NAME` says",
        "more. Every variable and account of a run is a labelled table, `results[\"PQ\"]` or",
        "`cge export results/cap_comparison --variable PQ --out PQ.csv`.", "",
        f"Sets: {', '.join(sets)}.", "",
    ]  # fmt: skip
    for kind, title in TITLES.items():
        families = [f for f in THEORY.families.values() if _kind(f) == kind]
        lines += [f"## {title}", "", "| symbol | over | unit | meaning | chapter |", "|---|---|---|---|---|"]
        lines += [_row(f) for f in families]
        lines.append("")
    return "\n".join(lines)


def chapters(family: Family) -> list[str]:
    """Chapters that determine a symbol; of one that none determines, those that use it."""
    every = THEORY.statements.values()
    own = [s for s in every if s.variable == family.name]
    return list(dict.fromkeys(s.chapter for s in own or [s for s in every if family.name in _symbols(s)]))


def _symbols(statement: Statement) -> set[str]:
    """Names of symbols and indices in a statement, its mask, scale and bounds."""
    parts = (statement.expr, statement.where, statement.scale, statement.lower, statement.upper)
    return {str(x) for part in parts for x in part.free_symbols}


def _kind(family: Family) -> str:
    return "definition" if family.name in THEORY.definitions else family.kind


def _row(family: Family) -> str:
    over = ", ".join(d.name for d in family.dims) or "-"
    also = f" ({family.alias})" if family.alias else ""
    cells = (f"`{family.name}`{also}", over, family.unit, family.description, ", ".join(chapters(family)) or "-")
    return f"| {' | '.join(cells)} |"
