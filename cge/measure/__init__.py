"""Indicators of a solved run: sums and indices of its values."""
