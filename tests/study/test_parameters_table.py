"""`[parameters]` of a study: what can be set, what is refused, and where it is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cge.calibrate.parameters import ParameterError, load_parameters
from cge.calibrate.parameters.changes import changed
from cge.study.model import Model
from cge.study.scenario import load_study
from cgebase.errors import ScenarioError

STUDY = """
schema = 1
id = "mine"
title = { en = "Mine", zh = "我的" }
base = { aggregation = "cn12" }
time = { years = [2021, 2030, 2060] }
[[scenario]]
id = "uniform"
label = { en = "Uniform", zh = "统一" }
[scenario.cap]
final_share = 0.2
[parameters]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


def test_a_number_is_for_every_item_and_a_table_for_those_it_names(path: Path) -> None:
    values = "sigma_household_energy = 0.7\nsigma_kle = { mtl = 0.6 }\ngamma_technology = 3\n"
    path.write_text(STUDY + values, encoding="utf-8")
    study, usual = load_study(path), load_parameters("cn12")
    chosen = study.parameters.on(usual)
    assert {v for (p, _), v in chosen.values.items() if p == "sigma_household_energy"} == {0.7}
    assert chosen.value("sigma_kle", "mtl") == 0.6
    assert chosen.value("sigma_kle", "nmm") == usual.value("sigma_kle", "nmm")
    assert chosen.name == "literature, sigma_household_energy = 0.7, sigma_kle[mtl] = 0.6, +1"
    assert study.folder(None, None) == "mine.sigma_household_energy-0.7_sigma_kle-mtl-0.6_gamma_technology-3"
    assert study.with_parameters({"sigma_kle": {"mtl": 0.7}}).parameters.values["sigma_kle"] == {"mtl": 0.7}


