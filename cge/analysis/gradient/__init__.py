"""What a number hangs on, exactly: its derivative by all that goes in, backwards through years and calibration."""

from cge.analysis.gradient.chain import Chain, Run, backwards
from cge.analysis.gradient.register import by_register
from cge.analysis.gradient.run import Asked, Gradient, folder_name, gradient, movers

__all__ = ["Asked", "Chain", "Gradient", "Run", "backwards", "by_register", "folder_name", "gradient", "movers"]
