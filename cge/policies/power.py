"""Instruments of the power sector: a share of green generation, subsidies by technology."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from cge.policies.base import Facts, Instrument
from cge.policies.table import Province, number
from cge.theory.symbols import YUAN_PER_TONNE
from cgebase.arrays import Array
from cgebase.messages import Message, message

Technology = Literal["gco", "gga", "ghy", "gnu", "gwi", "gso", "gbi"]
"""A generation technology."""


class RenewableStandard(Instrument, table="renewables", in_twh=True):
    """Least share of green technologies in generation; certificates trade inside each province.

    Nuclear is no renewable and earns no certificates unless it is named (NDRC and NEA, Energy [2019] No. 807, renewable
    electricity consumption obligations).
    """

    share: float = number(unit="share of generation", gt=0, lt=1)
    """Least share in the end year, from the baseline's at the start; provinces whose baseline share of the year is
    above it have no standard to meet."""
    technologies: tuple[Technology, ...] = Field(("ghy", "gwi", "gso", "gbi"), min_length=1)
    """Generation technologies that earn certificates."""
    provinces: tuple[Province, ...] = ()
    """Where it holds; everywhere if empty."""

    @property
    def equations(self) -> tuple[str, ...]:
        return ("renewable_standard",)

    def refuse_unknown(self, facts: Facts) -> None:
        facts.members("a", self.technologies, "renewables")

    def beginning(self, facts: Facts) -> dict[str, Array]:
        given = self.parameters(facts)
        return {"rps": (given["rps"] > 0) * (given["green"][:, None] * facts.values["SG"]).sum(0)} if given else {}

    def given(self, facts: Facts) -> dict[str, Array]:
        green = facts.members("a", self.technologies, "renewables")
        now = (green[:, None] * facts.values["SG"]).sum(0)
        least = np.array([self.at(facts.year, k, self.share) if k < self.share else 0.0 for k in now])
        least = least * facts.provinces(self.provinces, "renewables")
        return {"green": green, "rps": least}


class TechnologySubsidy(Instrument, table="subsidy", in_twh=True):
    """Real subsidy of generation by technology, paid by the budget of the province."""

    yuan_per_mwh: dict[Technology, Annotated[float, number(unit="yuan of 2021 per MWh", ge=0, le=10_000)]] = Field(
        min_length=1
    )
    """Subsidy by technology in the end year: `{ gso = 60 }`."""
    start_share: float = number(1.0, unit="share", ge=0, le=2)
    """Part of it that is paid at the start; linear in between."""
    provinces: tuple[Province, ...] = ()
    """Where it is paid; everywhere if empty."""

    def idle(self, tables: Collection[str]) -> Message | None:
        return None if any(self.yuan_per_mwh.values()) else message("idle.subsidy")

    def refuse_unknown(self, facts: Facts) -> None:
        facts.members("a", self.yuan_per_mwh, "subsidy")

    def given(self, facts: Facts) -> dict[str, Array]:
        part = self.at(facts.year, self.start_share, 1.0)
        # 1e8 yuan per TWh are 100 yuan per MWh, the same factor as for tonnes
        paid = {str(name): rate for name, rate in self.yuan_per_mwh.items()}
        rate = np.array([paid.get(a, 0.0) / YUAN_PER_TONNE * part for a in facts.sets["a"]])
        where = facts.provinces(self.provinces, "subsidy")
        return {"gsub": rate[:, None] * (facts.parameters["gen"] > 0) * where}
