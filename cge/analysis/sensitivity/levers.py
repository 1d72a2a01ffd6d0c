"""What can be moved, and to where: parameters of the tables, options of a closure, choices of the baseline."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np

from cge.calibrate.parameters import TABLES, ParameterSet, Side
from cge.calibrate.parameters.changes import PATHS
from cge.study.baseline import CHOICES, Baseline
from cge.study.scenario import Closure
from cge.theory.closures import SWAPS
from cgebase.errors import CGEError, ScenarioError
from cgebase.messages import Message, both, joined, lined, listed, message, near

#: What the design of the model expects to matter most.
DEFAULT = (
    "abatement_half_cost", "abatement_max_share", "gamma_technology", "gamma_origin",
    "supply_elasticity[ghy+gnu+gwi+gso+gbi]", "integration_cost", "sigma_kle", "sigma_fuel", "sigma_elec_2060",
    "sigma_household_energy_2060", "armington_province", "saving_rate_2060", "closure.capital", "baseline.emissions",
    "baseline.productivity", "baseline.sector_growth", "baseline.demand", "baseline.mix",
    "baseline.technology", "firm_capacity_cost",
)  # fmt: skip
KINDS = {"closure": "lever.closure", "baseline": "lever.baseline"}
SPELLING = re.compile(r"^(?P<name>[a-z0-9_.]+)(\[(?P<items>[A-Za-z0-9_+]+)\])?$")


@dataclass(frozen=True)
class Variation:
    """One run beside the base run.

    Parameters
    ----------
    lever : str
        As it was asked for.
    side : str
        ``low``, ``high`` or the name of the option.
    changes : mapping of (parameter, item) to float
    closure : mapping of axis to option
    baseline : mapping of str to str
        Choices of :class:`cge.study.baseline.Baseline`; ``gdp`` moves without population and labour, ``population``
        takes labour with it, and under ``intensity-index`` emissions follow GDP by definition.
    value, base : float
        Simple mean of the moved values, and of the same ones in the base run; nan for an option.
    """

    lever: str
    side: str
    changes: Mapping[tuple[str, str], float] = field(default_factory=dict)
    closure: Mapping[str, str] = field(default_factory=dict)
    baseline: Mapping[str, str] = field(default_factory=dict)
    value: float = float("nan")
    base: float = float("nan")

    @property
    def label(self) -> str:
        """Name in messages and of its file."""
        return f"{self.lever} {self.side}"

    @property
    def facts(self) -> dict[str, Any]:
        """What differs from the base run, plain JSON."""
        moved = {f"{p}[{i}]": v for (p, i), v in self.changes.items()}
        return {"lever": self.lever, "side": self.side, "changed_parameters": moved, "closure": dict(self.closure),
                "baseline": dict(self.baseline)}  # fmt: skip


@dataclass(frozen=True)
class Lever:
    """One thing that is moved, and the runs that move it."""

    name: str
    variations: tuple[Variation, ...]


def levers(names: Sequence[str], parameters: ParameterSet, closure: Closure, baseline: Baseline) -> tuple[Lever, ...]:
    """Return what to run.

    Parameters
    ----------
    names : sequence of str
        ``parameter`` (all its items together), ``parameter[item+item]``, ``closure.axis`` or ``baseline.choice``.
    parameters : ParameterSet
        Values and ranges at the aggregation of the run.
    closure : Closure
    baseline : Baseline
        Of the base run; their own options are not run again.

    Raises
    ------
    ScenarioError
        No such parameter or item or none of them has a range, no such axis or choice, something asked for twice, or a
        spelling that cannot be read; all at once.
    """
    twice = sorted({n for n in names if list(names).count(n) > 1})
    if twice:
        raise ScenarioError(message("CGE223", names=listed(twice)))
    out, faults = [], []
    for name in names:
        try:
            out.append(_lever(name, parameters, closure, baseline))
        except CGEError as error:
            faults.append(both(error))
    if faults:
        raise ScenarioError(joined(message("CGE235", count=len(faults)), faults) if faults[1:] else faults[0])
    return tuple(out)


def _lever(name: str, parameters: ParameterSet, closure: Closure, baseline: Baseline) -> Lever:
    found = SPELLING.match(name)
    if found is None:
        raise ScenarioError(message("CGE222", name=name))
    if name.startswith("baseline."):
        axis, others = _options(name, CHOICES, baseline.chosen)
        return Lever(name, tuple(Variation(name, o, baseline=baseline.alone(axis, o)) for o in others))
    if name.startswith("closure."):
        known = {axis: tuple(options) for axis, options in SWAPS.items()}
        axis, others = _options(name, known, closure.model_dump())
        return Lever(name, tuple(Variation(name, o, closure={axis: o}) for o in others))
    parameter, items = found["name"], tuple(found["items"].split("+")) if found["items"] else ()
    return Lever(name, tuple(_moved(name, side, parameter, items, parameters) for side in get_args(Side)))


def _options(name: str, known: Mapping[str, Sequence[str]], now: Mapping[str, str]) -> tuple[str, list[str]]:
    """Axis and the options that the base run does not have."""
    kind, _, axis = name.partition(".")
    if axis not in known:
        spelt = [f"{kind}.{n}" for n in known]
        raise ScenarioError(message("CGE224", name=name, near=near(name, spelt), known=lined(spelt)))
    return axis, [o for o in known[axis] if o != now[axis]]


def _moved(name: str, side: Side, parameter: str, items: tuple[str, ...], parameters: ParameterSet) -> Variation:
    changes = parameters.end(parameter, side, items)
    base = [parameters.values[k] for k in changes]
    return Variation(name, side, changes, value=float(np.mean(list(changes.values()))), base=float(np.mean(base)))


def title(name: str, words: Mapping[tuple[str, str], Message]) -> Message:
    """Name of a lever for readers; ``words`` holds those of parameters by table and name."""
    kind, _, axis = name.partition(".")
    if kind in KINDS:
        return message(KINDS[kind], axis=message(f"lever.{axis}"))
    parameter, _, items = name.partition("[")
    what = next(said for (table, p), said in words.items() if p == parameter and table in (*TABLES, PATHS))
    codes = items.rstrip("]").split("+")
    return Message(f"{what} ({', '.join(codes)})", f"{what.zh}（{'、'.join(codes)}）") if items else what
