"""The size and the list of rooms in ``docs/architecture.md``, printed from the modules; run to renew them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- rooms, printed by tests/helpers/architecture.py -->", "<!-- end of rooms -->"
#: From the ground up. A room may import rooms that stand before it in this list, and itself.
ROOMS = (
    "cgebase", "sam", "cge.language", "cge.solve", "cge.blocks", "cge.gallery", "cge.theory", "cge.calibrate",
    "cge.policies", "cge.runs", "cge.measure", "cge.study", "cge.explain", "cge.analysis", "cge.planning", "cge.report",
    "cge.api", "cge.cli",
)  # fmt: skip
DOORS = ("cge", "cge.__main__")
"""Modules that open the house: they may import any room."""


def name_of(path: Path) -> str:
    """Dotted name of the module in a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(p): p for top in ("cgebase", "sam", "cge") for p in sorted((ROOT / top).rglob("*.py"))}


def within(name: str, places: tuple[str, ...]) -> bool:
    """Whether a module stands in one of some packages."""
    return any(name == a or name.startswith(a + ".") for a in places)


@cache
def imports(path: Path) -> set[str]:
    """Modules a file imports, under TYPE_CHECKING too; `from a import b` yields a.b where that is a module."""
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


@cache
def house() -> dict[str, set[str]]:
    """Modules of the house that each module imports."""
    return {name: {i for i in imports(path) if i in MODULES} for name, path in MODULES.items()}


def room_of(name: str) -> str | None:
    return next((room for room in ROOMS if within(name, (room,))), None)


def size() -> str:
    """How large the house is and how deep its rooms stand: lines in thousands, so that a line more is no other page."""
    tops = {top: [n for n in MODULES if within(n, (top,))] for top in ("cge", "sam", "cgebase")}
    out = ["| package | modules | thousand lines |", "|---|---|---|"]
    for top, names in tops.items():
        lines = sum(MODULES[n].read_text(encoding="utf-8").count("\n") for n in names)
        out.append(f"| `{top}` | {len(names)} | {lines / 1000:.0f} |")
    below: dict[str, set[str]] = {room: set() for room in ROOMS}
    for name, used in house().items():
        room = room_of(name)
        if room is not None:
            below[room] |= {other for other in map(room_of, used) if other not in (None, room)}  # type: ignore[misc]

    @cache
    def level(room: str) -> int:
        return 1 + max(map(level, below[room]), default=0)

    arrows = sum(map(len, below.values()))
    said = f"{len(ROOMS)} rooms on {max(map(level, ROOMS))} levels, {arrows} arrows between them, no circles."
    return "\n".join([*out, "", said, ""])


def first_line(name: str) -> str:
    """What a module says of itself first."""
    said = ast.get_docstring(ast.parse(MODULES[name].read_text(encoding="utf-8"))) or ""
    return said.split("\n\n")[0].replace("\n", " ").strip()


def rooms() -> str:
    """Every room, from the top of the house down, with its modules."""
    out = []
    for room in reversed(ROOMS):
        inside = [n for n in MODULES if within(n, (room,)) and n != room]
        out += [f"### `{room.replace('.', '/')}/`", "", first_line(room), "", "| module | what it holds |", "|---|---|"]
        out += [f"| `{n.removeprefix(room + '.')}` | {first_line(n)} |" for n in inside] + [""]
    return "\n".join(out)


def renewed(page: str) -> str:
    """The page with the list as the modules are now."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{size()}\n{rooms()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
