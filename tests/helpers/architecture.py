"""The list of rooms in ``docs/architecture.md``, printed from the docstrings of the modules; run to renew it."""

from __future__ import annotations

import ast
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


def name_of(path: Path) -> str:
    """Dotted name of the module in a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(p): p for top in ("cgebase", "sam", "cge") for p in sorted((ROOT / top).rglob("*.py"))}


def within(name: str, places: tuple[str, ...]) -> bool:
    """Whether a module stands in one of some packages."""
    return any(name == a or name.startswith(a + ".") for a in places)


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
    return f"{before}{BEGIN}\n\n{rooms()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
