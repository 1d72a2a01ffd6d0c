"""Messages for people in English and Chinese, each under a code that keeps its meaning.

The catalogue is ``cgebase/messages.toml``. A key is a code (``SAM002``), a code with a case of it
(``SAM002.subsidy``), or a phrase in lower case that stands inside other messages (``near``).
"""

from __future__ import annotations

import errno
import re
import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).with_name("messages.toml")
LANGUAGES = ("en", "zh")
HEADS = {"error": ("error{}: ", "错误{}："), "note": ("note{}: ", "提示{}：")}
"""How a message begins, by what it is, in the order of :data:`LANGUAGES`."""
SIGN = re.compile(r"^[-+]")
LINE = 100
"""Letters of a line of names."""
LISTED = 40
"""Faults listed in one message."""


class Message(str):
    """A text in English that carries its Chinese and its code.

    Parameters
    ----------
    en, zh : str
        The same words in both languages, without the code.
    code : str
        Empty for a phrase inside other messages.
    """

    zh: str
    code: str

    def __new__(cls, en: str, zh: str, code: str = "") -> Message:
        self = super().__new__(cls, en)
        self.zh, self.code = zh, code
        return self

    def __getnewargs__(self) -> tuple[str, str, str]:  # type: ignore[override]
        return str(self), self.zh, self.code

    def text(self, language: str) -> str:
        """Words in ``en`` or ``zh``."""
        return self.zh if language == "zh" else str(self)


class _Template(string.Formatter):
    """Templates of the catalogue; ``{count:fault|faults}`` is a number with its word for one and for other numbers."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, mark, other = format_spec.partition("|")
        if mark:
            return f"{value:,} {one if value == 1 else other}"
        return numeral(value, format_spec) if isinstance(value, float) else super().format_field(value, format_spec)


def numeral(value: float, form: str) -> str:
    """A number in a format; what rounds to zero has no sign."""
    text = format(value, form)
    return text if set(text) & set("123456789ni") else SIGN.sub("", text)


def filled(template: str, **facts: object) -> str:
    """A template with its fields: those of :meth:`str.format`, and ``{count:fault|faults}``."""
    return _Template().format(template, **facts)


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Any]:
    """Entries by key: templates ``en`` and ``zh``, and where useful ``next`` with both."""
    entries: Mapping[str, Any] = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return entries


def message(key: str, **facts: object) -> Message:
    """Fill in a message of the catalogue.

    Parameters
    ----------
    key : str
        Key of the catalogue.
    **facts
        Named fields of the templates; a `Message` among them appears in the language of the whole.
    """
    entry = catalogue()[key]
    step = entry.get("next", {})
    texts = []
    for language, mark in (("en", "; "), ("zh", "；")):
        fields = {k: v.text(language) if isinstance(v, Message) else v for k, v in facts.items()}
        texts.append(mark.join(filled(part, **fields) for part in (entry[language], step.get(language)) if part))
    code = key.partition(".")[0]
    return Message(texts[0], texts[1].replace("？；", "？"), code if code.isupper() else "")


def joined(
    head: Message, faults: Sequence[Message], last: Message | None = None, *, most: int = LISTED, codes: bool = False
) -> Message:
    """A message made of messages: a head, a line for each fault, a last line.

    Parameters
    ----------
    most : int
        Faults shown; the others are counted.
    codes : bool
        Put the code of each fault before it.
    """
    shown = [Message(f"{f.code} {f}", f"{f.code} {f.zh}") if codes else f for f in faults[:most]]
    if len(faults) > most:
        shown.append(message("more", count=len(faults) - most))
    en, zh = (
        "\n  ".join([head.text(x), *(f.text(x) for f in shown)]) + (f"\n{last.text(x)}" if last is not None else "")
        for x in LANGUAGES
    )
    return Message(en, zh, head.code)


def listed(items: Iterable[object]) -> Message:
    """Items with the comma of each language."""
    items = list(items)
    return Message(", ".join(text_of(x, "en") for x in items), "、".join(text_of(x, "zh") for x in items))


def lined(names: Iterable[str]) -> Message:
    """Names to choose from, as :func:`listed`; in lines of their own where they are more than one line holds."""
    blocks: list[list[str]] = [[]]
    for name in names:
        if sum(len(x) + 2 for x in blocks[-1]) + len(name) > LINE:
            blocks.append([])
        blocks[-1].append(name)
    if len(blocks) == 1:
        return listed(blocks[0])
    lines = [listed(block) for block in blocks]
    return Message("\n    " + ",\n    ".join(lines), "\n    " + "、\n    ".join(line.zh for line in lines))


def sentences(parts: Sequence[object]) -> Message:
    """Messages one after the other, under the code of the first."""
    en, zh = ("; ".join(text_of(x, "en") for x in parts), "；".join(text_of(x, "zh") for x in parts))
    return Message(en, zh, getattr(parts[0], "code", ""))


def near(name: str, known: Iterable[str], least: float = 0.6) -> Message:
    """The question whether the closest known name was meant; empty where none is as close as ``least``, 1 the same."""
    spelt = {k.lower(): k for k in known}
    close = get_close_matches(str(name).lower(), spelt, 1, least)
    return message("near", name=spelt[close[0]]) if close else Message("", "")


def reason(error: OSError) -> Message:
    """Why the system refused, in both languages where the catalogue knows the error."""
    key = f"errno.{errno.errorcode.get(error.errno or 0, '')}"
    text = error.strerror or str(error)
    return message(key) if key in catalogue() else Message(text, text)


def refused(error: Exception, path: Path, key: str) -> Message:
    """Why a table cannot be read: what the system said, else the entry ``key`` with the reader's own words."""
    if isinstance(error, OSError) and error.errno:
        return message("SAM124", path=path, reason=reason(error))
    return message(key, file=path.name, reason=str(error).splitlines()[0])


def headed(words: Message, language: str, kind: str = "error") -> str:
    """A message as it is shown: what it is, a key of :data:`HEADS`, its code, its words."""
    code = f" [{words.code}]" if words.code else ""
    return HEADS[kind][LANGUAGES.index(language)].format(code) + words.text(language)


def text_of(thing: object, language: str) -> str:
    """Words of a message, of an error whose first argument is one, or of anything else as it is."""
    if isinstance(thing, BaseException) and thing.args and isinstance(thing.args[0], Message):
        thing = thing.args[0]
    return thing.text(language) if isinstance(thing, Message) else str(thing)


def both(error: BaseException) -> Message:
    """The words of an error; the same in both languages where it has only one."""
    found = error.args[0] if error.args and isinstance(error.args[0], Message) else None
    return found if found is not None else Message(str(error), str(error))
