"""The table `parameters`: values of the register instead of those of its tables."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from cge.calibrate.parameters import ParameterSet
from cge.calibrate.parameters.changes import changed, spelt
from cge.policies.table import Table
from cge.study.reading import shortened


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
