"""Errors for people: what failed, where, found against expected, what to do next."""

from __future__ import annotations

import os

from cgebase.messages import LANGUAGES, Message, both, headed


class CGEError(Exception):
    """Base of every error that a user can act on, in words of both languages, with the exit code of the command."""

    exit_code = 1

    def __init__(self, words: Message) -> None:
        super().__init__(words)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows of it, in the language of ``CGE_LANG``: the message alone."""
        spoken = os.environ.get("CGE_LANG", "")
        return headed(both(self), spoken if spoken in LANGUAGES else "en").splitlines()


class SpecificationError(CGEError, ValueError):
    """The model is not well stated: names, dimensions, pairs, closures."""

    exit_code = 4


class CalibrationError(CGEError, ValueError):
    """The data cannot carry the functional forms; names the cells."""

    exit_code = 3


class ScenarioError(CGEError, ValueError):
    """A scenario file asks for something unknown or contradictory."""

    exit_code = 2


class ConvergenceError(CGEError, RuntimeError):
    """A solve did not reach its tolerance; carries the worst equations and what was found wrong with the problem."""

    exit_code = 5

    def __init__(
        self, words: Message, *, status: str = "not converged", iterations: int = 0, worst: tuple[object, ...] = (),
        findings: tuple[Message, ...] = (),
    ) -> None:  # fmt: skip
        super().__init__(words)
        self.status, self.iterations, self.worst, self.findings = status, iterations, worst, findings


class IdentityError(CGEError, RuntimeError):
    """Accounts of a solved run do not close: a fault of the model, whose numbers are not given out."""

    exit_code = 1


class InfeasibleCapError(CGEError, ValueError):
    """A cap lies below what full abatement of committed use can reach."""

    exit_code = 5


class IndexNumberError(CGEError, ArithmeticError):
    """A quantity index does not exist: a basket is worth less than nothing at the other prices."""

    exit_code = 5


class Interrupted(KeyboardInterrupt):
    """An interruption whose message says what is true after it."""


class OutputError(CGEError, OSError):
    """Results cannot be written where they were asked for."""

    exit_code = 7


class CompleteError(OutputError):
    """A whole run stands where another would be written."""

    exit_code = 2


class CompilationError(CGEError, RuntimeError):
    """A generated kernel did not compile; the cache or the compiler of this machine is at fault."""

    exit_code = 7


class SAMError(CGEError):
    """Base of the data side's errors."""

    exit_code = 3


class SAMValidationError(SAMError, ValueError):
    """A table breaks an identity; all faults of the check are listed."""


class BalanceError(SAMError, RuntimeError):
    """The balance could not meet its controls; names the contradiction."""
