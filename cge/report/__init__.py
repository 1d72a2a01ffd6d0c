"""Figures and workbook, made from tidy results only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd


def write_reports(
    data: pd.DataFrame,
    manifest: Mapping[str, Any],
    study: Mapping[str, Any],
    folder: Path,
    *,
    languages: Sequence[str],
    say: Callable[[str], None],
) -> None:
    """Draw the figures and write the workbook of a comparison.

    Parameters
    ----------
    data : DataFrame
        Tidy results of all scenarios.
    manifest, study : mapping
        How the numbers were made and what was asked.
    folder : Path
        Folder of the comparison; figures go to ``figures/``.
    """
    from cge.report.figures import draw_all
    from cge.report.style import LABELS
    from cge.report.workbook import write_workbook

    caption = {
        "parameter_set": manifest["parameter_set"],
        "aggregation": manifest["aggregation"],
        "price_base": "2021",
    }
    focus = study["report"]["focus"]
    data = data.copy(deep=False)
    data.attrs[LABELS] = {s["id"]: s["label"] for s in study["scenario"]}
    say("figures")
    draw_all(data, folder / "figures", languages=tuple(languages), focus=focus, caption=caption)
    say("workbook")
    write_workbook(
        data, folder / f"{manifest['study']}.xlsx", languages=tuple(languages), focus=focus, manifest=dict(manifest),
        force=True,
    )  # fmt: skip
