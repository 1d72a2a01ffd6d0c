"""Everything uncertain drawn together: what a study finds over the ranges of its parameters and over its choices."""

from cge.analysis.ensemble.ranges import differences, drawn_table, ranges, standings, values
from cge.analysis.ensemble.runs import (
    Asked,
    Found,
    folder_name,
    forget_shards,
    hold_shards,
    run_ensemble,
    shard_folder,
)
from cge.analysis.ensemble.space import KINDS, Draw, Space, space_of
from cge.analysis.ensemble.surrogate import surrogates

__all__ = [
    "KINDS", "Asked", "Draw", "Found", "Space", "differences", "drawn_table", "folder_name", "forget_shards",
    "hold_shards", "ranges", "run_ensemble", "shard_folder", "space_of", "standings", "surrogates",
    "values",
]  # fmt: skip
