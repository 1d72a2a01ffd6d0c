"""A back-test as lines on the screen and as a page: errors by measure, then the nation and the focus province."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cge.report.style import phrases, region_name
from cgebase.columns import columns
from cgebase.messages import numeral
from sam.registry import NATION

RUNS = ("gdp only", "as used", "as in 2021")


Grid = tuple[list[str], list[list[str]]]


def tables(table: pd.DataFrame, found: pd.DataFrame, focus: str, language: str) -> tuple[Grid, Grid]:
    """Heads and rows of two tables: errors by measure; every fact of nation and focus province.

    Parameters
    ----------
    table, found : DataFrame
        As of :func:`cge.analysis.backtest.backtest` and :func:`cge.analysis.backtest.errors`.
    """
    words = phrases("backtest", language)
    runs = [words[f"run.{name}"] for name in RUNS]
    off = [[_what(line, words), words[f"where.{line['where']}"], str(line["places"]),
            *(f"{line[run]:.2f}" for run in RUNS), numeral(float(line['skill']), '+.2f')]
           for line in found.to_dict("records")]  # fmt: skip
    here = table[table["region"].isin([NATION, focus])]
    shown = ("before", "published", *RUNS[:2])
    facts = [[_what(line, words), region_name(str(line["region"]), language),
              *(_shown(line[k], line["unit"]) for k in shown), words[f"unit.{line['unit']}"]]
             for line in here.to_dict("records")]  # fmt: skip
    return (([words["what"], words["where"], words["places"], *runs, words["skill"]], off),
            ([words["what"], words["where"], "2021", words["published"], *runs[:2], words["unit"]], facts))  # fmt: skip


def lines(table: pd.DataFrame, found: pd.DataFrame, focus: str, language: str) -> list[str]:
    """Both tables for the screen."""
    words, (off, facts) = phrases("backtest", language), tables(table, found, focus, language)
    return [words["errors"], *columns(*off, language, "llr"), "", words["facts"],
            *columns(*facts, language, "llrrrrl")]  # fmt: skip


def page(table: pd.DataFrame, found: pd.DataFrame, focus: str, aggregation: str) -> str:
    """The page ``docs/backtest.md``; every number on it is of ``table``."""
    words, parts = phrases("backtest", "en"), tables(table, found, focus, "en")
    worse = [f"{_what(line, words)} ({words['where.' + line['where']]})"
             for line in found[found["skill"] < 0].to_dict("records")]  # fmt: skip
    out = ["# 2024 as the model would have said it", "",
           f"Written by `cge backtest --page docs/backtest.md` on {aggregation}. {words['intro']}", "",
           words["worse"].format(names=", ".join(worse)) if worse else words["better"]]  # fmt: skip
    for title, (head, rows) in zip((words["errors"], words["facts"]), parts, strict=True):
        out += ["", f"## {title}", "", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}",
                *(f"| {' | '.join(row)} |" for row in rows)]  # fmt: skip
    return "\n".join([*out, ""])


def _what(line: Mapping[str, object], words: Mapping[str, str]) -> str:
    return words[f"{line['measure']}.{line['item']}"]


def _shown(value: float, unit: object) -> str:
    return f"{100 * value:.1f}" if unit == "fraction" else f"{value:,.3f}" if unit == "2021 = 1" else f"{value:,.1f}"
