"""The pages of the way in from Python say what is there, and every example on them runs."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path

import api_page
import pytest

import cge
from cge.explain.symbols import symbols_page
from cge.policies import Instrument, instruments
from cge.study.cap import Cap
from cge.study.scenario import load_study, verification_path
from cge.theory.chapters import CHAPTERS, THEORY

STUDY = """
schema = 1
id = "mine"
title = {en = "Mine", zh = "我的研究"}
base = {aggregation = "cn12"}
time = {years = [2021, 2030]}
[[scenario]]
id = "baseline"
label = {en = "Baseline", zh = "基准"}
[[scenario]]
id = "tax"
label = {en = "Tax", zh = "碳税"}
tax = {price = 200}
"""
DOCS = api_page.PAGE.parent


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with a study."""
    monkeypatch.chdir(tmp_path)
    Path("my_study.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def test_the_page_is_what_the_docstrings_say() -> None:
    assert api_page.PAGE.read_text(encoding="utf-8") == api_page.page(), "renew: python tests/helpers/api_page.py"


def test_every_offered_name_stands_on_the_page() -> None:
    assert {n for names in api_page.THEMES.values() for n in names} == set(cge.__all__)


def test_the_glossary_is_what_the_theory_says() -> None:
    page = (DOCS / "symbols.md").read_text(encoding="utf-8")
    assert page == symbols_page("en"), "renew: cge symbols --page docs/symbols.md --force"
    assert all(f"| `{name}`" in page for name in THEORY.families)


def test_every_statement_stands_in_a_chapter() -> None:
    names = {module.__name__.rpartition(".")[2] for module in CHAPTERS}
    assert {s.chapter for s in THEORY.statements.values()} == names


LIMITS = """
schema = 1
id = "limits"
title = { en = "Floors and ceilings", zh = "上下限" }
[time]
years = [2021, 2030]
[[scenario]]
id = "baseline"
label = { en = "Baseline", zh = "基准" }
[[scenario]]
id = "limits"
label = { en = "Floors and ceilings", zh = "上下限" }
[scenario.output]
unit = "baseline"
ceilings = { "each" = { coa = 0.9 } }
[scenario.generation]
unit = "baseline"
floors = { "CN" = { "gwi+gso" = 1.1 } }
[scenario.capture]
floors = { "CN" = { "gco+irs" = 100 } }
"""


def test_instruments_in_python_are_those_of_a_study_file(tmp_path: Path) -> None:
    (tmp_path / "limits.toml").write_text(LIMITS, encoding="utf-8")
    scenarios = [s for path in (verification_path(), tmp_path / "limits.toml") for s in load_study(path).scenarios]
    acts = [(t, i) for s in scenarios
            for t, i in {**({"cap": s.cap} if s.cap else {}), **s.instruments}.items()]  # fmt: skip
    assert len({t for t, _ in acts}) > 15
    for table, instrument in acts:
        assert getattr(cge, table)(**instrument.model_dump(mode="json", exclude_unset=True)) == instrument


@pytest.mark.parametrize(("table", "kind"), [("cap", Cap), *instruments().items()])
def test_an_instrument_takes_the_keys_of_its_table(table: str, kind: type[Cap | Instrument]) -> None:
    keys = inspect.signature(getattr(cge, table)).parameters
    assert set(keys) == set(kind.model_fields)
    assert {key for key, of in keys.items() if of.default is of.empty} <= {
        key for key, field in kind.model_fields.items() if field.is_required()
    }


WITH_EXAMPLES = [(name, doc) for name, doc in api_page.examples() if ">>>" in doc]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "doc"), WITH_EXAMPLES, ids=[name for name, _ in WITH_EXAMPLES])
def test_an_example_says_what_it_gives(name: str, doc: str, desk: Path) -> None:
    test = doctest.DocTestParser().get_doctest(doc, {}, name, None, None)
    said: list[str] = []
    assert doctest.DocTestRunner().run(test, out=said.append).failed == 0, "".join(said)


@pytest.mark.slow
def test_the_code_of_the_readme_runs(desk: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS.parent / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    exec(code.replace('"cn30"', '"cn12", years=[2021, 2060]'), {})
    assert (desk / "prices.xlsx").exists()


@pytest.mark.slow
def test_the_code_at_the_top_runs(desk: Path) -> None:
    code = re.findall(r"```python\n(.*?)```", api_page.HEAD, re.DOTALL)[0]
    Path("mine.toml").write_text(STUDY, encoding="utf-8")
    exec(code.replace('"cn30"', '"cn12", years=[2021, 2060]'), {})
    assert {p.name for p in desk.iterdir()} == {"brief.xlsx", "mine.toml", "my_study.toml", "prices.xlsx", "results"}
