"""Path integrals: contributions add up to the change, indices are those of the theory they come from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cge
from cge import gallery

CHANGED = {"tax": {"X": 0.4, "Y": 0.1}}


@pytest.fixture(scope="module")
def economy():
    """Two goods whose stock and taxes move."""
    model, _ = gallery.program("two_by_two").solve()
    p = gallery.program("two_by_two").data() | {"tax": {"X": 0.0, "Y": 0.0}}
    after = p | CHANGED | {"stock": p["stock"] * pd.Series({"L": 1.1, "K": 1.3})}
    return model, p, after, list(model.theory.equations)


@pytest.fixture(scope="module")
def whole(economy):
    """Real income and one good, every name that changes its own cause."""
    model, before, after, active = economy
    return cge.path_integral(model, before, after, {}, active, {"U": {"U": 1.0}, "bread": {"Q": {"X": 1.0}}})


@pytest.mark.slow
def test_contributions_add_up_to_the_change(economy, whole):
    model, before, after, active = economy
    parts = whole
    ends = [float(model.solve(p, {}, active, tol=1e-13).values["U"]) for p in (before, after)]
    assert parts.table.loc["total", "U"] == pytest.approx(ends[1] - ends[0], rel=1e-9)
    assert parts.residual.abs().max() < 1e-9 and parts.solved >= 15
    assert list(parts.table.index) == ["stock", "tax", "total"]
    assert parts.table.loc["tax", "U"] < 0 < parts.table.loc["stock", "U"]


@pytest.mark.parametrize("tolerance", [np.nan, 0.0, 2.0])
def test_a_tolerance_that_is_none_is_refused(economy, tolerance):
    model, before, after, active = economy
    with pytest.raises(cge.CGEError, match=f"tolerance={tolerance} is no tolerance"):
        cge.path_integral(model, before, after, {}, active, {"U": {"U": 1.0}}, tolerance=tolerance)


@pytest.mark.slow
def test_causes_are_cells_by_label_and_what_nobody_has_is_the_rest(economy, whole):
    model, before, after, active = economy
    causes = {"labour": {"stock": {"L": 1.0}}, "tax on X": {"tax": {"X": 1.0}}, "half": {"tax": {"Y": 0.5}}}
    parts = cge.path_integral(model, before, after, {}, active, {"U": {"U": 1.0}}, causes=causes)
    assert list(parts.table.index) == ["labour", "tax on X", "half", "rest", "total"]
    assert parts.table.loc["total", "U"] == pytest.approx(whole.table.loc["total", "U"], rel=1e-9)
    one = cge.path_integral(model, before, after, {}, active, {"U": {"U": 1.0}}, causes={"all of it": ["tax", "stock"]},
                            tolerance=1e-2)  # fmt: skip
    assert list(one.table.index) == ["all of it", "total"]


@pytest.mark.slow
def test_the_divisia_index_of_consumption_is_the_utility_of_homothetic_demand(economy):
    model, before, after, active = economy
    size = before["size"].to_numpy()

    def consumption(v):
        return {"Q": v["P"] * size / (v["P"] * size @ v["Q"])}

    parts = cge.path_integral(model, before, after, {}, active, {"index": consumption, "U": {"U": 1.0}})
    ends = [float(model.solve(p, {}, active, tol=1e-13).values["U"]) for p in (before, after)]
    assert parts.table.loc["total", "index"] == pytest.approx(np.log(ends[1] / ends[0]), rel=1e-8)
    assert np.isnan(parts.residual["index"]) and abs(parts.residual["U"]) < 1e-9


@pytest.mark.slow
def test_a_way_with_a_kink_adds_up_and_variables_that_are_given_are_causes():
    blocks = gallery.program("quota").blocks()
    model = cge.System(blocks.theory, blocks.sets)
    before, after = blocks.data | {"rent": 0.2}, blocks.data | {"rent": 0.0}
    parts = cge.path_integral(model, before, after, {}, blocks.active, {"U": {"U": 1.0}, "X2": {"X": {"2": 1.0}}},
                              tolerance=1e-3)  # fmt: skip
    assert list(parts.table.index) == ["rent", "total"]
    assert parts.table.loc["total", "X2"] == pytest.approx(-1.0, abs=1e-3)
    assert parts.residual.abs().max() < 1e-3


def test_unknown_names_are_refused(economy):
    model, before, after, active = economy
    with pytest.raises(cge.CGEError, match="did you mean 'tax'"):
        cge.path_integral(model, before | {"taxx": 0.0}, after, {}, active, {"U": {"U": 1.0}})
    with pytest.raises(cge.CGEError, match="UU"):
        cge.path_integral(model, before, after, {}, active, {"U": {"UU": 1.0}})
