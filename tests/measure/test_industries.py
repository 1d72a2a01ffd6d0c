"""Three industries and output of sectors in the baseline."""

from __future__ import annotations

import numpy as np
import pytest

from cge.measure.indicators import value_added
from cge.measure.industries import industries
from cge.study.model import Model
from sam.classification import industry
from sam.registry import sectors


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


def test_every_sector_of_every_list_is_in_an_industry() -> None:
    for name in ("cn12", "cn30", "cn42"):
        of = {s.code: industry(s.code) for s in sectors(name)}
        assert of["agr"] == "primary" and of["con"] == of["ely"] == "secondary" and of["trn"] == "tertiary"
        assert list(of.values()).count("primary") == 1 and list(of.values()).count("tertiary") >= 2


def test_shares_add_up_and_output_starts_at_one(model: Model) -> None:
    table = industries(model.benchmark, model.baseline, "baseline")
    share = table[table["indicator"] == "industry_share"].pivot_table(
        index=["region", "year"], columns="sector", values="value"
    )
    np.testing.assert_allclose(share.sum(axis=1), 1.0, rtol=1e-12)
    added, sets = value_added(model.baseline[-1]), model.benchmark.sets
    farms = added[sets["a"].index("agr")]
    assert share.loc[("CN", 2060), "primary"] == pytest.approx(farms.sum() / added.sum())
    place = sets["r"].index("XJ")
    assert share.loc[("XJ", 2060), "primary"] == pytest.approx(farms[place] / added[:, place].sum())
    made = table[table["indicator"] == "output_index"].set_index(["sector", "year"])["value"]
    assert made.xs(2021, level="year").to_numpy() == pytest.approx(1.0) and made["agr", 2060] > 1
