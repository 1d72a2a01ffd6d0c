"""Labelled data of a modeller as the tables of a study: numbers go by label, never by position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from cgebase.errors import ScenarioError
from cgebase.messages import listed, message


def plain(value: Any, name: str) -> Any:
    """A number, text or list as it is; what has labels as a dict, by rows and columns a dict of dicts.

    Parameters
    ----------
    value : number, str, list, dict, Series, DataFrame or DataArray
        Empty cells of a DataFrame are left out.
    name : str
        What it is given for, as messages name it.

    Raises
    ------
    ScenarioError
        Numbers without labels, or a label that is there twice.
    """
    if isinstance(value, xr.DataArray):
        unlabelled = [str(d) for d in value.dims if d not in value.coords]
        if unlabelled:
            raise ScenarioError(message("CGE359", name=name, kind=f"DataArray ({', '.join(unlabelled)})"))
        value = value.to_series() if value.dims else value.item()
    if isinstance(value, pd.Series) and isinstance(value.index, pd.MultiIndex):
        _once(value.index, name)
        value = value.unstack()
    if isinstance(value, pd.Series | pd.DataFrame):
        axes = [value.index] if isinstance(value, pd.Series) else [value.index, value.columns]
        for axis in axes:
            if axis.equals(pd.RangeIndex(len(axis))):
                raise ScenarioError(message("CGE359", name=name, kind=type(value).__name__))
            _once(axis, name)
    if isinstance(value, pd.DataFrame):
        return {str(k): plain(row.dropna(), name) for k, row in value.iterrows()}
    if isinstance(value, pd.Series | Mapping):
        return {str(k): plain(v, name) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        raise ScenarioError(message("CGE359", name=name, kind=f"array {' x '.join(map(str, value.shape))}"))
    if isinstance(value, list | tuple | set | pd.Index):
        return [plain(v, name) for v in value]
    return value.item() if isinstance(value, np.generic) else value


def _once(labels: pd.Index, name: str) -> None:
    twice = labels[labels.duplicated()].unique()
    if len(twice):
        raise ScenarioError(message("CGE359.twice", name=name, labels=listed(map(str, twice))))
