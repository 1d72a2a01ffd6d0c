"""Regions of an economy: the provinces each holds, and grouping files."""

from __future__ import annotations

from pathlib import Path

from sam.economy import held_groups
from sam.groups import Groups, Members, groups_of
from sam.mapping_files import find_mapping, read_mapping_file
from sam.registry import AGGREGATIONS, PROVINCE_CODES


def grouping(given: str) -> dict[str, str]:
    """Region of every province by a shipped grouping or a file of the user's own.

    Raises
    ------
    SAMError
        Neither; or faults of the file, all at once.
    """
    path = find_mapping("regions", given, "")
    return dict(read_mapping_file("regions", path, dict.fromkeys(PROVINCE_CODES, 1 / len(PROVINCE_CODES))).to)


def members(given: str, folder: Path | None) -> Members:
    """Provinces of every region of an economy, gathered where a grouping is given."""
    groups: Groups = (held_groups(folder) if folder is not None else None) or groups_of(AGGREGATIONS[0])
    return groups.mapped(regions=grouping(given)).regions if given else groups.regions


def region_of(code: str, regions: Members) -> str:
    """The region itself, else the one that holds the province, else the first."""
    if code in regions:
        return code
    return next((r for r, held in regions.items() if code in held), next(iter(regions)))
