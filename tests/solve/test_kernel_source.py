"""Kernels against the other reading of a statement, `cge.language.expand`, and against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from cge.language.algebra import Theory, boxcox, inv_boxcox, total
from cge.language.expand import Expansion
from cge.solve.system import System

WORDS = {"unit": "1", "description": "test"}
POINTS = np.array([0.3, 0.7, 1.0, 1.9, 4.0])
A, B = sp.symbols("a b", positive=True)
FORMS: dict[str, Any] = {
    "powers": A**2 + A**3 + A**4 + A**5 + A**-1 + A**-2 + A**-4 + A**-5 + A**0.3 + sp.sqrt(A) + 1 / sp.sqrt(A),
    "power of a power": A**B + B ** (A - 1) + 2**A,
    "fraction": 3 * A / (B * (1 + A) ** 2) - A * B / 7,
    "exp and log": sp.exp(-A) + sp.log(A * B) * sp.exp(B),
    "circular": sp.sin(A) + sp.cos(B) * sp.tan(A / 9) + sp.asin(A / 9) + sp.acos(B / 9) + sp.atan(A) + sp.atan2(A, B),
    "hyperbolic": sp.sinh(A) + sp.cosh(B) + sp.tanh(A) + sp.asinh(B) + sp.acosh(1 + A) + sp.atanh(A / 9),
    "special": sp.erf(A) + sp.erfc(B) * A,
    "kinks": sp.Max(A, B, 0.9) * sp.Min(A, B) + sp.Abs(A - B) + sp.sign(A - B) * A + sp.Heaviside(A - 0.9) * B,
    "cases": sp.Piecewise((A**2, A < B), (B, sp.Or(sp.And(A > 1, B <= 1), sp.Eq(A, B))), (A * B, True)),
    "transform": boxcox(A, -1.5) * inv_boxcox(B, 0.4) + boxcox(A * B, sp.Rational(1, 2)),
    "transform at its limit": boxcox(A, 0) + inv_boxcox(B, 0) + boxcox(B, sp.Float(1e-13)) * inv_boxcox(A, 1e-13),
    "transform of a number": A * boxcox(2, -0.5) + inv_boxcox(sp.Float(0.3), 0.4) * B,
    "numbers": sp.pi * A + sp.E * B + sp.Rational(1, 3) + sp.sqrt(2),
}


def _values(expr: sp.Expr, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """What sympy says."""
    direct = {boxcox: lambda x, e: sp.log(x) if abs(e) < 1e-12 else (x**e - 1) / e,
              inv_boxcox: lambda y, e: sp.exp(y) if abs(e) < 1e-12 else (1 + e * y) ** (1 / e)}  # fmt: skip

    def at(x: float, y: float) -> float:
        there = expr.subs({A: sp.Float(x, 30), B: sp.Float(y, 30)})
        for form, plain in direct.items():
            there = there.replace(form, plain)
        return float(there.evalf(20))

    return np.array([at(x, y) for x, y in zip(a, b, strict=True)])


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMS)
def test_a_kernel_has_the_value_and_the_slopes_of_its_form(name):
    expr = FORMS[name]
    t = Theory(name)
    k = t.set("k")
    i = k.index("i")
    a, b = t.variable("a", (k,), **WORDS), t.variable("b", (k,), log=False, **WORDS)
    f = t.variable("f", (k,), log=False, **WORDS)
    t.equation("form", (i,), expr.subs({A: a[i], B: b[i]}) - f[i], pairs=f, mixed=True)
    for other in (a, b):
        t.equation(f"given_{other.name}", (i,), other[i] - 1, pairs=other, mixed=True)
    first, second = (x.ravel() for x in np.meshgrid(POINTS, POINTS[::-1] + 0.01))
    system = System(t, {"k": [str(x) for x in range(len(first))]})
    values = {"a": first, "b": second, "f": np.zeros(len(first))}
    np.testing.assert_allclose(system.residuals({}, values, ["form"])["form"], _values(expr, first, second), rtol=1e-12)
    n = len(first)
    jacobian = system.jacobian({}, values, ["given_a", "given_b", "form"])[0][2 * n :]
    for slopes, x, scale in ((jacobian[:, :n], A, first), (jacobian[:, n : 2 * n], B, 1.0)):
        exact = sp.diff(expr, x).replace(sp.DiracDelta, lambda *_: sp.Integer(0))
        np.testing.assert_allclose(np.diag(slopes), _values(exact, first, second) * scale, rtol=1e-11, atol=1e-13)
        assert not (slopes - np.diag(np.diag(slopes))).any()


def test_sums_masks_and_lags_are_those_of_the_other_reading():
    t = Theory("sums")
    goods, years = t.set("g"), t.set("t", ordered=True)
    i, j, s, u = goods.index("i"), goods.index("j"), years.index("s"), years.index("u")
    x, w = t.variable("x", (goods, years), **WORDS), t.parameter("w", (goods, goods), **WORDS)
    there, scalar = t.parameter("there", (goods, years), **WORDS), t.parameter("scalar", (), **WORDS)
    y = t.variable("y", (goods, years), log=False, **WORDS)
    inner = total(w[i, j] * x[j, s] ** 2 / (1 + total(x[j, u] * x[i, u], u)), j, where=w[i, j] * there[j, s])
    t.define(y, (i, s), scalar * inner - x[i, s - 1] * total(x[j, s], j, where=sp.Ne(i, j)), where=there[i, s])
    sets = {"g": ("a", "b", "c"), "t": ("1", "2", "3", "4")}
    draw = np.random.default_rng(3)
    p = {"w": draw.random((3, 3)) * (draw.random((3, 3)) > 0.4), "there": (draw.random((3, 4)) > 0.3) * 1.0}
    p |= {"scalar": np.array(1.7), "lag1_t": np.array([0.0, 1, 1, 1])}
    values = {"x": 0.5 + draw.random((3, 4))}
    found = System(t, sets).evaluate({n: v for n, v in p.items() if n != "lag1_t"}, values)["y"]
    statement, reading = t.definitions["y"], Expansion(t, sets, p | values)
    cells = list(reading.cells(statement.over, statement.where, {}))
    assert 3 < len(cells) < 9
    for at in cells:
        assert found[at["i"], at["s"]] == pytest.approx(reading.value(statement.expr, at), rel=1e-14)
    assert np.count_nonzero(found) == len(cells)


def test_a_condition_may_hold_a_maximum():
    t = Theory("cases")
    x, a = t.variable("x", (), **WORDS), t.parameter("a", ())
    t.equation("e", (), x - sp.Piecewise((2, sp.Eq(sp.Max(x, a), a)), (3, True)), pairs=x)
    for given, found in ((5.0, 2.0), (1.0, 3.0)):
        assert System(t, {}).solve({"a": given}, {"x": np.array(1.5)}, ["e"]).values["x"] == pytest.approx(found)
