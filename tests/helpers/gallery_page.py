"""The page ``docs/gallery.md``, printed from the models themselves; run to renew it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cge import gallery
from cge.solve.tables import beside, compare

PAGE = Path(__file__).resolve().parents[2] / "docs" / "gallery.md"
SHOWN = 6
"""Published numbers shown of each model."""
DIGITS = 9
HEAD = """# Ready-made models

Textbook models in the language, each a folder with program, data and published numbers. Take one as your own:

    cge new --list
    cge new --model stdcge my_model
    python my_model/model.py

The program prints its results by label, the change of each scenario against the base, and published numbers beside its
own. Nothing of it is hidden in the package: change equations, data or scenarios (`docs/first_model.md` goes through it
step by step). A folder that has such files is refused unless `--force` is given.

Every published number is a test: printed by hand it is met to its last digit, given in full by a solver to 3e-8, what
solvers leave. This page is printed from the models by `python tests/helpers/gallery_page.py`.
"""


def half_digit(printed: str) -> float:
    """Half a unit of the last digit of a number as it is printed."""
    mantissa, _, power = printed.lower().partition("e")
    return 0.5 * 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))


def page() -> str:
    """The whole page."""
    out = [HEAD]
    rows = ["| model | what it is | statements | cells of what equations determine |", "|---|---|---|---|"]
    parts = []
    for name in gallery.sources():
        program = gallery.program(name)
        model, solutions = program.solve()
        theory = model.theory
        values = {n: v.shape for n, v in solutions[list(solutions)[-1]].values.items()}
        core = sum(int(np.prod(values[n])) for n in dict.fromkeys(e.variable for e in theory.equations.values()))
        rows.append(f"| `{name}` | {gallery.what(name)} | {len(theory.definitions)} definitions, "
                    f"{len(theory.equations)} equations | {core} |")  # fmt: skip
        every = beside(compare(model, solutions), gallery.published(name))
        parts += [f"## `{name}`", "", (program.__doc__ or "").strip(), ""]
        parts += [f"Source: {gallery.sources()[name]['source']}.", ""]
        parts += ["| quantity | scenario | published | here |", "|---|---|---|---|"]
        chosen = np.linspace(0, len(every) - 1, min(SHOWN, len(every))).round().astype(int)
        for (variable, cell, scenario), row in every.iloc[chosen].iterrows():
            printed = gallery.published(name)["value"].iloc[every.index.get_loc((variable, cell, scenario))]
            quantity = f"`{variable}`{f' {cell}' if cell else ''}"
            parts.append(f"| {quantity} | {scenario} | {_short(printed)} | {_here(row['here'], printed)} |")
        parts += ["", f"{len(every)} published numbers; scenarios: {', '.join(solutions)}.", ""]
    return "\n".join([*out, *rows, "", *parts]).rstrip() + "\n"


def _short(printed: str) -> str:
    """A printed number; of one given in full the digits that solvers agree in."""
    return printed if len(printed) <= DIGITS else f"{float(printed):.{DIGITS - 1}g}"


def _here(value: float, printed: str) -> str:
    """Our number in as many digits as the published one is shown in."""
    shown = _short(printed)
    return f"{value:.{len(shown.partition('.')[2])}f}" if len(printed) <= DIGITS else f"{value:.{DIGITS - 1}g}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
