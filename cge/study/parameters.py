"""The table `parameters`: values of the register instead of those of its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ConfigDict

from cge.calibrate.parameters import ParameterSet
from cge.calibrate.parameters.changes import acts_only, changed, spelt
from cge.policies.table import Table
from cge.study.reading import shortened
from cge.theory.closures import SWAPS, own_equations
from cgebase.messages import Message, message


class Parameters(Table):
    """Values of parameters instead of those of the tables: by name a number for every item, or a table by item."""

    model_config = ConfigDict(extra="allow")

    beyond: bool = False
    """Whether values may lie outside their declared range; their sign, and 0 to 1 for shares, hold in any case."""

    @property
    def values(self) -> dict[str, Any]:
        """What is set, by parameter."""
        return dict(self.model_extra or {})

    @property
    def words(self) -> list[str]:
        """What is set, as one part of a folder name; empty where nothing is."""
        parts = [text.replace(" = ", "-").replace("[", "-").replace("]", "") for text in spelt(self.values)]
        return [shortened("_".join(parts), "parameters")] if parts else []

    def on(self, parameters: ParameterSet) -> ParameterSet:
        """Parameters with these values; see :func:`cge.calibrate.parameters.changes.changed`."""
        return changed(parameters, self.values, beyond=self.beyond)

    def idle(self, choices: Mapping[str, str], closures: Sequence[Sequence[str]]) -> list[Message]:
        """What is set but acts nowhere.

        Parameters
        ----------
        choices : mapping of str to str
            Choices of the baseline.
        closures : sequence of sequence of str
            Active equations of each policy; where there is none yet, nothing is known of closures.
        """
        out = []
        for name in self.values:
            axis, options = acts_only(name) or ("", ())
            if axis in SWAPS:
                own = [own_equations(axis, option) for option in options]
                acts = not closures or any(equations <= {*active} for equations in own for active in closures)
            else:
                acts = not axis or choices[axis] in options
            if not acts:
                table = "scenario.closure" if axis in SWAPS else "baseline"
                either = Message(*(word.join(options) for word in (" or ", " 或 ")))
                out.append(message("CGE258", name=name, table=table, axis=axis, options=either))
        return out
