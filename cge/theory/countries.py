"""Provinces and their countries: what a country has, read in each of its provinces, and sums over its provinces."""

from __future__ import annotations

import sympy as sp

from cge.language.algebra import total
from cge.theory.symbols import CPI, grow, home, n, r


def here(value: sp.Expr) -> sp.Expr:
    """A value of countries, over ``n``, in each of their provinces, over ``r``."""
    return total(value, n, where=home[n, r])


def nationwide(value: sp.Expr, *indices: sp.Symbol) -> sp.Expr:
    """Sum of values over the provinces of a country, and over other indices."""
    return total(value, *indices, r, where=home[n, r])


prices = here(CPI[n])
"""Consumer price index of the country, in its provinces: what is real there is paid at it."""
path = here(grow[n])
"""Real GDP of the country over the base year, in its provinces."""
