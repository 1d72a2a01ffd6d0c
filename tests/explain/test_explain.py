"""Explanations of a small theory with answers known by hand, and of the model from the command line."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

from cge.explain.cells import Explainer
from cge.explain.view import sector_code
from cge.language.algebra import Theory, boxcox, inv_boxcox, total
from cge.measure.indicators import INDICATORS
from cge.theory.chapters import THEORY
from cgebase.errors import ScenarioError, SpecificationError

ROOT = Path(__file__).resolve().parents[2]
WORDS = {"unit": "1", "description": "test"}


def _explainer(**moved: np.ndarray) -> Explainer:
    t = Theory("small")
    goods, regions = t.set("g", "goods"), t.set("r", "regions")
    i, r, s = goods.index("i"), regions.index("r"), regions.index("s")
    w, on = t.parameter("w", (regions,), **WORDS), t.parameter("on", (goods, regions), **WORDS)
    p, q, level = (t.variable(n, (goods, regions), **WORDS) for n in ("p", "q", "level"))
    price = t.variable("price", (goods,), **WORDS)
    t.define(level, (i, r), p[i, r] * (2 + q[i, r]) - w[r] * total(q[i, s], s, where=on[i, s]), where=on[i, r])
    t.define(price, (i,), inv_boxcox(total(w[r] * boxcox(p[i, r], -1), r), -1))
    numbers = {
        "w": np.array([0.25, 0.75]), "on": np.array([[1.0, 1.0], [0.0, 1.0]]), "p": np.array([[2.0, 4.0], [1.0, 3.0]]),
        "q": np.array([[5.0, 7.0], [11.0, 13.0]]), "level": np.zeros((2, 2)), "price": np.zeros(2),
    }  # fmt: skip
    return Explainer(t, {"g": ("a", "b"), "r": ("x", "y")}, numbers | moved, {})


def test_terms_are_those_of_the_hand_calculation():
    explainer = _explainer()
    found = explainer.explain(explainer.theory.definitions["level"], ("a", "x"))
    assert found.value == 2 * 2 + 2 * 5 - 0.25 * 5 - 0.25 * 7
    assert [t.value for t in found.terms] == [10.0, 4.0, -1.75, -1.25]
    assert [t.text for t in found.terms] == ["p[a, x]*q[a, x]", "2*p[a, x]", "-q[a, y]*w[x]", "-q[a, x]*w[x]"]
    assert sum(t.share for t in found.terms) == pytest.approx(1.0)
    # q[a, x] enters twice: p - w
    slopes = {(u.name, u.labels): u.derivative for u in found.drivers}
    assert slopes == {("p", ("a", "x")): 7.0, ("q", ("a", "x")): 1.75, ("q", ("a", "y")): -0.25}
    masked = explainer.explain(explainer.theory.definitions["level"], ("b", "y"))
    assert masked.value == 3 * 2 + 3 * 13 - 0.75 * 13


def test_a_long_sum_keeps_its_largest_and_adds_up_the_rest():
    explainer = _explainer()
    found = explainer.explain(explainer.theory.definitions["level"], ("a", "x"), shown=0)
    assert [(t.value, t.cells) for t in found.terms] == [(10.0, 1), (4.0, 1), (-3.0, 2)]
    assert found.terms[-1].text == "2 smaller terms of this sum"
    assert math.fsum(t.value for t in found.terms) == found.value


def test_elasticities_of_a_homogeneous_price_add_up_to_one():
    explainer = _explainer()
    found = explainer.explain(explainer.theory.definitions["price"], ("b",))
    assert found.value == pytest.approx(1 / (0.25 / 1 + 0.75 / 3))
    assert [u.elasticity for u in found.drivers] == pytest.approx([0.5, 0.5])


def test_a_cell_that_is_not_there_is_refused():
    explainer = _explainer()
    level = explainer.theory.definitions["level"]
    with pytest.raises(SpecificationError, match="level does not exist for b, x"):
        explainer.explain(level, ("b", "x"))
    with pytest.raises(SpecificationError, match="'z' is not one of the regions; there are x, y"):
        explainer.explain(level, ("a", "z"))
    with pytest.raises(SpecificationError, match="one label each"):
        explainer.explain(level, ("a",))


def test_a_symbol_without_a_number_is_named():
    explainer = _explainer()
    del explainer.expansion.numbers["w"]
    with pytest.raises(SpecificationError, match="no number given for 'w'"):
        explainer.explain(explainer.theory.definitions["level"], ("a", "x"))


def test_the_price_is_written_as_an_economist_writes_it():
    explainer = _explainer()
    found = explainer.explain(explainer.theory.definitions["price"], ("b",))
    assert found.formula == "(Sum[r](w[r]/p[b, r]))**(-1)"


def test_a_cell_that_is_not_there_says_which_number_and_what_stands_there():
    t = Theory("power")
    regions = t.set("r", "regions")
    r = regions.index("r")
    shop, plant = (t.parameter(n, (regions,), unit="1", description=f"has a {n}") for n in ("shop", "plant"))
    sold, sent, level = (t.variable(n, (regions,), **WORDS) for n in ("sold", "sent", "level"))
    t.define(sold, (r,), 2 * sent[r], where=shop[r])
    t.define(level, (r,), shop[r] * sold[r] + plant[r] * sent[r], ref="")
    numbers = {"shop": np.array([1.0, 0]), "plant": np.array([0, 1.0])}
    numbers |= dict.fromkeys(("sold", "sent", "level"), np.ones(2))
    explainer = Explainer(t, {"r": ("x", "y")}, numbers, {})
    with pytest.raises(SpecificationError, match=r"shop\[y\] is 0 \(has a shop\); level .* from sent\[y\]:") as caught:
        explainer.explain(t.definitions["sold"], ("y",))
    assert "sent[y]" in caught.value.args[0].zh


def test_every_indicator_of_the_results_is_explained_with_its_unit():
    for summary in (ROOT / "results").glob("*/growth.csv"):
        with summary.with_name("summary.csv").open(encoding="utf-8") as file:
            reported = {(row["indicator"], row["unit"]) for row in csv.DictReader(file)}
        assert reported <= {(name, indicator.unit) for name, indicator in INDICATORS.items()}
    for name, indicator in INDICATORS.items():
        stated = {s for s in indicator.symbols if THEORY.families[s].kind == "variable"}
        assert stated == set(indicator.symbols) and stated, name
        assert indicator.what and indicator.what.zh != str(indicator.what)


@pytest.mark.slow
def test_an_indicator_from_the_command_line(call):
    code, out, _ = call("explain", "permit_price", "--region", "XJ")
    assert code == 0 and "[CNY/t CO2]" in out and "definition TAU" in out and "definition EMC" in out
    code, out, _ = call("explain", "generation", language="zh")
    assert code == 0 and "指标 generation" in out and "定义 SG" in out
    code, out, _ = call("explain", "gdp_change_pct", "--json")
    assert code == 0 and json.loads(out)["unit"] == "%"


@pytest.mark.slow
@pytest.mark.parametrize("name", INDICATORS)
def test_equations_print_of_an_indicator_what_explain_prints(call, name):
    (code, printed, _), (_, explained, _) = (call(command, name) for command in ("equations", "explain"))
    head = f"indicator {name}:"
    assert code == 0 and head in printed
    assert printed[printed.index(head):] == explained[explained.index(head):]


def test_the_statements_of_an_indicator_in_latex_and_as_data(call):
    code, out, _ = call("equations", "steel_output", "--latex")
    assert code == 0 and "indicator steel_output" in out and r"\mathrm{QA}" in out
    code, out, _ = call("equations", "steel_output", "--json")
    found = json.loads(out)
    assert (found["indicator"], [s["name"] for s in found["statements"]]) == ("steel_output", ["LEVEL"])


def test_only_a_near_name_is_proposed(call):
    code, _, err = call("explain", "NOPE")
    assert code == 2 and "did you mean" not in err and "cge equations" in err
    assert "did you mean 'permit_price'" in call("explain", "permitprice")[2]
    code, _, err = call("equations", "steel_outptu")
    assert code == 2 and "did you mean 'steel_output'" in err


@pytest.mark.parametrize("name", ["oil", "OIL ", "Refined oil and coke"])
def test_a_sector_by_any_name(name):
    assert sector_code(name, "cn12", ("agr", "oil", "oin")) == "oil"


def test_an_unknown_sector_names_the_nearest():
    with pytest.raises(ScenarioError, match=r"no sector 'oill' here in cn12; nearest: oil \(Refined oil and coke\)"):
        sector_code("oill", "cn12", ("agr", "oil", "oin"))
    with pytest.raises(ScenarioError, match="agr"):
        sector_code("qqqqq", "cn12", ("agr", "oil"))


def test_parameters_and_unknown_names_are_refused_before_anything_is_loaded(call, monkeypatch):
    monkeypatch.setattr("cge.explain.view.explainer_of", None)
    code, _, err = call("explain", "thm", "--region", "XJ")
    assert code == 2 and "parameter" in err
    code, _, err = call("explain", "QQQ", "--region", "XJ")
    assert code == 2 and "did you mean 'QQ'?" in err


@pytest.mark.slow
def test_explain_a_cell_of_the_base_year(call):
    code, out, _ = call("explain", "PQ", "--region", "新疆", "--sector", "oil")
    assert code == 0 and "PQ[oil, XJ] Xinjiang" in out and "PDC[oil, XJ]" in out and "who drives it" in out
    code, out, _ = call("explain", "YF", "--region", "xinjiang", "--household", "urban", "--json")
    found = json.loads(out)
    assert code == 0 and found["labels"] == ["urban", "XJ"]
    assert sum(t["value"] for t in found["terms"]) == pytest.approx(found["value"], rel=1e-12)
    code, out, _ = call("explain", "PX", "--region", "XJ", "--sector", "elb")
    assert code == 0 and out.startswith("equation busbar_market[elb, XJ]")
    code, _, err = call("explain", "QA", "--region", "XJ", "--sector", "gco")
    assert code == 2 and "sector[gco, XJ] is 0" in err and "LEVEL" in err and "SG[gco, XJ], QB[XJ]" in err
    code, _, err = call("explain", "PQ", "--sector", "oil")
    assert code == 2 and "add --region" in err
    code, _, err = call("explain", "PQ", "--region", "XJ", "--sector", "oill")
    assert code == 2 and "nearest: oil" in err
    code, _, err = call("explain", "TFP", "--region", "XJ")
    assert code == 2 and "given" in err
