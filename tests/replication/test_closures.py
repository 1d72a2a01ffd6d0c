"""The model's closures: square and of full rank, structurally before a solve and numerically at the base year."""

from __future__ import annotations

import numpy as np
import pytest

from cge.calibration import calibrate
from cge.conditioning import name_weakest
from cge.dynamics import CLOSURES
from cge.equations import THEORY
from cge.errors import SpecificationError
from cge.parameters import load_parameters
from cge.structure import inspect_structure
from cge.system import System
from sam.economy import load_economy, shipped_aggregations


def _benchmark(aggregation: str):
    economy = load_economy(aggregation)
    return calibrate(economy, load_parameters(aggregation, economy.activities, economy.commodities))


@pytest.mark.parametrize("aggregation", shipped_aggregations())
@pytest.mark.parametrize("closure", CLOSURES)
def test_every_closure_is_square_and_matched(aggregation, closure):
    benchmark = _benchmark(aggregation)
    parameters = benchmark.parameters | {"market": np.ones(31)}
    found = inspect_structure(THEORY, benchmark.sets, parameters, CLOSURES[closure])
    found.require()
    assert set(found.loose) <= {"PR"}
    activities, regions = benchmark.sets["a"], benchmark.sets["r"]
    for a, r in found.loose.get("PR", ()):
        # a technology that has not entered yet: its rent stands still until it has a share
        assert parameters["sg_ref"][activities.index(a), regions.index(r)] == 0.0
        assert parameters["gen"][activities.index(a), regions.index(r)] == 1.0
    assert [x.by for x in found.left_out if x.name == "balance_of_payments"] == [("numeraire",)]


def test_the_walras_equation_beside_the_numeraire_is_refused():
    benchmark = _benchmark("cn12")
    active = [*CLOSURES["benchmark"], "balance_of_payments"]
    with pytest.raises(
        SpecificationError, match="numeraire and balance_of_payments are paired with the same cells of EXR"
    ):
        inspect_structure(THEORY, benchmark.sets, benchmark.parameters, active).require()


def test_counts_are_those_of_the_solver():
    benchmark = _benchmark("cn12")
    system = System(THEORY, benchmark.sets)
    layout = system.layout(benchmark.parameters, CLOSURES["benchmark"])
    found = inspect_structure(THEORY, benchmark.sets, benchmark.parameters, CLOSURES["benchmark"])
    assert found.columns == int(layout.bounds[-1])
    assert [(b.name, b.cells) for b in found.blocks if b.kind == "equation"] == [
        (b.statement.name, len(b.cells)) for b in layout.equations
    ]


@pytest.mark.slow
def test_without_a_numeraire_the_level_of_prices_is_the_weak_direction():
    """Walras' law and homogeneity: structure cannot see this singularity, the numbers can."""
    benchmark = _benchmark("cn12")
    system = System(THEORY, benchmark.sets)
    active = list(CLOSURES["benchmark"])
    found, _ = name_weakest(system, benchmark.parameters, benchmark.start, active)
    assert not found.singular
    active[active.index("numeraire")] = "balance_of_payments"
    # real grants are indexed to the numeraire; without it they must go for prices to be free
    parameters = benchmark.parameters | {"tc0": np.zeros(31)}
    inspect_structure(THEORY, benchmark.sets, parameters, active).require()
    found, text = name_weakest(system, parameters, benchmark.start, active)
    assert found.singular, text
    assert "unknowns PX" in text or "unknowns LST" in text
