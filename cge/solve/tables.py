"""Solutions of one model as labelled tables, scenarios side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cge.solve.system import Solution, System
from cgebase.errors import SpecificationError
from cgebase.messages import joined, message, near


def compare(model: System, solutions: Mapping[str, Solution], *names: str, change: bool = False) -> pd.DataFrame:
    """Variables of named scenarios by label.

    Parameters
    ----------
    model : System
        What was solved.
    solutions : mapping of str to Solution
        By name of the scenario; the first is the base.
    *names : str
        Variables; all, definitions included, if none is named.
    change : bool
        Per cent change against the base instead of levels; nan where the base is zero or of the other sign.

    Returns
    -------
    DataFrame
        Rows by ``variable`` and ``cell``, the labels of a cell with commas between them; a column for each scenario,
        without the base where changes are asked for.

    Raises
    ------
    SpecificationError
        Names that are no variables of the model, all at once.
    """
    if not (isinstance(solutions, Mapping) and solutions and all(isinstance(s, Solution) for s in solutions.values())):
        raise SpecificationError(message("CGE430.solutions"))
    base = next(iter(solutions.values())).values
    faults = [message("CGE430", name=n, near=near(n, base)) for n in names if n not in base]
    if faults:
        raise SpecificationError(joined(message("CGE414", theory=model.theory.name, count=len(faults)), faults))
    column, chosen = "change_pct" if change else "value", names or tuple(base)
    tables = {k: model.table({n: s.values[n] for n in chosen}, base) for k, s in solutions.items()}
    table = pd.DataFrame({k: t.set_index(["variable", "cell"])[column] for k, t in tables.items()})
    return table.iloc[:, 1:] if change else table


def beside(table: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Numbers that others published beside those of a table of :func:`compare`.

    Parameters
    ----------
    published : DataFrame
        A row for each number: ``variable``, ``cell`` (empty for a variable without sets), ``scenario`` and ``value``.

    Returns
    -------
    DataFrame
        In the order of ``published``: ``published``, ``here`` and their ``gap``.
    """
    where = published[["variable", "cell", "scenario"]].fillna("")
    value = published["value"].to_numpy(float)
    here = np.array([table.at[(variable, cell), scenario] for variable, cell, scenario in where.to_numpy()])
    return pd.DataFrame({"published": value, "here": here, "gap": here - value}, pd.MultiIndex.from_frame(where))
