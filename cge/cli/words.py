"""Words of the command line in one language: ``--lang`` where it is given, else ``CGE_LANG``, else English.

Help stands in English beside its command; ``help.toml`` has each text of it in Chinese.
"""

from __future__ import annotations

import json
import math
import numbers
import os
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from cgebase.columns import fitted
from cgebase.messages import LANGUAGES, Message, message, text_of
from cgebase.progress import Progress

TABLE = Path(__file__).with_name("help.toml")
LANGUAGE = "cge.language"
HELP = "show this help"
PRINTED: ContextVar[bool] = ContextVar("PRINTED", default=False)
"""Whether the command has printed its one JSON object."""
FRAME = {"Options": "选项", "Commands": "命令", "default: ": "默认：", "required": "必填"}


def given(arguments: Sequence[str] | None = None) -> list[str]:
    """What ``--lang`` is given on a command line that is not yet understood."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    after = [value for word, value in pairwise(words) if word == "--lang"]
    return after + [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]


def language(arguments: Sequence[str] | None = None) -> str:
    """Language of a command line that is not yet understood; English where what is asked for is none of ours."""
    asked = [*given(arguments)[-1:], os.environ.get("CGE_LANG", "")]
    return next((w for w in asked if w in LANGUAGES), "en")


def for_a_program(arguments: Sequence[str] | None = None) -> bool:
    """Whether a command line that is not yet understood asks for JSON."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return "--json" in (words[: words.index("--")] if "--" in words else words)


def refuse_unknown(arguments: Sequence[str] | None = None) -> None:
    """Refuse a ``CGE_LANG`` that is no language of ours, where it decides."""
    asked = os.environ.get("CGE_LANG", "")
    if asked and asked not in LANGUAGES and not given(arguments):
        raise click.UsageError(message("CGE009", found=asked))


def spoken() -> str:
    """Language of the command that is running; outside of one, as when a shell completes a word, that of CGE_LANG."""
    context = click.get_current_context(silent=True)
    return str(context.meta[LANGUAGE]) if context is not None and LANGUAGE in context.meta else language([])


def tell(*lines: Message, err: bool = False) -> None:
    """Print lines in the language of the command."""
    click.echo("\n".join(text_of(line, spoken()) for line in lines), err=err)


@lru_cache(maxsize=1)
def help_table() -> dict[str, str]:
    """Chinese of every paragraph of help, by its English."""
    table: dict[str, str] = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return table


def paragraphs(text: str) -> list[str]:
    """Paragraphs of a help text, each on one line."""
    return [" ".join(p.split()) for p in text.strip().split("\n\n")]


def translated(text: str) -> str:
    """A help text in the language of the command."""
    if spoken() == "en":
        return text
    return "\n\n".join(help_table().get(p, p) for p in paragraphs(text))


class Formatter(click.HelpFormatter):
    """Help in the language of the command."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The line of usage."""
        super().write_usage(prog, args, prefix if spoken() == "en" else "用法：")

    def write_heading(self, heading: str) -> None:
        """A heading such as Options."""
        if spoken() == "en":
            super().write_heading(heading)
        else:
            self.write(f"{'':{self.current_indent}}{FRAME[heading]}：\n")

    def write_text(self, text: str) -> None:
        """What a command does."""
        super().write_text(_wrapped(translated(text), self.width - self.current_indent))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Options or commands, each with its help."""
        rows = list(rows)
        first = min(max(len(name) for name, _ in rows), col_max) + col_spacing
        room = self.width - self.current_indent - first - 2
        super().write_dl([(name, _wrapped(_record(text), room)) for name, text in rows], col_max, col_spacing)


def _record(text: str) -> str:
    """Help of an option with its default, as click puts them together."""
    if spoken() == "en":
        return text
    words, mark, rest = text.rpartition("[") if text.endswith("]") else (text, "", "")
    for english, chinese in (*FRAME.items(), ("; ", "；")):
        rest = rest.replace(english, chinese)
    return f"{translated(words.strip()) if words.strip() else ''}  {mark}{rest}".strip()


def _wrapped(text: str, columns: int) -> str:
    r"""Chinese in lines of its own, which click leaves alone after ``\b``."""
    if spoken() == "en":
        return text
    return "\n\n".join("\b\n" + "\n".join(fitted(p, columns)) for p in text.split("\n\n"))


class Context(click.Context):
    """A context that prints help in the language of the command."""

    formatter_class = Formatter


class _Spoken(click.Choice[str]):
    """A language of words, not several."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self.choices:
            self.fail(message("CGE005", found=value))
        return str(value)


def _lang() -> click.Option:
    return click.Option(["--lang"], type=_Spoken(LANGUAGES), metavar="zh|en", expose_value=False, is_eager=True,
                        help="language of words, help and errors; without it CGE_LANG")  # fmt: skip


class Command(click.Command):
    """A command that takes ``--lang`` and has its help in two languages."""

    context_class = Context

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.params.append(_lang())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Settle the language before anything is said."""
        ctx.meta.setdefault(LANGUAGE, language(args))
        return super().parse_args(ctx, args)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option ``--help``, in our words."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = HELP
        return option

    def get_short_help_str(self, limit: int = 45) -> str:
        """One line on the command."""
        return super().get_short_help_str(limit) if spoken() == "en" else translated(paragraphs(self.help or "")[0])


class Group(Command, click.Group):
    """Commands under one name."""

    command_class = Command


command: Callable[..., Any] = partial(click.command, cls=Command)
group: Callable[..., Any] = partial(click.group, cls=Group)


def texts(of: click.Command) -> Iterable[str]:
    """Every paragraph of help of a command, its options and the commands under it, in English."""
    yield from paragraphs(of.help or "")
    yield HELP
    for option in of.params:
        if isinstance(option, click.Option):
            yield option.help or f"{of.name} {option.opts[0]} has no help"
    for under in of.commands.values() if isinstance(of, click.Group) else ():
        yield from texts(under)


def progress(quiet: bool) -> Progress:
    """What a long command says on the way, on the stream of errors; nothing where it is to be quiet."""
    return Progress((lambda _: None) if quiet else (lambda words: tell(words, err=True)))


def object_of(facts: Mapping[str, Any]) -> None:
    """Print one JSON object; numbers that are none are null."""
    PRINTED.set(True)
    click.echo(json.dumps(_plain(facts), ensure_ascii=False, allow_nan=False))


def _plain(thing: Any) -> Any:
    if isinstance(thing, Mapping):
        return {str(k): _plain(v) for k, v in thing.items()}
    if isinstance(thing, str) or not isinstance(thing, (Iterable, numbers.Real)):
        return thing if isinstance(thing, str) or thing is None else str(thing)
    if isinstance(thing, Iterable):
        return [_plain(v) for v in thing]
    if isinstance(thing, (bool, numbers.Integral)):
        return thing if isinstance(thing, bool) else int(thing)
    return float(thing) if math.isfinite(thing) else None
