"""Errors of the data side; every message says what, where, found against expected, and what to do."""

from __future__ import annotations


class SAMError(Exception):
    """Base of the data side's errors."""

    exit_code = 3


class SAMValidationError(SAMError, ValueError):
    """A table breaks an identity; all faults of the check are listed."""


class BalanceError(SAMError, RuntimeError):
    """The balance could not meet its controls; names the contradiction."""
