"""Calls spread over processes of one thread each, which end with the process that asked for them."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def as_they_come(
    calls: Sequence[Callable[..., Any]], workers: int, *,
    begin: Callable[..., tuple[Any, ...]] = tuple, given: tuple[Any, ...] = (),
) -> Iterator[tuple[int, Any]]:  # fmt: skip
    """Place and result of each call, whichever is done first.

    Parameters
    ----------
    calls : sequence of callable
        Picklable, and so are their results.
    workers : int
        Processes; with fewer than two, or one call, everything happens here.
    begin, given
        What a process does first, and with what; every call is given what comes of it.

    Raises
    ------
    BrokenProcessPool
        A process died.

    Notes
    -----
    After an interruption every process finishes the call it is at and takes no other. Programs that import this need
    the usual guard of their main module, since processes are spawned.
    """
    if workers < 2 or len(calls) < 2:
        held = begin(*given)
        yield from ((k, call(*held)) for k, call in enumerate(calls))
        return
    for name in THREADS:
        os.environ.setdefault(name, "1")
    context = get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(min(workers, len(calls)), context, initializer=_start, initargs=(stop, begin, given))
    try:
        with _uninterrupted():
            sent = {pool.submit(_run, call): k for k, call in enumerate(calls)}
        for job in as_completed(sent):
            yield sent[job], job.result()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes that start in here leave an interruption to their parent."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


_HELD: dict[str, Any] = {}


def _start(stop: Any, begin: Callable[..., tuple[Any, ...]], given: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _HELD.update(stop=stop, first=begin(*given))


def _end_with_parent() -> None:
    """A parent that is killed cannot tell its workers, which would wait for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(call: Callable[..., Any]) -> Any:
    if _HELD["stop"].is_set():
        raise CancelledError
    return call(*_HELD["first"])
