"""Provinces are named by the builder of China's economy and by what is about China; nothing else may begin to."""

import re
from collections import Counter
from pathlib import Path

from sam.registry import PROVINCE_CODES

ROOT = Path(__file__).parents[2]
CODE = re.compile(rf"PROVINCE_CODES|(?<![a-z]\[)[\"'](?:{'|'.join(PROVINCE_CODES)})[\"']")
"""Not an entry of a table such as ``v["QH"]``, whose name is a symbol."""
BUILDER = ("sam/construct/",)
"""The builder of China's economy, which may."""
MOST = {
    "cge/analysis/gradient/links.py": 2, "cge/analysis/gradient/measure.py": 2, "cge/api/base.py": 1,
    "cge/api/instruments.py": 1, "cge/cli/planning.py": 2, "cge/measure/indicators.py": 2,
    "cge/planning/accounts.py": 4, "cge/planning/plans.py": 3, "cge/planning/rounded.py": 3,
    "cge/report/figures.py": 1, "cge/report/incidence.py": 5, "cge/report/workbook.py": 1, "cge/runs/engel.py": 1,
    "cge/theory/symbols.py": 2, "sam/accounts.py": 1, "sam/checks/physical.py": 1, "sam/controls.py": 3,
    "sam/country.py": 2, "sam/formats/inventory.py": 2, "sam/gravity.py": 2, "sam/groups.py": 2,
    "sam/observed.py": 5, "sam/paths.py": 14, "sam/province.py": 2, "sam/records.py": 4, "sam/regions.py": 2,
    "sam/registry.py": 6, "sam/satellites.py": 12,
}  # fmt: skip
"""Lines that name a province, by file: fewer are welcome, more are not."""


def test_no_new_line_names_a_province() -> None:
    found: Counter[str] = Counter()
    for room in ("cge", "sam", "cgebase"):
        for path in sorted((ROOT / room).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(BUILDER):
                found[name] += sum(bool(CODE.search(line)) for line in path.read_text(encoding="utf-8").splitlines())
    beyond = {name: count for name, count in found.items() if count > MOST.get(name, 0)}
    assert not beyond
