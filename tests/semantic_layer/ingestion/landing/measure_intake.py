"""How fast events are kept, beside a load of the same warehouse and without. Prints a table; asserts nothing.

python -m tests.semantic_layer.ingestion.landing.measure_intake
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from semantic_layer.engines.base import Cancel
from semantic_layer.ingestion.landing.intake import EventIntake
from semantic_layer.ingestion.landing.loading import land
from semantic_layer.ingestion.sources.port import ScriptedSource
from semantic_layer.ingestion.warehouse import Warehouse
from tests.semantic_layer.ingestion.landing.scene import spec

RATE, BATCH, SECONDS = 500, 50, 20


def now() -> datetime:
    return datetime.now(UTC)


def paced(intake: EventIntake, first: int) -> np.ndarray:
    """Seconds that each batch took, sent at the rate whatever the ones before took."""
    took = []
    start = time.monotonic()
    for number in range(RATE * SECONDS // BATCH):
        due = start + number * BATCH / RATE
        time.sleep(max(0.0, due - time.monotonic()))
        events = [
            {
                "event_id": f"{first + number * BATCH + at}",
                "time": "2026-10-31T08:30:00+08:00",
                "device": "d-17",
                "note": "x" * 200,
            }
            for at in range(BATCH)
        ]
        begun = time.monotonic()
        intake.accept("app", events)
        took.append(time.monotonic() - begun)
    return np.array(took)


def told(label: str, took: np.ndarray, seconds: float) -> None:
    p50, p95, most = np.percentile(took, [50, 95, 100]) * 1000
    rate = len(took) * BATCH / seconds
    sys.stdout.write(f"{label:24}{rate:10.0f}{p50:10.1f}{p95:10.1f}{most:10.1f}\n")


def main() -> None:
    sys.stdout.write(f"{'':24}{'events/s':>10}{'p50 ms':>10}{'p95 ms':>10}{'max ms':>10}\n")
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse(Path(folder) / "w.duckdb")
        intake = EventIntake(warehouse, most_waiting=10_000_000, now=now)
        begun = time.monotonic()
        told("alone", paced(intake, 0), time.monotonic() - begun)
        rows = [[str(number), f"name {number % 997}", "x" * 60] for number in range(400_000)]
        source = ScriptedSource(["no", "name", "note"], {"a.csv": rows}, chunk=50_000)
        cancel = Cancel()

        def loading() -> None:
            number = 0
            while not cancel.pressed:
                number += 1
                land(warehouse, spec(f"s{number}"), source, now=now, progress=lambda *_: None, cancel=cancel)

        thread = threading.Thread(target=loading)
        thread.start()
        begun = time.monotonic()
        told("beside a load", paced(intake, 10_000_000), time.monotonic() - begun)
        cancel.press()
        thread.join()
        begun = time.monotonic()
        batch = intake.take(10_000)
        sys.stdout.write(
            f"take of {batch.events.num_rows if batch else 0} events: {(time.monotonic() - begun) * 1000:.0f} ms\n"
        )
        intake.close()


if __name__ == "__main__":
    main()
