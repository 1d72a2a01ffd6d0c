"""The theory, one chapter per file; importing this module registers every equation, in reading order."""

from cge.theory import (
    production, old_equipment, power, trade, income, observed, alternatives, carbon, measures, limits, accounts,
)  # fmt: skip
from cge.theory.symbols import T as THEORY

CHAPTERS = (
    production, old_equipment, power, trade, income, observed, alternatives, carbon, measures, limits, accounts,
)  # fmt: skip

__all__ = ["CHAPTERS", "THEORY"]
