"""Ready-made models: textbook models in the language, each a folder with program, data and published numbers.

A folder is what ``cge new --model`` writes: it runs as it stands and imports nothing of the gallery.
"""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import pandas as pd

from cgebase.errors import OutputError, ScenarioError
from cgebase.messages import LANGUAGES, Message, listed, message, near
from cgebase.whole import write_whole

ROOM = Path(__file__).parent


@lru_cache(maxsize=1)
def sources() -> Mapping[str, Mapping[str, str]]:
    """Models by name: what they are in both languages, and where their numbers were published."""
    return tomllib.loads((ROOM / "gallery.toml").read_text(encoding="utf-8"))


def what(name: str) -> Message:
    """What a model is, in words."""
    return Message(*(sources()[name][language] for language in LANGUAGES))


def program(name: str) -> ModuleType:
    """The module of a model: ``solve()`` gives its system and its scenarios."""
    return importlib.import_module(f"{__name__}.{name}.model")


def published(name: str) -> pd.DataFrame:
    """Published numbers of a model: ``variable``, ``cell``, ``scenario`` and ``value`` as it is printed."""
    return pd.read_csv(ROOM / name / "published.csv", dtype=str)


def write(name: str, folder: Path, language: str, *, force: bool = False) -> list[Path]:
    """Write a model into a folder of its own.

    Parameters
    ----------
    language : str
        Of its README, ``en`` or ``zh``.
    force : bool
        Replace files that are there.

    Returns
    -------
    list of Path
        Files written.

    Raises
    ------
    ScenarioError
        No model of that name.
    OutputError
        Files of the same name are there.
    OSError
        The folder cannot be written.
    """
    if name not in sources():
        raise ScenarioError(message("CGE280", name=name, near=near(name, sources()), known=listed(sources())))
    files = (p for p in sorted((ROOM / name).iterdir()) if p.suffix in (".py", ".csv"))
    texts = {p.name: p.read_text(encoding="utf-8") for p in files}
    readme = message("new.readme", what=what(name), source=sources()[name]["source"], name=name)
    texts["README.md"] = readme.text(language)
    there = [folder / n for n in texts if (folder / n).exists()]
    if there and not force:
        raise OutputError(message("CGE711", files=listed(there)))
    for file, text in texts.items():
        write_whole(folder / file, text)
    return [folder / n for n in texts]
