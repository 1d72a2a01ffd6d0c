"""What a number hangs on, exactly: its derivative by all that goes in, backwards through years and calibration."""

from cge.analysis.gradient.chain import Chain, Run, backwards, by_caps
from cge.analysis.gradient.measure import NUMBERS, number, place
from cge.analysis.gradient.register import Slopes, by_register, entry_value
from cge.analysis.gradient.run import Asked, Gradient, folder_name, gradient, movers, refuse

__all__ = [
    "NUMBERS", "Asked", "Chain", "Gradient", "Run", "Slopes", "backwards", "by_caps", "by_register", "entry_value",
    "folder_name", "gradient", "movers", "number", "place", "refuse",
]  # fmt: skip
