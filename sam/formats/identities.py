"""The sums an input-output table has to meet, each printed figure against its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgebase.arrays import Array
from sam.formats.iotable import VALUE_ADDED
from sam.formats.layout import Layout

#: Parts of a printed sum; a part that is not printed is looked for one level down.
SUMS = {"TC": ("THC", "FU103"), "THC": ("FU101", "FU102"), "GCF": ("FU201", "FU202")}
MATERIAL = 1e-4
"""Relative gap from which a core identity refuses the table (assumption; rounding gives below 1e-6)."""
LEAST = 1e-6
"""Smallest gap that is reported, in the published unit."""
EXACT = 1e-9
"""Relative gap of sums of unrounded figures (double precision, as in the provincial workbooks of 2017)."""


@dataclass(frozen=True)
class Gap:
    """One deviation of an identity, in the published unit.

    Parameters
    ----------
    identity : str
        Such as ``GO = TIU + TFU - IM - IF + ERR``.
    at : tuple of int
        Row and column of the printed figure.
    found, expected : float
        Printed figure, and what the other cells say.
    core : bool
        The table itself does not hold together; else only a printed grand total is off.
    relative : float
        Gap over the size of the line.
    """

    identity: str
    at: tuple[int, int]
    found: float
    expected: float
    core: bool
    relative: float


def decimals(values: np.ndarray) -> int | None:
    """Decimals to which figures are printed, None when they are not rounded (more than three)."""
    for digits in range(4):
        scaled = values * 10.0**digits
        if np.all(np.abs(scaled - np.round(scaled)) <= 1e-6):
            return digits
    return None


def gaps(
    identity: str, at: list[tuple[int, int]], printed: np.ndarray, terms: np.ndarray, digits: int | None, *,
    core: bool = True,
) -> tuple[list[Gap], float]:  # fmt: skip
    """Deviations beyond rounding of printed sums from their terms.

    Parameters
    ----------
    at : list
        Position of each printed figure.
    printed : ndarray, (n,)
    terms : ndarray, (m, n)
        Signed terms.
    digits : int or None
        Decimals printed. A sum of m rounded figures strays by 0.29 sqrt(m + 1) last digits (standard deviation);
        four of these, and at most half a last digit per figure, count as rounding.

    Returns
    -------
    found, largest
        `largest` is the largest absolute gap, rounding included.
    """
    expected, size = terms.sum(0), np.maximum(np.abs(printed), np.abs(terms).sum(0))
    gap = np.abs(printed - expected)
    slack = LEAST + EXACT * size
    if digits is not None:
        count = len(terms) + 1
        slack = slack + min(0.5 * count, 4 * np.sqrt(count / 12)) * 10.0**-digits
    relative = np.divide(gap, size, out=np.zeros_like(gap), where=size > 0)
    found = [
        Gap(identity, at[k], float(printed[k]), float(expected[k]), core, float(relative[k]))
        for k in np.flatnonzero(gap > slack)
    ]
    return found, float(gap.max(initial=0.0))


def check_identities(layout: Layout, values: Array) -> tuple[list[Gap], float]:
    """Check every identity of a table.

    Parameters
    ----------
    layout : Layout
    values : ndarray, (rows, columns) in the order of the layout
        In the published unit.

    Returns
    -------
    found, largest
        Deviations beyond rounding, positions counted on the sheet; the largest absolute gap.
    """
    return _Check(layout, values).run()


class Positions:
    """Lines of a table by their place in the read values.

    Attributes
    ----------
    own, bought, users : list of int
        Rows of sectors, rows of imported inputs by sector, columns of sectors.
    rows : dict
        Key to row.
    columns : dict
        Region (empty without one) and key to column.
    """

    def __init__(self, layout: Layout) -> None:
        row_at = {line: k for k, line in enumerate(layout.rows)}
        column_at = {line: k for k, line in enumerate(layout.columns)}
        self.own = [row_at[x] for x in layout.sectors("row")]
        self.bought = [row_at[x] for x in layout.imported()]
        self.users = [column_at[x] for x in layout.sectors("column")]
        self.rows = {key: row_at[x] for (_, key), x in layout.keyed("row").items()}
        self.columns = {k: column_at[x] for k, x in layout.keyed("column").items()}
        self.regions = list(dict.fromkeys(region for region, _ in self.columns))

    def leaves(self, region: str, key: str) -> list[int]:
        """Columns of the most detailed printed parts of a sum."""
        deeper = [c for part in SUMS.get(key, ()) for c in self.leaves(region, part)]
        return deeper or ([self.columns[region, key]] if (region, key) in self.columns else [])


class _Check(Positions):
    """Gathers the gaps of one table."""

    def __init__(self, layout: Layout, values: Array) -> None:
        super().__init__(layout)
        self.layout, self.values = layout, values
        self.digits = decimals(values)
        self.found: list[Gap] = []
        self.largest = 0.0

    def add(
        self, identity: str, rows: list[int], columns: list[int], terms: list[Array], *, core: bool = True
    ) -> None:
        """Compare the printed figures of one row or one column with the sum of their terms."""
        printed = self.values[np.ix_(rows, columns)].ravel()
        at = [(self.layout.rows[r].at, self.layout.columns[c].at) for r in rows for c in columns]
        found, largest = gaps(identity, at, printed, np.vstack(terms), self.digits, core=core)
        self.found += found
        self.largest = max(self.largest, largest)

    def run(self) -> tuple[list[Gap], float]:
        """All identities: rows, columns, both sides, grand totals."""
        self._use()
        self._input()
        self._grand_totals()
        return self.found, self.largest

    def _use(self) -> None:
        v, rows = self.values, self.own + self.bought
        column = {key: c for (region, key), c in self.columns.items() if not region}
        uses = list(v[np.ix_(rows, self.users)].T)
        if "TIU" in column:
            self.add("TIU = sum of uses", rows, [column["TIU"]], uses)
        final: list[int] = []
        for region in self.regions:
            for key in SUMS:
                if (region, key) in self.columns and self.leaves(region, key) != [self.columns[region, key]]:
                    parts = self.leaves(region, key)
                    text = f"{key} = {' + '.join(self.layout.columns[c].key for c in parts)}"
                    self.add(text, rows, [self.columns[region, key]], [v[rows, c] for c in parts])
            final += self.leaves(region, "TC") + self.leaves(region, "GCF")
        sold = final + [column[k] for k in ("EX", "OF") if k in column]
        self.add("TFU = final uses", rows, [column["TFU"]], [v[rows, c] for c in sold])
        signs = {"TIU": 1, "TFU": 1, "IM": -1, "IF": -1, "ERR": 1}
        held = [k for k in signs if k in column or k == "TIU"]
        text = "GO = " + " ".join(f"{'+' if signs[k] > 0 else '-'} {k}" for k in held).removeprefix("+ ")
        printed = [signs[k] * v[self.own, column[k]] for k in held if k in column]
        summed = [v[self.own, c] for c in self.users] if "TIU" not in column else []
        self.add(text, self.own, [column["GO"]], [*summed, *printed])

    def _input(self) -> None:
        v, users = self.values, self.users
        inner = list(v[np.ix_(self.own + self.bought, users)])
        row = self.rows
        added, whole = (v[row[k], users] for k in ("TVA", "TI"))
        if "TII" not in row:
            inner += [v[row["IM"], users]] if "IM" in row else []
            paid = [*inner, added]
        else:
            paid = self._intermediate(inner, v[row["TII"], users], added)
        parts = [k for k in VALUE_ADDED if k in row]
        if parts:
            self.add(f"TVA = {' + '.join(parts)}", [row["TVA"]], users, [v[row[k], users] for k in parts])
        self.add("TI = TII + TVA" + (" + IM" if len(paid) == 3 else ""), [row["TI"]], users, paid)
        if len(users) == len(self.own):
            self.add("GO = TI", self.own, [self.columns["", "GO"]], [whole])

    def _intermediate(self, inner: list[Array], total: Array, added: Array) -> list[Array]:
        """Check the printed sum of inputs; what adds up to total input."""
        v, row, users = self.values, self.rows, self.users
        paid = [total, added]
        text = "TII = sum of inputs"
        if "IM" in row:
            foreign = v[row["IM"], users]
            # some tables count the row of imports in TII, others only in TI
            if np.abs(total - sum(inner) - foreign).sum() <= np.abs(total - sum(inner)).sum():
                inner, text = [*inner, foreign], "TII = sum of inputs + IM"
            else:
                paid.append(foreign)
        self.add(text, [row["TII"]], users, inner)
        return paid

    def _grand_totals(self) -> None:
        """Printed totals of totals, on which no cell of the table rests."""
        v = self.values
        counted = self.own + self.bought + ([self.rows["IM"]] if "IM" in self.rows else [])
        others = [c for c in self.columns.values() if "TII" in self.rows and v[self.rows["TII"], c]]
        if others:
            self.add("total of the column", [self.rows["TII"]], others, list(v[np.ix_(counted, others)]), core=False)
        if ("", "TIU") not in self.columns:
            return
        column = self.columns["", "TIU"]
        for key, r in self.rows.items():
            if v[r, column]:
                self.add(f"total of row {key}", [r], [column], list(v[[r]][:, self.users].T), core=False)
