"""A book that finds no room says so once, and leaves nothing; the limit of the system on files stands for the disk."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SCRIPT = """
    import resource, signal, sys
    from pathlib import Path
    import pandas as pd, xlsxwriter
    from cgebase.xlsx import book_of

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), -1))
    table = pd.DataFrame({"a": range(4000)})
    try:
        with book_of(Path(sys.argv[1])) as content:
            if sys.argv[3] == "pandas":
                with pd.ExcelWriter(content, engine="xlsxwriter") as book:
                    table.to_excel(book)
            else:
                with xlsxwriter.Workbook(content) as book:
                    book.add_worksheet().write_column(0, 0, table["a"])
    except OSError as error:
        print(type(error).__name__, error.errno)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process")
@pytest.mark.parametrize("writer", ["pandas", "xlsxwriter"])
@pytest.mark.parametrize("room", [15_000, 1_000])
def test_a_book_without_room_is_one_error_and_no_file(tmp_path: Path, writer: str, room: int) -> None:
    words = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(tmp_path / "a.xlsx"), str(room), writer]
    end = subprocess.run(words, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert (end.returncode, end.stdout, end.stderr) == (0, "OSError 27\n", "") and not list(tmp_path.iterdir())
