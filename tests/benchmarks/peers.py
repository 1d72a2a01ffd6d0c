"""PB-1 beside other solvers: `python tests/benchmarks/peers.py 31 20 --reference FOLDER`.

Runs the equation language on the problem that FOLDER's generator makes and, each in a process of its own, whatever
reference scripts FOLDER holds: `condensed_reference.py` (hand-written kernels) and `casadi_reference.py` (needs
casadi). Prints seconds, ratios to ours and peak memory. Without FOLDER it times a problem of our own drawing.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

REFERENCES = (
    ("hand-written, condensed Krylov", "condensed_reference.py", "krylov"),
    ("hand-written, condensed block", "condensed_reference.py", "block"),
    ("CasADi, sparse Newton", "casadi_reference.py", "newton-csparse"),
    ("CasADi + IPOPT", "casadi_reference.py", "ipopt-lm"),
)


def ours(regions: int, goods: int, reference: Path | None) -> dict[str, Any]:
    """Time set-up, cold and warm solves of the equation language."""
    import numpy as np
    import pb1

    raw = pb1.draw(regions, goods) if reference is None else _generator(reference).make(regions, goods)
    begin = time.perf_counter()
    system, p, start = pb1.problem(raw)
    system.jacobian(p, start, pb1.ACTIVE)
    built = time.perf_counter() - begin
    system.solve(p, start, pb1.ACTIVE, max_iter=0)
    capped = [p | {"cap": np.full(regions, share)} for share in (0.7, 0.65)]
    begin = time.perf_counter()
    cold = system.solve(capped[0], start, pb1.ACTIVE)
    middle = time.perf_counter()
    warm = system.solve(capped[1], {k: cold.values[k] for k in start}, pb1.ACTIVE, factor=cold.factor)
    end = time.perf_counter()
    return {
        "peer": "equation language", "deriv_s": built, "solve_s": middle - begin, "resolve_s": end - middle,
        "iters": cold.iterations, "iters2": warm.iterations, "tau": float(cold.values["tau"].mean()),
        "walras": pb1.walras(system, capped[1], warm.values),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def _generator(folder: Path) -> Any:
    spec = importlib.util.spec_from_file_location("gen", folder / "gen.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("regions", type=int)
    parser.add_argument("goods", type=int)
    parser.add_argument("--reference", type=Path, help="folder with gen.py and reference scripts")
    parser.add_argument("--limit", type=float, default=600, help="seconds for each peer")
    asked = parser.parse_args()
    rows = [ours(asked.regions, asked.goods, asked.reference)]
    for label, script, method in REFERENCES if asked.reference else ():
        path = asked.reference / script
        if not path.exists():
            continue
        command = [sys.executable, str(path), str(asked.regions), str(asked.goods), method]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=asked.limit, check=False, cwd=asked.reference,
                env=os.environ | {"PB_CACHE": "0", "PYTHONDONTWRITEBYTECODE": "1"},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            print(f"{label}: more than {asked.limit:.0f} s")
            continue
        lines = [x for x in done.stdout.splitlines() if x.startswith("{")]
        if not lines:
            print(f"{label}: {(done.stderr.strip().splitlines() or ['no answer'])[-1]}")
            continue
        rows.append(json.loads(lines[-1]) | {"peer": label})
    print(f"\nPB-1 {asked.regions} x {asked.goods}, seconds; ratio = peer / equation language")
    print(f"{'':32}{'set-up':>9}{'cold':>9}{'ratio':>9}{'warm':>9}{'ratio':>9}{'MB':>7}{'  mean price':>14}")
    for row in rows:
        cold, warm = row["solve_s"], row.get("resolve_s") or float("nan")
        print(
            f"{row['peer']:32}{row['deriv_s']:9.2f}{cold:9.3f}{cold / rows[0]['solve_s']:9.2f}"
            f"{warm:9.3f}{warm / rows[0]['resolve_s']:9.2f}{row['rss_mb']:7.0f}{row.get('tau', float('nan')):14.9f}"
        )


if __name__ == "__main__":
    main()
