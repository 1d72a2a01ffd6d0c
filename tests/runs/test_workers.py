"""Calls spread over processes: their answers, their errors, and how they end."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import pkgutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import cge
import cgebase
import sam
from cge.cli.failures import complain, exit_code
from cge.runs.workers import ALONE, as_they_come
from cgebase.errors import CGEError
from cgebase.messages import both, message
from sam.paths import gdp_path
from sam.provenance import ProvenanceError
from sam.registry import AmbiguousProvinceError, UnknownProvinceError, resolve


def _square(x):
    return x * x, os.getpid(), os.environ["OMP_NUM_THREADS"]


def _fail(x):
    raise ValueError(x)


@pytest.fixture(params=["alone", "forked", pytest.param("sent", marks=pytest.mark.slow)])
def workers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """One process, two that are forked, two that are begun anew."""
    monkeypatch.setattr("cge.runs.workers._one_thread", lambda: request.param == "forked")
    return 1 if request.param == "alone" else 2


def test_every_call_is_answered_once_in_its_place(workers: int) -> None:
    got = dict(as_they_come([partial(_square, x) for x in range(5)], workers))
    assert {k: v[0] for k, v in got.items()} == {x: x * x for x in range(5)}
    assert all((v[1] == os.getpid()) == (workers == 1) and v[2] == "1" for v in got.values())


def _environment(name: str) -> str | None:
    return os.environ.get(name)


def test_a_process_has_the_environment_of_now(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that is forked from a process begun earlier."""
    for value in ("first", "second"):
        monkeypatch.setenv("CGE_TEST_WORD", value)
        found = as_they_come([partial(_environment, "CGE_TEST_WORD")] * 2, workers)
        assert [x for _, x in found] == [value, value]


def _of(held: Any, x: int) -> Any:
    return held, held[x]


def test_what_calls_share_is_one_thing_in_every_process(workers: int) -> None:
    held = list(range(40, 44))
    got = dict(as_they_come([partial(_of, held, x) for x in range(4)], workers))
    assert got == {x: (held, 40 + x) for x in range(4)}


def test_forked_processes_are_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cge.runs.workers._one_thread", lambda: True)
    held = threading.Lock()  # cannot be pickled
    assert dict(as_they_come([lambda: held.locked(), lambda: os.getpid() == here], 2)) == {0: False, 1: False}


here = os.getpid()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="nothing tells threads elsewhere")
def test_the_command_line_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has loaded when it draws starts no thread, pyarrow, which pandas loads, among it."""
    script = """
        import cge.__main__, cge.cli, threading
        def run():
            import pandas, pyarrow
            from cge.runs.workers import _one_thread
            from cge.study.model import prepare
            import cge.report.figures, cge.report.workbook
            prepare("cn12", (2021, 2030), log=lambda _: None)
            print(_one_thread())
            threading.Thread(target=threading.Event().wait, daemon=True).start()
            print(_one_thread())
        cge.cli.run = run
        cge.__main__.main()
    """
    for name in ALONE:
        monkeypatch.delenv(name, raising=False)
    asked = [sys.executable, "-c", textwrap.dedent(script)]
    end = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert end.stdout.split() == ["True", "False"]


def test_what_a_call_raises_comes_back(workers: int) -> None:
    with pytest.raises(ValueError, match="seven"):
        list(as_they_come([partial(_square, 1), partial(_fail, "seven")], workers))


# ---- errors


ERRORS = {
    "a file that is not there": (partial(Path("absent").read_text), 7),
    "a province that is not there": (partial(resolve, "Xinjang"), 2),
    "a year the data side refuses": (partial(gdp_path, (1999,)), 3),
    "a fault of ours": (partial(_fail, "seven"), 1),
}  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow if k else ()) for k, n in enumerate(ERRORS)])
def test_an_error_means_the_same_in_a_worker(name: str, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    call, code = ERRORS[name]
    said = {}
    for workers in (1, 2):
        with pytest.raises(Exception) as caught:  # noqa: PT011
            list(as_they_come([call, call], workers))
        assert exit_code(caught.value) == complain(caught.value, "zh") == code, workers
        said[workers] = capsys.readouterr().err
    assert said[1] == said[2] or code == 1


def _classes() -> Iterator[type[Exception]]:
    for package in (cgebase, sam, cge):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name != "cge.__main__":
                things = vars(importlib.import_module(module.name)).values()
                own = [t for t in things if isinstance(t, type) and t.__module__ == module.name]
                errors = (t for t in own if issubclass(t, Exception) and not issubclass(t, Warning))
                yield from (t for t in errors if t.__name__.endswith("Error"))  # others are signals, caught inside


def test_every_error_of_ours_travels_with_its_words_and_code() -> None:
    own = {
        UnknownProvinceError: UnknownProvinceError("Xinjang", ("Xinjiang",)),
        AmbiguousProvinceError: AmbiguousProvinceError("Shanxi", ("SX", "SN")),
        ProvenanceError: ProvenanceError((message("more", count=1), message("more", count=2))),
    }
    classes = list(_classes())
    assert set(own) <= set(classes) and len(classes) > 15
    for kind in classes:
        assert issubclass(kind, CGEError)
        error = own.get(kind) or kind(message("CGE104", study="a", name="b", near="", known="c"))
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is kind and exit_code(again) == exit_code(error)
        assert (both(again), both(again).zh, both(again).code) == (both(error), both(error).zh, both(error).code)


# ---- interruption


SCRIPT = """
    import sys, threading, time
    from functools import partial
    from pathlib import Path
    from cge.cli.failures import complain
    from cge.runs.workers import ALONE, as_they_come
    from cgebase.whole import whole

    def write(path):
        path.with_suffix(".begun").touch()
        with whole(path) as part:
            part.write_text("half")
            time.sleep(0.4)
            part.write_text("whole")

    if __name__ == "__main__":
        if sys.argv[2] == "sent":
            threading.Thread(target=threading.Event().wait, daemon=True).start()
        calls = [partial(write, Path(sys.argv[1]) / f"{k}.txt") for k in range(40)]
        try:
            for k, _ in as_they_come(calls, 2):
                print(k, flush=True)
        except KeyboardInterrupt as error:
            sys.exit(complain(error, "en"))
