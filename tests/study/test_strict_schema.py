"""One strict rule for the whole study file: what a number is, its range and unit, what would change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cge.policies import PolicyError
from cge.policies.base import KEYS, Instrument
from cge.study.scenario import Scenario, Study, keys_of, load_study
from cgebase.errors import ScenarioError

HEAD = 'schema = 1\nid = "mine"\ntitle = { en = "Mine", zh = "我的" }\n[time]\nyears = [2021, 2030]\n'
SCENARIO = '[[scenario]]\nid = "a"\nlabel = { en = "A", zh = "甲" }\n'
CAP = "[scenario.cap]\nfinal_share = 0.2\n"


def fields(table: type[BaseModel], at: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key of the file with its path."""
    for name, field in table.model_fields.items():
        if name not in ("scenarios", "instruments"):
            yield f"{at}{name}", field
    for name, annotation in keys_of(table).items():
        for kind in _tables(annotation):
            yield from fields(kind, f"{at}{name}.")


def _tables(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _tables(part)


def _numbers(annotation: Any, metadata: list[Any]) -> Iterator[list[Any]]:
    """What is declared of each number inside a type."""
    if hasattr(annotation, "__metadata__"):
        declared = [m for part in annotation.__metadata__ if isinstance(part, FieldInfo) for m in _declared(part)]
        yield from _numbers(annotation.__origin__, [*metadata, *declared])
    elif annotation in (int, float):
        yield metadata
    else:
        for part in get_args(annotation):
            if part is not str:
                yield from _numbers(part, metadata if part in (int, float) else [])


def _declared(field: FieldInfo) -> list[Any]:
    return [*field.metadata, field.json_schema_extra]


def test_every_key_is_described_and_every_number_has_a_range_and_a_unit() -> None:
    bare, open_ended = [], []
    for path, field in fields(Study):
        is_table = any(True for _ in _tables(field.annotation))
        if not field.description and not is_table:
            bare.append(path)
        if path == "time.years":
            continue  # bounded by check_years
        for declared in _numbers(field.annotation, _declared(field)):
            shown = {key for m in declared if isinstance(m, dict) for key in m}
            both = any(isinstance(m, Ge | Gt) for m in declared) and any(isinstance(m, Le | Lt) for m in declared)
            both = both or bool(shown & {"minimum", "exclusiveMinimum"} and shown & {"maximum", "exclusiveMaximum"})
            unit = any(isinstance(m, dict) and m.get("unit") for m in declared)
            if not (both and unit):
                open_ended.append((path, field.annotation))
    assert bare == [] and open_ended == []


def said(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_study(path)
    return str(caught.value)


@pytest.mark.parametrize(("table", "keys"), [
    ("cap", "final_share"), ("tax", "price"), ("sinks", "national"), ("removals", "national"), ("efficiency", "gain"),
    ("renewables", "share"), ("network", "growth"), ("storage", "growth"), ("subsidy.yuan_per_mwh", "gso"),
    ("storage.provinces", "XJ"), ("cap.provinces", "XJ"), ("cap.path", "2030"),
])  # fmt: skip
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-1", "true", '"1e3"', "1e9", "[1]", "1" + 400 * "0"])
def test_what_is_no_number_in_range_is_refused(tmp_path: Path, table: str, keys: str, value: str) -> None:
    text = said(tmp_path, f"{HEAD}{SCENARIO}[scenario.{table}]\n{keys} = {value}\n")
    assert text.startswith("mine.toml: ") and f"scenario[a].{table}" in text


@pytest.mark.parametrize(("tables", "why"), [
    ("[scenario.removals]\ncost = 500\n" + CAP, "no tonnes are given"),
    ("[scenario.sinks]\nnational = 0\n" + CAP, "no tonnes are given"),
    ("[scenario.sinks]\nnational = 100\n", "no cap stands beside it"),
    ("[scenario.tax]\nprice = 0\n", "its price is 0"),
    ("[scenario.efficiency]\ngain = 0\n", "its gain is 0"),
    ("[scenario.subsidy]\nyuan_per_mwh = { gso = 0 }\n", "every subsidy is 0"),
    ("[scenario.foreign_levy]\nprice = 0\n", "no export is charged"),
    ("[scenario.border]\nimports = false\n" + CAP, "neither imports nor exports"),
    ("[scenario.border]\n", "nothing in the scenario puts a price on carbon"),
    ("[scenario.coverage]\nsectors = [\"power\"]\n", "nothing in the scenario puts a price on carbon"),
    ("[scenario.revenue]\ndividend = 1.0\n", "nothing in the scenario puts a price on carbon"),
    ("[scenario.revenue]\n" + CAP, "all revenue goes to the lump sum"),
    ("[scenario.network]\ncost = 20\n", "lines are those of a run without it"),
    ("[scenario.storage]\n", "the room is that of a run without it"),
    ('[scenario.closure]\ndrop = ["cap"]\n' + CAP, "closure.drop takes out the equation cap"),
    ("[scenario.renewables]\nshare = 0.5\ntechnologies = []\n", "at least 1 expected"),
    ('[scenario.renewables]\nshare = 0.5\ntechnologies = ["gsol"]\n', "did you mean 'gso'?"),
    ('[scenario.coverage]\nsectors = ["power"]\nlater = { abc = ["irs"] }\n' + CAP, "later.abc"),
    ('[scenario.coverage]\nsectors = ["power"]\nlater = { 2070 = ["irs"] }\n' + CAP, "less than or equal to 2060"),
    ('[scenario.coverage]\nsectors = ["power"]\nexempt = ["irs"]\n' + CAP, "either `sectors`"),
    ("[scenario.tax]\nprice = 9\nstart_year = 2040\nend_year = 2030\n", "ends in 2030 but starts in 2040"),
    ('[scenario.closure]\ndrop = ["capp"]\n' + CAP, "closure.drop: 'capp' is no equation"),
    ('[scenario.closure]\nactivate = ["numeraire"]\n' + CAP, "closure.activate: 'numeraire' is no equation"),
    ('[scenario.cap]\ngroups = [["XJ"]]\n', "a group that trades has two provinces"),
    ('extends = ""\n' + CAP, "extends: at least 1"),
    (CAP + "[parameters]\nsigma_kle = {}\n", "sigma_kle is a table without items"),
    ("[scenario.removals]\nnational = 5\nprovinces = { 新疆 = 5 }\n".replace("新疆", '"新疆"') + CAP, "given twice"),
    ("[scenario.removals]\nnational = 5\ncost = 900\ncost_at_limit = 100\n" + CAP, "less than the first"),
])  # fmt: skip
def test_what_would_change_nothing_or_means_nothing_is_refused(tmp_path: Path, tables: str, why: str) -> None:
    assert why in said(tmp_path, HEAD + SCENARIO + tables)


def test_nothing_is_allowed_where_it_is_meant(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + SCENARIO + 'expect = "baseline"\n[scenario.tax]\nprice = 0\n', encoding="utf-8")
    assert load_study(path).scenarios[0].instruments["tax"].model_dump()["price"] == 0


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + SCENARIO + CAP, encoding="utf-8-sig")
    assert load_study(path).id == "mine"


@pytest.mark.parametrize("value", ["[" * 5000 + "]" * 5000, "{a=" * 3000 + "1" + "}" * 3000])
def test_deep_nesting_is_refused_in_words(tmp_path: Path, value: str) -> None:
    assert "too deep inside each other" in said(tmp_path, HEAD + f"deep = {value}\n" + SCENARIO)


@pytest.mark.slow
def test_deep_dotted_keys_and_long_numbers(tmp_path: Path) -> None:
    assert "too deep" in said(tmp_path, HEAD + SCENARIO + ".".join("a" * 9000) + " = 1\n")
    assert "4,300 digits" in said(tmp_path, HEAD + SCENARIO + CAP + f"base_year = {'9' * 5000}\n")


@pytest.mark.parametrize("value", ["true", "2", '"1"', "1.0"])
def test_the_version_is_the_number_one(tmp_path: Path, value: str) -> None:
    assert "schema: " in said(tmp_path, HEAD.replace("schema = 1", f"schema = {value}") + SCENARIO)


def test_no_instrument_takes_a_key_of_the_scenario() -> None:
    assert set(KEYS) == set(Scenario.model_fields)
    for table in ("cap", "closure", "id"):
        with pytest.raises(PolicyError, match=f"cannot be `{table}`"):
            type("Bad", (Instrument,), {"__module__": __name__}, table=table)
