"""The table `cap`: its years, nodes of the nation, caps of provinces of their own, and what contradicts itself."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from cge.policies import PolicyError
from cge.policies.allocation import cap_path
from cge.study.cap import Cap
from cge.study.model import Model, policy_of
from cge.study.scenario import Scenario, instrument_of
from cgebase.errors import InfeasibleCapError, ScenarioError

REGIONS = ["NM", "XJ", "GD"]
EMISSIONS = np.array([700.0, 470.0, 600.0])
SHARES = np.array([0.05, 0.15, 0.1])
YEARS = (2021, 2025, 2030, 2035, 2040, 2060)


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


def table(years: tuple[int, ...] = YEARS, shares: np.ndarray = SHARES, **keys: object) -> np.ndarray:
    target = float(EMISSIONS @ shares / EMISSIONS.sum())
    return Cap.model_validate({"final_share": target, **keys}).table(REGIONS, EMISSIONS, shares, years)


def test_a_plain_cap_is_the_straight_line() -> None:
    assert np.array_equal(table(), cap_path(EMISSIONS, SHARES, YEARS))


@pytest.mark.parametrize("end", [2030, 2033, 2059])
def test_a_cap_ends_in_its_end_year_and_stays_there(end: int) -> None:
    """Also where the end year is not solved; what is left of it later is neither raised nor lowered."""
    years = (2021, 2025, 2029, end, *(y for y in (2040, 2060) if y > end))
    caps = table(years, end_year=end)
    at = years.index(end)
    assert np.allclose(caps[at], SHARES * EMISSIONS, rtol=1e-14) and np.all(caps[at:] == caps[at])
    assert np.all(caps[at - 1] > caps[at])
    left = tuple(y for y in years if y != end)
    assert np.array_equal(table(left, end_year=end), np.delete(caps, at, axis=0))


def test_the_nation_follows_its_nodes_whatever_the_rule() -> None:
    nodes = {"2030": 1.29, "2035": 1.22}
    caps = table(path=nodes)
    total = caps.sum(1) / EMISSIONS.sum()
    assert np.allclose(total[[2, 3]], [1.29, 1.22], rtol=1e-14)
    assert np.allclose(caps[-1], SHARES * EMISSIONS, rtol=1e-14)
    assert total[4] == pytest.approx(1.22 + (total[-1] - 1.22) * 5 / 25)
    assert np.all(np.diff((caps / EMISSIONS)[2:, 1] - total[2:]) > 0), "above the nation by more every year"
    straight = {2040: float(1 - (1 - EMISSIONS @ SHARES / EMISSIONS.sum()) * 15 / 35)}
    assert np.allclose(table(path=straight), table(), rtol=1e-14)


def test_a_node_in_the_end_year_is_the_final_share() -> None:
    cap = Cap.model_validate({"path": {"2030": 1.2, "2050": 0.3}, "end_year": 2050})
    assert cap.final_share == 0.3 == cap.target(EMISSIONS)
    tonnes = Cap.model_validate({"path": {"2060": 177.0}, "unit": "Mt"})
    assert tonnes.target(EMISSIONS) == 0.1 and Cap.model_validate(tonnes.model_dump(mode="json")) == tonnes


def test_a_province_has_its_own_cap_and_the_others_make_room() -> None:
    usual, caps = table(), table(provinces={"新疆": 0.28})
    assert np.allclose(caps[:, 1] / EMISSIONS[1], [1, 1, 1 - 0.72 / 7, 1 - 0.72 * 2 / 7, 1 - 0.72 * 3 / 7, 0.28])
    assert np.allclose(caps.sum(1), usual.sum(1), rtol=1e-14)
    others = caps[:, [0, 2]] / usual[:, [0, 2]]
    assert np.allclose(others[:, 0], others[:, 1], rtol=1e-14) and np.all(others[3:] < 1)
    free = table(provinces={"新疆": 0.28}, keep_total=False)
    assert np.array_equal(free[:, [0, 2]], usual[:, [0, 2]]) and np.array_equal(free[:, 1], caps[:, 1])
    nodes = table(provinces={"Xinjiang": {"2030": 517.0, "2060": 131.6}}, unit="Mt")
    assert nodes[2, 1] == pytest.approx(517) and nodes[-1, 1] == pytest.approx(131.6)


@pytest.mark.parametrize(("keys", "fault"), [
    ({"end_year": 2025}, "ends in 2025 but starts in 2025"),
    ({"path": {"2024": 1.0}}, "nodes of 2024 stand outside the years of the cap, 2025 to 2060"),
    ({"path": {"2060": 0.2}, "final_share": 0.1}, "the cap of 2060 is given twice"),
    ({"path": {"2030": 13000}}, 'write unit = "Mt"'),
    ({"provinces": {"新疆": 132}}, "cap: 132 times base-year emissions"),
    ({"provinces": {"Atlantis": 0.1}}, "Atlantis"),
    ({"allocation": "equal-loss", "provinces": {"新疆": 0.2}}, "mean nothing there"),
    ({"bounds": [1.5, 3.0]}, "expected the lowest at most 1"),
    ({"exponents": {"stag": 1.0}}, "stag"),
    ({"end_year": 2061}, "less than or equal to 2060"),
    ({"path": {"2030": True}}, "not text or true"),
])  # fmt: skip
def test_what_contradicts_itself_is_refused(keys: dict[str, object], fault: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        instrument_of("cap", keys)
    assert fault in str(caught.value)


def test_a_cap_in_tonnes_is_of_all_emissions() -> None:
    tables = {"cap": {"path": {"2060": 1000}, "unit": "Mt"}, "coverage": {"sectors": ["power"]}}
    with pytest.raises(ValidationError, match="a cap in Mt is of all emissions"):
        Scenario.model_validate({"id": "a", "label": {"en": "A", "zh": "甲"}, **tables})


def test_a_province_that_the_economy_lacks_is_named() -> None:
    with pytest.raises(PolicyError, match="BJ"):
        table(provinces={"北京": 0.2})


def scenario(**cap: object) -> Scenario:
    return Scenario.model_validate({"id": "a", "label": {"en": "A", "zh": "甲"}, "cap": cap})


def test_caps_of_the_model(model: Model) -> None:
    """Rules with exponents and bounds of one's own keep the total; a province that leaves nothing is refused."""
    em0, at = model.benchmark.parameters["em0"], list(model.benchmark.sets["r"]).index("NM")
    usual = policy_of(model, scenario(allocation="role-and-stage")).caps[2060]
    wide = {"bounds": [0.2, 5.0]}
    other = policy_of(model, scenario(allocation="role-and-stage", exponents={"role": 0.0}, **wide)).caps[2060]
    equal = policy_of(model, scenario(allocation="capability", **wide)).caps[2060]
    assert np.allclose(other, equal, rtol=1e-12) and not np.allclose(other, usual, rtol=1e-3)
    assert other.sum() == pytest.approx(0.1 * em0.sum()) and usual.sum() == pytest.approx(0.1 * em0.sum())
    own = policy_of(model, scenario(provinces={"内蒙古": 0.25})).caps[2060]
    assert own[at] == pytest.approx(0.25 * em0[at]) and own.sum() == pytest.approx(0.1 * em0.sum())
    with pytest.raises(InfeasibleCapError):
        policy_of(model, scenario(provinces={"内蒙古": 2.0}))
