"""Published input-output tables as one frozen type."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgebase.messages import Message

FINAL = ("FU101", "FU102", "THC", "FU103", "TC", "FU201", "FU202", "GCF")
VALUE_ADDED = ("VA001", "VA002", "VA003", "VA004")
TRADE = ("EX", "OF", "IM", "IF", "ERR")


@dataclass(frozen=True, eq=False)
class IOTable:
    """A published input-output table, 1e8 yuan at current producers' prices.

    Parameters
    ----------
    file, sheet : str
        Where it was read.
    places : dict
        Block to its address range.
    unit : str
        Unit as published; the values here are in 1e8 yuan.
    year : int or None
    classification : str
        ``nbs42`` when the sectors are the 42 of 2017 to 2020, else ``own``.
    regions, sectors, names : tuple of str
        Region codes (``CN`` for the nation), sector codes, sector labels as published.
    use : DataFrame, (region, sector) by (region, sector)
        Intermediate flows; of domestic goods where `imported` says so.
    final : DataFrame, (region, sector) by (region, category)
        Final demand at home by the most detailed categories printed.
    trade : DataFrame, (region, sector) by those of ``EX OF IM IF ERR`` that are printed
        Exports, outflow, imports, inflow as printed (imports and inflow positive), error term.
    value_added : DataFrame, item by (region, sector)
    imported : DataFrame
        Imported inputs: rows are sectors, or one row ``IM``; columns those of `use`, `final` and
        `trade`. Empty where imports are only a column of `trade`.
    output : Series, (region, sector)
        Gross output, equal to total input up to `findings`.
    findings : tuple of Message
        Deviations beyond rounding, each with its address.
    notes : tuple of Message
        What was taken in another spelling or left out.
    largest_gap : float
        Largest absolute deviation of any identity, in the published unit.
    """

    file: str
    sheet: str
    places: dict[str, str]
    unit: str
    year: int | None
    classification: str
    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    names: tuple[str, ...]
    use: pd.DataFrame
    final: pd.DataFrame
    trade: pd.DataFrame
    value_added: pd.DataFrame
    imported: pd.DataFrame
    output: pd.Series
    findings: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()
    largest_gap: float = 0.0

    def cells(self) -> pd.DataFrame:
        """Tidy cells that are not zero.

        Returns
        -------
        DataFrame
            Columns ``table, row, column, value`` (1e8 yuan). ``table`` is the region, or ``MRIO``; rows and columns
            are codes, with the region before them (``BJ:01``) in a table of several regions. Imported inputs have
            rows ``IM`` or ``IM:01``; gross output stands in column ``GO``.
        """
        many = len(self.regions) > 1
        table = "MRIO" if many else self.regions[0]

        def name(key: object) -> str:
            if not isinstance(key, tuple):
                return str(key)
            return f"{key[0]}:{key[1]}" if many else str(key[1])

        blocks = [self.use, self.final, self.trade, self.output.to_frame("GO"), self.value_added]
        if len(self.imported):
            mark = {k: "IM" if k == "IM" else f"IM:{k}" for k in self.imported.index}
            blocks.append(self.imported.rename(index=mark))
        frames = []
        for block in blocks:
            values = block.to_numpy(float)
            i, j = np.nonzero(values)
            rows, columns = (np.array([name(k) for k in axis], object) for axis in (block.index, block.columns))
            frames.append(pd.DataFrame({"table": table, "row": rows[i], "column": columns[j], "value": values[i, j]}))
        return pd.concat(frames, ignore_index=True)
