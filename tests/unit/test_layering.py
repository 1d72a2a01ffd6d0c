"""Who may import whom, read from the source: layers stay layers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def imports(path: Path) -> set[str]:
    """Absolute dotted names a file imports; `from a import b` also yields a.b where that is a module."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *((node.module,) if node.module else ())))
            for alias in node.names:
                inner = ROOT.joinpath(*module.split("."), alias.name)
                is_module = inner.with_suffix(".py").exists() or (inner / "__init__.py").exists()
                found.add(f"{module}.{alias.name}" if is_module else module)
    return found


def files(*folders: str) -> list[Path]:
    found: list[Path] = []
    for folder in folders:
        path = ROOT / folder
        found += [path.with_suffix(".py")] if path.with_suffix(".py").exists() else sorted(path.rglob("*.py"))
    return found


def within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == a or name.startswith(a + ".") for a in allowed)


def ours(name: str) -> bool:
    return within(name, ("cge", "sam", "experiments"))


def offences(folder: str, allowed: tuple[str, ...], *, only_ours: bool = True) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(folder)
        for name in sorted(imports(path))
        if (ours(name) or not only_ours) and not within(name, allowed)
    ]


def test_sam_knows_nothing_of_the_model() -> None:
    assert files("sam")
    assert offences("sam", ("sam",)) == []


def test_equations_are_symbols_only() -> None:
    assert files("cge/equations")
    allowed = ("cge.algebra", "cge.forms", "cge.nests", "cge.symbols", "cge.equations", "sympy")
    plain = ("__future__", "typing", "collections", "dataclasses", "functools", "itertools")
    assert offences("cge/equations", (*allowed, *plain), only_ours=False) == []


def test_solver_knows_no_economics() -> None:
    assert files("cge/solver")
    assert offences("cge/solver", ("cge.errors", "cge.solver")) == []


def test_reports_read_results_only() -> None:
    allowed = ("cge.results", "cge.report", "cge.errors", "cge.workers", "sam.registry", "sam.errors",
               "sam.messages", "sam.whole")
    assert offences("cge/report", allowed) == []


@pytest.mark.parametrize("folder", ["sam", "cge"])
def test_nothing_imports_experiments(folder: str) -> None:
    bad = [str(p) for p in files(folder) if any(within(n, ("experiments",)) for n in imports(p))]
    assert bad == []
