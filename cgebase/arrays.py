"""The array of numbers that data and model compute with."""

from __future__ import annotations

import numpy as np

Array = np.ndarray
