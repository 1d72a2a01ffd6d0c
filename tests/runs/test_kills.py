"""Killed at any moment: every file is whole, the same command ends well, and its numbers are those of no kill.

``CGE_KILLS`` is how often a command is killed while it solves and draws; CI takes the default of 7, with 14 kills of
compiling processes and 28 of a process that saves results.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import random
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from reporting import comparison, manifest

from cge.language.algebra import Theory
from cge.runs.place import HOLDER, LOCK, RECORD, Place, held
from cge.solve.system import System
from cge.study.results import Results, ResultsError
from cge.study.scenario import default_study_path, load_study
from cgebase.whole import LEDGER, PART

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="kills")]
KILLS = int(os.environ.get("CGE_KILLS", "7"))
SEED = int(os.environ.get("CGE_KILLS_SEED", "0"))
WORDS = ["compare", "--aggregation", "cn12", "--regions", "region8", "--years", "2021,2030", "--only", "uniform",
         "--languages", "en", "--formats", "png", "--quiet", "--out"]  # fmt: skip
TIMED = {RECORD, LOCK, HOLDER, LEDGER, "manifest.json", "cap_comparison.xlsx"}
"""Files that say how long a run took, or who writes what."""


def _server() -> Any:
    """Processes forked from one that has imported everything: they begin at once."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["test_kills", "cge.study.run", "cge.report.figures", "cge.report.workbook"])
    return context


def _command(out: Path, code: Path) -> None:
    from cge.cli import run

    with Path(os.devnull).open("w") as null, contextlib.redirect_stdout(null):
        try:
            run([*WORDS, str(out)])
        except SystemExit as end:
            code.write_text(str(end.code))


def _killed(target: Callable[..., None], *given: Any, after: float) -> bool:
    """Start a process and kill it after some seconds; false where it had ended before."""
    process = _server().Process(target=target, args=given)
    process.start()
    process.join(after)
    lives = process.is_alive()
    if lives:
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    return lives


def _whole(folder: Path) -> None:
    """Every file that has its name can be read to the end."""
    marks = (LOCK, HOLDER, LEDGER)
    for path in (p for p in folder.rglob("*") if p.is_file() and p.suffix != PART and p.name not in marks):
        if path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".npz":
            with np.load(path) as stored:
                assert all(stored[n] is not None for n in stored.files)
        elif path.suffix == ".gz":
            assert gzip.decompress(path.read_bytes()).endswith(b"\n"), path
        elif path.suffix == ".xlsx":
            assert zipfile.ZipFile(path).testzip() is None
        elif path.suffix == ".png":
            Image.open(path).verify()
        else:
            end = {".csv": b"\n", ".svg": b"</svg>\n", ".pdf": b"%%EOF\n", ".md": b"\n",
                   ".html": b"</html>\n"}[path.suffix]  # fmt: skip
            assert path.read_bytes().endswith(end), path


def _bytes(folder: Path) -> dict[str, bytes]:
    files = (p for p in folder.rglob("*") if p.is_file() and p.name not in TIMED)
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_a_command_that_is_killed_ends_as_one_that_is_not(tmp_path: Path) -> None:
    code, dice = tmp_path / "code", random.Random(SEED)
    begin = time.monotonic()
    assert not _killed(_command, tmp_path / "whole", code, after=600) and code.read_text() == "0"
    lasts = time.monotonic() - begin
    want = _bytes(next((tmp_path / "whole").iterdir()))
    chain = done = 0
    while done < KILLS:
        out, chain = tmp_path / f"chain{chain}", chain + 1
        folder = out / next((tmp_path / "whole").iterdir()).name
        while done < KILLS and _killed(_command, out, code, after=dice.uniform(0, 0.6 * lasts)):
            done += 1
            _whole(out)
        complete = Place(folder).complete
        assert not _killed(_command, out, code, after=600)
        assert code.read_text() == ("2" if complete else "0"), f"seed {SEED}, chain {chain}"
        found = _bytes(folder)
        assert {name for name in want if found.get(name) != want[name]} == set(found) - set(want) == set()
        with held(folder) as place:
            assert place.complete and place.damaged() == []


def _made(seed: int) -> Results:
    study = load_study(default_study_path()).model_dump(mode="json", by_alias=True)
    names = [s["id"] for s in study["scenario"]]
    tidy = comparison(seed)
    tidy = pd.concat([tidy[tidy["scenario"] == name] for name in names], ignore_index=True)
    facts = manifest() | {"question": str(seed), "checks": {name: {} for name in names}}
    return Results(tidy, facts, study, {name: [] for name in names})


def _saves(folder: Path) -> None:
    for results in cycle([_made(7), _made(8)]):
        results.save(folder, complete=False)


def test_a_killed_save_leaves_one_whole_or_none(tmp_path: Path) -> None:
    dice, whole = random.Random(SEED), {seed: _made(seed) for seed in (7, 8)}
    for _ in range(4 * KILLS):
        assert _killed(_saves, tmp_path, after=dice.uniform(0.1, 0.6))
        _whole(tmp_path)
        with contextlib.suppress(ResultsError):
            back = Results.load(tmp_path)
            pd.testing.assert_frame_equal(back.data, whole[int(back.question)].data, check_exact=True)
    with held(tmp_path):
        assert not list(tmp_path.rglob(f"*{PART}"))
    whole[7].save(tmp_path)
    assert Results.load(tmp_path).question == "7"


def _roots() -> Iterator[float]:
    """Solutions of forty equations, each with a kernel of its own."""
    theory = Theory("roots")
    i = theory.set("i").index("i")
    for k in range(40):
        x = theory.variable(f"x{k}", (theory.sets["i"],), unit="1", description="root")
        p = theory.parameter(f"p{k}", (theory.sets["i"],), unit="1", description="power")
        theory.equation(f"root{k}", (i,), x[i] ** (k + 2) - p[i], pairs=x)
    system = System(theory, {"i": ("a",)})
    given, start = {f"p{k}": np.array([2.0]) for k in range(40)}, {f"x{k}": np.ones(1) for k in range(40)}
    solution = system.solve(given, start, tuple(f"root{k}" for k in range(40)))
    yield from (float(solution.values[f"x{k}"][0]) for k in range(40))


def _compiles(cache: Path, answer: Path) -> None:
    os.environ["CGE_CACHE"] = str(cache)
    answer.write_text(json.dumps(list(_roots())))


def test_killed_compilers_leave_kernels_that_work(tmp_path: Path) -> None:
    dice, answer = random.Random(SEED), tmp_path / "answer"
    begin = time.monotonic()
    assert not _killed(_compiles, tmp_path / "first", answer, after=600)
    lasts, want = time.monotonic() - begin, json.loads(answer.read_text())
    assert want == pytest.approx([2 ** (1 / (k + 2)) for k in range(40)])
    cache = done = 0
    while done < 2 * KILLS:
        if not _killed(_compiles, tmp_path / str(cache), answer, after=dice.uniform(0, lasts)):
            cache += 1
        done += 1
        answer.unlink(missing_ok=True)
    for k in range(cache + 1):
        assert not _killed(_compiles, tmp_path / str(k), answer, after=600)
        assert json.loads(answer.read_text()) == want
