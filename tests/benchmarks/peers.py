"""PB-1 beside other solvers: `python tests/benchmarks/peers.py 31 20 --reference FOLDER`.

Runs the equation language and, each in a process of its own, Pyomo and CasADi on the same equations (`pb1_square.py`,
which says what they need; what is not installed is skipped with a word). With FOLDER the problem is the one that its
`gen.py` makes, and its hand-written kernels `condensed_reference.py` run too; without, one of our own drawing.
Prints processor seconds (those of a solver that runs as a process of its own included), the least of `--rounds` runs,
ratios to ours, peak memory, the mean permit price and the largest relative difference from our core.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

SQUARE = (
    ("CasADi, sparse Newton", "casadi-newton"),
    ("CasADi + IPOPT, no Hessian", "casadi-ipopt-lm"),
    ("CasADi + IPOPT", "casadi-ipopt"),
    ("Pyomo + IPOPT, no Hessian", "pyomo-ipopt-lm"),
    ("Pyomo + IPOPT", "pyomo-ipopt"),
)
CLOCK = """
import resource, runpy, sys, time

def spent():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(x.ru_utime + x.ru_stime for x in used)

time.perf_counter = spent
"""
"""Makes the clock of a program that of the processor: others work on the machine too."""
PEER = CLOCK + "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
CONDENSED = (("hand-written, condensed Krylov", "krylov"), ("hand-written, condensed block", "block"))


def ours(regions: int, goods: int, reference: Path | None) -> dict[str, Any]:
    """Time set-up, cold and warm solves of the equation language; in its own process, as peers are, for its memory."""
    import time

    import numpy as np
    import pb1
    from pb1_economies import given

    exec(CLOCK)  # noqa: S102 - as in the processes of the peers
    raw = given(regions, goods, reference)
    begin = time.perf_counter()
    system, p, start = pb1.problem(raw)
    system.jacobian(p, start, pb1.ACTIVE)
    built = time.perf_counter() - begin
    system.solve(p, start, pb1.ACTIVE, max_iter=0)
    capped = [p | {"cap": np.full(regions, share)} for share in (0.7, 0.65)]
    begin = time.perf_counter()
    cold = system.solve(capped[0], start, pb1.ACTIVE)
    middle = time.perf_counter()
    system.solve(capped[1], {k: cold.values[k] for k in start}, pb1.ACTIVE, factor=cold.factor)
    end = time.perf_counter()
    return {
        "deriv_s": built, "solve_s": middle - begin, "resolve_s": end - middle,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "core": {k: cold.values[k].ravel().tolist() for k in pb1.CORE},
    }  # fmt: skip


def commands(regions: int, goods: int, reference: Path | None) -> Iterator[tuple[str, list[str]]]:
    """Name and command of every peer."""
    size = [str(regions), str(goods)]
    if reference is not None and (reference / "condensed_reference.py").exists():
        for label, method in CONDENSED:
            yield label, [str(reference / "condensed_reference.py"), *size, method]
    folder = [] if reference is None else ["--reference", str(reference)]
    for label, method in SQUARE:
        yield label, [str(HERE / "pb1_square.py"), *size, method, *folder]


def peer(command: list[str], limit: float) -> dict[str, Any] | str:
    """What a peer reports, or in words why it does not."""
    settings = os.environ | {"PB_CACHE": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", PEER, *command], capture_output=True, text=True, timeout=limit, check=False,
            env=settings, cwd=Path(command[0]).parent,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"more than {limit:.0f} s"
    lines = [x for x in done.stdout.splitlines() if x.startswith("{")]
    return json.loads(lines[-1]) if lines else (done.stderr.strip().splitlines() or ["no answer"])[-1]


def least(run: Callable[[], dict[str, Any] | str], rounds: int) -> dict[str, Any] | str:
    """Several runs as one with the least of each time."""
    runs = [run()]
    while len(runs) < rounds and not isinstance(runs[-1], str):
        runs.append(run())
    if isinstance(runs[-1], str):
        return runs[-1]
    return runs[0] | {k: min(x[k] for x in runs) for k in ("deriv_s", "solve_s", "resolve_s") if runs[0][k] is not None}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("regions", type=int)
    parser.add_argument("goods", type=int)
    parser.add_argument("--reference", type=Path, help="folder with gen.py and hand-written kernels")
    parser.add_argument("--limit", type=float, default=600, help="seconds for each peer")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each program, the least time of which counts")
    asked = parser.parse_args()
    reference = asked.reference.resolve() if asked.reference else None

    def alone() -> dict[str, Any]:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            return pool.submit(ours, asked.regions, asked.goods, reference).result()

    mine = least(alone, asked.rounds)
    assert not isinstance(mine, str)
    print(f"PB-1 {asked.regions} x {asked.goods}, processor seconds; ratio = peer / equation language")
    print(
        f"{'':32}{'set-up':>9}{'cold':>9}{'ratio':>9}{'warm':>9}{'ratio':>9}{'MB':>7}{'  mean price':>14}{'differs':>9}"
    )
    show("equation language", mine, mine)
    for label, command in commands(asked.regions, asked.goods, reference):
        found = least(partial(peer, command, asked.limit), asked.rounds)
        if isinstance(found, str):
            print(f"{label:32}  {found}")
        else:
            show(label, found, mine)


def show(label: str, row: dict[str, Any], mine: dict[str, Any]) -> None:
    """One line of the table."""
    cold, warm, core = row["solve_s"], row["resolve_s"] or float("nan"), row.get("core")
    price = row["tau"] if core is None else sum(core["tau"]) / len(core["tau"])
    gap = float("nan")
    if core is not None:
        pairs = ((a, b) for k in core for a, b in zip(core[k], mine["core"][k], strict=True))
        gap = max(abs(a - b) / max(abs(b), 1e-3) for a, b in pairs)
    print(
        f"{label:32}{row['deriv_s']:9.2f}{cold:9.3f}{cold / mine['solve_s']:9.2f}"
        f"{warm:9.3f}{warm / mine['resolve_s']:9.2f}{row['rss_mb']:7.0f}{price:14.9f}{gap:9.0e}",
        flush=True,
    )


if __name__ == "__main__":
    main()
