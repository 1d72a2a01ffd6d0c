"""The closures of the model as a table: options, what each takes out and puts in, counted and matched on real data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from cge.explain.statements import said
from cge.language.structure import Structure, inspect_structure, name_cells
from cge.runs.policy_year import chosen_by_country
from cge.study.posed import pose_study
from cge.study.scenario import Study
from cge.theory.chapters import THEORY
from cge.theory.closures import CLOSURES, SWAPS, displaces_fuel, policy_closure
from cgebase.columns import columns
from cgebase.messages import listed, message

SHOWN = "policy"


def closure_facts(aggregation: str, study: Study) -> dict[str, Any]:
    """Options of every axis, and every closure and scenario counted, the policy closure in full.

    Raises
    ------
    SAMError, CalibrationError, ScenarioError
        The economy of the study cannot be run, or scenarios ask for what it does not have.
    SpecificationError
        A closure that is not square or not of full structural rank.
    """
    benchmark = pose_study(study, aggregation).benchmark
    parameters = benchmark.parameters | {"market": benchmark.parameters["market"] + 1.0}
    named = {("closure", SHOWN): CLOSURES[SHOWN]}
    named |= {("closure", n): active for n, active in CLOSURES.items()}
    named |= {
        ("closure", f"{axis} = {option}"): policy_closure({axis: option})
        for axis, options in SWAPS.items() for option in list(options)[1:]
    }  # fmt: skip
    by_country: dict[tuple[str, str], dict[str, Any]] = {}
    for s in study.scenarios:
        if not s.is_baseline:
            more = (e for i in s.instruments.values() for e in i.equations)
            choice = s.closure.model_dump()
            named["scenario", s.id] = (*policy_closure(choice), *more)
            by_country["scenario", s.id] = chosen_by_country(benchmark, choice)
    counted: dict[tuple[str, str], Structure] = {}
    for key, active in named.items():
        switched = {"displaces": np.array(float(displaces_fuel(active))), **by_country.get(key, {})}
        counted[key] = inspect_structure(THEORY, benchmark.sets, parameters | switched, active)
        counted[key].require()
    return {
        "aggregation": aggregation,
        "axes": {axis: {option: asdict(swap) | {"meaning": message(f"closure.{axis}.{option}")}
                        for option, swap in options.items()} for axis, options in SWAPS.items()},
        "closures": [{"kind": kind, "name": name, "equations": found.rows, "given": list(found.given)}
                     for (kind, name), found in counted.items()],
        SHOWN: asdict(counted["closure", SHOWN]),
    }  # fmt: skip


def closure_lines(facts: Mapping[str, Any], language: str) -> list[str]:
    """The same for the screen: the axes, the policy closure, and a line for each other closure and scenario."""
    lines = [*axis_lines(language), ""]
    for of in facts["closures"]:
        given = listed(of["given"]) or message("nothing")
        line = message(f"closure_line.{of['kind']}", name=of["name"], equations=of["equations"], given=given)
        lines.append(line.text(language))
    lines += ["", message("closure_full", name=SHOWN, aggregation=facts["aggregation"]).text(language)]
    shown = facts[SHOWN]
    equations = [b for b in shown["blocks"] if b["kind"] == "equation"]
    cells = [b["cells"] for b in shown["blocks"] if b["kind"] == "definition"]
    head = [message(f"closure_head.{k}") for k in ("equation", "determines", "cells", "unknowns")]
    rows = [(b["name"], b["variable"], f"{b['cells']:,}", f"{b['unknowns']:,}") for b in equations]
    lines += [f"  {line}" for line in columns(head, rows, language, "llr")]
    line = message("closure_counts", definitions=len(cells), cells=sum(cells), equations=shown["rows"],
                   unknowns=shown["columns"], rank=shown["rank"])  # fmt: skip
    lines.append("  " + line.text(language))
    for x in shown["left_out"]:
        by = message("determined_by", names=listed(x["by"])) if x["by"] else message("is_given")
        line = message("left_out", name=x["name"], variable=x["variable"], why=by, ref=said(x["ref"]))
        lines.append("  " + line.text(language))
    if shown["loose"]:
        lines.append("  " + message("loose", cells=name_cells(shown["loose"])).text(language))
    if shown["unused"]:
        lines.append("  " + message("unused", names=listed(shown["unused"])).text(language))
    return lines


def axis_lines(language: str) -> list[str]:
    """Table of the closure axes; the first option of each is the default."""
    rows = []
    for axis, options in SWAPS.items():
        for k, (option, swap) in enumerate(options.items()):
            frees = "; ".join(
                f"{sign} {n} ({THEORY.equations[n].variable})"
                for sign, names in (("-", swap.out), ("+", swap.into)) for n in names
            )  # fmt: skip
            meaning = message(f"closure.{axis}.{option}").text(language)
            rows.append((axis if k == 0 else "", option, f"{meaning}  [{frees}]" if frees else meaning))
    return columns([message(f"axes.{k}") for k in ("axis", "option", "meaning")], rows, language, "l")
