"""PB-1: permit prices of a 30 per cent cap as other solvers found them, and what must hold whatever the economy."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pb1
import pytest
from pb1_economies import draw, shares

DATA = Path(__file__).parent / "data"
PUBLISHED = {(2, 5): 0.48719761750, (5, 10): 0.64311658157}


def _carried(regions: int, goods: int) -> dict:
    raw = json.loads((DATA / f"pb1_{regions}x{goods}.json").read_text(encoding="utf-8"))
    raw.pop("source")
    return shares({k: np.array(v) if isinstance(v, list) else v for k, v in raw.items()})


@pytest.mark.parametrize("size", PUBLISHED)
def test_permit_price_that_other_solvers_found(size):
    system, p, start = pb1.problem(_carried(*size))
    assert system.solve(p, start, pb1.ACTIVE, max_iter=0).max_residual < 1e-12
    capped = p | {"cap": np.full(size[0], 0.7)}
    solved = system.solve(capped, start, pb1.ACTIVE, tol=1e-11)
    assert solved.values["tau"].mean() == pytest.approx(PUBLISHED[size], abs=1e-11)
    assert pb1.walras(system, capped, solved.values) < 1e-11


@pytest.mark.parametrize("share", [0.9, 0.4, 0.1])
def test_any_cap_from_the_benchmark_and_the_dropped_market(share):
    system, p, start = pb1.problem(draw(4, 12))
    solved = system.follow(lambda at: p | {"cap": np.full(4, share**at)}, start, pb1.ACTIVE)
    emitted = (p["phi"] * p["A0"] * solved.values["A"]).sum(1) / p["CO20"]
    np.testing.assert_allclose(emitted, share, rtol=1e-8)
    assert pb1.walras(system, p | {"cap": np.full(4, share)}, solved.values) < 1e-7


def test_a_region_with_room_has_a_price_of_exactly_zero():
    system, p, start = pb1.problem(draw(4, 12))
    solved = system.solve(p | {"cap": np.array([0.6, 0.6, 2.0, 0.6])}, start, pb1.ACTIVE)
    assert solved.values["tau"][2] == 0.0
    assert (solved.values["tau"][[0, 1, 3]] > 0).all()


def test_order_of_regions_changes_nothing():
    raw = draw(3, 6)
    turned = dict(raw)
    order = np.array([0, 2, 1])
    for k, v in raw.items():
        if k in ("T0", "thI"):
            turned[k] = v[np.ix_(order, order)]
        elif k not in (*pb1.GOODS, "phi", "R", "S", "nE"):
            turned[k] = v[order]
    found = []
    for data in (raw, turned):
        system, p, start = pb1.problem(data)
        found.append(system.solve(p | {"cap": np.full(3, 0.5)}, start, pb1.ACTIVE, tol=1e-11).values)
    for name in ("P", "Y", "A", "w", "tau"):
        np.testing.assert_allclose(found[0][name][order], found[1][name], rtol=1e-9)
