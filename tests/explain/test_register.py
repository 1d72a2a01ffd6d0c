"""The register of parameters: complete, true to the model, and the page that shows it."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shipped import shipped_paths

from cge.calibrate.benchmark import calibrate
from cge.calibrate.parameters import load_parameters, read_tables
from cge.calibrate.parameters.register import THEMES, find, uses
from cge.explain.parameters import page, used_in
from cge.explain.register import KINDS, SAM_TABLES, register
from cge.policies import allocation, instruments
from cge.runs.periods import Paths
from cge.theory.symbols import T
from sam.economy import load_economy
from sam.tables import read_table

ROOT = Path(__file__).resolve().parents[2]
PATH_SYMBOLS = {"depreciation": {"kcarry", "kinv", "kold", "qold"}, "frisch": {"qmin", "emin"}, "saving": {"mps"},
                "electrification": {"sigma_ene"}, "household_energy": {"sigma_he"}, "mix_cost": {"pg_ref"},
                "mix_exponent": {"gamma_g"}, "pace": {"pace"}, "saved": {"theta_c_top", "theta_n_kle"},
                "satiety": {"beta", "betae", "qmin", "emin"}}
"""Symbols that runs make of the fields of the paths."""
OF_VINTAGES = {"kold", "qold"}
OF_POLICY = {"gamma_technology": {"gamma_g", "spread"}, "gamma_origin": {"gamma_n"}}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return register()


def test_every_row_of_every_table_is_there_once_with_a_theme_and_a_kind(table):
    rows = len(read_tables()) + sum(len(read_table(name)) for name in SAM_TABLES)
    assert len(table[table["table"] != "code"]) == rows
    assert not table.duplicated(["table", "parameter", "item", "year"]).any()
    assert set(table["theme"]) == set(THEMES) and set(table["kind"]) == set(KINDS)
    described = uses().set_index(["table", "parameter"]).index
    assert described.is_unique and set(described) == set(table.set_index(["table", "parameter"]).index)


def test_values_are_those_that_the_model_reads(table):
    for aggregation, rows in (("cn30", table), *((a, register(a)) for a in ("cn12", "cn42"))):
        chosen = load_parameters(aggregation)
        own = rows[rows["table"].isin(["elasticities", "abatement", "power", "macro"])]
        found = {(r.parameter, r.item): r.value for r in own.itertuples()}
        assert found == dict(chosen.values)
        assert ((own["low"].isna()) | ((own["low"] <= own["value"]) & (own["value"] <= own["high"]))).all()


def test_what_any_record_calls_an_assumption_is_one(table):
    said = (table["source"] + table["note"]).str.contains("assumption")
    assert (table.loc[table["source"].str.contains("assumption"), "kind"] == "assumption").all()
    assert set(table.loc[(table["source"] == "") & said, "kind"]) == {"assumption"}
    fitted = table[table["kind"] == "fitted"]
    assert dict(zip(fitted["parameter"], fitted["value"], strict=True)) == {"hardness": 1.0, "energy_base": 0.0}


def test_abatement_names_what_it_lies_within_or_says_that_nothing_was_found(table):
    """An unnamed study is no source: a work with its year, or the plain word that none was verified."""
    said = table[(table["table"] == "abatement") & (table["kind"] == "assumption") & (table["value"] > 0)]
    curves = said[said["parameter"].isin(["abatement_half_cost", "abatement_max_share", "capture_share"])]
    assert len(curves) == 74
    named = curves["note"].str.contains(r"\b20\d\d\b|no published range was verified", regex=True)
    assert named.all(), curves.loc[~named, ["parameter", "item", "note"]]
    assert curves["note"].str.contains("assumption").all()
    assert not table["note"].str.contains("as stated|published .* studies", regex=True).any()


def test_constants_are_read_where_they_stand(monkeypatch):
    monkeypatch.setattr(allocation, "BOUNDS", (0.25, 4.0))
    found = register().set_index(["parameter", "item"])["value"]
    assert found["share_bounds", "least"] == 0.25 and found["share_bounds", "largest"] == 4.0
    assert found["role_exponents", "role"] == 1.0 and found["removals_cost", "first"] == 2000


NEUTRAL = {"start_year", "end_year", "national", "investment", "owners", "dividend", "start_price", "growth", "gain"}
"""Defaults of instruments with which nothing happens, and the years of the path."""


def test_every_default_of_an_instrument_that_acts_is_registered():
    constants = pd.read_csv(ROOT / "cge" / "explain" / "constants.csv")
    defaults = {
        f"{cls.__module__}:{cls.__name__}@{name}"
        for cls in instruments().values() if cls.__module__.startswith("cge.policies")
        for name, field in cls.model_fields.items()
        if type(field.default) in (int, float) and name not in NEUTRAL
    }  # fmt: skip
    assert len(defaults) >= 7
    assert defaults == {p for p in constants["place"] if p.startswith("cge.policies.") and "@" in p}


def test_a_number_that_stands_in_two_files_is_the_same(table):
    value = table.set_index(["table", "parameter", "item", "year"])["value"].sort_index()
    for g in ("gco", "gga", "ghy", "gnu", "gwi", "gso", "gbi"):
        cost = value["power", "generation_cost", g, ""]
        assert cost == value["path_assumptions", "generation_cost", g, "2021"]
        assert cost == pytest.approx(value["build_assumptions", "generation_cost", g, ""] / 10)
    for c in ("coa", "cok", "oil", "gas"):
        assert value["power", "fuel_value", c, ""] == value["build_assumptions", "fuel_price", c, ""]
    for name in ("coal_rate", "coal_factor"):
        assert value["power", name, "all", ""] == value["power_assumptions", name, "CN", ""]
    assert value["macro", "saving_rate_2060", "all", ""] == value["path_assumptions", "saving_rate", "CN", "2060"]
    assert value["macro", "discount_rate", "all", ""] == value["code", "discount", "headline", ""]


def test_symbols_are_those_of_the_equations():
    symbols = {s for text in uses()["symbols"] for s in text.split()}
    assert symbols <= {n for n, f in T.families.items() if f.kind == "parameter"}
    assert used_in("hab") == ["XCC", "XAB", "XDI", "KAP", "SPA", "QPK"]
    assert find("hab") == [("abatement", "abatement_half_cost"), ("code", "hardness")]
    assert find("Frisch") == [("macro", "frisch")]


@pytest.mark.slow
def test_moving_a_parameter_moves_exactly_the_symbols_that_the_register_names():
    economy, years = load_economy("cn12"), (2021, 2030, 2060)
    base = load_parameters("cn12")
    benchmark = calibrate(economy, base)
    paths = shipped_paths(benchmark, base, years)
    own = uses()[uses()["table"].isin(["elasticities", "abatement", "power", "macro"])]
    said = {r.parameter: set(r.symbols.split()) for r in own.itertuples()}
    found = {}
    for name in dict.fromkeys(p for p, _ in base.values):
        moved = {k: 1.05 * v if v else 0.01 for k, v in base.values.items() if k[0] == name}
        changed = base.with_values(moved, "moved")
        other = calibrate(economy, changed)
        symbols = {n for n, v in other.parameters.items() if not np.allclose(v, benchmark.parameters[n], 1e-9, 1e-12)}
        after = shipped_paths(other, changed, years)
        for f in fields(Paths):
            if not np.array_equal(getattr(after, f.name), getattr(paths, f.name)):
                symbols |= PATH_SYMBOLS[f.name]
        symbols |= OF_VINTAGES if other.vintage_share != benchmark.vintage_share else set()
        ahead = zip(other.ceilings.values(), benchmark.ceilings.values(), strict=True)
        symbols |= {"cmax", "ctot"} if any((a[0] != b[0]).any() or a[1] != b[1] for a, b in ahead) else set()
        symbols |= {"lmax"} if other.line_growth != benchmark.line_growth else set()
        found[name] = symbols | OF_POLICY.get(name, set())
    assert found == said


@pytest.mark.slow
def test_the_page_is_what_the_generator_gives():
    stored = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")
    assert stored == page(), "renew it with `cge parameters --page docs/parameters.md --force`"
    assert all(len(line) < 1000 for line in stored.splitlines())


@pytest.mark.slow
def test_the_command_lists_filters_and_writes(call, tmp_path, table):
    code, out, _ = call("parameters")
    assert code == 0 and "abatement_half_cost" in out and f"{len(table)} values" in out
    code, out, _ = call("parameters", "gamma_g", "--lang", "zh")
    assert code == 0 and "发电技术之间的 logit 指数" in out and "1.5 到 8" in out and "假设" in out
    target = tmp_path / "new" / "rows.csv"
    assert call("parameters", "sigma_kle", "--aggregation", "cn12", "--csv", str(target))[0] == 0
    rows = pd.read_csv(target, keep_default_na=False)
    assert set(rows["parameter"]) == {"sigma_kle"}
    assert "mtl" in set(rows["item"]) and "irs" not in set(rows["item"])
    code, _, err = call("parameters", "--csv", str(target))
    assert code == 2 and "CGE003" in err
    assert call("parameters", "--assumptions", "--csv", str(target), "--force")[0] == 0
    assert set(pd.read_csv(target)["kind"]) == {"assumption"}


@pytest.mark.slow
def test_explain_reaches_the_tables(call):
    code, out, _ = call("explain", "sigma_kle", "--sector", "irs")
    assert code == 0 and "0.29 to 1" in out and "literature" in out and "used in: P_kle, Q_va, Q_ene" in out
    code, out, _ = call("explain", "abatement_half_cost", "--sector", "Ferrous metals", "--json")
    rows = json.loads(out)["values"]
    assert code == 0 and [(r["item"], r["value"], r["kind"]) for r in rows] == [("irs", 700.0, "assumption")]
    alone, at_home = call("explain", "frisch"), call("explain", "frisch", "--region", "XJ")
    assert at_home[:2] == alone[:2] and alone[0] == 0 and "has no cells" in at_home[2] and not alone[2]
    code, out, _ = call("explain", "hab", "--region", "XJ", "--json")
    assert code == 0 and {r["parameter"] for r in json.loads(out)["values"]} == {"abatement_half_cost", "hardness"}
    code, out, _ = call("explain", "discount_rate")
    assert code == 0 and "not read by the model" in out


@pytest.mark.parametrize(
    ("words", "key", "english", "chinese"),
    [
        (["explain", "sigma_kl"], "CGE230", "did you mean 'sigma_kle'", "您要写的是"),
        (["explain", "abatement_half_cots"], "CGE230", "did you mean 'abatement_half_cost'", "您要写的是"),
        (["parameters", "gama_g"], "CGE229", "did you mean 'gamma_g'", "没有参数"),
        (["explain", "supply_elasticity", "--sector", "irs"], "CGE231", "no value for irs in cn30", "没有 irs 的取值"),
    ],
)
def test_unknown_names_get_the_nearest(call, words, key, english, chinese):
    for language, wanted in (("en", english), ("zh", chinese)):
        code, _, err = call(*words, language=language)
        assert code == 2 and f"[{key}]" in err and wanted in err
