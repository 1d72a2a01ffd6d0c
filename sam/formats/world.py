"""Multi-region input-output tables that pymrio reads, as a table of accounts, through the optional package.

``table`` names the parser: ``saved`` (a folder of ``save_all``, the usual one), ``exiobase3``, ``wiod``, ``oecd``,
``eora26``, ``gloria``; the year is handed on to parsers that take one. Accounts are ``ind:sector:region``,
``fd:category:region`` and ``va:region``. The row of value added is output less intermediate purchases, so it holds net
taxes too and industries balance. Final demand has no income here; a label table may join both sides into institutions.
Written are no such tables.
"""

from __future__ import annotations

import inspect
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from cgebase.errors import SAMError
from cgebase.messages import Message, listed, message, near
from sam.formats.base import Table, cells_of, refuse
from sam.formats.cells import RULES, Rules, label
from sam.matrix import SAM

Found = TypeVar("Found")
PARSERS = {
    "saved": "load_all", "exiobase3": "parse_exiobase3", "wiod": "parse_wiod", "oecd": "parse_oecd",
    "eora26": "parse_eora26", "gloria": "parse_gloria",
}  # fmt: skip


class World:
    """Multi-region input-output system."""

    name = "pymrio"
    extensions: tuple[str, ...] = ()
    labels = ""
    writes = False

    def read(
        self, path: Path, *, table: str | None = None, year: int | None = None, rules: Rules = RULES
    ) -> Table:
        """Flows between industries, to final demand, and from value added."""
        return load_world(path, table, year, lambda system: _table(path.name, system))

    def write(self, sam: SAM, path: Path) -> None:
        """Refused: pymrio has no table of accounts."""
        raise SAMError(message("SAM135", name=self.name, known="-"))


def load_world(path: Path, table: str | None, year: int | None, read: Callable[[Any], Found]) -> Found:
    """What ``read`` makes of the system that a parser of pymrio finds.

    Raises
    ------
    SAMError
        No such parser or folder, no pymrio, or nothing that the parser can read.
    """
    kind = table or "saved"
    if kind not in PARSERS:
        known = listed(PARSERS)
        raise SAMError(message("SAM138", file=path.name, name=kind, near=near(kind, PARSERS), found=known))
    try:
        import pymrio
    except ImportError as error:
        raise SAMError(message("SAM136", file=path.name, package=error.name or "pymrio", extra="mrio")) from error
    if not path.exists():
        raise SAMError(message("SAM124", path=path, reason=message("errno.ENOENT")))
    logging.getLogger("pymrio").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parser = getattr(pymrio, PARSERS[kind])
            takes = year is not None and "year" in inspect.signature(parser).parameters
            return read(parser(path, year=year) if takes else parser(path))
    except SAMError:
        raise
    except Exception as error:  # noqa: BLE001 - the parsers raise whatever an unknown folder brings up
        said = (str(error).strip().splitlines() or [type(error).__name__])[-1]
        key = "SAM144" if table is None else "SAM144.named"
        raise SAMError(message(key, file=path.name, parser=kind, reason=said)) from error


def _table(file: str, system: Any) -> Table:
    flows, demand = system.Z, system.Y
    if flows is None or demand is None or list(flows.index) != list(flows.columns):
        raise SAMError(message("SAM144.parts", file=file))
    faults: list[Message] = []
    units = sorted({str(u) for u in system.unit["unit"]}) if system.unit is not None else []
    if len(units) > 1:
        faults.append(message("SAM144.units", file=file, units=listed(units)))
    industries = [f"ind:{label(s, narrow=False)}:{label(r, narrow=False)}" for r, s in flows.index]
    finals = [f"fd:{label(c, narrow=False)}:{label(r, narrow=False)}" for r, c in demand.columns]
    for names in (industries, finals):
        twice = sorted({n for n in names if names.count(n) > 1})
        faults += [message("SAM144.twice", file=file, name=n) for n in twice]
    inner, outer = flows.to_numpy(float), demand.reindex(flows.index).to_numpy(float)
    for block, names in ((inner, industries), (outer, finals)):
        for i, j in np.argwhere(~np.isfinite(block)):
            faults.append(message("SAM120.finite", place=f"{file} ({industries[i]},{names[j]})", value=block[i, j]))
    refuse(file, faults)
    added = inner.sum(axis=1) + outer.sum(axis=1) - inner.sum(axis=0)
    cells = [(industries[i], industries[j], float(inner[i, j])) for i, j in np.argwhere(inner)]
    cells += [(industries[i], finals[j], float(outer[i, j])) for i, j in np.argwhere(outer)]
    cells += [(f"va:{label(r, narrow=False)}", industries[j], float(added[j])) for j, (r, _) in enumerate(flows.index)]
    return Table(file, cells_of(cells), tuple(("unit", u) for u in units))
