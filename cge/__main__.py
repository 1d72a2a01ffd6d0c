"""Entry point: one thread per process, interruptions heard, then the command line."""

from __future__ import annotations

import os
import signal

from cge.runs.workers import ALONE


def main() -> None:
    """Run the command line; an interruption ends it also where the starter, a job runner, ignores interruptions."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name, value in ALONE.items():
        os.environ.setdefault(name, value)
    from cge.cli import run

    run()


if __name__ == "__main__":
    main()
