"""What the command line says when something fails: one message in the language asked for, and an exit code."""

from __future__ import annotations

import errno
import re
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from cge.cli.words import PRINTED, object_of
from cgebase.errors import CGEError, Interrupted
from cgebase.messages import Message, both, headed, listed, message, near, reason

OUR_BUG, USAGE, ENVIRONMENT, INTERRUPTED = 1, 2, 7, 130
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def complain(error: BaseException, language: str, *, as_json: bool = False) -> int:
    """Say what an error means.

    Parameters
    ----------
    as_json : bool
        Print it as the one JSON object of the command as well, where that has printed none.

    Returns
    -------
    int
        Exit code of the command.
    """
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        cause = error.__cause__ or error
        said = cause.args[0] if isinstance(cause, Interrupted) else message("CGE704")
        click.echo(said.text(language), err=True)
        code = INTERRUPTED
    elif isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return USAGE
    else:
        code = USAGE if isinstance(error, click.ClickException) else exit_code(error)
        said = usage(error) if isinstance(error, click.ClickException) else _words(error, code)
        _say(said, language)
    if as_json and not PRINTED.get():
        object_of({"error": {"code": said.code, "exit": code, "en": said.text("en"), "zh": said.text("zh")}})
    return code


@contextmanager
def while_at(words: str) -> Iterator[None]:
    """An interruption in here is told in these words, which are true at this stage."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(message(words)) from error


USES = {
    r"Option '(?P<what>.+)' requires an argument": "CGE001.empty",
    r"Option '(?P<what>.+)' requires .* arguments": "CGE001.empty",
    r"Option '(?P<what>.+)' does not take a value": "CGE001.flag",
    r"Got unexpected extra arguments? \((?P<what>.+)\)": "CGE001.extra",
    r"Missing command": "CGE001.command_missing",
}
"""What click says in English of a command that is not understood, and our message for it."""


def usage(error: click.ClickException) -> Message:
    """What is wrong with a command line, in words of ours."""
    if isinstance(error.message, Message):
        return error.message
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f"{context.command_path if context else 'cge'} --help"
    if isinstance(error, click.NoSuchOption):
        known = [o for p in context.command.get_params(context) for o in p.opts] if context else []
        return message("CGE001.option", name=error.option_name, near=near(error.option_name, known), help=hint)
    if isinstance(error, click.exceptions.NoSuchCommand):
        name, known = error.command_name, list(error.possibilities or ())
        return message("CGE001.command", name=name, near=near(name, known), help=hint)
    if isinstance(error, click.BadParameter) and error.param is not None:
        what = max(error.param.opts, key=len)
        what = what if isinstance(error.param, click.Option) else what.upper()
        if isinstance(error, click.MissingParameter):
            return message("CGE001.missing", what=what, help=hint)
        value = re.match(r"(?:\w+ )?'?(.*?)'? (?:is|does) ", error.message)
        found = value[1] if value else error.message
        return message("CGE001.value", what=what, expected=_expected(error.param.type), found=found)
    for pattern, key in USES.items():
        match = re.match(pattern, error.format_message())
        if match:
            return message(key, help=hint, **match.groupdict())
    return message("CGE001", said=error.format_message())


def _expected(kind: click.ParamType) -> Message:
    """What a value of this type is."""
    if isinstance(kind, click.Choice):
        return message("one_of", known=listed(kind.choices))
    if isinstance(kind, (click.IntRange, click.FloatRange)):
        return message("number_between", low=kind.min, high=kind.max)
    if isinstance(kind, click.Path):
        return message("a_path")
    return message("a_number" if kind.name == "float" else "whole_number")


def _say(words: Message, language: str, kind: str = "error") -> None:
    click.echo(headed(words, language, kind), err=True)


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


def warner(language: str) -> Callable[..., None]:
    """Shows warnings: one of ours once, in words and without the place in the program; others as Python does."""
    shown: set[str] = set()
    usual = warnings.showwarning

    def show(warning: Warning | str, *place: Any, **more: Any) -> None:
        words = both(warning) if isinstance(warning, Warning) else Message(warning, warning)
        if not words.code:
            usual(warning, *place, **more)
        elif words.code not in shown:
            shown.add(words.code)
            _say(words, language, "note")

    return show


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
