"""Text for an economist: one province of the SAM, and the coded checks of an economy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from wcwidth import width

from cgebase.messages import message
from sam import province as tables
from sam.validate import Audit
from sam.view import View

PARTNERS, INDUSTRIES, EMITTERS = 8, 12, 12
"""Rows shown of the longer tables; the rest is one row."""


UNITS = {
    "1e8 CNY": "亿元", "1e8 CNY per Mt CO2": "亿元/百万吨CO2", "CNY per kWh": "元/千瓦时", "CNY per t": "元/吨",
    "Mt": "百万吨", "Mt CO2": "百万吨CO2", "Mt or bcm": "百万吨或十亿立方米", "bcm": "十亿立方米",
    "Mt per 1e8 CNY": "百万吨/亿元", "TWh": "太瓦时",
}  # fmt: skip
"""Units of values in Chinese."""


def unit_name(unit: str, language: str) -> str:
    """A unit of values; one that the user gave stays as it is."""
    return UNITS.get(unit, unit) if language == "zh" else unit


def word(key: str, language: str, **facts: object) -> str:
    """A phrase of these reports."""
    return message(f"report.{key}", **facts).text(language)


def _line(label: str, *cells: str, left: int = 34) -> str:
    return "  " + label + " " * max(left - width(label), 1) + "".join(f"{c:>13}" for c in cells).rstrip()


def _n(value: float, digits: int = 1) -> str:
    return "–" if not np.isfinite(value) else f"{value:,.{digits}f}"


def province_accounts(x: View, code: str, language: str = "en") -> str:
    """Text with GDP and its uses, accounts, partners, industries, power, carbon and budgets of one province."""
    parts = (_uses, _macro, _partners, _industry, _power, _goods, _carbon, _budgets)
    lines = [tables.title(x, code, language)]
    for part in parts:
        found = part(x, code, language)
        lines += ["", *found] if found else []
    return "\n".join(lines)


def province_facts(x: View, code: str) -> dict[str, Any]:
    """The same as plain values for JSON, by code, nothing cut off."""
    rows = {n: getattr(tables, n)(x, code) for n in ("partners", "industries", "power", "goods")}
    totals = tables.macro(x.economy.sam, code).totals()
    return {
        "province": code, "year": x.economy.sam.year, "aggregation": x.economy.aggregation,
        "headline": dict(tables.headline(x, code)), "macro": _records(totals.reset_index(names="account")),
        **{name: _records(t.reset_index(names="code")) for name, t in rows.items()},
        "power_balance": dict(tables.power_balance(x, code)), "carbon": _records(tables.carbon(x, code)),
        "budgets": _records(tables.budgets(x, code)),
    }  # fmt: skip


def _uses(x: View, code: str, language: str) -> list[str]:
    t = tables.headline(x, code)
    names = ["gdp", "rural", "urban", "government", "investment", "exports", "imports", "sold", "bought"]
    out = [word("uses", language)]
    out += [_line(word(k, language), _n(t[k]), _n(100 * t[k] / t["gdp"])) for k in names]
    return [*out, _line(word("mt", language), _n(t["mt"]))]


def _macro(x: View, code: str, language: str) -> list[str]:
    sam = tables.macro(x.economy.sam, code)
    totals = sam.totals().reindex(sam.to_frame().index)
    out = [word("macro", language)]
    out.append(_line("", *(word(k, language) for k in ("receipts", "payments", "gap"))))
    for name, t in totals.iterrows():
        label = tables.account_name(str(name), x.economy.aggregation, language)
        gap = 0.0 if abs(t["gap"]) < 5e-3 else t["gap"]
        out.append(_line(label, _n(t["receipts"]), _n(t["payments"]), _n(gap)))
    return out


def _partners(x: View, code: str, language: str) -> list[str]:
    t = tables.partners(x, code)
    out = [word("partners", language)]
    out.append(_line("", *(word(k, language) for k in ("sold_to", "bought_from", "balance"))))
    rows = [(tables.region_name(str(r), language), v) for r, v in t.iterrows()]
    return out + _top(rows, PARTNERS, language, lambda v: (_n(v["sold"]), _n(v["bought"]), _n(v["balance"])))


def _top(rows: list[tuple[str, Any]], most: int, language: str, show: Any) -> list[str]:
    """The first rows, and the sum of the others."""
    out = [_line(name, *show(v)) for name, v in rows[:most]]
    if len(rows) > most:
        rest = sum((v for _, v in rows[most + 1 :]), rows[most][1])
        out.append(_line(word("rest", language, count=len(rows) - most), *show(rest)))
    return out


def _industry(x: View, code: str, language: str) -> list[str]:
    t = tables.industries(x, code)
    duty = {"import_tax": word("import_tax", language)}
    names = [duty.get(str(a)) or tables.sector_name(str(a), x.economy.aggregation, language) for a in t.index]

    def show(v: Any) -> tuple[str, str, str]:
        return _n(v["total"]), _n(100 * v["share"]), _n(100 * v["labour"] / v["total"] if v["total"] else np.nan, 0)

    rows = list(zip(names, (v for _, v in t.iterrows()), strict=True))
    return [word("industry", language), *_top(rows, INDUSTRIES, language, show)]


def _power(x: View, code: str, language: str) -> list[str]:
    t, b = tables.power(x, code), tables.power_balance(x, code)
    out = [word("power", language)]
    for g, v in t.iterrows():
        label = tables.sector_name(str(g), x.economy.aggregation, language)
        out.append(_line(label, _n(v["twh"]), _n(100 * v["twh"] / b["made"]), _n(v["price"], 3)))
    out += [_line(word(k, language), _n(b[k])) for k in ("made", "bought", "sold", "used")]
    return [*out, _line(word("price", language), _n(b["price"], 3))]


def _goods(x: View, code: str, language: str) -> list[str]:
    t = tables.goods(x, code)
    if t.empty:
        return []
    out = [word("goods", language), _line("", *(word(f"goods.{k}", language) for k in t))]
    return out + [_line(message(f"good.{g}").text(language), *(_n(v) for v in row)) for g, row in t.iterrows()]


def _carbon(x: View, code: str, language: str) -> list[str]:
    t = tables.carbon(x, code)
    total = t["mt"].sum()
    out = [word("carbon", language)]

    def name(row: Any) -> str:
        user = tables.sector_name(row.user, x.economy.aggregation, language)
        fuel = tables.fuel_name(row.carrier, x.economy.aggregation, language)
        return f"{user}：{fuel}" if language == "zh" else f"{user}: {fuel}"

    for row in t.head(EMITTERS).itertuples():
        out.append(
            _line(name(row), _n(row.mt, 2), _n(100 * row.mt / total), _n(row.value), _n(row.price, 0), left=48)
        )  # fmt: skip
    rest = t.iloc[EMITTERS:]
    if len(rest):
        label = word("rest", language, count=len(rest))
        out.append(_line(label, _n(rest["mt"].sum(), 2), _n(100 * rest["mt"].sum() / total), left=48))
    return out


def _budgets(x: View, code: str, language: str) -> list[str]:
    out = [word("budgets", language)]
    for account, t in tables.budgets(x, code).groupby("account", sort=False):
        out.append("  " + tables.account_name(str(account), x.economy.aggregation, language))
        for row in t.itertuples():
            sign = 1 if row.side == "receipt" else -1
            label = "  " + tables.account_name(row.other, x.economy.aggregation, language)
            out.append(_line(label, f"{sign * row.value:+,.1f}"))
    return out


def expected(low: float, high: float, language: str) -> str:
    """The range that a value was expected in, in words; empty where the fault is no number."""
    if np.isnan(low) or np.isnan(high):
        return ""
    if low == high:
        return f"{low:.6g}"
    if np.isinf(high):
        return word("above_zero", language) if 0 < low < 1e-300 else word("at_least", language, low=f"{low:.4g}")
    if np.isinf(low):
        return word("at_most", language, high=f"{high:.4g}")
    return word("between", language, low=f"{low:.4g}", high=f"{high:.4g}")


def place(row: Any, language: str) -> str:
    """Cell, account or province of a check's row in words."""
    if row.row and row.column:
        return f"{row.row} <- {row.column}"
    if row.row or row.column:
        return str(row.row or row.column)
    region = word("national", language) if row.region == "nation" else row.region
    return " ".join(x for x in (region, row.sector) if x)


