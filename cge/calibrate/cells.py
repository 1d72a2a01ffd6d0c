"""SAM cells and satellite tables as arrays over the model's sets."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.errors import CalibrationError
from cgebase.messages import LISTED, listed, message
from sam.economy import Economy


class Cells:
    """SAM cells as arrays over the model's sets."""

    def __init__(self, economy: Economy) -> None:
        self.index = {
            "r": {k: i for i, k in enumerate(economy.regions)},
            "c": {k: i for i, k in enumerate(economy.commodities)},
            "a": {k: i for i, k in enumerate(economy.activities)},
            "h": {k: i for i, k in enumerate(economy.households)},
            "n": {k: i for i, k in enumerate(economy.countries)},
        }
        cells = economy.sam.cells
        self.value = cells["value"].to_numpy(float)
        rows, columns = cells["row"].tolist(), cells["column"].tolist()
        parts = {name: str(name).split(":") for name in {*rows, *columns}}
        self.row, self.column = [parts[x] for x in rows], [parts[x] for x in columns]
        groups: dict[tuple[str, str], list[int]] = {}
        for k, (i, j) in enumerate(zip(self.row, self.column, strict=True)):
            margin = i[0] == j[0] == "com" and i[1] != j[1]
            groups.setdefault((_kind(i), "margin" if margin else _kind(j)), []).append(k)
        self.groups = groups

    def array(self, row: str, column: str, dims: str) -> Array:
        """Cells of one kind of row and column over ``dims``.

        ``dims`` spells where each index comes from: a letter of the set and ``<`` for the row account,
        ``>`` for the column account; ``r<`` is the region of the row. Where there is one country its accounts do not
        name it.
        """
        spec = [(dims[k], dims[k + 1]) for k in range(0, len(dims), 2)]
        out = np.zeros([len(self.index[d]) for d, _ in spec])
        for k in self.groups.get((row, column), ()):
            where = []
            for d, side in spec:
                parts = self.row[k] if side == "<" else self.column[k]
                code = parts[-1] if d in ("r", "n") else parts[1]
                where.append(0 if d == "n" and len(self.index["n"]) == 1 else self.index[d][code])
            out[tuple(where)] += self.value[k]
        return out


def _kind(parts: list[str]) -> str:
    if parts[0] in ("fac", "tax", "pool") or parts[:2] == ["gov", "central"]:
        return ":".join(parts[:2])
    return parts[0]


def share(part: Array, whole: Array) -> Array:
    """Part over whole, zero where there is no whole."""
    none = np.zeros(np.broadcast(part, whole).shape, np.result_type(part, whole, float))
    return np.divide(part, whole, out=none, where=np.abs(whole) > 0)


def part_of_country(values: Array, home: Array) -> Array:
    """Share of every region, the last axis, in its country; ``home``, (n, r), is 1 where it is of it."""
    return share(values, values @ home.T @ home)


def dense(frame: pd.DataFrame, keys: tuple[str, ...], value: str, labels: tuple[tuple[str, ...], ...]) -> Array:
    """Dense array of a tidy table; labels outside the sets are refused."""
    out = np.zeros([len(k) for k in labels])
    codes = []
    for key, known in zip(keys, labels, strict=True):
        position = pd.Index(known).get_indexer(frame[key])
        if (position < 0).any():
            unknown = sorted(set(frame[key][position < 0]))
            raise CalibrationError(message("CGE305", table=value, column=key, labels=listed(unknown)))
        codes.append(position)
    np.add.at(out, tuple(codes), frame[value].to_numpy(float))
    return out


def refuse_cells(bad: Array, key: str, rows: tuple[str, ...], regions: tuple[str, ...]) -> None:
    """Refuse an economy with bad cells, naming the first of them.

    Parameters
    ----------
    bad : ndarray of bool, (row, r)
    key : str
        Code of the fault in the message catalogue.

    Raises
    ------
    CalibrationError
        Some cell is bad.
    """
    if bad.any():
        cells = [message("cell", row=rows[i], region=regions[j]) for i, j in np.argwhere(bad)]
        more = [message("more", count=len(cells) - LISTED)] if len(cells) > LISTED else []
        raise CalibrationError(message(key, count=len(cells), cells=listed([*cells[:LISTED], *more])))
