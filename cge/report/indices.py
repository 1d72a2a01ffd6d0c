"""What a loss is depends on its index: real GDP at two kinds of prices and welfare, beside each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from cge.report.style import phrases, region_name, scenario_name, signed
from cge.study.results import INDICES
from sam.registry import NATION


def indices(data: pd.DataFrame, policies: Sequence[str], regions: Sequence[str], year: int) -> pd.DataFrame:
    """The three indices of a year, rows by scenario and region in the order given; nan where one is not there."""
    rows = data[data["indicator"].isin(INDICES) & (data["sector"] == "all") & (data["year"] == year)]
    wide = rows[rows["scenario"].isin(policies) & rows["region"].isin(regions)]
    places = pd.MultiIndex.from_product([policies, regions], names=["scenario", "region"])
    wide = wide.pivot(index=list(places.names), columns="indicator", values="value")
    return wide.reindex(places, columns=INDICES)


def beside(data: pd.DataFrame, policies: Sequence[str], focus: str, year: int, language: str) -> str:
    """The line of a caption that puts the other two indices beside the Fisher index."""
    words, found = phrases("indices", language), indices(data, policies, [focus, NATION], year)
    each = [
        words["each"].format(
            scenario=scenario_name(s, language, data), region=region_name(focus, language),
            **{f"{key}_{place}": signed(found.loc[(s, code), name])
               for key, name in zip(("fisher", "base", "ev"), INDICES, strict=True)
               for place, code in (("focus", focus), ("nation", NATION))},
        )
        for s in policies
        if not math.isnan(found.loc[(s, focus), INDICES[1]])
    ]  # fmt: skip
    return words["line"].format(each=words["between"].join(each)) if each else ""
