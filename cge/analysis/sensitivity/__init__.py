"""What the results hang on: one thing at a time to its low and high value, everything else as it is."""

from cge.analysis.sensitivity.levers import DEFAULT, Lever, Variation, levers, title
from cge.analysis.sensitivity.runs import RunSetError, folder_name, refuse_unsolved, run_sensitivity

__all__ = [
    "DEFAULT", "Lever", "RunSetError", "Variation", "folder_name", "levers", "refuse_unsolved", "run_sensitivity",
    "title",
]  # fmt: skip
