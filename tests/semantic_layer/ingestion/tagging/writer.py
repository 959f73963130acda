"""A program that forks a writer for each line it reads: it adds one sale after the other to the versions in a folder.

It has opened no database itself, so that each fork begins as a fresh process without the seconds that imports take.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from semantic_layer.engines.duckdb import DuckDBEngine
from tests.semantic_layer.ingestion.tagging.shop import at, quiet, read, rows, shop

MOST = 1_000


def sale(number: int) -> tuple[object, ...]:
    """The sale with this number: of each member in turn, some of them late."""
    late = timedelta(days=(number * 37) % 120)
    return (number, 1 + number % 5, at(2026, 10, 31, 12) - late, "web", f"{number * 7 % 300}.00", number % 2 == 0)


def write(folder: Path) -> None:
    """Publish what comes after the sales that are published; everything is computed anew after every third."""

    _, refresh = shop(folder)
    engine = DuckDBEngine.open_version(folder)
    ((last,),) = read(engine, "SELECT MAX(purchase_id) FROM purchases")
    for number in range(int(str(last)) + 1, MOST):
        refresh.apply(rows(purchases=[sale(number)]))
        if number % 3 == 0:
            refresh.full(progress=quiet)


def main() -> None:
    for line in sys.stdin:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        child = os.fork()
        if child == 0:
            write(Path(line.strip()))
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
