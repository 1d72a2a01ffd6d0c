"""Every kernel against the same equation expanded by hand: the printed code says what the equation says."""

from __future__ import annotations

import numpy as np
import pytest

from cge.calibrate.benchmark import calibrate
from cge.calibrate.parameters import load_parameters
from cge.explain.cells import Explainer
from cge.solve.system import System
from cge.theory.chapters import THEORY
from sam.economy import load_economy

pytestmark = pytest.mark.slow

EVERY = {f"{s.kind}:{s.name}": s for s in THEORY.statements.values()}
CELLS = 8


def limits(benchmark) -> dict[str, np.ndarray]:
    """Floors of output, each activity and province its own, and of capture, every activity and province together."""
    act, nr = benchmark.parameters["act"], len(benchmark.sets["r"])
    ccs, sign = benchmark.parameters["ccs"] > 0, np.where(np.arange(nr) % 2, 1.0, -1.0)
    return {
        "qof": np.eye(len(act)), "qin": act[:, :, None] * np.eye(nr), "qfor": act, "qlim": 100 * act,
        "qsign": sign * act, "kof": np.outer(ccs, np.ones(nr)), "kin": np.ones((nr, nr)),
        "klim": np.full(nr, 5.0), "ksign": sign, "kfor": np.outer(ccs, np.ones(nr)),
    }  # fmt: skip


class Moved:
    """cn12 away from the base year: every price, quantity, permit price and policy switch is off its benchmark."""

    def __init__(self) -> None:
        economy = load_economy("cn12")
        benchmark = calibrate(economy, load_parameters("cn12", economy.activities, economy.commodities))
        rng = np.random.default_rng(11)
        nr = len(benchmark.sets["r"])
        self.parameters = dict(benchmark.parameters)
        self.parameters |= {
            "gamma_g": np.array(3.0), "gamma_n": np.array(4.0), "market": np.ones(nr), "traded": np.ones(nr),
            "kinv": np.full(nr, 1e-5), "tax": np.full(nr, 0.5), "cap": 0.9 * benchmark.parameters["em0"],
            "grow": np.full(1, 1.3), "closed": np.array(1.0), "harrod": np.array(0.4),
            "gcost": benchmark.parameters["gcost"] * 0.9,
            "rps": np.full(nr, 0.4), "rmax": np.full(nr, 5.0), "rcost": np.full(nr, 3.0), "rslope": np.full(nr, 0.2),
            "usen": np.full(nr, 0.2), "useo": np.full(nr, 0.1), "usei": np.full(nr, 0.3),
            "heads": np.full((2, nr), 0.5 / nr),
            "free": 1e-3 * benchmark.parameters["act"], "inten": np.full(nr, 1e-3), "sinks": np.full(nr, 2.0),
            "kold": 0.5 * benchmark.parameters["kshr"] * benchmark.parameters["kd0"], "qprog": np.full(nr, 4.0),
            "qold": 0.3 * benchmark.parameters["qa0"] * benchmark.parameters["act"],
            "lold": 0.4 * benchmark.parameters["theta_labour"], "cold_ene": 0.3 * benchmark.parameters["theta_c_ene"],
            "cold_fue": 0.2 * benchmark.parameters["theta_c_fue"],
            "tout": 0.02 * benchmark.parameters["act"], "green": benchmark.parameters["vre"],
            "gsub": 0.1 * benchmark.parameters["gen"],
            **limits(benchmark),
            "bcm": np.full_like(benchmark.parameters["thm"], 1e-3), "cbam": 0.01 * benchmark.parameters["made"],
            "save": 1 + 0.2 * benchmark.parameters["act"], "saveh": np.full(nr, 1.15),
            "bcf": np.full_like(benchmark.parameters["thm"], 1e-2), "flevy": np.array(5.0),
            "bcx": 1e-3 * benchmark.parameters["made"], "displaces": np.array(1.0), "ctot": np.array(100.0),
            "cmax": 20 * benchmark.parameters["ccs"],
        }  # fmt: skip
        start = {k: v * np.exp(0.05 * rng.standard_normal(v.shape)) for k, v in benchmark.start.items()}
        start["PCO2"] = rng.uniform(1.0, 4.0, nr)
        start["PST"] = rng.uniform(0.1, 1.0, nr)
        start["PLX"] = rng.uniform(0.1, 1.0, (nr, nr)) * (benchmark.parameters["lmax"] > 0)
        start |= {n: rng.uniform(0.01, 0.1, nr) for n in ("RM", "PGC", "CUTP", "CUTL")}
        start |= {n: rng.uniform(0.1, 0.9, start[n].shape) for n in ("KEEP", "SPARE")}
        start |= {n: rng.uniform(0.1, 0.5, start[n].shape) for n in ("RCC", "RCT")}
        start |= {n: rng.uniform(0.01, 0.03, start[n].shape) for n in ("PLQ", "PLC")}
        self.system = System(THEORY, benchmark.sets)
        self.values = self.system.evaluate(self.parameters, start)
        self.values |= self.system.accounts(self.parameters, self.values)
        self.residuals = self.system.residuals(self.parameters, self.values)
        self.explainer = Explainer(THEORY, benchmark.sets, self.parameters, self.values)

    def kernel(self, statement, position: tuple[int, ...]) -> float:
        """What the kernel says at a cell, in the unit of the statement."""
        if statement.kind != "equation":
            return float(self.values[statement.variable][position])
        at = {i.name: k for i, k in zip(statement.over, position, strict=True)}
        scale = self.explainer.expansion.value(statement.scale, at)
        return float(self.residuals[statement.name][position]) * scale


