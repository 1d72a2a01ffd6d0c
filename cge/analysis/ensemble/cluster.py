"""Draws on a cluster: workers of a Dask scheduler solve them, this process keeps them.

A worker that dies loses the draw it was at, which another one solves; workers may come and go on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cgebase.errors import CGEError
from cgebase.messages import message

TIMES = 3
"""How often a draw is tried whose worker dies."""
PATIENCE = "20s"
"""How long a scheduler may take to answer."""


class ClusterError(CGEError, RuntimeError):
    """No scheduler answers, or the package is missing."""

    exit_code = 7


def on_cluster(
    address: str, solve: Callable[[Any, Any], Any], case: Any, draws: Sequence[Any]
) -> Iterator[tuple[int, Any]]:
    """Place and answer of each draw, whichever is done first.

    Parameters
    ----------
    address : str
        Of a scheduler, ``tcp://host:8786``, or a file that it writes its address to.
    solve : callable
        ``solve(case, draw)``.
    case : object
        Sent to every worker once.

    Raises
    ------
    ClusterError
        The extra ``cluster`` is not installed, or nothing answers at the address.
    """
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise ClusterError(message("CGE272")) from error
    try:
        where = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
        client = Client(**where, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(message("CGE273", address=address, reason=str(error))) from error
    with client:
        everywhere = client.scatter(case, broadcast=True, hash=False)
        sent = {client.submit(solve, everywhere, d, pure=False, retries=TIMES, key=f"draw-{k}"): k
                for k, d in enumerate(draws)}  # fmt: skip
        for job in as_completed(sent, loop=client.loop):
            yield sent[job], job.result()
            job.release()
