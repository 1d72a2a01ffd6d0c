"""GAMS data exchange files (GDX) that hold a SAM, through the optional packages ``gamsapi`` and ``gamspy_base``.

Read: a parameter of two dimensions (``table`` names it where there are several). Written: set ``ACC``, parameter
``SAM(ACC,ACC)``, set ``about`` whose texts are unit, year and so on. GAMS does not tell capitals from small letters and
keeps 63 bytes of a label; an account that would not survive is refused. The work is done in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from cgebase.errors import SAMError
from cgebase.messages import Message, joined, message
from cgebase.whole import whole
from sam.formats import gdx_worker
from sam.formats.base import Table, about_rows, accounts_of, cells_of, label_fault, pick, refuse, triples
from sam.formats.cells import RULES, Rules, label, shown
from sam.formats.sheets import read_bytes, refuse_workbook
from sam.matrix import SAM

LONGEST_LABEL = 63
LONGEST_TEXT = 200
"""Of the 255 bytes that a text of a set element may have."""
SPECIAL = 1e299
"""GDX keeps values beyond for infinities and missing data."""
TIMEOUT = 300


class Gdx:
    """GAMS data exchange file."""

    name = "gdx"
    extensions: tuple[str, ...] = (".gdx",)
    labels = ""
    writes = True

    def read(
        self, path: Path, *, table: str | None = None, year: int | None = None, rules: Rules = RULES
    ) -> Table:
        """Records of a parameter; ``EPS`` is zero, other special values are faults."""
        refuse_workbook(path, read_bytes(path), "GDX")
        answer = _ask(path.name, {"do": "read", "path": str(path.resolve()), "table": table})
        symbol = pick(path.name, table, answer["symbols"], answer["fitting"])
        if answer["records"] is None:
            raise SAMError(message("SAM143.symbol", file=path.name, symbol=symbol))
        faults: list[Message] = []
        cells = []
        for row, column, value in answer["records"]:
            place = f"{path.name} {symbol}({row},{column})"
            for text in (row, column):
                fault = label_fault(label(text, narrow=False), place, {})
                if fault is not None:
                    faults.append(fault)
            if isinstance(value, str):
                faults.append(message("SAM120.missing", place=place, value=value))
            else:
                cells.append((row, column, value))
        refuse(path.name, faults)
        about = _about(answer["about"]) if symbol == "SAM" else ()
        return Table(path.name, cells_of(cells), about, exact=True)

    def write(self, sam: SAM, path: Path) -> None:
        """One parameter with its set and its description."""
        names = accounts_of(sam.cells)
        faults = [
            message("SAM143.label", name=n) for n in names if len(n.encode()) > LONGEST_LABEL or {"'", '"'} <= {*n}
        ]
        seen: dict[str, str] = {}
        for name in names:
            if seen.setdefault(name.lower(), name) != name:
                faults.append(message("SAM143.case", name=name, other=seen[name.lower()]))
        faults += [
            message("SAM143.value", row=r, column=c, value=v) for r, c, v in triples(sam.cells) if abs(v) >= SPECIAL
        ]
        if faults:
            raise SAMError(joined(message("SAM132.head", format=self.name, count=len(faults)), faults))
        request = {
            "do": "write", "accounts": names, "about": _pieces(about_rows(sam)), "text": f"SAM, {sam.year}",
            "cells": [x for x in triples(sam.cells) if x[2] != 0.0],
        }  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "sam.gdx"
            _ask(path.name, {**request, "path": str(made)})
            with whole(path) as part:
                part.write_bytes(made.read_bytes())


def _ask(file: str, request: dict[str, Any]) -> dict[str, Any]:
    """Answer of the worker.

    Raises
    ------
    SAMError
        The packages are missing, the library refused the file, or it crashed.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "request.json", Path(folder) / "answer.json"
        asked.write_text(json.dumps(request), encoding="utf-8")
        # without -P the folder of the worker would go before the packages it imports
        command = [sys.executable, "-P", str(Path(gdx_worker.__file__)), str(asked), str(answered)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise SAMError(message("SAM143.slow", file=file, seconds=TIMEOUT)) from error
        if not answered.is_file():
            last = (done.stderr.strip().splitlines() or [""])[-1]
            raise SAMError(message("SAM143.crash", file=file, code=done.returncode, said=shown(last)))
        answer: dict[str, Any] = json.loads(answered.read_text(encoding="utf-8"))
    if "missing" in answer:
        raise SAMError(message("SAM136", file=file, package=answer["missing"], extra="gdx"))
    if "error" in answer:
        raise SAMError(message("SAM143", file=file, reason=shown(answer["error"].splitlines()[0])))
    return answer


def _pieces(rows: list[tuple[str, str]]) -> list[list[str]]:
    """Rows as set elements with texts; what GDX would change in a text is written in percent code."""
    out = []
    for k, (key, text) in enumerate(rows, start=1):
        code = quote(text, safe=";:,.()+-/")
        parts = [code[i : i + LONGEST_TEXT] for i in range(0, len(code), LONGEST_TEXT)]
        out += [[f"{k:04d}.{i}.{key}", part] for i, part in enumerate(parts)]
    return out


def _about(pieces: list[list[str]]) -> tuple[tuple[str, str], ...]:
    texts: dict[tuple[str, str], str] = {}
    for name, part in pieces:
        number, _, key = name.partition(".")
        at = (number, key.partition(".")[2])
        texts[at] = texts.get(at, "") + part
    return tuple((key, unquote(text)) for (_, key), text in texts.items())
