"""The page of the study file is what the classes say, its examples are studies, and a file written from it loads."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cge.explain.schema import EXAMPLES, PARTS, SEE, json_schema, page, settable
from cge.explain.schema_words import NOTES, table
from cge.policies import instruments
from cge.policies.allocation import EXPONENTS, FACTORS
from cge.study.posed import pose_study
from cge.study.scenario import load_study

FOREIGN = re.compile(r"(?<!-)\b(of|is|are|not|with|by|for|from|each|that|which|than|where|without|its|to)\b")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "study.md"


@pytest.mark.slow
def test_the_page_is_in_step_with_the_classes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "renew with `cge schema --page docs/study.md --force`"


def test_every_table_rule_factor_and_parameter_stands_there() -> None:
    text = page()
    for name in (*instruments(), "cap", "closure"):
        assert f"### `[scenario.{name}]`" in text
    for word in (*EXPONENTS, *FACTORS, *settable(), "beyond"):
        assert f"| `{word}` |" in text
    rows = re.findall(r"^\| `.*\|$", text, re.M)
    assert rows and all(row.rstrip("|").split("|")[-1].strip() for row in rows), "every row ends in a meaning"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["first", "own_question", "nodes"])
def test_examples_of_the_page_can_be_posed(name: str, tmp_path: Path) -> None:
    """As they stand on the page, they load and the economy can carry them; nothing is solved."""
    blocks = re.findall(r"```toml\n(.*?)```", page(), re.S)
    text = next(block for block in blocks if f'id = "{name}"' in block)
    assert tomllib.loads(text) == tomllib.loads((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"))
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    pose_study(load_study(path))


def test_the_json_schema_is_for_editors(call: Any) -> None:
    """Unknown keys are errors there too, parameters have names, and the examples have only keys of it."""
    code, out, _ = call("schema", "--json")
    schema = json.loads(out)
    assert code == 0 and schema == json_schema()
    parts = schema["$defs"].values()
    assert not any(part["additionalProperties"] for part in parts if part.get("type") == "object")
    assert "sigma_kle" in schema["$defs"]["Parameters"]["properties"]
    raw = tomllib.loads((EXAMPLES / "own_question.toml").read_text(encoding="utf-8"))
    assert set(raw) <= set(schema["properties"])
    assert set(raw["scenario"][1]) <= set(schema["$defs"]["Scenario"]["properties"])


@pytest.mark.slow
def test_the_page_in_chinese_says_the_same_and_nothing_in_english(call: Any) -> None:
    english, chinese = page().splitlines(), page("zh").splitlines()
    assert call("schema", language="zh")[1] == page("zh") and call("schema")[1] == page()
    rows = [[line for line in of if line.startswith(("| `", "### `"))] for of in (english, chinese)]
    assert [r.split("`")[1] for r in rows[0]] == [r.split("`")[1] for r in rows[1]]
    for line in chinese:
        bare = re.sub(r"`[^`]*`|\"[^\"]*\"", "", line)
        assert not FOREIGN.search(bare), line
    meanings = [r.rstrip(" |").split("|")[-1] for r in rows[1] if r.startswith("| `")]
    assert [m for m in meanings if not re.search(r"[\u4e00-\u9fff]|\^|`", m)] == []


def test_every_text_of_the_page_has_chinese_and_none_is_unused() -> None:
    english = " ".join(NOTES.sub(" ", page()).replace("``", "`").split())
    assert {text for text in table() if text not in PARTS and text not in english} == {SEE}
