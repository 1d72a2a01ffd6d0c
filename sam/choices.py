"""Alternative choices of the build, so that results can be rerun over them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from cgebase.errors import SAMError
from cgebase.messages import Message, joined, listed, message, near

#: Emissions of Xinjiang in 2021, Mt, and the inventory that has them.
INVENTORIES = {"474": "study", "541": "alternative"}
#: Vintage of provincial GDP and its column.
GDP_VINTAGES = {
    "census5": "gdp", "final-before-census5": "gdp_final_pre_5th_census", "first-release": "gdp_first_release_2022",
}  # fmt: skip
_VINTAGE_WORDS = {
    "census5": "vintage after the fifth economic census",
    "final-before-census5": "final figure before the fifth economic census",
    "first-release": "first release of 2022",
}
_STRUCTURE_WORDS = {
    "2017": "provincial tables of 2017",
    "2020": "provincial tables of 2017, their sum on the national table of 2020",
}
OWN_SHARES = ("tables", "term")
STRUCTURES = ("2020", "2017")
GRAVITY_RANGE = (0.5, 2.0)
_ALLOWED = {
    "inventory": tuple(INVENTORIES), "gdp": tuple(GDP_VINTAGES), "own_share": OWN_SHARES, "structure": STRUCTURES,
}  # fmt: skip


@dataclass(frozen=True)
class Choices:
    """What a build assumes where the sources leave a choice.

    Parameters
    ----------
    inventory : {"474", "541"}
        Xinjiang's emissions in Mt: the planning study's inventory, or the straight estimate.
    gdp : {"census5", "final-before-census5", "first-release"}
        Vintage of provincial GDP.
    gravity : float
        Multiplies the distance elasticities, 0.5 to 2.
    own_share : {"tables", "term"}
        Share of demand that a province meets itself: what its table leaves after inflow, or the rule of TERM.
    structure : {"2020", "2017"}
        Input coefficients and final demand on the national table of 2020 on average, with trade between provinces as
        what their markets leave; or the provincial tables of 2017 as they are.

    Raises
    ------
    SAMError
        A value that is not allowed; all such are listed.
    """

    inventory: str = "474"
    gdp: str = "census5"
    gravity: float = 1.0
    own_share: str = "tables"
    structure: str = "2020"

    def __post_init__(self) -> None:
        faults: list[Message] = []
        for name, allowed in _ALLOWED.items():
            value = str(getattr(self, name))
            if value not in allowed:
                facts = {"near": near(value, allowed), "allowed": listed(allowed)}
                faults.append(message("SAM330.name", name=name, value=value, **facts))
        low, high = GRAVITY_RANGE
        if not low <= self.gravity <= high:
            faults.append(message("SAM330.range", name="gravity", value=self.gravity, low=low, high=high))
        if faults:
            raise SAMError(joined(message("SAM330", count=len(faults)), faults))

    @property
    def inventory_name(self) -> str:
        """Name of the inventory in :mod:`sam.satellites`."""
        return INVENTORIES[self.inventory]

    @property
    def gdp_column(self) -> str:
        """Column of ``gdp_2021.csv``."""
        return GDP_VINTAGES[self.gdp]

    @property
    def changed(self) -> dict[str, str | float]:
        """Choices that are not the default ones."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}

    @property
    def spelt(self) -> tuple[str, ...]:
        """What is changed, each as the key of a study file: ``base.choices.inventory = 541``."""
        return tuple(f"base.choices.{name} = {value}" for name, value in self.changed.items())

    def texts(self) -> tuple[str, ...]:
        """``name=value`` of every choice, as ``about.csv`` keeps them."""
        return tuple(f"{f.name}={getattr(self, f.name)}" for f in fields(self))

    def described(self) -> tuple[str, ...]:
        """The choices in words, for the history of an economy."""
        return (
            f"emissions: {self.inventory_name} inventory, Xinjiang {self.inventory} Mt",
            f"GDP of provinces: {_VINTAGE_WORDS[self.gdp]}",
            f"input coefficients and final demand: {_STRUCTURE_WORDS[self.structure]}",
            f"gravity: distance elasticities times {self.gravity:g}; own share of a province: {self.own_share}",
        )


def read_choices(texts: Iterable[str]) -> Choices:
    """Choices from what :meth:`Choices.texts` wrote; what is not named has its default.

    Raises
    ------
    SAMError
        A text that is no choice.
    """
    types: dict[str, Any] = {"gravity": float}
    found: dict[str, Any] = {}
    names = [f.name for f in fields(Choices)]
    for text in texts:
        name, _, value = str(text).partition("=")
        try:
            if name not in names:
                raise ValueError
            found[name] = types.get(name, str)(value)
        except ValueError:
            raise SAMError(message("SAM331", text=text, known=listed(names))) from None
    return Choices(**found)
