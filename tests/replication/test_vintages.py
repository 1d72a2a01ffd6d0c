"""Old vintages: the same point, less substitution around it."""

import numpy as np
import pytest

from cge.periods import Period, capital_use
from cge.vintages import hardened, old_share

OLD = 0.4


@pytest.fixture(scope="module")
def sides(model):
    """Definitions under both parameter sets at the baseline of 2060 and with wages one per mille higher."""
    last = model.baseline[-1]
    old = np.full(len(model.benchmark.sets["a"]), OLD)
    firm = {**last.parameters, **hardened(last.parameters, last.values, old)}
    core = {n: last.values[n] for n in model.benchmark.start}
    dearer = core | {"W": core["W"] * 1.001}

    def at(p, values):
        found = model.system.evaluate(p, values)
        return found, capital_use(Period(last.year, p, found, last.solution, last.capital))

    return last, [[at(p, x) for x in (core, dearer)] for p in (last.parameters, firm)]


def test_the_point_is_the_same(sides):
    _, (soft, firm) = sides
    for name, value in soft[0][0].items():
        np.testing.assert_allclose(firm[0][0][name], value, rtol=1e-9, atol=1e-9 * np.abs(value).max(), err_msg=name)


def test_substitution_falls_by_the_old_share(sides):
    last, found = sides
    p = last.parameters
    plain = (p["theta_capital"] > 0) & (p["sector"] > 0) & (p["theta_resource"] == 0)
    soft, firm = (np.log(x[1][1][plain] / x[0][1][plain]) for x in found)
    assert soft.max() > 3e-4
    np.testing.assert_allclose(firm, (1 - OLD) * soft, atol=2e-6)


def test_no_old_capital_leaves_every_parameter(model):
    last = model.baseline[-1]
    same = hardened(last.parameters, last.values, np.zeros(len(model.benchmark.sets["a"])))
    for name, value in same.items():
        np.testing.assert_allclose(value, last.parameters[name], atol=1e-9, err_msg=name)


def test_share_of_old_capital():
    old, use = np.array([[1.0, 1.0], [0.0, 0.0], [5.0, 5.0]]), np.array([[2.0, 6.0], [0.0, 0.0], [4.0, 4.0]])
    np.testing.assert_allclose(old_share(old, use), [0.25, 0.0, 1.0])
