"""From words on the command line to one explained cell, as text or plain data."""

from __future__ import annotations

import difflib
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cge.calibrate.benchmark import calibrate
from cge.calibrate.parameters import load_parameters
from cge.explain.cells import Explainer, Explanation, Used
from cge.explain.statements import said
from cge.language.algebra import Statement, Theory, inv_boxcox
from cge.measure.indicators import INDICATORS
from cge.runs.store import changed_parameters, manifest_of, saved_period
from cge.solve.system import System
from cge.study.run import economy_of
from cge.theory.chapters import THEORY
from cge.theory.closures import CLOSURES
from cgebase.columns import columns
from cgebase.errors import ScenarioError, SpecificationError
from cgebase.messages import LANGUAGES, Message, both, lined, listed, message, numeral
from sam.economy import load_economy
from sam.registry import region_words, resolve, sectors

OPTIONS = {"r": "region", "m": "region", "c": "sector", "a": "sector", "h": "household", "i": "sector",
           "n": "region"}  # fmt: skip
ROWS = 12
SAME = 3
"""Cells of one parameter that are listed."""


def explainer_of(
    aggregation: str,
    *,
    period: tuple[Path, str, int] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Explainer:
    """Explainer at the base year of an aggregation, or at a solved period.

    Parameters
    ----------
    period : (folder, run, year), optional
        A year of a run whose results are in ``folder``, on the economy that it was made with.
    """
    economy = load_economy(aggregation) if period is None else economy_of(manifest_of(period[0]))
    parameters = load_parameters(aggregation, economy.activities, economy.commodities, country=economy.country)
    if period is not None:
        changes = {k: v for k, v in changed_parameters(period[0]).items() if k in parameters.values}
        benchmark = calibrate(economy, parameters.with_values(changes, parameters.name))
        values, own = saved_period(*period)
        return Explainer(THEORY, benchmark.sets, benchmark.parameters | own, values)
    benchmark = calibrate(economy, parameters)
    system = System(THEORY, benchmark.sets, progress=progress)
    values = system.evaluate(benchmark.parameters, benchmark.start)
    return Explainer(THEORY, benchmark.sets, benchmark.parameters, values)


def sector_code(name: str, aggregation: str, known: tuple[str, ...]) -> str:
    """Code of a sector from its code, English or Chinese name.

    Raises
    ------
    ScenarioError
        Not one of ``known``; the message names the nearest.
    """
    those = [s for s in sectors(aggregation) if s.code in known]
    spellings = {text.lower(): s.code for s in those for text in (s.code, s.name_en, s.name_zh)}
    wanted = name.strip().lower()
    if wanted in spellings:
        return spellings[wanted]
    within = [s for s in spellings if wanted and wanted in s]
    close = dict.fromkeys([*difflib.get_close_matches(wanted, spellings, 3, 0.5), *within])
    names = {s.code: Message(f"{s.code} ({s.name_en})", f"{s.code}（{s.name_zh}）") for s in those}
    nearest = listed(names[code] for code in dict.fromkeys(spellings[s] for s in close) or names)
    raise ScenarioError(message("CGE260", name=name, aggregation=aggregation, nearest=nearest))


def explain_cell(
    explainer: Explainer, name: str, asked: Mapping[str, str | None], aggregation: str,
    active: Sequence[str] = CLOSURES["policy"],
) -> Explanation:  # fmt: skip
    """Explain one cell of what determines ``name``.

    Parameters
    ----------
    name : str
        A definition, an equation, an account, or a variable that an active equation is paired with.
    asked : mapping
        Words of the options ``region``, ``sector`` and ``household``; any usual spelling.
    active : sequence of str
        Equations of the closure of what is explained.

    Raises
    ------
    ScenarioError
        A label that is missing, unknown, or names a cell that does not exist.
    """
    theory = explainer.theory
    if name in INDICATORS and name not in theory.families and name not in theory.statements:
        raise ScenarioError(message("CGE247.indicator", name=name, symbols=listed(INDICATORS[name].symbols)))
    candidates = _determining(theory, theory.named(name), active)
    if not candidates:
        raise ScenarioError(message("CGE261", name=name))
    cells = [(s, _labels(explainer, s, asked, aggregation)) for s in candidates]
    try:
        return explainer.explain(*next((c for c in cells if explainer.exists(*c)), cells[-1]))
    except SpecificationError as error:
        raise ScenarioError(both(error)) from error


def _determining(theory: Theory, name: str, active: Sequence[str]) -> list[Statement]:
    if name in theory.statements:
        return [theory.statements[name]]
    return [theory.equations[n] for n in active if theory.equations[n].variable == name]


def _labels(
    explainer: Explainer, statement: Statement, asked: Mapping[str, str | None], aggregation: str
) -> tuple[str, ...]:
    out = []
    for index in statement.over:
        of = explainer.theory.indices[index.name]
        members = explainer.expansion.members(index)
        option = OPTIONS[of.name]
        word = asked.get(option)
        if of.name == "n":
            word = _country(explainer, word, members)
        if word is None:
            by, known = said(of.description or of.name), lined(members)
            raise ScenarioError(message("CGE262", name=statement.name, by=by, option=option, known=known))
        if word in members:
            out.append(word)
        elif option == "region":
            out.append(resolve(word))
        elif option == "sector":
            out.append(sector_code(word, aggregation, members))
        elif word.lower() in members:
            out.append(word.lower())
        else:
            raise ScenarioError(message("CGE263", name=word, known=listed(members)))
    return tuple(out)


def _country(explainer: Explainer, word: str | None, members: Sequence[str]) -> str | None:
    """The only country, or that of a region."""
    if len(members) == 1:
        return members[0]
    regions = explainer.expansion.sets["r"]
    home = explainer.expansion.numbers["home"]
    return members[int(home[:, regions.index(word)].argmax())] if word in regions else word


def as_data(found: Explanation) -> dict[str, Any]:
    """Plain JSON data of an explanation; numbers that do not apply are null."""

    def clean(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: clean(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [clean(v) for v in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    out: dict[str, Any] = clean(asdict(found))
    return out


def as_text(found: Explanation, language: str, when: Message) -> list[str]:
    """Lines for people: the formula, its terms, what is in it and what drives it."""
    cell = f"[{', '.join(found.labels)}]" if found.labels else ""
    where = [w for k in found.labels if k.isupper() and (w := region_words(k)) != k]
    kind, of = message(f"kind.{found.kind}"), said(found.unit)
    place = Message(*("".join(f" {w.text(x)}" for w in where) for x in LANGUAGES))
    lines = [message("explained", kind=kind, name=f"{found.statement}{cell}", place=place, when=when)]
    if found.kind == "equation":
        determined = f"{found.variable}{cell}"
        residual = message("explained.residual", value=found.value, unit=of, name=determined)
        lines += [Message(*[f"  0 = {found.formula}"] * 2), residual]
    else:
        expr = THEORY.statements[found.statement].expr
        ces = [message("explained.source", words=message("ces"))] if expr.has(inv_boxcox) else []
        lines += [Message(*[f"  = {found.formula}"] * 2), *ces, message("explained.value", value=found.value, unit=of)]
    lines.append(message("explained.source", words=said(found.ref)))
    share = "explained.share_of_side" if found.kind == "equation" else "explained.share"
    rows: list[list[object]] = [[f"{t.value:,.6g}", f"{t.share:.2%}", t.text] for t in found.terms]
    head = [message("explained.term_value"), message(share), message("explained.term")]
    tables = [columns(head, rows, language, "rrl")]
    drivers = [u for u in found.drivers if u.derivative != 0]
    head = [message(f"explained.{k}") for k in ("driver", "value_of", "elasticity", "derivative", "what")]
    rows = [
        [u.cell, f"{u.value:,.6g}", numeral(u.elasticity, ".4f"), f"{u.derivative:.5g}", _words(u)]
        for u in drivers[:ROWS]
    ]
    tables.append(columns(head, rows, language, "lrrrl"))
    if len(drivers) > ROWS:
        tables[-1].append(message("explained.more", count=len(drivers) - ROWS).text(language))
    given = [u for u in found.used if u.kind == "parameter"]
    if given:
        seen = Counter[str]()
        rows = []
        for u in given:
            seen[u.name] += 1
            if seen[u.name] <= SAME:
                rows.append([u.cell, f"{u.value:,.6g}", _words(u)])
        head = [message(f"explained.{k}") for k in ("given", "value_of", "what")]
        tables.append(columns(head, rows, language, "lrl"))
        if len(given) > len(rows):
            tables[-1].append(message("explained.more_given", count=len(given) - len(rows)).text(language))
    body = [line for table in tables for line in ["", *(f"  {row}" for row in table)]]
    return [line.text(language) for line in lines] + body


def _words(used: Used) -> Message:
    return message("what_unit", what=said(used.description), unit=said(used.unit))
