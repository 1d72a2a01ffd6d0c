"""What the command line says when something fails: one message in the language asked for, and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import click

from cgebase.errors import CGEError, Interrupted
from cgebase.messages import LANGUAGES, Message, both, message, reason

OUR_BUG, USAGE, ENVIRONMENT, INTERRUPTED = 1, 2, 7, 130
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
PREFIX = {"en": ("error", ": "), "zh": ("错误", "：")}


def language(arguments: Sequence[str] | None) -> str:
    """Language of messages: ``--lang`` where it names one alone, else ``CGE_LANG``, else English."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    given = [after for word, after in pairwise(words) if word == "--lang"]
    given += [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    asked = [*given[-1:], os.environ.get("CGE_LANG", "")]
    return next((w.strip() for w in asked if w.strip() in LANGUAGES), "en")


def complain(error: BaseException, language: str) -> int:
    """Say what an error means.

    Returns
    -------
    int
        Exit code of the command.
    """
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        cause = error.__cause__ or error
        said = cause.args[0] if isinstance(cause, Interrupted) else message("CGE704")
        click.echo(said.text(language), err=True)
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        return _usage(error, language)
    code = exit_code(error)
    _say(_words(error, code), language)
    return code


@contextmanager
def while_at(words: str) -> Iterator[None]:
    """An interruption in here is told in these words, which are true at this stage."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(message(words)) from error


def _usage(error: click.ClickException, language: str) -> int:
    if isinstance(error.message, Message):
        _say(error.message, language)
    elif language == "en":
        error.show()
    else:
        _say(message("CGE001", said=error.format_message()), language)
    return USAGE


def _say(words: Message, language: str) -> None:
    name, colon = PREFIX[language]
    mark = f" [{words.code}]" if words.code else ""
    click.echo(f"{name}{mark}{colon}{words.text(language)}", err=True)


def _words(error: BaseException, code: int) -> Message:
    said = both(error)
    if said.code:
        return said
    if code == OUR_BUG:
        return message("CGE900", kind=type(error).__name__, file=_report_file())
    if isinstance(error, CGEError) or not isinstance(error, OSError):
        return said
    file = error.filename or message("a_file")
    full = error.errno in FULL
    return message("CGE703", file=file) if full else message("CGE702", file=file, reason=reason(error))


def _report_file() -> str:
    """Write the traceback of the error being handled; where it is."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="cge-report-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(traceback.format_exc())
        return file.name
    except OSError as error:
        return f"no file, {error}"


def exit_code(error: BaseException) -> int:
    """Exit code of an error: its own, or whose fault it is, the system's or ours."""
    if isinstance(error, CGEError):
        return error.exit_code
    return ENVIRONMENT if isinstance(error, OSError) else OUR_BUG
