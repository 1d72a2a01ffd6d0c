"""From words on the command line to one explained cell, as text or plain data."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cge.calibrate.benchmark import calibrate
from cge.calibrate.parameters import load_parameters
from cge.explain.cells import Explainer, Explanation
from cge.language.algebra import Statement, Theory, inv_boxcox
from cge.runs.store import changed_parameters, saved_period
from cge.solve.system import System
from cge.theory.chapters import THEORY
from cge.theory.closures import CLOSURES
from cgebase.errors import ScenarioError, SpecificationError
from cgebase.messages import message
from sam.economy import load_economy
from sam.registry import province, resolve, sectors

OPTIONS = {"r": "region", "m": "region", "c": "sector", "a": "sector", "h": "household"}
ROWS = 12


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
        A year of a run whose results are in ``folder``.
    """
    economy = load_economy(aggregation)
    parameters = load_parameters(aggregation, economy.activities, economy.commodities)
    if period is not None:
        changes = changed_parameters(period[0])
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
    listed = [s for s in sectors(aggregation) if s.code in known]
    spellings = {text.lower(): s.code for s in listed for text in (s.code, s.name_en, s.name_zh)}
    wanted = name.strip().lower()
    if wanted in spellings:
        return spellings[wanted]
    within = [s for s in spellings if wanted and wanted in s]
    near = dict.fromkeys([*difflib.get_close_matches(wanted, spellings, 3, 0.5), *within])
    names = {s.code: s.name_en for s in listed}
    hint = ", ".join(dict.fromkeys(f"{spellings[s]} ({names[spellings[s]]})" for s in near)) or ", ".join(names)
    text = f"no sector {name!r} here in {aggregation}; nearest: {hint}"
    raise ScenarioError(text)


def explain_cell(explainer: Explainer, name: str, asked: Mapping[str, str | None], aggregation: str) -> Explanation:
    """Explain one cell of what determines ``name``.

    Parameters
    ----------
    name : str
        A definition, an equation, an account, or a variable that an equation of the policy closure is paired with.
    asked : mapping
        Words of the options ``region``, ``sector`` and ``household``; any usual spelling.

    Raises
    ------
    ScenarioError
        A label that is missing, unknown, or names a cell that does not exist.
    """
    theory = explainer.theory
    candidates = _determining(theory, theory.named(name))
    if not candidates:
        text = f"nothing in the model determines {name!r} in the policy closure; it is given"
        raise ScenarioError(text)
    cells = [(s, _labels(explainer, s, asked, aggregation)) for s in candidates]
    try:
        return explainer.explain(*next((c for c in cells if explainer.exists(*c)), cells[-1]))
    except SpecificationError as error:
        raise ScenarioError(*error.args) from error


def _determining(theory: Theory, name: str) -> list[Statement]:
    if name in theory.statements:
        return [theory.statements[name]]
    return [theory.equations[n] for n in CLOSURES["policy"] if theory.equations[n].variable == name]


def _labels(
    explainer: Explainer, statement: Statement, asked: Mapping[str, str | None], aggregation: str
) -> tuple[str, ...]:
    out = []
    for index in statement.over:
        of = explainer.theory.indices[index.name]
        members = explainer.expansion.members(index)
        option = OPTIONS[of.name]
        word = asked.get(option)
        if word is None:
            text = f"{statement.name} is by {of.description}; add --{option}, one of {', '.join(members)}"
            raise ScenarioError(text)
        if option == "region":
            out.append(resolve(word))
        elif option == "sector":
            out.append(sector_code(word, aggregation, members))
        elif word.lower() in members:
            out.append(word.lower())
        else:
            text = f"no household {word!r}; there are {', '.join(members)}"
            raise ScenarioError(text)
    return tuple(out)


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


def as_text(found: Explanation, when: str = "base year") -> list[str]:
    """Lines for people: the formula, its terms, what is in it and what drives it."""
    cell = f"[{', '.join(found.labels)}]" if found.labels else ""
    where = [province(k).name_en for k in found.labels if k.isupper()]
    head = f"{found.kind} {found.statement}{cell}{' ' + ' '.join(where) if where else ''}, {when}"
    if found.kind != "equation":
        lines = [head, f"  = {found.formula}", f"  = {found.value:,.6g} {found.unit}", f"  {found.ref}", ""]
        if THEORY.statements[found.statement].expr.has(inv_boxcox):
            lines.insert(2, f"  {message('ces')}")
        share = "share of the sum"
    else:
        lines = [head, f"  0 = {found.formula}", f"  residual {found.value:.3g} {found.unit}; determines "
                 f"{found.variable}{cell}", f"  {found.ref}", ""]  # fmt: skip
        share = "share of one side"
    lines.append(f"  {'term value':>14}{share:>19}  term")
    lines += [f"  {t.value:>14,.6g}{t.share:>18.2%}   {t.text}" for t in found.terms]
    lines += ["", f"  who drives it{'value':>20}{'% per 1 %':>12}{'per unit':>14}"]
    drivers = [u for u in found.drivers if u.derivative != 0]
    for u in drivers[:ROWS]:
        lines.append(f"  {u.cell:<17}{u.value:>16,.6g}{u.elasticity:>12.4f}{u.derivative:>14.5g}   {_words(u)}")
    if len(drivers) > ROWS:
        lines.append(f"  and {len(drivers) - ROWS} more")
    given = [u for u in found.used if u.kind == "parameter"]
    if given:
        lines += ["", "  given numbers in it"]
        seen: dict[str, int] = {}
        for u in given:
            seen[u.name] = seen.get(u.name, 0) + 1
            if seen[u.name] <= 3:
                lines.append(f"  {u.cell:<25}{u.value:>16,.6g}   {_words(u)}")
        more = sum(max(0, k - 3) for k in seen.values())
        if more:
            lines.append(f"  and {more} more cells of the same parameters (--json lists all)")
    return lines


def _words(used: Any) -> str:
    return f"{used.description} [{used.unit}]"
