"""The register of parameters for people: lines for the screen, and the page ``docs/parameters.md``."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from cge.calibrate.parameters.register import CODE, THEMES, find, shown, uses, words
from cge.explain.register import register
from cge.explain.statements import noted, said
from cge.theory.chapters import THEORY
from cgebase.columns import columns
from cgebase.errors import ScenarioError
from cgebase.messages import LANGUAGES, Message, lined, listed, message

FILES = {
    "elasticities": "cge/calibrate/parameters/elasticities.csv", "abatement": "cge/calibrate/parameters/abatement.csv",
    "power": "cge/calibrate/parameters/power.csv", "macro": "cge/calibrate/parameters/macro.csv",
    "path_assumptions": "sam/data/tables/path_assumptions.csv",
    "build_assumptions": "sam/data/tables/build_assumptions.csv",
    "power_assumptions": "sam/data/tables/power_assumptions.csv", CODE: "code",
}  # fmt: skip
SAME = ["table", "parameter", "year", "value", "low", "high", "unit", "kind", "source", "note"]


def used_in(symbols: str) -> list[str]:
    """Definitions, equations and accounts in which any of these symbols stands."""
    wanted = {str(THEORY.families[s].base) for s in symbols.split()}
    return [name for name, inside in _symbols_of_statements().items() if wanted & inside]


@lru_cache(maxsize=1)
def _symbols_of_statements() -> dict[str, frozenset[str]]:
    return {n: frozenset(str(x) for x in s.expr.free_symbols) for n, s in THEORY.statements.items()}


def chosen(name: str | None, aggregation: str, *, item: str | None = None, assumptions: bool = False) -> pd.DataFrame:
    """Rows of the register, of one name where one is given.

    Parameters
    ----------
    name : str, optional
        A parameter of the tables, or a symbol of the equations that comes from one.
    item : str, optional
        Only the rows of this code.
    assumptions : bool
        Only what is called an assumption.

    Raises
    ------
    ScenarioError
        The name stands for nothing, or has no value of its own for the item.
    """
    table = register(aggregation)
    if name is not None:
        keys = pd.MultiIndex.from_tuples(find(name))
        table = table[table.set_index(["table", "parameter"]).index.isin(keys)]
    if item is not None:
        rows = table[table["item"] == item]
        if rows.empty:
            items = lined(dict.fromkeys(table["item"]))
            raise ScenarioError(message("CGE231", name=name, item=item, aggregation=aggregation, known=items))
        table = rows
    return table[table["kind"] == "assumption"] if assumptions else table


def overview_lines(table: pd.DataFrame, language: str) -> list[str]:
    """One line per parameter: how many values, how many of them assumed, their span, what they become."""
    known, rows = words(), []
    for (origin, parameter), part in table.groupby(["table", "parameter"], sort=False):
        span = _span(part["value"].min(), part["value"].max())
        assumed = int((part["kind"] == "assumption").sum())
        unit, what = said(part["unit"].iloc[0]), known[str(origin), str(parameter)]
        rows.append((parameter, len(part), assumed, span, unit, what, part["symbols"].iloc[0] or "-"))
    head = [message(f"parameters.{k}") for k in ("name", "values", "assumed", "span", "unit", "what", "symbols")]
    assumed = int((table["kind"] == "assumption").sum())
    count = message("parameters.count", values=len(table), assumed=assumed)
    return [*columns(head, rows, language, "lrrl"), count.text(language)]


def value_lines(table: pd.DataFrame, language: str) -> list[str]:
    """Every value of the parameters in the table, with range, kind, source and note, and where they are used."""
    facts, known = uses().set_index(["table", "parameter"]), words()
    lines: list[str] = []
    for (origin, parameter), part in table.groupby(["table", "parameter"], sort=False):
        about = facts.loc[(origin, parameter)]
        what, symbols = known[str(origin), str(parameter)], about["symbols"]
        about_it = [message("parameters.about", name=parameter, what=what, file=FILES[str(origin)])]
        if symbols:
            equations = listed(used_in(symbols)) or message("parameters.nowhere")
            about_it.append(message("parameters.becomes", symbols=listed(symbols.split()), equations=equations))
        else:
            about_it.append(message("parameters.through" if about["read_by"] else "parameters.unread"))
        if about["only"]:
            about_it.append(message("parameters.only", choice=about["only"]))
        rows = []
        for row in _merged(part).itertuples():
            told = dict.fromkeys(x for x in (row.kind, row.source, row.note) if x)
            note = Message(*(" | ".join(noted(x).text(y) for x in told) for y in LANGUAGES))
            at = f"{row.item} {row.year}".strip()
            rows.append((at, shown(row.value), _span(row.low, row.high), said(row.unit), note))
        head = [message(f"parameters.{k}") for k in ("item", "value", "span", "unit", "note")]
        lines += [line.text(language) for line in about_it] + [f"    {x}" for x in columns(head, rows, language, "lrl")]
    return lines


def _merged(part: pd.DataFrame) -> pd.DataFrame:
    """Rows that differ by item only, in one."""
    grouped = part.groupby(SAME, sort=False, dropna=False, as_index=False)
    return grouped.agg({"item": ", ".join, "symbols": "first", "theme": "first"})


def _span(low: float, high: float) -> Message:
    """A range in words."""
    if low != low:
        return Message("", "")
    return Message(shown(low), shown(low)) if low == high else message("span", low=shown(low), high=shown(high))


def page() -> str:
    """The page ``docs/parameters.md``, from the same objects that the model reads."""
    table, facts = register(), uses()
    total = table["kind"].value_counts()
    lines = [
        "# Parameters",
        "",
        "Every number that is not in the SAM: value, range, unit, source, and whether it is an assumption. This page",
        "is written by `cge parameters --page docs/parameters.md` from the tables that the model reads;",
        "`cge parameters [NAME]` and `cge explain NAME --sector CODE` show the same.",
        "",
        f"{len(table)} values: {total['literature']} from publications and statistics, {total['assumption']} "
        f"assumptions, {total['definition']} definitions, {total['fitted']} fitted",
        "(in the set `replication` only; `literature` fits nothing). A value is called an assumption as soon as its",
        "record says so of any part of it. Sector codes are those of `cn30`; `cn12` takes simple means, `cn42`",
        "inherits.",
        "What the results make of the ranges: `experiments/sensitivity/README.md`.",
        "",
        "| theme | parameters | values | assumptions | thought to matter most |",
        "|---|---|---|---|---|",
    ]
    for theme in THEMES:
        part, known = table[table["theme"] == theme], facts[facts["theme"] == theme]
        assumed = int((part["kind"] == "assumption").sum())
        first = ", ".join(f"`{p}`" for p in known.loc[known["weight"] == "first", "parameter"]) or "-"
        lines.append(f"| {THEMES[theme]} | {len(known)} | {len(part)} | {assumed} | {first} |")
    for theme in THEMES:
        lines += ["", f"## {THEMES[theme]}", "", *_known(facts[facts["theme"] == theme], table)]
        lines += ["", *_values(table[table["theme"] == theme])]
    return "\n".join(lines) + "\n"


def _known(facts: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    lines = ["| parameter | what | assumed | becomes | used in | thought to matter for |", "|---|---|---|---|---|---|"]
    for row in facts.itertuples():
        mine = table[(table["table"] == row.table) & (table["parameter"] == row.parameter)]
        assumed = f"{int((mine['kind'] == 'assumption').sum())} of {len(mine)}"
        unread = f"no symbol ({row.read_by})" if row.read_by else "not read by the model"
        symbols = ", ".join(f"`{s}`" for s in row.symbols.split()) or unread
        where = ", ".join(f"`{s}`" for s in used_in(row.symbols)) if row.symbols else ""
        strong = "first order: " if row.weight == "first" else ""
        told = "; ".join(filter(None, (row.matters, row.only and f"only with `{row.only}`")))
        lines.append(f"| `{row.parameter}` | {row.what} | {assumed} | {symbols} | {where} | {strong}{told} |")
    return lines


def _values(table: pd.DataFrame) -> list[str]:
    head = ("parameter", "item", "value", "range", "unit", "kind", "source and note", "file")
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for row in _merged(table).itertuples():
        at = f"{row.item} {row.year}".strip()
        told = "; ".join(x for x in (row.source, row.note) if x and x != row.kind).replace("|", "\\|")
        cells = (f"`{row.parameter}`", at, shown(row.value), _span(row.low, row.high), row.unit, row.kind, told,
                 FILES[row.table].rpartition("/")[2])  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return lines
