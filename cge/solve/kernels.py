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
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import llvmlite
import numba
import sympy

from cge.language.algebra import Statement, Theory
from cge.solve.kernel_source import VERSION, is_unknown, print_kernel
from cgebase.errors import CompilationError

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
        [(f.name, "variable" if is_unknown(statement, f) else "parameter", f.log, [d.name for d in f.dims])
         for f in (theory.families[n] for n in sorted(symbols))],
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


class Kernels:
    """Compiled kernels of statements, each made when it is first wanted and kept in the cache.

    Parameters
    ----------
    progress : callable, optional
        Called with (kernels ready, kernels to compile) while missing ones compile.
    """

    def __init__(self, theory: Theory, statements: Iterable[Statement], progress: Progress | None = None) -> None:
        self._theory, self._progress = theory, progress
        self._statements = {_label(s): s for s in statements}
        folder = cache_dir() / "kernels"
        self._paths = {k: folder / f"k{_key(theory, s)}.py" for k, s in self._statements.items()}
        self._ready: dict[str, Kernel] = {}

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs: it reads the compiled code itself."""
        return {**vars(self), "_ready": {}, "_progress": None}

    @property
    def names(self) -> list[str]:
        """What tells these kernels from others: one name for each different one."""
        return sorted({path.stem for path in self._paths.values()})

    def __getitem__(self, statement: Statement) -> Kernel:
        self.prepare([statement])
        return self._ready[_label(statement)]

    def prepare(self, statements: Iterable[Statement]) -> None:
        """Have the kernels of these statements at hand; those that no cache holds compile side by side."""
        wanted = [k for k in map(_label, statements) if k not in self._ready]
        facts = {k: self._facts(k) for k in wanted}
        _compile_all(list(dict.fromkeys(self._paths[k] for k in wanted if not facts[k]["compiled"])), self._progress)
        for k, fact in facts.items():
            call = _sound(self._paths[k], self._theory, self._statements[k]).kernel
            self._ready[k] = Kernel(call, tuple(fact["variables"]), tuple(fact["parameters"]), tuple(fact["sets"]))

    def _facts(self, label: str) -> dict[str, Any]:
        """What is written beside a kernel's source; both are written where they are missing or damaged."""
        path = self._paths[label]
        info = path.with_suffix(".json")
        try:
            fact: dict[str, Any] = json.loads(info.read_text(encoding="utf-8"))
            if path.exists() and set(fact) >= {"variables", "parameters", "sets", "compiled"}:
                return fact
        except (OSError, ValueError):
            pass
        made = print_kernel(self._theory, self._statements[label])
        _write(path, made.source)
        fact = {k: v for k, v in asdict(made).items() if k != "source"} | {"compiled": False}
        _write(info, json.dumps(fact))
        return fact


def _label(statement: Statement) -> str:
    return f"{statement.kind}:{statement.name}"


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
