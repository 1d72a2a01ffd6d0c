"""Kernels on disk, named by the hash of what they were made from; safe under concurrent processes."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import llvmlite
import numba
import sympy

from cge.algebra import Statement, Theory
from cge.codegen.printer import VERSION, print_kernel
from cge.errors import CompilationError

Progress = Callable[[int, int], None]
WORKERS = 2
COMPILER = """
import importlib.util, pathlib, sys
for line in sys.stdin:
    path = pathlib.Path(line.rstrip("\\n"))
    name = f"cge_kernel_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    print(path, flush=True)
"""
"""Program of a compiling process: importing a kernel makes numba compile and keep it."""


@dataclass(frozen=True)
class Kernel:
    """A compiled statement and the arrays it takes."""

    call: Callable[..., int]
    variables: tuple[str, ...]
    parameters: tuple[str, ...]
    sets: tuple[str, ...]


def cache_dir() -> Path:
    """Folder of compiled kernels: ``CGE_CACHE`` or the user's cache folder."""
    root = os.environ.get("CGE_CACHE")
    if root:
        return Path(root)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "provincial-cge"


def _key(theory: Theory, statement: Statement) -> str:
    symbols = {theory.family_of(r).name for e in (statement.expr, statement.where) for r in theory.references(e)}
    facts = [
        VERSION, numba.__version__, llvmlite.__version__, sympy.__version__, platform.python_version(),
        numba.core.codegen.get_host_cpu_features() if hasattr(numba.core.codegen, "get_host_cpu_features") else "",
        platform.machine(), str(statement.over), str(statement.expr), str(statement.where),
        [(theory.families[n].name, theory.families[n].kind, theory.families[n].log,
          [d.name for d in theory.families[n].dims]) for n in sorted(symbols)],
        sorted((k, v.name) for k, v in theory.indices.items()),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:24]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)


def _import(path: Path) -> Any:
    name = f"cge_kernel_{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        if not hasattr(module, "kernel"):
            raise ImportError(name)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _sound(path: Path, theory: Theory, statement: Statement) -> Any:
    """The kernel's module; damaged files are made again."""
    try:
        return _import(path)
    except Exception:  # noqa: BLE001 - whatever a damaged file makes numba raise
        for stale in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
            stale.unlink(missing_ok=True)
        _write(path, print_kernel(theory, statement).source)
        return _import(path)


def load_kernels(
    theory: Theory, statements: Sequence[Statement], progress: Progress | None = None
) -> dict[str, Kernel]:
    """Compiled kernel of each statement, from the cache where it is there.

    Parameters
    ----------
    progress : callable, optional
        Called with (kernels ready, kernels to compile) while missing ones compile.
    """
    folder = cache_dir() / "kernels"
    paths: dict[str, Path] = {}
    facts: dict[str, dict[str, Any]] = {}
    missing: list[Path] = []
    for statement in statements:
        label = f"{statement.kind}:{statement.name}"
        path = folder / f"k{_key(theory, statement)}.py"
        info = path.with_suffix(".json")
        try:
            fact = json.loads(info.read_text(encoding="utf-8"))
            whole = path.exists() and set(fact) >= {"variables", "parameters", "sets", "compiled"}
        except (OSError, ValueError):
            whole = False
        if not whole:
            made = print_kernel(theory, statement)
            _write(path, made.source)
            fact = {k: v for k, v in asdict(made).items() if k != "source"} | {"compiled": False}
            _write(info, json.dumps(fact))
        if not fact["compiled"] and path not in missing:
            missing.append(path)
        paths[label], facts[label] = path, fact
    _compile_all(missing, progress)
    out = {}
    for statement in statements:
        label = f"{statement.kind}:{statement.name}"
        path, fact = paths[label], facts[label]
        call = _sound(path, theory, statement).kernel
        out[label] = Kernel(call, tuple(fact["variables"]), tuple(fact["parameters"]), tuple(fact["sets"]))
    return out


def _compile_all(missing: Sequence[Path], progress: Progress | None) -> None:
    """Compile in worker processes, largest kernel first; any program may ask for it, a notebook too."""
    if not missing:
        return
    waiting: SimpleQueue[Path] = SimpleQueue()
    for path in sorted(missing, key=lambda p: -p.stat().st_size):
        waiting.put(path)
    done = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for ready in _as_they_come(pool, waiting, len(missing)):
            info = ready.with_suffix(".json")
            fact = json.loads(info.read_text(encoding="utf-8")) | {"compiled": True}
            _write(info, json.dumps(fact))
            done += 1
            if progress is not None:
                progress(done, len(missing))


def _as_they_come(pool: ThreadPoolExecutor, waiting: SimpleQueue[Path], count: int) -> Iterator[Path]:
    ready: SimpleQueue[Path | BaseException] = SimpleQueue()
    workers = [pool.submit(_worker, waiting, ready) for _ in range(min(WORKERS, count))]
    for _ in range(count):
        found = ready.get()
        if isinstance(found, BaseException):
            while not waiting.empty():
                waiting.get()
            raise found
        yield found
    for worker in workers:
        worker.result()


def _worker(waiting: SimpleQueue[Path], ready: SimpleQueue[Path | BaseException]) -> None:
    """Feed one compiling process until nothing waits."""
    with subprocess.Popen(
        [sys.executable, "-c", COMPILER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        while True:
            try:
                path = waiting.get_nowait()
            except Empty:
                process.stdin.close()
                return
            try:
                process.stdin.write(f"{path}\n")
                process.stdin.flush()
                answer = process.stdout.readline()
            except OSError:
                answer = ""
            if answer.rstrip("\n") != str(path):
                ready.put(CompilationError(f"kernel {path.name} did not compile: {process.stderr.read()[-500:]}"))
                return
            ready.put(path)
