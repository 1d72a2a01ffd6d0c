"""A reference to one member by its label: a numeraire, the first stock, a price of reference."""

from __future__ import annotations

import numpy as np
import pytest

from cge.language.algebra import Theory, product, total
from cge.language.data import complete
from cge.language.expand import Expansion
from cge.language.structure import inspect_structure
from cge.solve.system import System
from cgebase.errors import SpecificationError

GOODS, PLACES = ("food", "cloth", "steel"), ("north", "south")


def _theory(label: str = "food") -> Theory:
    t = Theory("relative")
    goods, places = t.set("g"), t.set("r")
    i, r = goods.index("i"), places.index("r")
    cost = t.parameter("cost", (goods, places))
    P, paid, share = t.variable("P", (goods, places)), t.variable("paid", ()), t.variable("share", (goods, places))
    t.define(share, (i, r), P[i, r] / P[label, r])
    t.define(paid, (), total(P["cloth", "south"] * P[i, "north"], i))
    t.equation("price", (i, r), P[i, r] * P[label, "north"] - cost[i, r], pairs=P)
    return t


def test_one_member_is_read_in_definitions_equations_and_sums():
    cost = np.array([[4.0, 1.0], [2.0, 3.0], [6.0, 5.0]])
    system = System(_theory(), {"g": GOODS, "r": PLACES})
    v = system.solve({"cost": cost}, {"P": np.ones((3, 2))}, ["price"]).values
    np.testing.assert_allclose(v["P"], cost / 2, rtol=1e-9)
    np.testing.assert_allclose(v["share"], cost / cost[0], rtol=1e-9)
    assert float(v["paid"]) == pytest.approx(1.5 * 6.0, rel=1e-9)
    assert inspect_structure(system.theory, system.sets, {"cost": cost}, ["price"]).sound
    reading = Expansion(system.theory, system.sets, v | complete(system.theory, system.sets, {"cost": cost}))
    statement = system.theory.definitions["share"]
    assert "P[food, south]" in reading.text(statement.expr, {"i": 2, "r": 1})


def test_a_member_that_the_set_does_not_have_is_refused_by_name():
    system = System(_theory("foot"), {"g": GOODS, "r": PLACES})
    with pytest.raises(SpecificationError, match="refers to 'foot', which is no member of 'g'; did you mean 'food'"):
        system.solve({"cost": np.ones((3, 2))}, {"P": np.ones((3, 2))}, ["price"])


def test_a_product_over_an_index_is_that_of_the_members_that_are_there():
    t = Theory("product")
    goods = t.set("g")
    i = goods.index("i")
    share, P, index = t.parameter("share", (goods,)), t.variable("P", (goods,)), t.variable("index", ())
    t.define(index, (), product((P[i] / share[i]) ** share[i], i, where=share[i]))
    t.equation("price", (i,), P[i] - 2, pairs=P)
    v = System(t, {"g": GOODS}).solve({"share": np.array([0.5, 0.0, 0.5])}, {"P": np.ones(3)}, ["price"]).values
    assert float(v["index"]) == pytest.approx(4.0, rel=1e-9)
