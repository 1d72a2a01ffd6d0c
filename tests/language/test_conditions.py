"""Where an equation or a term exists may be any condition on parameters."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from cge.explain.cells import Explainer
from cge.language.algebra import Theory, total
from cge.language.forms import Input, unit_cost
from cge.language.structure import inspect_structure
from cge.solve.system import System

GOODS = ("bread", "milk", "wine")
TAX, SIZE = np.array([0.0, 0.2, 0.5]), np.array([3.0, 1.0, 0.0])


def _taxed(where) -> tuple[Theory, System]:
    """What is taxed where a condition holds; elsewhere one."""
    t = Theory("conditions")
    goods = t.set("g")
    i, j = goods.index("i"), goods.index("j")
    tax, size = t.parameter("tax", (goods,)), t.parameter("size", (goods,))
    P, paid = t.variable("P", (goods,), log=False, default=1.0, given=True), t.variable("paid", (), log=False)
    t.equation("price", (i,), P[i] - 10 - i * 0 - tax[i], pairs=P, where=where(tax, size, i, j))
    t.define(paid, (), total(P[j] * tax[j], j, where=where(tax, size, j, i)))
    return t, System(t, {"g": GOODS})


@pytest.mark.parametrize(
    ("where", "there"),
    [
        (lambda tax, size, i, j: tax[i] > 0, [0, 1, 1]), (lambda tax, size, i, j: tax[i] <= 0.2, [1, 1, 0]),
        (lambda tax, size, i, j: sp.And(tax[i] > 0, size[i] > 0), [0, 1, 0]),
        (lambda tax, size, i, j: sp.Or(sp.Eq(tax[i], 0), size[i] < 1), [1, 0, 1]),
        (lambda tax, size, i, j: size[i] - 1, [1, 0, 1]), (lambda tax, size, i, j: tax[i] / (1 + size[i]), [0, 1, 1]),
        (lambda tax, size, i, j: size[i] * (tax[i] + 1), [1, 1, 0]),
        (lambda tax, size, i, j: size[i] / total(size[j], j) > 0.5, [1, 0, 0]),
    ],
)  # fmt: skip
def test_equations_and_terms_exist_where_a_condition_on_parameters_holds(where, there):
    theory, system = _taxed(where)
    data = {"tax": TAX, "size": SIZE}
    there = np.array(there)
    v = system.solve(data, {}, ["price"]).values
    np.testing.assert_allclose(v["P"], np.where(there, 10 + TAX, 1.0), rtol=1e-12)
    assert float(v["paid"]) == pytest.approx(float((v["P"] * TAX * there).sum()), rel=1e-12)
    counted = {b.name: b.cells for b in inspect_structure(theory, system.sets, data, ["price"]).blocks}
    assert counted["price"] == there.sum()
    explained = Explainer(theory, system.sets, data, v).explain(theory.definitions["paid"], ())
    assert float(explained.value) == pytest.approx(float(v["paid"]), rel=1e-12)


def test_a_share_that_is_a_quotient_masks_its_inputs():
    t = Theory("quotient")
    goods = t.set("g")
    i, j = goods.index("i"), goods.index("j")
    bought, P = t.parameter("bought", (goods,)), t.variable("P", (goods,))
    index = t.variable("index", ())
    t.define(index, (), unit_cost(0.5, Input(bought[i] / total(bought[j], j), P[i], i)))
    t.equation("price", (i,), P[i] - 2, pairs=P)
    v = System(t, {"g": GOODS}).solve({"bought": np.array([3.0, 0.0, 1.0])}, {"P": np.ones(3)}, ["price"]).values
    assert float(v["index"]) == pytest.approx(2.0, rel=1e-9)


def test_members_that_differ_are_a_condition_of_statements_and_with_others():
    t = Theory("pairs")
    goods = t.set("g")
    i, j = goods.index("i"), goods.index("j")
    size = t.parameter("size", (goods,))
    flow = t.variable("flow", (goods, goods), log=False, default=0.0, given=True)
    sent, other = t.variable("sent", (goods,), log=False), t.variable("other", (goods,), log=False)
    t.equation("flow", (i, j), flow[i, j] - size[i] * size[j], pairs=flow, where=sp.Ne(i, j))
    t.define(sent, (i,), total(flow[i, j], j, where=sp.Ne(i, j)))
    t.define(other, (i,), total(flow[i, j], j, where=sp.And(sp.Ne(i, j), size[j] > 1)))
    v = System(t, {"g": GOODS}).solve({"size": np.array([1.0, 2.0, 3.0])}, {}, ["flow"]).values
    np.testing.assert_allclose(v["sent"], [5.0, 8.0, 9.0], rtol=1e-9)
    np.testing.assert_allclose(v["other"], [5.0, 6.0, 6.0], rtol=1e-9)
    assert not v["flow"].diagonal().any()
