"""Hypothesis strategies: random balanced economies for the theories of :mod:`families`."""

from __future__ import annotations

from typing import Any

import numpy as np
from families import ANY, SMOOTH, Array, Model, Values, theory
from hypothesis import strategies as st

WIDE = tuple(s for s in SMOOTH if s >= 0.9)
"""Elasticities of trade at which a poorer region sells more."""


def _shares(rng: np.random.Generator, shape: tuple[int, ...], absent: float, *, kept: bool = False) -> Array:
    """Random shares that add up to one over the first axis; some cells are absent, never the first if ``kept``."""
    raw = rng.uniform(0.1, 1.0, shape) * (rng.random(shape) >= absent)
    if kept:
        raw[0] += 0.1
    sums = raw.sum(0)
    return raw / np.where(sums > 0, sums, 1.0)


@st.composite
def models(draw: st.DrawFn, name: str, *, solvable: bool = True) -> Model:
    """A model of a theory; where it need not be solved, every elasticity may be anything."""
    least = 2 if name in ("capped", "tree") else 1
    spans = {"goods": (least, 4), "regions": (1, 3), "factors": (1, 3), "nests": (1, 4 if name == "tree" else 1)}
    sizes = {k: draw(st.integers(*span), k) for k, span in spans.items()}
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1), "seed"))
    absent = draw(st.sampled_from([0.0, 0.3, 0.6]), "absent cells")

    def sigma(n: int, allowed: tuple[float, ...]) -> Array:
        return np.array(draw(st.lists(st.sampled_from(allowed if solvable else ANY), min_size=n, max_size=n)))

    if name == "dispatch":
        return _dispatch(name, sizes, rng, absent)
    if name == "joint":
        return _joint(name, sizes, rng, absent, sigma)
    return _economy(name, sizes, rng, absent, sigma)


def _dispatch(name: str, sizes: dict[str, int], rng: np.random.Generator, absent: float) -> Model:
    g, r = sizes["goods"], sizes["regions"]
    here = (rng.random((g, r)) >= absent).astype(float)
    here[0] = 1.0
    wanted = rng.uniform(1.0, 3.0, r)
    p = {
        "cost": rng.uniform(0.3, 2.0, (g, r)), "room": rng.uniform(0.2, 2.0, (g, r)), "wanted": wanted,
        "slope": rng.uniform(0.3, 2.0, r), "level": np.array(1.0), "here": here,
    }  # fmt: skip
    start = {"p": np.ones(r), "x": here * p["room"] / 2, "rent": np.zeros((g, r))}
    return Model(name, theory(name), sizes, p, start, {"wanted": wanted * rng.uniform(0.5, 2.0, r)})


def _joint(name: str, sizes: dict[str, int], rng: np.random.Generator, absent: float, sigma: Any) -> Model:
    g, f = sizes["goods"], sizes["factors"]
    size = rng.uniform(10.0, 100.0, g)
    make = rng.uniform(0.1, 1.0, (g, g)) * (rng.random((g, g)) >= absent)
    make += np.eye(g)
    make *= size / make.sum(0)
    use = 0.5 * make.sum(1)[:, None] * size / size.sum() * rng.uniform(0.5, 1.5, (g, g))
    use *= rng.random((g, g)) >= absent
    hire = _shares(rng, (f, g), absent, kept=True)
    hire[:, 0] = _shares(rng, (f,), 0.0)
    hire *= size - use.sum(0)
    final = make.sum(1) - use.sum(1)
    first = np.zeros(f)
    first[rng.integers(f)] = 1.0
    stock = hire.sum(1)
    p = {
        "make": make, "use": use, "hire": hire, "size": size, "stock": stock, "c": final / final.sum(),
        "M0": np.array(final.sum()), "psi": sigma(g, SMOOTH), "sigma": sigma(g, SMOOTH), "first": first,
        "rest": 1 - first, "level": np.array(1.0), "tax": np.zeros((f, g)),
    }  # fmt: skip
    shock = {"stock": stock * rng.uniform(0.8, 1.25, f), "tax": rng.uniform(0.0, 0.3, (f, g))}
    return Model(name, theory(name), sizes, p, {"P": np.ones(g), "W": np.ones(f), "X": np.ones(g)}, shock)


MOST_LEFT = 1.03
"""Most that a firm may be left of its price, over before: goods, at most 0.7 of its cost, that stand for factors with
an elasticity of at most 6 make it for 0.7 ** -0.2 = 1.074 times their price, so that with more there is no solution."""


