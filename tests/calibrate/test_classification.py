"""The sector lists of the build and what their codes inherit."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from cge.calibrate.parameters import OF_ACTIVITIES, OF_COMMODITIES, load_parameters
from cge.policies.power import Technology
from cge.theory.nests import ENERGY_LEAVES
from sam.classification import CARRIERS, NBS42, classification
from sam.construct.power import MATERIALS, materials
from sam.controls import INDUSTRIES, industry_of, provincial_gdp, provincial_value_added
from sam.registry import TECHNOLOGIES, activity_codes, commodity_codes


def test_every_published_sector_leads_to_a_code_and_only_energy_is_split():
    fine = classification("cn42")
    assert tuple(fine.parts) == NBS42
    assert {n: codes for n, codes in fine.parts.items() if len(codes) > 1} == {
        "03": ("cru", "nga"), "11": ("oil", "cok"), "14": ("irs", "nfm"), "24": ("ely", "hea"),
    }  # fmt: skip
    assert [c for codes in fine.parts.values() for c in codes] == list(fine.sectors)
    assert len(fine.sectors) == 46


def test_cn30_gathers_the_codes_of_cn42():
    fine, coarse = classification("cn42"), classification("cn30")
    assert coarse.parts["25"] == ("gas",) and coarse.parts["03"] == ("cru", "gas")
    for nbs, codes in fine.parts.items():
        assert coarse.parts[nbs] == tuple(dict.fromkeys(fine.parent[c] for c in codes))
    assert [c for c in coarse.sectors for _ in fine.children(c)] == sorted(
        (fine.parent[c] for c in fine.sectors), key=coarse.sectors.index
    )


@pytest.mark.parametrize("name", ["cn30", "cn42"])
def test_industries_are_the_nine_of_the_accounts(name):
    sectors = classification(name)
    kept = industry_of(sectors)
    control = provincial_value_added(sectors)
    assert set(kept.values()) == set(control.columns)
    np.testing.assert_allclose(control.sum(axis=1), provincial_gdp(), rtol=1e-12)
    assert control.shape[1] == {"cn30": 7, "cn42": len(INDUSTRIES)}[name]
    assert {sectors.sectors[k] for k in sectors.industry} | {"ely", "hea"} == {
        c for c, industry in kept.items() if industry == "industry"
    }


@pytest.mark.parametrize("name", ["cn30", "cn42"])
def test_materials_of_power_keep_their_weights(name):
    sectors = classification(name)
    found = dict.fromkeys(MATERIALS, 0.0)
    for k, weight in materials(sectors):
        found[sectors.parent[sectors.sectors[k]]] += weight
    assert found == pytest.approx(MATERIALS, rel=1e-12)


def test_figures_come_from_the_own_row_or_the_parent():
    fine, coarse = classification("cn42"), classification("cn30")
    tax = dict(zip(fine.sectors, fine.figures("build_assumptions", "import_tax", 0.0), strict=True))
    parent = dict(zip(coarse.sectors, coarse.figures("build_assumptions", "import_tax", 0.0), strict=True))
    assert tax["mag"] == tax["mas"] == parent["mac"] and tax["edu"] == 0.0
    with pytest.raises(KeyError, match="import_tax of .*edu"):
        fine.figures("build_assumptions", "import_tax")


def test_parameters_of_cn42_are_those_of_the_parent():
    fine = load_parameters("cn42", activity_codes("cn42"), commodity_codes("cn42"))
    coarse = load_parameters("cn30")
    parent = classification("cn42").parent
    for name in (*OF_ACTIVITIES, *OF_COMMODITIES):
        for code in classification("cn42").sectors:
            if (name, parent[code]) in coarse.values:
                assert fine.value(name, code) == coarse.value(name, parent[code])


@pytest.mark.parametrize("name", ["cn30", "cn42"])
def test_fuels_of_the_build_are_burnt_in_the_model(name):
    sectors = classification(name)
    assert {sectors.parent[c] for c in sectors.fuels} == set(CARRIERS)
    assert set(sectors.fuels) <= set(ENERGY_LEAVES)


def test_technologies_are_activities_and_what_instruments_may_name() -> None:
    assert get_args(Technology) == TECHNOLOGIES
    assert set(TECHNOLOGIES) < set(activity_codes("cn12"))
