"""What proves a solved scenario right: identities, homogeneity, the envelope, and its size beside simple arithmetic."""

from cge.analysis.verification.ladder import LIMITS, Verdict, refuse_broken, verdict, verify

__all__ = ["LIMITS", "Verdict", "refuse_broken", "verdict", "verify"]