def _economy(name: str, sizes: dict[str, int], rng: np.random.Generator, absent: float, sigma: Any) -> Model:
    g, r, f, n = (sizes[k] for k in ("goods", "regions", "factors", "nests"))
    nested = name in ("budget", "capped")
    use, hire = _shares(rng, (g, g, r), absent, kept=nested), _shares(rng, (f, g, r), absent, kept=True)
    hire[:, 0] = _shares(rng, (f, r), 0.0)
    part = np.where(use.sum(0) > 0, rng.uniform(0.3, 0.9, (g, r)), 1.0)
    tax = rng.uniform(0.0, 0.25, (g, r)) * (rng.random((g, r)) >= absent)
    trade = _shares(rng, (r, r, g), absent)
    trade[:, :, 0] = _shares(rng, (r, r), 0.0)
    trade = 0.4 * trade + (1 - 0.4 * trade.sum(0)) * np.eye(r)[:, :, None]
    c = _shares(rng, (g, r), 0.0)
    state = _shares(rng, (g, r), absent) * (rng.uniform(0.05, 0.25, r) if name == "budget" else 0.0)
    flows = _balanced(use * (1 - part), part, tax, trade, c * (1 - state.sum(0)) + state)
    size, spent = flows
    bought, private = state * spent, c * (1 - state.sum(0)) * spent
    inputs = size * (1 - tax)
    first = np.zeros((f, r))
    first[rng.integers(f), rng.integers(r)] = 1.0
    stock = (inputs * part * hire).sum(1)
    p: Values = {
        "size": size, "A0": np.einsum("hgr,gr->hr", use * (1 - part), inputs) + bought + private, "stock": stock,
        "trade": trade, "arm": sigma(g, WIDE), "c": c, "M0": spent, "tax": tax, "net": 1 - tax, "first": first,
        "rest": 1 - first, "level": np.array(1.0),
    }  # fmt: skip
    start = {"P": np.ones((g, r)), "Y": np.ones((g, r)), "W": np.ones((f, r))}
    other = np.maximum(tax * rng.uniform(0.5, 1.3, (g, r)), 1 - MOST_LEFT * (1 - tax))
    shock = {"stock": stock * rng.uniform(0.9, 1.1, (f, r)), "tax": other}
    if name == "flat":
        p |= {"use": use * (1 - part), "hire": hire * part, "top": sigma(g, SMOOTH)}
    elif name == "tree":
        p |= _trees(rng, use * (1 - part), hire * part, n) | {"nests": np.append(sigma(n - 1, ANY), sigma(1, SMOOTH))}
        start |= {"PN": np.ones((n, g, r)), "QN": p.pop("QN")}
    else:
        p |= {"use": use, "hire": hire, "part": part}
        p |= {"top": sigma(g, ANY), "mat": sigma(g, ANY), "va": sigma(g, SMOOTH)}
    if name == "budget":
        least = private * rng.uniform(0.0, 0.5, (g, r)) * (rng.random((g, r)) >= absent)
        left = private - least
        p |= {"G0": bought, "least": least, "c": left / left.sum(0)}
        start["T"] = bought.sum(0) - (tax * size).sum(0)
    if name in ("capped", "tree"):
        phi = rng.uniform(0.2, 1.0, (g, r)) * (rng.random((g, r)) >= absent)
        phi[0] = 0.0
        emits = (phi.sum(0) > 0).astype(float)
        emitted = (phi * p["A0"]).sum(0)
        p |= {"phi": phi, "emits": emits, "E0": np.where(emits > 0, emitted, 1.0), "cap": np.full(r, 1.0)}
        start["tau"] = np.zeros(r)
        shock["cap"] = np.where(rng.random(r) < 0.3, 1.5, rng.uniform(0.93, 0.99, r))
        shock["stock"] = stock * rng.uniform(0.97, 1.03, (f, r))
    return Model(name, theory(name), sizes, p, start, shock)


def _balanced(use: Array, part: Array, tax: Array, trade: Array, final: Array) -> tuple[Array, Array]:
    """Output, (goods, regions), and spending of regions with which every market and every budget closes."""
    g, r = tax.shape
    sold = np.zeros((g, r, g, r))
    for i in range(g):
        sold[i, :, i, :] = trade[:, :, i]
    bought = np.zeros((g, r, g, r))
    for d in range(r):
        bought[:, d, :, d] = use[:, :, d] * (1 - tax[:, d])
    wanted = np.zeros((g, r, r))
    for d in range(r):
        wanted[:, d, d] = final[:, d]
    step = sold.reshape(g * r, g * r)
    outputs = np.linalg.solve(np.eye(g * r) - step @ bought.reshape(g * r, g * r), step @ wanted.reshape(g * r, r))
    earned = ((part * (1 - tax) + tax).reshape(-1, 1) * outputs).reshape(g, r, r).sum(0)
    square = np.vstack([np.eye(r) - earned, np.ones((1, r))])
    spent = np.linalg.lstsq(square, np.append(np.zeros(r), 100.0 * r), rcond=None)[0]
    return (outputs @ spent).reshape(g, r), spent


def _trees(rng: np.random.Generator, use: Array, hire: Array, n: int) -> Values:
    """A tree of nests for every firm; the last nest holds the factors, goods are anywhere, empty nests are absent."""
    g, r = use.shape[1:]
    out = {"nest": np.zeros((n, g, r)), "below": np.zeros((n, n, g, r)), "use": np.zeros((n, *use.shape)),
           "hire": np.zeros((n, *hire.shape)), "QN": np.ones((n, g, r))}  # fmt: skip
    for s, k in np.ndindex(g, r):
        parent = [int(rng.integers(m)) for m in range(1, n)]
        where = rng.integers(n, size=g)
        value = np.bincount(where, weights=use[:, s, k], minlength=n)
        value[-1] += hire[:, s, k].sum()
        for m in range(n - 1, 0, -1):
            value[parent[m - 1]] += value[m]
        there = np.where(value > 0, value, 1.0)
        out["nest"][:, s, k] = value > 0
        out["QN"][:, s, k] = value + (value == 0)
        out["use"][where, np.arange(g), s, k] = use[:, s, k] / there[where]
        out["hire"][-1, :, s, k] = hire[:, s, k] / there[-1]
        for m in range(1, n):
            out["below"][m, parent[m - 1], s, k] = value[m] / there[parent[m - 1]]
    return out | {"root": np.eye(n)[0]}
