"""Compiled kernels on disk: made from any program, shared, never run when damaged or written by others."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from cge.language.algebra import Theory
from cge.solve import cache
from cge.solve.system import System
from cgebase.errors import CompilationError
from cgebase.messages import both

ROOT = Path(__file__).parents[2]
PROGRAM = """
import numpy as np
from cge.language.algebra import Theory
from cge.solve.system import System
t = Theory("root")
i = t.set("i").index("i")
x = t.variable("x", (t.sets["i"],), unit="1", description="root")
p = t.parameter("p", (t.sets["i"],), unit="1", description="square")
t.equation("square", (i,), x[i] ** 2 - p[i], pairs=x)
s = System(t, {"i": ("a", "b")})
print(s.solve({"p": np.array([4.0, 9.0])}, {"x": np.ones(2)}, ("square",)).values["x"])
"""
DAMAGE = """
import random, sys
from pathlib import Path
folder = Path(sys.argv[1]) / "kernels"
file, = folder.glob("k*.o")
whole, draw = file.read_bytes(), random.Random(1)
def flipped():
    at = draw.randrange(8 * len(whole))
    return whole[: at // 8] + bytes([whole[at // 8] ^ 1 << at % 8]) + whole[at // 8 + 1 :]
for bad in [b"", whole[:20], whole[:64], whole[:-1], whole + b"0", b"{ half (" * 99, *(flipped() for _ in range(200))]:
    file.write_bytes(bad)
    s = System(t, {"i": ("a", "b")})
    found = s.solve({"p": np.array([4.0, 9.0])}, {"x": np.ones(2)}, ("square",)).values["x"]
    assert np.allclose(found, [2, 3], rtol=1e-9)
    assert file.read_bytes() == whole
"""


def _run(folder: Path, program: str = PROGRAM) -> str:
    env = os.environ | {"CGE_CACHE": str(folder), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-", str(folder)]
    done = subprocess.run(words, input=program, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


def _theory() -> Theory:
    t = Theory("cube")
    x = t.variable("x", (), unit="1", description="root")
    p = t.parameter("p", (), unit="1", description="cube")
    t.equation("cube", (), x**3 - p, pairs=x)
    return t


def _root() -> float:
    solved = System(_theory(), {}).solve({"p": np.array(8.0)}, {"x": np.array(1.5)}, ("cube",))
    return float(solved.values["x"])


def _statements(folder: Path) -> list[Path]:
    """Kernels of statements; loops over rows are files of their own."""
    return list(folder.glob("k*.o"))


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a cache with one kernel."""
    monkeypatch.setenv("CGE_CACHE", str(tmp_path))
    assert _root() == pytest.approx(2.0)
    return tmp_path / "kernels"


@pytest.mark.slow
def test_a_damaged_kernel_is_made_again_without_a_word(tmp_path):
    """Bits flipped anywhere, cut short, empty, longer: what was there before stands there again."""
    assert _run(tmp_path, PROGRAM + DAMAGE) == "[2. 3.]\n"


def test_a_kernel_under_the_name_of_another_is_not_used(kernels):
    (own,) = _statements(kernels)
    t = Theory("square")
    x = t.variable("x", (), unit="1", description="root")
    t.equation("square", (), x**2 - 9, pairs=x)
    assert float(System(t, {}).solve({}, {"x": np.array(1.5)}, ("square",)).values["x"]) == pytest.approx(3.0)
    (other,) = set(_statements(kernels)) - {own}
    other.write_bytes(own.read_bytes())
    assert float(System(t, {}).solve({}, {"x": np.array(1.5)}, ("square",)).values["x"]) == pytest.approx(3.0)
    assert other.read_bytes() != own.read_bytes()


@pytest.mark.skipif(os.name != "posix", reason="owners and modes are those of POSIX")
def test_others_cannot_write_to_the_cache(kernels):
    (file,) = _statements(kernels)
    assert (kernels.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    kernels.chmod(0o777)
    file.chmod(0o666)
    before = file.stat().st_ino
    assert cache.kept(file) is None, "others could have written it"
    assert _root() == pytest.approx(2.0)
    (file,) = _statements(kernels)
    assert (kernels.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert file.stat().st_ino != before


@pytest.mark.skipif(os.name != "posix", reason="owners and modes are those of POSIX")
def test_the_folder_of_another_user_is_refused(kernels, monkeypatch):
    if os.geteuid() == 0:
        os.chown(kernels, 4711, -1)
    else:
        monkeypatch.setattr("os.geteuid", lambda: 4711)
    with pytest.raises(CompilationError) as refused:
        _root()
    words = both(refused.value)
    assert words.code == "CGE708" and str(kernels) in words and "CGE_CACHE" in words and "CGE_CACHE" in words.zh


def test_a_cache_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CGE_CACHE", str(tmp_path / "file"))
    with pytest.raises(CompilationError) as refused:
        _root()
    words = both(refused.value)
    assert words.code == "CGE708" and str(tmp_path / "file" / "kernels") in words and "CGE_CACHE" in words.zh


def test_progress_counts_what_compiles_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv("CGE_CACHE", str(tmp_path))
    counts: list[tuple[int, int]] = []
    system = System(_theory(), {}, progress=lambda *count: counts.append(count), first=("cube",))
    System(system.theory, {}, progress=lambda *count: counts.append(count), first=("cube",))
    assert counts == [(1, 1)]


def test_what_a_killed_process_left_goes(kernels):
    old, new = kernels / "k1.o.77-ab.part", kernels / "k2.o.78-cd.part"
    for part in (old, new):
        part.write_bytes(b"half")
    os.utime(old, (0, 0))
    _statements(kernels)[0].unlink()
    assert _root() == pytest.approx(2.0)
    assert not old.exists() and new.exists()


@pytest.mark.slow
def test_programs_at_the_same_time_share_a_cold_cache(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(lambda _: _run(tmp_path), range(2))) == {"[2. 3.]\n"}


def test_what_no_closure_uses_is_not_compiled(tmp_path, monkeypatch):
    monkeypatch.setenv("CGE_CACHE", str(tmp_path))

    def compiled(theory: Theory, name: str) -> int:
        System(theory, {n: ("one",) for n in theory.sets}).solve({"p": np.array(4.0)}, {"x": np.array(1.5)}, (name,))
        return len(list((tmp_path / "kernels").glob("*.o")))

    both_ways = _theory()
    (x,) = (r for r in both_ways.references(both_ways.equations["cube"].expr) if r.name == "x")
    both_ways.equation("square", (), x**2 - 4, pairs=x)
    both_ways.set("more").index("m")
    assert compiled(both_ways, "cube") == 1
    assert compiled(both_ways, "square") == 2
    assert compiled(_theory(), "cube") == 2, "the same equation is the same kernel in another theory"