"""


def _ended(group: int, seconds: float) -> bool:
    """Whether no process of the group is alive in the end."""
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def _interrupted(
    words: list[str], sign: str, *, signal_to: str, begin: signal.Handlers = signal.SIG_DFL
) -> subprocess.CompletedProcess[str]:
    """Start a program in a group of its own, interrupt it when a line of it holds ``sign``, wait for its end.

    ``begin`` is what an interruption does to it when it starts: end it (a terminal) or nothing (many job runners).
    """
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
                          preexec_fn=partial(signal.signal, signal.SIGINT, begin),
                          cwd=Path(__file__).parents[2]) as program:  # fmt: skip
        try:
            assert program.stdout is not None
            assert any(sign in line for line in program.stdout), "the sign never came"
            if signal_to == "group":
                os.killpg(program.pid, signal.SIGINT)
            else:
                program.send_signal(signal.SIGINT if signal_to == "parent" else signal.SIGKILL)
            said, _ = program.communicate(timeout=60)
            assert _ended(program.pid, 10), "a process is left"
        finally:
            if not _ended(program.pid, 0.2):
                os.killpg(program.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(words, program.returncode, said)


@pytest.mark.skipif(os.name != "posix", reason="groups of processes")
@pytest.mark.slow
@pytest.mark.parametrize("begun", ["forked", "sent"])
@pytest.mark.parametrize("signal_to", ["group", "parent"])
def test_an_interruption_leaves_no_process_and_no_half_file(tmp_path: Path, signal_to: str, begun: str) -> None:
    (script := tmp_path / "script.py").write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    (folder := tmp_path / "out").mkdir()
    end = _interrupted([sys.executable, str(script), str(folder), begun], "0", signal_to=signal_to)
    assert end.returncode == 130 and "interrupted; no file is half-written" in end.stdout
    assert "Traceback" not in end.stdout
    files = {suffix: {f.stem for f in folder.glob(f"*{suffix}")} for suffix in (".begun", ".txt", ".part")}
    assert files[".txt"] == files[".begun"] and not files[".part"], "calls under way are finished"
    assert 2 <= len(files[".begun"]) < 20, "none is begun any more"
    assert {f.read_text() for f in folder.glob("*.txt")} == {"whole"}


@pytest.mark.skipif(os.name != "posix", reason="masks of signals")
def test_an_interruption_while_processes_start_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    submit, sent = ProcessPoolExecutor.submit, []

    def interrupted(pool: ProcessPoolExecutor, *given: Any) -> Any:
        sent.append(submit(pool, *given))
        if len(sent) == 2:
            signal.raise_signal(signal.SIGINT)
        return sent[-1]

    monkeypatch.setattr(ProcessPoolExecutor, "submit", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            list(as_they_come([partial(time.sleep, 0.01)] * 4, 2))
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(sent) == 4 and all(call.done() for call in sent)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="groups of processes")
@pytest.mark.parametrize("begun", ["forked", "sent"])
def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path, begun: str) -> None:
    (script := tmp_path / "script.py").write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    (folder := tmp_path / "out").mkdir()
    end = _interrupted([sys.executable, str(script), str(folder), begun], "0", signal_to="killed")
    assert end.returncode == -signal.SIGKILL
    assert len(list(folder.glob("*.txt"))) < 10


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="groups of processes")
def test_an_interrupted_sensitivity_keeps_whole_runs_only(tmp_path: Path) -> None:
    """Started as job runners do, which ignore interruptions."""
    words = [sys.executable, "-m", "cge", "sensitivity", "--aggregation", "cn12", "--years", "2021,2040,2060",
             "--parameters", "gamma_technology,gamma_origin,sigma_kle,sigma_fuel,integration_cost", "--workers", "2",
             "--languages", "en", "--set", "base.regions=region8", "--out", str(tmp_path)]  # fmt: skip
    end = _interrupted(words, "1 of 10", signal_to="group", begin=signal.SIG_IGN)
    assert end.returncode == 130 and "interrupted" in end.stdout and "Traceback" not in end.stdout
    (folder,) = tmp_path.iterdir()
    assert not list(tmp_path.rglob("*.part")) and not (folder / "summary.csv").exists()
    runs = [json.loads(p.read_text(encoding="utf-8")) for p in (folder / "runs").iterdir()]
    assert 2 <= len(runs) < 11 and all(r["key"] and r["checks"] for r in runs)
