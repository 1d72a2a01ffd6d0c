"""Entry point: one linear-algebra thread per process, then the command line."""

from __future__ import annotations

import os

from cge.runs.workers import THREADS


def main() -> None:
    """Run the command line."""
    for name in THREADS:
        os.environ.setdefault(name, "1")
    from cge.cli import run

    run()


if __name__ == "__main__":
    main()
