"""Solutions of one model as labelled tables, scenarios side by side."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
import pandas as pd

from cge.solve.system import Solution, System
from cgebase.errors import SpecificationError
from cgebase.messages import joined, message, near


def compare(
    model: System, solutions: Mapping[str, Solution], *names: str, change: bool = False
) -> pd.DataFrame:
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
        Per cent change against the base instead of levels; nan where the base is zero.

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
    families = {n: f for n, f in model.theory.families.items() if f.kind == "variable"}
    faults = [message("CGE430", name=n, near=near(n, families)) for n in names if n not in families]
    if faults:
        raise SpecificationError(joined(message("CGE414", theory=model.theory.name, count=len(faults)), faults))
    chosen = names or tuple(families)
    cells = [(n, ", ".join(k)) for n in chosen for k in product(*(model.sets[d.name] for d in families[n].dims))]
    levels = pd.DataFrame(
        {scenario: np.concatenate([np.ravel(s.values[n]) for n in chosen]) for scenario, s in solutions.items()},
        pd.MultiIndex.from_tuples(cells, names=["variable", "cell"]),
    )
    if not change:
        return levels
    base = levels.iloc[:, 0]
    return 100 * (levels.iloc[:, 1:].div(base.where(base != 0), axis=0) - 1)


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
