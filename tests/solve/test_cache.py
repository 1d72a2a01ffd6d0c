"""Compiled kernels on disk: made from any program, shared, and mended when damaged."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

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


def _run(cache: Path) -> str:
    env = os.environ | {"CGE_CACHE": str(cache), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-"], input=PROGRAM, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_program_without_a_main_guard_compiles(tmp_path):
    assert _run(tmp_path) == "[2. 3.]\n"


@pytest.mark.parametrize("pattern", ["*.nbc", "*.nbi", "*.py", "*.json"])
def test_a_damaged_kernel_is_mended(tmp_path, pattern):
    _run(tmp_path)
    hurt = next((tmp_path / "kernels").rglob(pattern))
    hurt.write_bytes(hurt.read_bytes()[:40])
    assert _run(tmp_path) == "[2. 3.]\n"


def test_programs_at_the_same_time_share_a_cold_cache(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(lambda _: _run(tmp_path), range(2))) == {"[2. 3.]\n"}


def test_what_no_closure_uses_is_not_compiled(tmp_path):
    other = PROGRAM.replace("s = System", 't.equation("cube", (i,), x[i] ** 3 - p[i], pairs=x)\ns = System')
    env = os.environ | {"CGE_CACHE": str(tmp_path), "PYTHONPATH": str(ROOT)}

    def compiled(program: str) -> int:
        subprocess.run([sys.executable, "-"], input=program, env=env, capture_output=True, text=True, check=True)
        return len(list((tmp_path / "kernels").rglob("*.nbi")))

    assert compiled(other) == 1
    assert compiled(other.replace('("square",)).values', '("cube",)).values')) == 2
    assert compiled(PROGRAM) == 2, "the same equation is the same kernel in another theory"
