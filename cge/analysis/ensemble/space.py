"""What is drawn: every parameter with a range that a study can set, choices of data, of the baseline and of closures.

A draw is one point of a scrambled Sobol sequence (Sobol 1967; Owen 1998): its number and the seed say all of it, how
many are asked for and where they are solved does not matter. How a point becomes numbers is an assumption:

- A parameter lies below its value in half of the draws and above in the other half, evenly from there to the end of its
  range: the value of the study is the median. All sectors of a parameter move together, to the same part of their
  ranges, since they come from the same source; nodes of a path move together by what they are of.
- A choice stays that of the study in half of the draws; in the other half every other option is as likely.
- Closures are one choice: one axis at a time is moved.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np

from cge.calibrate.parameters import ParameterSet
from cge.calibrate.parameters.changes import Entries, entries_of, settable
from cge.study.base import DataChoices
from cge.study.baseline import CHOICES
from cge.study.scenario import Study
from cge.theory.closures import SWAPS
from sam.choices import GRAVITY_RANGE

KINDS = ("parameters", "data", "baseline", "closure")
"""What can be drawn."""
FOLLOWS = ("population",)
"""Choices of the baseline that follow another one where the study does not set them."""


@dataclass(frozen=True)
class Move:
    """A parameter, or the nodes of a path that are of one thing, between the ends of its range."""

    name: str
    parameter: str
    items: Mapping[str, tuple[float, float, float]]

    def at(self, part: float) -> dict[str, float]:
        """Values at a part of the range, 0 low, 0.5 the study's own, 1 high."""
        return {i: _between(low, own, high, part) for i, (low, own, high) in self.items.items()}


@dataclass(frozen=True)
class Choice:
    """Options of a choice, that of the study first; each is what it changes."""

    name: str
    kind: str
    options: tuple[Mapping[str, Any], ...]

    def at(self, part: float) -> Mapping[str, Any]:
        """The option at a part of 0 to 1."""
        others = self.options[1:]
        if part < 0.5 or not others:
            return self.options[0]
        return others[min(int((2 * part - 1) * len(others)), len(others) - 1)]


@dataclass(frozen=True)
class Draw:
    """One point: what differs from the study."""

    number: int
    parameters: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    baseline: Mapping[str, Any] = field(default_factory=dict)
    closure: Mapping[str, Any] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, Any]:
        """What differs from the study, plain JSON."""
        moved = {n: dict(items) for n, items in self.parameters.items()}
        return {"draw": self.number, "parameters": moved, "data": dict(self.data), "baseline": dict(self.baseline),
                "closure": dict(self.closure)}  # fmt: skip


@dataclass(frozen=True)
class Space:
    """All that is drawn, in the order of its coordinates."""

    moves: tuple[Move, ...]
    choices: tuple[Choice, ...]
    seed: int

    @property
    def names(self) -> list[str]:
        """Names of the coordinates."""
        return [m.name for m in self.moves] + [c.name for c in self.choices]

    def points(self, count: int) -> np.ndarray:
        """The first points of the sequence, (count, coordinates); those of a longer one begin with them."""
        from scipy.stats import qmc

        sampler = qmc.Sobol(len(self.names), scramble=True, rng=self.seed)
        return np.asarray(sampler.random_base2(math.ceil(math.log2(max(count, 2))))[:count])

    def draws(self, count: int) -> list[Draw]:
        """The first draws."""
        return [self.draw(k, point) for k, point in enumerate(self.points(count))]

    def draw(self, number: int, point: np.ndarray) -> Draw:
        """The draw of a point."""
        own: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        for move, part in zip(self.moves, point[: len(self.moves)], strict=True):
            own["parameters"].setdefault(move.parameter, {}).update(move.at(float(part)))
        for choice, part in zip(self.choices, point[len(self.moves) :], strict=True):
            own[choice.kind].update(choice.at(float(part)))
        return Draw(number, **own)


def space_of(study: Study, parameters: ParameterSet, over: Sequence[str] = KINDS, seed: int = 0) -> Space:
    """What a study leaves open.

    Parameters
    ----------
    parameters : ParameterSet
        At the aggregation of the run, with the values that the study sets: they are the medians.
    over : sequence of str
        Of :data:`KINDS`.
    seed : int
        Scrambles the sequence.
    """
    moves = tuple(_moves(parameters)) if "parameters" in over else ()
    made = {"data": _data, "baseline": _baseline, "closure": _closure}
    choices = [c for kind, of in made.items() if kind in over for c in of(study)]
    return Space(moves, tuple(c for c in choices if c.options[1:]), seed)


def _between(low: float, own: float, high: float, part: float) -> float:
    if part < 0.5:
        return low + (own - low) * 2 * part
    return own + (high - own) * (2 * part - 1)


def _moves(parameters: ParameterSet) -> list[Move]:
    """Every parameter with a range; nodes of a path by what they are of."""
    out: list[Move] = []
    for name in settable():
        entries = entries_of(parameters, name)
        if not isinstance(entries, Entries):
            continue
        groups: dict[str, dict[str, tuple[float, float, float]]] = {}
        for item, value in entries.values.items():
            low, high = entries.ranges[item]
            if not (np.isfinite(low) and np.isfinite(high)) or low == high:
                continue
            own = float(parameters.paths.get((name, item), value))
            label = f"{name}[{item.rpartition('_')[0]}]" if entries.path else name
            groups.setdefault(label, {})[item] = (min(float(low), own), own, max(float(high), own))
        out += [Move(label, name, items) for label, items in groups.items()]
    return out


def _data(study: Study) -> list[Choice]:
    """Choices the shipped economy is built with; an economy of the user's own has made them."""
    if study.base.folder is not None:
        return []
    now = (study.base.choices or DataChoices()).model_dump()
    known = {key: _options(f.annotation) for key, f in DataChoices.model_fields.items()} | {"gravity": GRAVITY_RANGE}
    return [_choice("data", key, now[key], options) for key, options in known.items()]


def _baseline(study: Study) -> list[Choice]:
    now = study.baseline.chosen
    return [_choice("baseline", key, now[key], options) for key, options in CHOICES.items() if key not in FOLLOWS]


def _closure(_: Study) -> list[Choice]:
    """Every option of every axis, one at a time; the first of an axis is what most scenarios have."""
    moved = [{axis: option} for axis, options in SWAPS.items() for option in [*options][1:]]
    return [Choice("closure", "closure", ({}, *moved))]


def _choice(kind: str, key: str, now: Any, options: Sequence[Any]) -> Choice:
    return Choice(f"{kind}.{key}", kind, ({}, *({key: o} for o in options if o != now)))


def _options(annotation: Any) -> tuple[Any, ...]:
    """Options of a field that is one of some words; none of another field."""
    options = get_args(annotation)
    return options if options and all(isinstance(o, str) for o in options) else ()
