"""What the baseline hits and how its households spend, as the table ``[baseline]`` of a study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from cge.policies.table import Table
from cgebase.errors import ScenarioError
from cgebase.messages import joined, listed, message, near

Projection = Literal["SSP1", "SSP2", "SSP3", "SSP4", "SSP5"]
FirstYears = Literal["observed", "projected"]
EmissionRule = Literal["converging", "study-targets", "xinjiang-index", "intensity-index", "flat"]
Demand = Literal["engel", "constant-shares"]
Productivity = Literal["neutral", "labour"]
SectorGrowth = Literal["uniform", "differentiated"]
Mix = Literal["costs", "table"]
Technology = Literal["central", "low", "high", "flat"]
CHOICES = {
    "first_years": get_args(FirstYears), "gdp": get_args(Projection), "population": get_args(Projection),
    "emissions": get_args(EmissionRule), "demand": get_args(Demand), "productivity": get_args(Productivity),
    "sector_growth": get_args(SectorGrowth), "mix": get_args(Mix), "technology": get_args(Technology),
}  # fmt: skip
"""What each key may be."""


class Baseline(Table):
    """Choices of the baseline; Xinjiang keeps the study's GDP to 2035 and emissions, whatever the projection."""

    first_years: FirstYears = "observed"
    """`observed`: GDP of provinces, generation, electricity used and national CO2 of 2022 to 2024 are those published,
    and policies act after them; `projected`: the paths go from 2021 as projections made before say."""
    gdp: Projection = "SSP1"
    """Projection of GDP."""
    population: Projection | None = None
    """Projection of population and labour; that of GDP if not given."""
    emissions: EmissionRule = "converging"
    """After the first years: `converging`, the nation follows Xinjiang's emission index and emissions per GDP of the
    other provinces converge; `study-targets`, the same nation, and Xinjiang meets the targets of the planning study,
    610 Mt in 2030 and 580 Mt from 2035 on; `xinjiang-index`, every province follows that index; `intensity-index`,
    Xinjiang's index of emissions per GDP; `flat`, every province, Xinjiang too, stays."""
    demand: Demand = "engel"
    """`engel`: budget shares of households at base-year prices move with income elasticities as they get richer;
    `constant-shares`: they stay, and elasticities act on what a policy does to incomes only."""
    productivity: Productivity = "neutral"
    """What hits GDP: `neutral`, of labour and capital alike (Hicks); `labour`, of labour (Harrod)."""
    sector_growth: SectorGrowth = "differentiated"
    """`differentiated`: productivity by sector group, land and reserves that are given, steel, cement and food that
    saturate, and where first years are observed shares of the three industries in the nation as published and on a
    stated path to 2035; `uniform`: one productivity for all sectors of a province, land and reserves that keep pace."""
    mix: Mix = "costs"
    """What the power mix without policy follows: `costs` of technologies with integration and firm capacity, from the
    mix of the base year on; `table`: shares that are assumed."""
    technology: Technology = "central"
    """Costs of generation after 2021: `central`; `low`, `high`: wind and solar at the ends of the range of four
    studies; `flat`: as in 2021."""

    @property
    def chosen(self) -> dict[str, str]:
        """Every choice, spelt out."""
        return {"first_years": self.first_years, "gdp": self.gdp, "population": self.population or self.gdp,
                "emissions": self.emissions, "demand": self.demand, "productivity": self.productivity,
                "sector_growth": self.sector_growth, "mix": self.mix, "technology": self.technology}  # fmt: skip

    @property
    def words(self) -> list[str]:
        """Choices that are not the default ones, as parts of a folder name."""
        usual = Baseline(gdp=self.gdp).chosen | {"gdp": Baseline().gdp}
        return [f"{k}-{v}" for k, v in self.chosen.items() if v != usual[k]]

    def alone(self, key: str, option: str) -> dict[str, str]:
        """Choices for :meth:`but` that move one thing: population, which follows GDP where not given, stays."""
        kept = {"population": self.chosen["population"]} if key == "gdp" else {}
        return {key: option} | kept

    def but(self, choices: Mapping[str, str]) -> Baseline:
        """The same baseline with some choices changed.

        Raises
        ------
        ScenarioError
            Keys or values that do not exist, all at once, each with the closest.
        """
        faults = []
        for k, v in choices.items():
            if k not in CHOICES:
                faults.append(message("CGE241", name=k, near=near(k, CHOICES), known=listed(CHOICES)))
            elif v not in CHOICES[k]:
                faults.append(message("CGE242", item=k, name=v, near=near(v, CHOICES[k]), known=listed(CHOICES[k])))
        if faults:
            raise ScenarioError(joined(message("CGE240", count=len(faults)), faults) if faults[1:] else faults[0])
        return self.model_validate(self.model_dump() | dict(choices))
