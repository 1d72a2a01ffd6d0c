"""Instruments of the power sector: a share of green generation, subsidies by technology."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from cge.policies.base import Facts, Instrument
from cge.theory.symbols import YUAN_PER_TONNE
from cgebase.arrays import Array


class RenewableStandard(Instrument, table="renewables"):
    """Least share of green technologies in generation; certificates trade inside each province.

    Parameters
    ----------
    share : float
        Least share in the end year; from the baseline's share at the start, linear. Provinces whose baseline share of
        the year is above it have no standard to meet.
    technologies : tuple of str
        Generation activities that earn certificates. Nuclear is no renewable and earns none unless it is named
        (NDRC and NEA, Energy [2019] No. 807, renewable electricity consumption obligations).
    """

    share: float = Field(gt=0, lt=1)
    technologies: tuple[str, ...] = ("ghy", "gwi", "gso", "gbi")

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
        return {"green": green, "rps": least}


class TechnologySubsidy(Instrument, table="subsidy"):
    """Real subsidy of generation by technology, paid by the budget of the province.

    Parameters
    ----------
    yuan_per_mwh : dict of str to float
        By technology, in the end year; from ``start_share`` of it at the start.
    """

    yuan_per_mwh: dict[str, float] = Field(min_length=1)
    start_share: float = Field(1.0, ge=0, le=2)

    def refuse_unknown(self, facts: Facts) -> None:
        facts.members("a", self.yuan_per_mwh, "subsidy")

    def given(self, facts: Facts) -> dict[str, Array]:
        part = self.at(facts.year, self.start_share, 1.0)
        # 1e8 yuan per TWh are 100 yuan per MWh, the same factor as for tonnes
        rate = np.array([self.yuan_per_mwh.get(a, 0.0) / YUAN_PER_TONNE * part for a in facts.sets["a"]])
        return {"gsub": rate[:, None] * (facts.parameters["gen"] > 0)}