def test_every_fault_at_once_each_with_what_was_expected(path: Path) -> None:
    wrong = (
        "sigma_kl = 0.5\nsigma_va = 9\nsigma_fuel = { irs = 1 }\nfrisch = { all = 3.0 }\nwage_curve = { mtl = -0.1 }\n"
        "coal_rate = 300\ngeneration_cost = 0.2\nfuel_price = 1\nline_cost = 1\nline_growth = true\n"
        "vintage_share = nan\nintegration_share = 0.4\n"
    )
    path.write_text(STUDY + wrong + '[modle]\n', encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_study(path)
    said = str(caught.value)
    assert said.startswith("mine.toml: 2 faults") and "22 parameters cannot be set so" in said
    for part in (
        "no parameter 'sigma_kl'; did you mean 'sigma_kle'?", "9 is outside the declared range, 0.2 to",
        "sigma_fuel has no item 'irs' at cn12", "frisch: 3 makes no sense", "wage_curve has one national value",
        "the model does not read coal_rate", "generation_cost is a path: give nodes of it",
        "fuel_price stands in the data table build_assumptions",
        "line_cost is a constant", "line_growth: expected a finite number, found True",
        "vintage_share: expected a finite number, found nan", "integration_share: it is a definition",
        "modle: unknown key",
    ):  # fmt: skip
        assert part in said, part


ONLY = {
    "vintage_share = 0.6": ('closure.capital = "vintage"', "capital = vintage in [scenario.closure]"),
    "wage_curve = -0.08": ('closure.activate = ["wage_curve"]', "employment = wage-curve in [scenario.closure]"),
    "capital_mobility = 0.8": ('closure.capital = "sluggish"', "capital = sluggish in [scenario.closure]"),
    "generation_share = { gso_2060 = 0.2 }": ('[baseline]\nmix = "table"', "mix = table in [baseline]"),
}
"""Values that act nowhere, the choice under which they do, and what is said without it."""


@pytest.mark.parametrize("value", ONLY)
def test_a_value_that_acts_nowhere_is_refused(path: Path, value: str) -> None:
    choice, said = ONLY[value]
    path.write_text(STUDY + value, encoding="utf-8")
    with pytest.raises(ScenarioError, match=re.escape(f"{value.partition(' ')[0]} is set but acts nowhere: only with")):
        load_study(path)
    with pytest.raises(ScenarioError, match=re.escape(said)):
        load_study(path)
    own = "[[scenario]]\nid = 'own'\nlabel = { en = 'Own', zh = '自' }\ntax.price = 100\n"
    path.write_text(STUDY.replace("[parameters]", f"{own}{choice}\n[parameters]") + value, encoding="utf-8")
    assert load_study(path).parameters.values


def test_a_value_of_the_default_acts_unless_the_closure_is_another(path: Path) -> None:
    path.write_text(STUDY + "capture_rent = 900", encoding="utf-8")
    assert load_study(path).parameters.values
    other = '[scenario.closure]\nabatement = "capital-goods"\n[parameters]'
    path.write_text(STUDY.replace("[parameters]", other) + "capture_rent = 900", encoding="utf-8")
    with pytest.raises(ScenarioError, match=re.escape("abatement = fuel-switching in [scenario.closure]")):
        load_study(path)


def test_beyond_the_range_only_where_it_is_said_and_never_beyond_sense() -> None:
    usual = load_parameters("cn30")
    with pytest.raises(ParameterError, match="sigma_va.*outside"):
        changed(usual, {"sigma_va": 2.5})
    assert changed(usual, {"sigma_va": 2.5}, beyond=True).value("sigma_va", "irs") == 2.5
    for name, value in {"sigma_va": -0.1, "vintage_share": 1.1, "frisch": 1.0, "capture_share": 10**400}.items():
        with pytest.raises(ParameterError):
            changed(usual, {name: value}, beyond=True)


def test_many_values_have_a_short_name_and_a_short_folder(path: Path) -> None:
    path.write_text(STUDY, encoding="utf-8")
    values = {f"sigma_{k}": 0.5 for k in ("fuel", "household_energy", "elec", "va")}
    study = load_study(path).with_parameters(values, beyond=True)
    assert study.folder(None, None).startswith("mine.parameters-") and len(study.folder(None, None)) < 40
    assert study.folder(None, None) != study.with_parameters({"sigma_va": 0.6}).folder(None, None)
    assert study.parameters.on(load_parameters("cn12")).name.endswith("sigma_household_energy = 0.5, +2")


def test_a_changed_elasticity_reaches_the_model(model: Model, path: Path) -> None:
    """Less trade elasticity, less leakage: the model of a study is the model with that value."""
    from cge.calibrate.benchmark import calibrate

    path.write_text(STUDY + "armington_province = { mtl = 3.5 }\n", encoding="utf-8")
    chosen = load_study(path).parameters.on(model.parameters)
    moved = calibrate(model.benchmark.economy, chosen).parameters["sigma_d"]
    at = list(model.benchmark.sets["c"]).index("mtl")
    assert moved[at].max() == 3.5 and model.benchmark.parameters["sigma_d"][at].max() != 3.5


def test_nodes_of_a_path_can_be_set(model: Model, path: Path) -> None:
    """Solar costs half as much in 2060: only its costs after the last node before move; the record names the node."""
    from shipped import shipped_paths

    path.write_text(STUDY + "generation_cost = { gso_2060 = 0.13 }\n", encoding="utf-8")
    study = load_study(path)
    chosen, years = study.parameters.on(model.parameters), (2021, 2050, 2055, 2060)
    assert chosen.changed == {("generation_cost", "gso_2060"): 0.13} and chosen.digest() != model.parameters.digest()
    assert study.folder(None, None) == "mine.generation_cost-gso_2060-0.13"
    usual, moved = (shipped_paths(model.benchmark, p, years).cost for p in (model.parameters, chosen))
    at = list(model.benchmark.sets["a"]).index("gso")
    assert moved[1, at] == usual[1, at] > moved[3, at] == pytest.approx(0.13 / 0.36)
    assert moved[2, at] == pytest.approx((moved[1, at] + moved[3, at]) / 2)
    usual[:, at] = moved[:, at]
    assert (usual == moved).all()


@pytest.mark.parametrize(("name", "value", "said"), [
    ("generation_cost", {"gso_2060": 0.9}, "outside the declared range, 0.109 to 0.146"),
    ("generation_cost", {"gso_2045": 0.2}, "no item 'gso_2045'"),
    ("saving_rate", {"CN_2060": 0.3}, "no item 'CN_2060'"),
    ("generation", {"CN_2060": 18000.0}, "the model does not read generation"),
    ("emissions", {"XJ_2060": 500.0}, "it is a definition and has no declared range"),
])  # fmt: skip
def test_nodes_that_cannot_be_set(name: str, value: dict[str, float], said: str) -> None:
    with pytest.raises(ParameterError) as caught:
        changed(load_parameters("cn30"), {name: value})
    assert said in str(caught.value)