def state_of(passed: bool, places: int) -> str:
    """How a check came out, as a word of the report: ``empty`` where nothing was there to be held to it."""
    return "failed" if not passed else "passed" if places else "empty"


def audit_text(done: Audit, language: str = "en") -> str:
    """Every check on a line: code, what it demands, how it came out, its worst place."""
    table = done.table()
    titles = table[f"title_{language}"]
    left = max(width(t) for t in titles) + 9
    head = f"{word('check', language)}"
    lines = [head + " " * (left + 2 - width(head)) + f"{'':>10}  {word('worst', language)}"]
    for row, said in zip(table.itertuples(), titles, strict=True):
        state = word(state_of(row.passed, row.places), language)
        worst = "" if np.isnan(row.found) else _worst(row, language)
        count = "" if row.passed else word("faults", language, count=row.faults)
        label = f"{row.code} {said}"
        text = label + " " * (left + 2 - width(label)) + state + " " * (10 - width(state)) + "  "
        lines.append((text + "; ".join(x for x in (count, worst) if x)).rstrip())
    return "\n".join(lines)


def _worst(row: Any, language: str) -> str:
    """Worst place with what was found; where two values must be equal, how far they are apart."""
    where = place(row, language)
    unit = "" if row.unit == "fraction" else f" {unit_name(row.unit, language)}"
    limit = expected(row.low, row.high, language)
    if row.low == row.high:
        key = "alike" if row.passed else "apart"
        limit += word(key, language, gap=f"{row.deviation:.1e}", most=f"{row.tolerance:.0e}")
    return f"{where + ': ' if where else ''}{row.found:.6g}{unit}, {limit}"


def audit_facts(done: Audit) -> dict[str, Any]:
    """The audit as plain values for JSON; a bound or value that is no number is null."""
    sam = done.economy.sam
    return {
        "aggregation": done.economy.aggregation, "unit": sam.unit, "currency": sam.currency, "year": sam.year,
        "accounts": len(sam.accounts), "cells": len(sam.cells), "passed": done.passed,
        "checks": _records(done.table()), "faults": _records(faults_table(done)),
        "sources": list(sam.sources), "history": list(sam.history),
    }  # fmt: skip


def faults_table(done: Audit) -> pd.DataFrame:
    """One row per fault: code, words in both languages, place, value found and range expected."""
    names = ["region", "sector", "row", "column", "found", "low", "high", "unit"]
    rows = [(f.code, str(f.text), f.text.zh, *(getattr(f, n) for n in names)) for f in done.findings]
    return pd.DataFrame(rows, columns=["code", "en", "zh", *names])


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    plain: Iterable[dict[str, Any]] = table.astype(object).to_dict("records")
    return [{k: _plain(v) for k, v in row.items()} for row in plain]


def _plain(value: Any) -> Any:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
