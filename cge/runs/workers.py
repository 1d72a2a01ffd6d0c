"""Calls spread over processes of one thread each, which end with the process that asked for them."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

ALONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1") | {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""Environment of a process of one thread: of linear algebra, and of pyarrow, which pandas loads where it is there."""

OURS = __name__.split(".")[0]
"""The package whose modules new processes have loaded from the start."""


def as_they_come(calls: Sequence[Callable[[], Any]], workers: int) -> Iterator[tuple[int, Any]]:
    """Place and result of each call, whichever is done first.

    Parameters
    ----------
    calls : sequence of callable
        Picklable, and so are their results.
    workers : int
        Processes; with fewer than two, or one call, everything happens here.

    Raises
    ------
    BrokenProcessPool
        A process died.

    Notes
    -----
    What the calls hold, a solved model, is made once and shared: the command line forks, since it has one thread. Where
    a process cannot be forked safely they are forked from one that has loaded the same modules and nothing else, or,
    where there is no such thing, begun anew; the calls are sent to every one, and programs that import this need the
    usual guard of their main module. After an interruption every process finishes the call it is at and takes no other.
    """
    if workers < 2 or len(calls) < 2:
        yield from ((k, call()) for k, call in enumerate(calls))
        return
    for name, value in ALONE.items():
        os.environ.setdefault(name, value)
    context = _context()
    stop = context.Event()
    held = (stop, tuple(calls), dict(os.environ))
    pool = ProcessPoolExecutor(min(workers, len(calls)), context, initializer=_start, initargs=held)
    try:
        with _uninterrupted():
            sent = {pool.submit(_run, k): k for k in range(len(calls))}
        for job in as_completed(sent):
            yield sent[job], job.result()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _context() -> BaseContext:
    """How processes are begun here."""
    if _one_thread():
        return get_context("fork")
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([name for name in sys.modules if name.split(".")[0] == OURS])
    return context


def _one_thread() -> bool:
    """Whether no other thread runs here, whose locks a fork would copy; false where nothing tells (not Linux)."""
    threads = Path("/proc/self/task")
    return threads.exists() and len(list(threads.iterdir())) == 1


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """An interruption waits until the processes that start in here leave it to their parent."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_HELD: dict[str, Any] = {}


def _start(stop: Any, calls: tuple[Callable[[], Any], ...], environment: dict[str, str]) -> None:
    """Make a new process one of these workers; what it was forked from may be older than the environment."""
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _HELD.update(stop=stop, calls=calls)


def _end_with_parent() -> None:
    """A parent that is killed cannot tell its workers, which would wait for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(place: int) -> Any:
    if _HELD["stop"].is_set():
        raise CancelledError
    return _HELD["calls"][place]()
