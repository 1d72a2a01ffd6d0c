"""What sympy lets one write and no statement can mean is refused when it is stated, and everything else has code."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

from cge import CGEError, System, Theory, total
from cge.explain.latex import latex_document
from cge.language.algebra import boxcox, inv_boxcox, product
from cge.language.vocabulary import FUNCTIONS
from cge.solve.expression_code import CALLED
from cgebase.messages import both

pytestmark = pytest.mark.filterwarnings("ignore")


class Desk:
    """Two goods, a variable and a given one, parameters of one, two and no sets."""

    def __init__(self) -> None:
        self.t = t = Theory("desk")
        goods = t.set("g")
        self.i, self.k = goods.index("i"), goods.index("k")
        self.X, self.M = t.variable("X", (goods,), default=1.5), t.variable("M", (), default=2.0, given=True)
        self.T = t.variable("T", (goods,), log=False, default=-0.5, given=True)
        self.q, self.s, self.d = t.parameter("q", (goods,)), t.parameter("s", ()), t.parameter("d", (goods, goods))

    def solve(self, body: Any, **more: Any) -> Any:
        """Solve an equation that is stated here."""
        self.t.equation("e", (self.i,), body, pairs=self.X, **more)
        data = {"q": [1.0, 0.0], "s": 0.7, "d": [[0.0, 2.0], [1.0, 1.0]]}
        model = System(self.t, {"g": ["u", "w"]})
        found = model.solve(data, {}, ["e"], max_iter=8)
        model.gradient(data, found.values, ["e"], {"X": {"u": 1.0}})
        return found.values["X"]


STRANGE: dict[str, tuple[Callable[[Desk], Any], str, str]] = {
    "a function without code": (lambda d: sp.gamma(d.X[d.i]), "CGE428", r"no code for gamma in gamma\(X\[i\]\)"),
    "inside a sum": (lambda d: total(sp.LambertW(d.q[d.k]), d.k), "CGE428", r"LambertW in LambertW\(q\[k\]\)"),
    "a derivative": (lambda d: sp.Derivative(d.M**2, d.M), "CGE428", "no code for Derivative"),
    "a negative constant to a power": (lambda d: (-2) ** d.X[d.i], "CGE428", r"\(-2\)\*\*X\[i\] raises"),
    "zero to a power": (lambda d: 0**d.M, "CGE428", r"0\*\*M raises"),
    "a composite of a negative number": (lambda d: boxcox(-2, d.M), "CGE428", r"boxcox\(-2, M\) raises"),
    "a complex number": (lambda d: d.X[d.i] * sp.sqrt(-2), "CGE428", "is no real, finite number"),
    "infinity": (lambda d: sp.Max(d.X[d.i], 1e400), "CGE428", "oo is no real, finite number"),
    "no number": (lambda d: d.X[d.i] + float("nan"), "CGE428", "nan is no real, finite number"),
    "too large": (lambda d: d.X[d.i] * sp.Float("1e500"), "CGE428", "is no real, finite number"),
    "an index as a number": (lambda d: d.X[d.i] - d.i, "CGE428", "index i stands where a number is needed"),
    "an index in a condition": (lambda d: sp.Piecewise((1, d.i > 0), (2, True)), "CGE428", "index i stands"),
    "text in a function of sympy": (lambda d: sp.Max("X", 1), "CGE448", r"needs its indices here, such as X\[i\]"),
    "a condition": (lambda d: boxcox(d.X[d.i], d.q[d.i] > 0), "CGE428", r"q\[i\] > 0 stands where a number"),
    "a truth": (lambda d: boxcox(d.X[d.i], True), "CGE428", "True stands where a number is needed"),
    "a list": (lambda d: sp.Tuple([d.s]), "CGE426", "no expression"),
}


@pytest.mark.parametrize("case", STRANGE)
def test_what_no_statement_can_mean_is_refused_when_it_is_stated(case):
    desk = Desk()
    body, code, words = STRANGE[case]
    with pytest.raises(CGEError, match=words) as refused:
        desk.t.equation("e", (desk.i,), body(desk), pairs=desk.X)
    assert both(refused.value).code == code and not desk.t.equations


@pytest.mark.parametrize(
    "mask", [lambda d: sp.gamma(d.q[d.i]), lambda d: d.i, lambda d: d.q[d.i] > sp.I * d.s, lambda d: sp.Interval(0, 1)]
)
def test_so_is_what_no_condition_can_mean(mask):
    desk = Desk()
    with pytest.raises((CGEError, TypeError)) as refused:
        desk.solve(desk.X[desk.i] - 1, where=mask(desk))
    assert isinstance(refused.value, CGEError) and not desk.t.equations


@pytest.mark.parametrize("scale", [0, -1, sp.oo, sp.nan, sp.I])
def test_a_scale_is_above_zero(scale):
    desk = Desk()
    with pytest.raises(CGEError, match="for a scale one above 0|no real, finite number"):
        desk.solve(desk.X[desk.i] - 1, scale=scale)


def test_conditions_take_every_function_and_sums_of_what_a_condition_leaves():
    desk = Desk()
    i, k = desk.i, desk.k
    few = total(desk.d[i, k], k, where=desk.d[i, k] > 1.5) > 1
    mask = sp.And(few, sp.erf(desk.q[i]) + boxcox(1 + desk.q[i], 0.5) > 0.1)
    assert desk.solve(desk.X[i] - 7, where=mask).tolist() == [pytest.approx(7.0), 1.5]


def test_a_root_of_what_is_always_below_zero_is_named_with_its_cell():
    desk = Desk()
    with pytest.raises(CGEError, match=r"e \[u\] has no value: -X\[u\] = -1.5 is taken to a power, root or logarithm"):
        desk.solve(desk.X[desk.i] - sp.sqrt(-desk.X[desk.i]))


def test_a_solution_with_an_endless_derivative_is_refused():
    t = Theory("steep")
    K = t.variable("K", (), log=False, default=0.0)
    t.equation("root", (), sp.sqrt(K), pairs=K)
    with pytest.raises(CGEError, match="a derivative of root is not a finite number where the equations are met"):
        System(t, {}).solve({}, {}, ["root"])


def test_every_function_of_the_vocabulary_has_code():
    desk = Desk()
    x = desk.X[desk.i] / 9
    two = {sp.Add, sp.Mul, sp.Pow, sp.Max, sp.Min, sp.atan2}
    parts = [f(x, 1 + x) if f in two else sp.Piecewise((x, x > 1), (2 * x, True)) if f is sp.Piecewise
             else f(1 + x) if f is sp.acosh else f(x) for f in FUNCTIONS]  # fmt: skip
    desk.t.define(desk.t.variable("Z", (desk.t.sets["g"],)), (desk.i,), sp.Add(*parts))
    assert np.isfinite(desk.solve(desk.X[desk.i] - 1)).all()
    assert FUNCTIONS.issuperset(CALLED)


ONE: list[Callable[[Any], Any]] = [
    sp.exp, sp.log, sp.sqrt, sp.Abs, sp.sign, sp.sin, sp.acos, sp.atanh, sp.erf, sp.gamma, sp.floor, sp.Heaviside,
    sp.re, sp.im, sp.conjugate, sp.cbrt, sp.sec, sp.erfinv, sp.Not, sp.UnevaluatedExpr, sp.Function("f"), sp.Tuple,
    lambda x: -x, lambda x: 1 / x, lambda x: x**-0.5, lambda x: sp.real_root(x, 3), lambda x: [x],
    lambda x: sp.Derivative(x, sp.Symbol("M")), lambda x: sp.Integral(x, sp.Symbol("M")), lambda x: sp.Matrix([x]),
    lambda x: sp.Sum(x, (sp.Symbol("i"), 0, 1)), lambda x: sp.Lambda(sp.Symbol("M"), x), lambda x: sp.Dummy() + x,
]  # fmt: skip
TWO: list[Callable[[Any, Any], Any]] = [
    lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / y, lambda x, y: x**y, sp.Max, sp.Min,
    sp.Mod, sp.atan2, boxcox, inv_boxcox, sp.Eq, sp.Ne, sp.KroneckerDelta, sp.binomial, lambda x, y: x > y,
    lambda x, y: sp.Piecewise((x, x > y), (y, True)), lambda x, y: sp.Piecewise((x, sp.And(x > 0, y < 1)), (y, True)),
    lambda x, y: sp.Pow(x, y, evaluate=False),
]  # fmt: skip
NUMBERS = [
    0, 1, -2, 0.5, -0.3, 1e308, sp.pi, sp.oo, -sp.oo, sp.zoo, sp.nan, sp.I, sp.Rational(1, 3), float("nan"), 1j, True,
    None, "X", np.float64(2.0), sp.Float("1e500"), sp.sqrt(-2),
]  # fmt: skip


def _leaf(d: Desk, draw: random.Random) -> Any:
    return draw.choice([
        d.X[d.i], d.X[d.i], d.q[d.i], d.s, d.M, d.T[d.i], d.X["u"], d.X[d.k], d.X, d.i, sp.Symbol("alpha"),
        total(d.d[d.i, d.k] * d.X[d.k], d.k), draw.choice(NUMBERS), draw.choice(NUMBERS),
    ])  # fmt: skip


def _tree(d: Desk, draw: random.Random, depth: int) -> Any:
    if not depth or draw.random() < 0.15:
        return _leaf(d, draw)
    kind = draw.random()
    if kind < 0.45:
        return draw.choice(ONE)(_tree(d, draw, depth - 1))
    if kind < 0.9:
        return draw.choice(TWO)(_tree(d, draw, depth - 1), _tree(d, draw, depth - 1))
    mask = draw.choice([None, d.q[d.k], sp.Ne(d.i, d.k), d.d[d.i, d.k] > 0, True, _tree(d, draw, 1)])
    return draw.choice([total, product])(_tree(d, draw, depth - 1) * draw.choice([1, d.X[d.k]]), d.k, where=mask)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_whatever_is_written_is_solved_or_ends_in_a_sentence(block):
    told = solved = 0
    for seed in range(100 * block, 100 * (block + 1)):
        draw, desk = random.Random(seed), Desk()
        try:
            written = _tree(desk, draw, draw.choice([1, 2, 2, 3]))
            body = desk.X[desk.i] - written
        except Exception:  # noqa: BLE001, S112 - Python and sympy refuse what is never stated
            continue
        way = draw.choice(["body", "body", "definition", "where", "scale"])
        try:
            if way == "definition":
                Z = desk.t.variable("Z", (desk.t.sets["g"],))
                desk.t.define(Z, (desk.i,), written)
                desk.solve(desk.X[desk.i] - Z[desk.i])
            elif way == "body":
                desk.solve(body)
            else:
                desk.solve(desk.X[desk.i] - 1, **{way: written})
            latex_document(desk.t)
            solved += 1
        except CGEError:
            told += 1
    assert told > 10 and solved > 1
