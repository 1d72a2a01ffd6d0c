"""The theory, one chapter per file; importing this package registers every equation, in reading order."""

from cge.equations import production, power, trade, income, carbon
from cge.symbols import T as THEORY

CHAPTERS = (production, power, trade, income, carbon)

__all__ = ["CHAPTERS", "THEORY"]
