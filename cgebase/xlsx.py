"""Excel files that appear whole under their name or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from xlsxwriter.exceptions import FileCreateError

from cgebase.whole import write_whole


@contextmanager
def book_of(path: Path) -> Iterator[BytesIO]:
    """What xlsxwriter or pandas writes a book into; the file is there when the block ends.

    In memory, since what is zipped onto a full disk is told by a traceback of its own.

    Raises
    ------
    OSError
        As the system says it, where a file of a sheet or the book itself cannot be written.
    """
    content = BytesIO()
    try:
        yield content
    except FileCreateError as error:
        raise error.args[0] from error
    write_whole(path, content.getvalue())
