"""The closures of the model as a table: options, what each takes out and puts in, counted and matched on real data."""

from __future__ import annotations

from cge.language.structure import inspect_structure
from cge.study.posed import pose_study
from cge.study.scenario import Study
from cge.theory.chapters import THEORY
from cge.theory.closures import CLOSURES, SWAPS, policy_closure

SHOWN = "policy"


def closure_lines(aggregation: str, study: Study) -> list[str]:
    """Options of every axis, the policy closure counted, and a line for each other closure and scenario.

    Raises
    ------
    SAMError, CalibrationError, ScenarioError
        The economy of the study cannot be run, or scenarios ask for what it does not have.
    SpecificationError
        A closure that is not square or not of full structural rank.
    """
    benchmark = pose_study(study, aggregation).benchmark
    parameters = benchmark.parameters | {"market": benchmark.parameters["market"] + 1.0}
    named = {f"closure {n}": active for n, active in CLOSURES.items() if n != SHOWN}
    named |= {
        f"closure {axis} = {option}": policy_closure({axis: option})
        for axis, options in SWAPS.items() for option in list(options)[1:]
    }  # fmt: skip
    for s in study.scenarios:
        if not s.is_baseline:
            more = (e for i in s.instruments.values() for e in i.equations)
            named[f"scenario {s.id}"] = (*policy_closure(s.closure.model_dump()), *more)
    lines = [*swap_lines(), "", f"closure {SHOWN} on {aggregation}"]
    found = inspect_structure(THEORY, benchmark.sets, parameters, CLOSURES[SHOWN])
    found.require()
    lines += found.table()
    for name, active in named.items():
        found = inspect_structure(THEORY, benchmark.sets, parameters, active)
        found.require()
        given = f"given: {', '.join(found.given)}"
        lines.append(f"{name}: {found.rows:,} equations and unknowns, structurally sound; {given}")
    return lines


def swap_lines() -> list[str]:
    """Table of the closure axes; the first option of each is the default."""
    lines = [f"{'axis':<12}{'option':<16}meaning"]
    for axis, options in SWAPS.items():
        for k, (option, swap) in enumerate(options.items()):
            frees = "; ".join(
                f"{sign} {n} ({THEORY.equations[n].variable})"
                for sign, names in (("-", swap.out), ("+", swap.into)) for n in names
            )  # fmt: skip
            lines.append(f"{axis if k == 0 else '':<12}{option:<16}{swap.meaning}{f'  [{frees}]' if frees else ''}")
    return lines
