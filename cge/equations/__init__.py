"""The theory, one chapter per file; importing this package registers every equation, in reading order."""

from cge.equations import production, vintages, power, trade, income, closures, carbon
from cge.symbols import T as THEORY

CHAPTERS = (production, vintages, power, trade, income, closures, carbon)

__all__ = ["CHAPTERS", "THEORY"]
