"""Balanced economies for PB-1: drawn here, or made by a generator in a folder; numpy only."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np


def draw(regions: int, goods: int, seed: int = 1) -> dict[str, Any]:
    """A random balanced economy of this shape: trade falls with distance, incomes are spent where they arise."""
    rng = np.random.default_rng(seed)
    n, m = regions, goods
    fossil = 1 + (m >= 10) + (m >= 20)
    energy = fossil + 1
    cost = np.concatenate([rng.gamma(0.7, size=(n, m, m)) + 0.02, np.zeros((n, 2, m))], axis=1)
    cost[:, :energy] *= rng.uniform(0.03, 0.08, (n, 1, m)) / cost[:, :energy].sum(1, keepdims=True)
    added = rng.uniform(0.3, 0.5, (n, 1, m))
    cost[:, energy:m] *= (1 - added - cost[:, :energy].sum(1, keepdims=True)) / cost[:, energy:m].sum(1, keepdims=True)
    labour = rng.uniform(0.35, 0.7, (n, m))
    cost[:, m], cost[:, m + 1] = added[:, 0] * labour, added[:, 0] * (1 - labour)
    ty = rng.uniform(0.01, 0.05, (n, m))
    cost *= (1 - ty)[:, None]
    parts = {}
    for name, weight in (("C", 0.5), ("G", 0.15), ("I", 0.35)):
        pattern = rng.gamma(1.0, size=(n, m)) + 0.05
        pattern[:, :energy] *= 0.3 if name == "C" else 0.0
        parts[name] = weight * pattern / pattern.sum(1, keepdims=True)
    place = rng.uniform(size=(n, 2))
    distance = np.linalg.norm(place[:, None] - place[None], axis=2) + 0.1
    trade = rng.lognormal(0, 0.5, (n, n, m)) / distance[:, :, None]
    trade[np.arange(n), np.arange(n)] = 0.0
    home = rng.uniform(0.55, 0.92, (n, m))
    trade *= (1 - home)[None] / trade.sum(0)
    trade[np.arange(n), np.arange(n)] = home
    inputs = np.einsum("odi,dis->oids", trade, cost[:, :m]).reshape(n * m, n * m)
    wanted = np.einsum("odi,di->oid", trade, sum(parts.values())).reshape(n * m, n)
    outputs = np.linalg.solve(np.eye(n * m) - inputs, wanted)
    earned = ((cost[:, m] + cost[:, m + 1] + ty).reshape(-1, 1) * outputs).reshape(n, m, n).sum(1)
    spend = np.full(n, 100.0)
    for _ in range(500):
        spend = earned @ spend
    out = (outputs @ spend).reshape(n, m)
    x0, l0, k0 = cost[:, :m] * out[:, None], cost[:, m] * out, cost[:, m + 1] * out
    c0, g0, i0 = (parts[k] * spend[:, None] for k in "CGI")
    a0 = x0.sum(2) + c0 + g0 + i0
    t0 = trade * a0[None]
    income = l0.sum(1) + k0.sum(1)
    td = (g0.sum(1) - (ty * out).sum(1)) / income
    fsav = t0.sum((0, 2)) - t0.sum((1, 2))
    gam = c0 * rng.uniform(0.1, 0.5, (n, m))
    gam[:, :fossil] = 0.0
    raw: dict[str, Any] = {
        "R": n, "S": m, "nE": energy, "VY0": out, "X0": x0, "L0": l0, "K0": k0, "G0": g0, "I0": i0, "A0": a0, "T0": t0,
        "ty": ty, "td": td, "mps": (i0.sum(1) - fsav) / ((1 - td) * income), "FSAV": fsav, "gam": gam,
        "SN0": (c0 - gam).sum(1), "beta": (c0 - gam) / (c0 - gam).sum(1, keepdims=True), "GE0": g0.sum(1),
        "INV0": i0.sum(1), "Lbar": l0.sum(1), "Kbar": k0.sum(1),
        "phi": np.where(np.arange(m) < fossil, 0.6, 0.0),
    }  # fmt: skip
    raw["CO20"] = (raw["phi"] * a0).sum(1)
    ranges = {"sT": (0.25, 0.45), "sKLE": (0.4, 0.8), "sKL": (0.6, 0.95), "sE": (1.2, 1.9), "sM": (0.15, 0.35),
              "sA": (1.8, 3.0), "sI": (3.0, 5.0)}  # fmt: skip
    return shares(raw | {k: rng.uniform(*v, m) for k, v in ranges.items()})


def given(regions: int, goods: int, folder: Path | None) -> dict[str, Any]:
    """The economy that ``gen.py`` of a folder makes, or one of our drawing."""
    if folder is None:
        return draw(regions, goods)
    spec = importlib.util.spec_from_file_location("gen", folder / "gen.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make(regions, goods)


def shares(raw: dict[str, Any]) -> dict[str, Any]:
    """The arrays with the cost shares that follow from them."""
    x0, l0, k0, t0, energy = raw["X0"], raw["L0"], raw["K0"], raw["T0"], raw["nE"]
    fuel, stuff, value = x0[:, :energy].sum(1), x0[:, energy:].sum(1), l0 + k0
    own = np.einsum("rri->ri", t0)
    across = t0 * (1 - np.eye(raw["R"]))[:, :, None]
    return raw | {
        "thE": x0[:, :energy] / fuel[:, None], "thM": x0[:, energy:] / stuff[:, None], "thL": l0 / value,
        "thKL": value / (value + fuel), "thKLE": (value + fuel) / (value + fuel + stuff), "thD": own / raw["A0"],
        "thI": across / across.sum(0),
    }  # fmt: skip
