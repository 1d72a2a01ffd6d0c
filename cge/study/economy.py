"""The economy a study runs on: shipped, of the user's own, or built with other choices and kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from cge.solve.cache import economy_dir, private
from cgebase.digest import digest
from cgebase.errors import SAMError, ScenarioError
from cgebase.messages import Message, message
from cgebase.program import program_digest
from sam.aggregate import aggregate
from sam.choices import Choices
from sam.economy import Economy, load_economy
from sam.mapping_files import is_shipped

USUAL = Choices()


def economy_for(
    aggregation: str, folder: Path | None, choices: Choices = USUAL, log: Callable[[Message], None] = lambda _: None, *,
    regions: str = "",
) -> Economy:  # fmt: skip
    """Read an economy; one with other choices than the shipped one is built first where it is not kept.

    Parameters
    ----------
    folder : Path or None
        An economy of the user's own, whatever the choices.
    regions : str
        Grouping of its provinces: a shipped one or a file; empty leaves them apart.

    Raises
    ------
    SAMError
        It cannot be read.
    ScenarioError
        It is of a year after the one that studies begin in.
    CompilationError
        The cache folder is another user's, or cannot be written to.
    """
    if of_package(folder, choices, regions):
        return _shipped(aggregation, regions)
    usual = folder is not None or choices == USUAL
    found = load_economy(aggregation, folder=folder) if usual else _built(aggregation, choices, log)
    if found.sam.year > found.country.year:
        raise ScenarioError(message("CGE632", folder=folder, found=found.sam.year, want=found.country.year))
    return aggregate(found, regions=regions) if regions else found


def of_package(folder: Path | None, choices: Choices, regions: str) -> bool:
    """Whether the package has this economy and this grouping of its regions."""
    return folder is None and choices == USUAL and (not regions or is_shipped("regions", regions))


@lru_cache(maxsize=2)
def _shipped(aggregation: str, regions: str) -> Economy:
    """An economy of the package, which no run changes; the tests of the package hold it to every check."""
    found = load_economy(aggregation)
    return aggregate(found, regions=regions) if regions else found


def _built(aggregation: str, choices: Choices, log: Callable[[Message], None]) -> Economy:
    """An economy of the cache, by program and choices; what is missing or not as it was written is built."""
    folder = economy_dir() / digest(program_digest(), aggregation, choices.texts())
    private(folder.parent)
    private(folder)
    try:
        return load_economy(aggregation, folder=folder)
    except SAMError:
        from sam.construct import build_economy

        log(message("building_economy", choices=", ".join(choices.spelt)))
        build_economy(aggregation, choices=choices, out=folder)
        return load_economy(aggregation, folder=folder)
