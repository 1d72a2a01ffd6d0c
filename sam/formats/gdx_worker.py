"""Program that reads and writes GDX in a process of its own: a crash of the C library there ends nothing else.

It imports nothing of this package. First argument: a JSON file with the request; second: where the answer goes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def container() -> Any:
    """An empty container of symbols; the libraries are those of ``gamspy_base`` or of an installed GAMS."""
    import gams.transfer as gt

    try:
        from gamspy_base import directory
    except ImportError:
        return gt.Container()
    return gt.Container(system_directory=directory)


def read(path: str, table: str | None) -> dict[str, Any]:
    """Symbols of a file, and the records of the one asked for or of the only matrix.

    A matrix has two dimensions, or four where accounts have two parts, as in the SAM of PEP.
    """
    import gams.transfer as gt

    box = container()
    box.read(path)
    symbols = {name: symbol for name, symbol in box.data.items()}
    fitting = [n for n, s in symbols.items() if isinstance(s, gt.Parameter) and s.dimension in (2, 4)]
    wanted = [n for n in symbols if table is not None and n.lower() == table.lower()] or fitting
    answer: dict[str, Any] = {"symbols": list(symbols), "fitting": fitting, "records": None, "about": []}
    if len(wanted) == 1 and wanted[0] in fitting:
        rows = _rows(symbols[wanted[0]])
        half = symbols[wanted[0]].dimension // 2
        answer["records"] = [[_joined(x[:half]), _joined(x[half:-1]), _value(gt, x[-1])] for x in rows]
    about = next((s for n, s in symbols.items() if n.lower() == "about" and isinstance(s, gt.Set)), None)
    if about is not None and about.dimension == 1:
        answer["about"] = [[str(x), str(text)] for x, text in _rows(about)]
    return answer


def _joined(parts: tuple[Any, ...]) -> str:
    """Label of an account; one of two parts, set and element, has a point between them."""
    return ".".join(str(x) for x in parts)


def _rows(symbol: Any) -> list[tuple[Any, ...]]:
    return [] if symbol.records is None else list(symbol.records.itertuples(index=False, name=None))


def _value(gt: Any, value: float) -> float | str:
    special = gt.SpecialValues
    for name, test in (
        ("NA", special.isNA),
        ("UNDF", special.isUndef),
        ("+INF", special.isPosInf),
        ("-INF", special.isNegInf),
    ):
        if test(value):
            return name
    return 0.0 if special.isEps(value) else float(value)


def write(path: str, accounts: list[str], cells: list[list[Any]], about: list[list[str]], text: str) -> dict[str, Any]:
    """Set ``ACC``, parameter ``SAM`` over it twice, set ``about`` with texts."""
    import gams.transfer as gt
    import pandas as pd

    box = container()
    acc = gt.Set(box, "ACC", records=accounts, description="accounts")
    gt.Parameter(box, "SAM", [acc, acc], records=pd.DataFrame(cells), description=text)
    gt.Set(box, "about", records=pd.DataFrame(about), description="unit, year and history of the SAM")
    box.write(path)
    return {}


def main() -> None:
    """Answer one request."""
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    reading = request.pop("do") == "read"
    try:
        answer = read(**request) if reading else write(**request)
    except ImportError as error:
        answer = {"missing": error.name or str(error)}
    except Exception as error:  # noqa: BLE001 - whatever the library raises goes back as words
        answer = {"error": str(error) or type(error).__name__}
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
