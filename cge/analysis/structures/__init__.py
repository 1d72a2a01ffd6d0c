"""The two caps under other structures of the model: which of them give published losses, which gap needs what."""

from cge.analysis.structures.file import Structure, Structures, load_structures
from cge.analysis.structures.runs import run_structures

__all__ = ["Structure", "Structures", "load_structures", "run_structures"]
