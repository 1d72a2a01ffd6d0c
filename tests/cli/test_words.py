"""Every help text, table and line of every command in Chinese and English, by one rule for the language."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

import click
import pytest
from wcwidth import width

from cge import cli as commands
from cge.cli import words
from cge.explain.register import register
from cge.explain.statements import chinese
from cge.measure.indicators import INDICATORS
from cge.report.fonts import MissingGlyphWarning
from cge.theory.chapters import THEORY
from cgebase.columns import columns, fitted
from cgebase.messages import Message, message, numeral
from cgebase.progress import Progress, step

CHINESE = re.compile(r"[\u4e00-\u9fff]")
FOREIGN = re.compile(r"(?<!-)\b(of|is|are|not|with|by|for|from|each|that|which|than|where|without|its|to)\b")
"""Words without which there is hardly an English sentence."""
LEFT = re.compile(rf"{FOREIGN.pattern}|\b(the|and|count|yes|no|base)\b")
"""The same with words that units, verdicts and choices would leave."""


def every(of: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    under = of.commands.items() if isinstance(of, click.Group) else ()
    return [path, *(p for name, command in under for p in every(command, (*path, name)))]


COMMANDS = every(commands.cli)


def test_help_of_every_option_and_command_has_chinese_and_none_is_unused() -> None:
    said, table = set(words.texts(commands.cli)), words.help_table()
    assert said - set(table) == set() and set(table) - said == set()
    assert [t for t, zh in table.items() if CHINESE.search(t.replace("万元", "")) or not CHINESE.search(zh)] == []


@pytest.mark.slow
@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_page_speaks_the_language_asked_for(call: Any, path: tuple[str, ...], monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, english, _ = call(*path, "--help")
    assert code == 0 and "show this help" in english and not CHINESE.search(english.replace("万元", ""))
    for asked in (call(*path, "--help", "--lang", "zh"), call(*path, "-h", language="zh")):
        code, chinese, _ = asked
        usage, _, chinese = chinese.partition("\n")
        assert code == 0 and usage.startswith("用法：cge") and "显示本帮助" in chinese and not FOREIGN.search(chinese)
        assert max(map(width, chinese.splitlines())) <= 80


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_takes_one_language_of_words(path: tuple[str, ...]) -> None:
    of: Any = commands.cli
    for name in path:
        of = of.commands[name]
    assert [p.name for p in of.params].count("lang") == 1
    figures = [p for p in of.params if p.name == "languages"]
    assert all(p.opts == ["--languages"] and p.default == "zh,en" for p in figures)


def test_chinese_lines_fit_and_no_line_begins_with_a_mark() -> None:
    text = "求解基准情景，给出隐含的生产率与能效增长，并列出难以置信之处（见 docs/baseline.md）。"
    lines = fitted(text, 21)
    assert max(map(width, lines)) <= 23 and not any(line[0] in "，。；：、）" for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_columns_align_by_what_a_terminal_shows() -> None:
    head = (Message("name", "名称"), Message("value", "数值"))
    assert columns(head, [("a", "1.5"), ("bcdefg", "10")], "zh") == ["名称    数值", "a        1.5", "bcdefg    10"]
    assert columns(head, [("a", "1.5")], "en", "l") == ["name  value", "a     1.5"]


CHECK = ["check", "--aggregation", "cn12"]


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_progress_counts_and_estimates_the_time_left() -> None:
    said: list[str] = []
    clock = Clock()
    tell = Progress(said.append, clock)
    tell(message("process_died"))
    tell(step(message("ahead", scenarios=2, years=4), ahead=8))
    clock.now = 50.0
    tell(step(message("compiling", done=1, of=1), 0))
    clock.now = 60.0
    tell(step(message("solved", name="a", year=2030, iterations=3, residual=1e-9)))
    tell(step(message("solved_before", name="a", year=2040), kept=True))
    clock.now = 70.0
    tell(step(message("solved", name="a", year=2050, iterations=1, residual=1e-9), 2))
    tell(step(message("compiling", done=2, of=2), 0))
    clock.now = 110.0
    tell(step(message("scenario_solved", name="b"), 4))
    assert said[:3] == ["a process died; the rest is solved here", "to solve: 2 scenarios, 4 years each",
                        "compiling equations, once: 1 of 1"]  # fmt: skip
    assert said[3:] == [
        "a 2030: 3 iterations, residual 1.0e-09 (1 of 8, about 70 s left)",
        "a 2040: solved before the interruption (2 of 8, about 60 s left)",
        "a 2050: 1 iteration, residual 1.0e-09 (4 of 8, about 27 s left)",
        "compiling equations, once: 2 of 2",
        "b: solved",
    ]


@pytest.mark.parametrize(
    ("words_", "keys"),
    [
        (["cache"], {"kernels", "economies", "faults", "removed"}),
        (["symbols"], {"sets", "symbols"}),
        (["doctor"], {"python", "numpy", "threads", "fonts", "cache", "economies", "free_disk_gb"}),
        (["parameters", "gamma_g"], {"aggregation", "values"}),
        (["parameters"], {"aggregation", "values"}),
        (["comparators"], {"comparisons", "ranking"}),
        (["equations", "zero_profit"], {"statements"}),
        (["explain", "gdp_change_pct"], {"indicator", "unit", "symbols", "what"}),
        pytest.param(CHECK, {"aggregation", "axes", "closures", "policy"}, marks=pytest.mark.slow),
        (["sam", "show", "--province", "XJ", "--aggregation", "cn12"], {"province", "headline", "partners", "carbon"}),
    ],
)
def test_what_is_printed_is_there_as_one_json_object(call: Any, words_: list[str], keys: set[str]) -> None:
    code, out, err = call(*words_, "--json")
    assert (code, err) == (0, "") and keys <= set(json.loads(out))
    assert call(*words_, "--json", language="zh")[1] == out, "keys and values hang on no language"


@pytest.mark.parametrize(("words_", "code", "name"), [
    (["run", "nowhere.toml"], 2, "CGE101"), (["compare", "--only", "x"], 2, "CGE104"),
    (["symbols", "--no"], 2, "CGE001"),
    (["export", "nowhere"], 3, "CGE313"), (["gradient", "gdp", "--scenario", "x"], 2, "CGE104"),
])  # fmt: skip
def test_a_refusal_is_one_json_object_too(call: Any, words_: list[str], code: int, name: str) -> None:
    found, out, err = call(*words_, "--json", language="zh")
    error = json.loads(out)["error"]
    assert found == code == error["exit"] and error["code"] == name and err.strip() == f"错误 [{name}]：{error['zh']}"
    assert call(*words_)[1] == "" and error["en"] in call(*words_)[2]


def test_a_command_that_has_printed_its_object_prints_no_second(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def say(**_: Any) -> None:
        words.object_of({"done": True})
        raise click.UsageError(message("CGE011"))

    monkeypatch.setattr(commands.cli.commands["cache"], "callback", say)
    code, out, err = call("cache", "--json")
    assert code == 2 and json.loads(out) == {"done": True} and "CGE011" in err


def test_no_number_that_rounds_to_zero_has_a_sign() -> None:
    shown = [(-0.001, ".2f", "0.00"), (0.0, "+.2f", "0.00"), (-0.0, ",.0f", "0"), (-0.01, "+.2f", "-0.01"),
             (-1e-9, ".1e", "-1.0e-09"), (0.0, "+.1e", "0.0e+00"), (float("nan"), "+.1f", "+nan")]  # fmt: skip
    assert [numeral(value, form) for value, form, _ in shown] == [text for *_, text in shown]
    assert message("causes.all", value=-1e-9).text("en") == message("causes.all", value=0.0).text("en")


@pytest.mark.parametrize(
    "words_", [["doctor"], ["cache"], ["parameters"], ["comparators"], ["equations"], ["explain", "QA"],
               ["explain", "gdp_change_pct"], ["explain", "sigma_kle"], pytest.param(CHECK, marks=pytest.mark.slow),
               ["sam", "show", "--province", "XJ", "--aggregation", "cn12"], ["sam", "check", "--aggregation", "cn12"],
               ["symbols"]],
)  # fmt: skip
def test_screens_in_chinese_hold_no_english_sentence(call: Any, words_: list[str]) -> None:
    code, out, err = call(*words_, language="zh")
    assert code == 0 and CHINESE.search(out)
    assert [line for line in (out + err).splitlines() if FOREIGN.search(line)] == []
    assert not CHINESE.search(call(*words_)[1].replace("新疆", ""))


@pytest.mark.slow
@pytest.mark.parametrize("words_", [
    ["new", "--list"], ["plan", "xinjiang", "--check"], ["accounts", "--region", "XJ", "--languages", "en"],
    ["pathways", "--languages", "en"], ["changepoints", "--account", "gdp", "--region", "XJ", "--languages", "en"],
    ["explain", "P_va", "--region", "XJ", "--sector", "mtl", "--aggregation", "cn12"], ["parameters", "sigma_va"],
], ids=lambda words_: words_[0])  # fmt: skip
def test_screens_of_commands_that_write_hold_no_english_sentence(
    call: Any, words_: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = call(*words_, language="zh")
    assert code == 0 and CHINESE.search(out)
    assert [line for line in (out + err).splitlines() if LEFT.search(line)] == []


def test_a_warning_of_ours_is_said_once_in_words_and_without_a_path(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def warn(**_: Any) -> None:
        for line in range(3):
            warnings.warn_explicit(MissingGlyphWarning(message("CGE615", signs="囍")), None, f"file{line}.py", line)
        warnings.warn_explicit("theirs", UserWarning, "file.py", 7)

    monkeypatch.setattr(commands.cli.commands["cache"], "callback", warn)
    for language, begin in (("en", "note [CGE615]: figures show a box"), ("zh", "提示 [CGE615]：图形中有字体")):
        with pytest.warns(UserWarning, match="theirs"):
            code, _, err = call("cache", language=language)
        assert code == 0 and err.startswith(begin) and err.count("CGE615") == 1 and "file1.py" not in err


def test_what_theory_and_register_say_has_chinese_and_none_is_unused() -> None:
    told = [t for f in THEORY.families.values() for t in (f.description, f.unit)]
    told += [t for s in THEORY.statements.values() for t in (s.ref, s.unit)]
    told += [d.description for d in THEORY.sets.values()] + [i.unit for i in INDICATORS.values()]
    for aggregation in ("cn12", "cn30", "cn42"):
        rows = register(aggregation)
        told += [part for c in ("unit", "kind", "source", "note") for text in rows[c] for part in text.split("; ")]
    assert {t for t in told if t} == set(chinese())
