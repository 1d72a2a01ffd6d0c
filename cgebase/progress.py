"""Work that takes long, in messages that count: steps done of how many, and about how long the rest takes."""

from __future__ import annotations

import time
from collections.abc import Callable

from cgebase.messages import Message, message


class Step(Message):
    """Words about work done or ahead.

    Parameters
    ----------
    ahead : float
        Steps that begin here; 0 where none do.
    done : float
        Steps that these words report; 0 is work outside of the count, such as compiling.
    kept : bool
        Whether the steps were done before, so that they say nothing of the time that others take.
    """

    ahead: float
    done: float
    kept: bool


def step(words: Message, done: float = 1, *, ahead: float = 0, kept: bool = False) -> Step:
    """Words that count."""
    counted = Step(str(words), words.zh, words.code)
    counted.ahead, counted.done, counted.kept = ahead, 0 if ahead else done, kept
    return counted


class Progress:
    """Tell what is done, adding how many of how many and about how long still.

    Parameters
    ----------
    tell : callable
        Shows a message.
    clock : callable
        Seconds.
    """

    def __init__(self, tell: Callable[[Message], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._tell, self._clock = tell, clock
        self._all = self._done = self._paid = 0.0
        self._begin = clock()

    def __call__(self, words: Message) -> None:
        """Show words; a :class:`Step` with its place among all."""
        if isinstance(words, Step):
            if words.ahead:
                self._all, self._done, self._paid = words.ahead, 0.0, 0.0
            self._done += words.done
            self._paid += 0 if words.kept else words.done
            if not self._paid:
                self._begin = self._clock()
            elif words.done and self._done < self._all:
                left = (self._clock() - self._begin) / self._paid * (self._all - self._done)
                words = message("progress", words=words, done=self._done, all=self._all, left=duration(left))
        self._tell(words)


def duration(seconds: float) -> Message:
    """A time as people say it."""
    if seconds < 90:
        return message("duration.seconds", count=max(1, round(seconds)))
    return message("duration.minutes", count=round(seconds / 60)) if seconds < 5400 else message(
        "duration.hours", count=seconds / 3600)  # fmt: skip
