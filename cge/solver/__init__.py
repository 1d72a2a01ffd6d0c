"""Numerical methods on arrays; no economics lives here."""