@pytest.fixture(scope="module")
def moved() -> Moved:
    return Moved()


def _some_cells(moved: Moved, statement, rng) -> list[tuple[int, ...]]:
    there = moved.explainer.expansion.cells(statement.over, statement.where, {})
    cells = [at for at in there if moved.kernel(statement, tuple(at[i.name] for i in statement.over)) != 0]
    chosen = rng.choice(len(cells), size=min(CELLS, len(cells)), replace=False)
    return [tuple(cells[k][i.name] for i in statement.over) for k in chosen]


@pytest.mark.parametrize("key", EVERY)
def test_terms_add_up_to_the_kernel(moved, key):
    statement = EVERY[key]
    largest = 0.0
    for position in _some_cells(moved, statement, np.random.default_rng(len(key))):
        labels = [moved.explainer.expansion.members(i)[k] for i, k in zip(statement.over, position, strict=True)]
        found = moved.explainer.explain(statement, labels)
        gross = sum(abs(t.value) for t in found.terms)
        largest = max(largest, gross)
        assert abs(sum(t.value for t in found.terms) - found.value) <= 1e-12 * gross
        assert abs(found.value - moved.kernel(statement, position)) <= 1e-10 * gross, (key, labels)
    assert largest > 0


@pytest.mark.parametrize("key", EVERY)
def test_slopes_are_those_of_central_differences(moved, key):
    statement = EVERY[key]
    rng = np.random.default_rng(len(key) + 1)
    position = _some_cells(moved, statement, rng)[0]
    at = {i.name: k for i, k in zip(statement.over, position, strict=True)}
    labels = [moved.explainer.expansion.members(i)[k] for i, k in zip(statement.over, position, strict=True)]
    found = moved.explainer.explain(statement, labels)
    numbers = moved.explainer.expansion.numbers
    for used in found.drivers[:3]:
        where = tuple(
            moved.explainer.expansion.sets[d.name].index(k)
            for d, k in zip(THEORY.families[used.name].dims, used.labels, strict=True)
        )
        step = 1e-5 * max(abs(used.value), 1e-3)
        sides = []
        for sign in (1, -1):
            shifted = np.array(numbers[used.name], float)
            shifted[where] += sign * step
            again = Explainer(THEORY, moved.system.sets, {**numbers, used.name: shifted}, {})
            sides.append(again.expansion.value(statement.expr, at))
        slope = (sides[0] - sides[1]) / (2 * step)
        noise = 1e-10 * sum(abs(t.value) for t in found.terms) / step
        assert slope == pytest.approx(used.derivative, rel=1e-6, abs=noise), (used.name, used.labels)
        assert used.elasticity == pytest.approx(used.derivative * used.value / found.size)
