"""Kernels on disk, named by the hash of what they were made from; safe under concurrent processes."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import llvmlite
import numba
import sympy

from cge.algebra import Statement, Theory
from cge.codegen.printer import VERSION, print_kernel

Progress = Callable[[int, int], None]
WORKERS = 2


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
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _compile(path: str) -> str:
    with suppress(Exception):  # a damaged file is made anew, or raises, where its kernel is loaded
        _import(Path(path))
    return path


def _load(path: Path, theory: Theory, statement: Statement) -> Callable[..., int]:
    """Compiled function of a kernel; whatever a damaged cache raises, its files are made anew once."""
    try:
        return _import(path).kernel  # type: ignore[no-any-return]
    except Exception:  # noqa: BLE001 - numba's files may fail to load in many ways
        sys.modules.pop(f"cge_kernel_{path.stem}", None)
        for file in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
            file.unlink(missing_ok=True)
        _write(path, print_kernel(theory, statement).source)
        importlib.invalidate_caches()
        return _import(path).kernel  # type: ignore[no-any-return]


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
    paths: dict[str, tuple[Path, Statement]] = {}
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
        paths[label], facts[label] = (path, statement), fact
    _compile_all(missing, progress)
    out = {}
    for label, (path, statement) in paths.items():
        fact = facts[label]
        call = _load(path, theory, statement)
        out[label] = Kernel(call, tuple(fact["variables"]), tuple(fact["parameters"]), tuple(fact["sets"]))
    return out


def _compile_all(missing: Sequence[Path], progress: Progress | None) -> None:
    if not missing:
        return
    done = 0
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        tasks = [pool.submit(_compile, str(p)) for p in sorted(missing, key=lambda p: -p.stat().st_size)]
        for task in as_completed(tasks):
            path = Path(task.result())
            info = path.with_suffix(".json")
            fact = json.loads(info.read_text(encoding="utf-8")) | {"compiled": True}
            _write(info, json.dumps(fact))
            done += 1
            if progress is not None:
                progress(done, len(missing))
