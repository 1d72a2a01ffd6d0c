"""Experiments written with the way in from Python."""

from __future__ import annotations

import ast
import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from cge.study.scenario import default_study_path, load_study

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"


Call: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.mark.slow
def test_the_flagship_makes_all_that_the_command_makes(tmp_path: Path, call: Call) -> None:
    """Asked small: its first policy, cn12, eight regions, two years."""
    script = runpy.run_path(str(EXPERIMENTS / "cap_comparison" / "run.py"))
    text = script["STUDY"].read_text(encoding="utf-8").replace('"cn30"', '"cn12"\nregions = "region8"')
    text = text.replace("2021, 2024, 2030, 2035, 2040, 2045, 2050, 2055, 2060", "2021, 2060")
    small = tmp_path / "small.toml"
    parts = ["[[scenario]]".join(text.split("[[scenario]]")[:3]), '[report]', 'languages = ["en"]', ""]
    small.write_text("\n".join(parts), encoding="utf-8")
    assert call("run", small, "--out", tmp_path, "--quiet")[0] == 0
    results = script["main"](small, tmp_path / "python")
    files = [{p.relative_to(root).as_posix(): p for p in root.rglob("*") if p.is_file()}
             for root in (next(tmp_path.glob("cap_comparison*")), tmp_path / "python")]  # fmt: skip
    assert set(files[0]) == set(files[1]) and len(results.policies) == 1
    assert files[0]["summary.csv"].read_bytes() == files[1]["summary.csv"].read_bytes()


def cells(notebook: Path) -> list[str]:
    """Source of the cells of a notebook that hold code."""
    held = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert all(not cell.get("outputs") for cell in held), "a notebook is kept without what it printed"
    return ["".join(cell["source"]) for cell in held if cell["cell_type"] == "code"]


@pytest.mark.slow
def test_a_question_nobody_foresaw_in_ten_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, names, shown = cells(EXPERIMENTS / "own_question" / "question.ipynb"), dict[str, Any](), []
    for source in code:
        tree = ast.parse(source)
        last = tree.body.pop()
        assert isinstance(last, ast.Expr)
        exec(compile(tree, "cell", "exec"), names)
        shown.append(eval(compile(ast.Expression(last.value), "cell", "eval"), names))
    assert len(code) <= 10 and {p.name for p in (tmp_path / "results").iterdir()} == {
        "own_question", "own_question.xlsx", "own_question_book.xlsx",
    }  # fmt: skip
    both = names["both"]
    price = both.sel("permit_price", scenario="trade", year=2040)
    assert price.sel(region=["XJ", "NM", "SN"]).values == pytest.approx(float(price.sel(region="XJ")), rel=1e-8)
    assert float(both.sel("TAUA", scenario="trade", year=2040, region="XJ", sector="irs")) == 0
    assert (both.sel("CUTL", scenario="trade", year=2040) > 0).all()
    assert names["base"].model.parameters.value("sigma_elec", "trn") == 0.3
    assert any(getattr(thing, "_repr_png_", bytes)().startswith(b"\x89PNG") for thing in shown)


@pytest.mark.parametrize("path", sorted(EXPERIMENTS.glob("*/scenarios.toml")), ids=lambda p: p.parent.name)
def test_studies_of_experiments_are_read_and_say_how_they_are_run(path: Path) -> None:
    study = load_study(path)
    assert study.id == path.parent.name
    assert f"experiments/{path.parent.name}/" in (path.parent / "README.md").read_text(encoding="utf-8")


def test_the_backstop_stands_beside_the_flagship_and_changes_nothing_else() -> None:
    flagship = {s.id: s for s in load_study(default_study_path()).scenarios}
    runs = {s.id: s for s in load_study(EXPERIMENTS / "backstop" / "scenarios.toml").scenarios}
    for name in ("uniform", "differentiated"):
        assert runs[name].cap == flagship[name].cap == runs[f"{name}-removals"].cap
        assert not runs[name].instruments and set(runs[f"{name}-removals"].instruments) == {"removals"}
