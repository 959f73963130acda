"""Kill -9 at any point of computing or publishing: the last good version stays, and whoever comes next goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.semantic_layer.ingestion.tagging.shop import Truth, opened, quiet, read, shop
from tests.semantic_layer.ingestion.tagging.writer import sale

ROOT = Path(__file__).parents[4]


def survive(folder: Path, points: int, longest: float, seed: int) -> None:
    chance, truth, known = random.Random(seed), Truth(), 9
    _, _, engine = opened(folder)
    command = [sys.executable, "-m", "tests.semantic_layer.ingestion.tagging.writer"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forks:
        assert forks.stdin is not None
        assert forks.stdout is not None
        for point in range(points):
            forks.stdin.write(f"{folder}\n")
            forks.stdin.flush()
            writer = int(forks.stdout.readline())
            time.sleep(chance.uniform(0.1, longest))
            os.kill(writer, signal.SIGKILL)
            engine.refresh()
            ((count, last),) = read(engine, "SELECT COUNT(*), MAX(purchase_id) FROM purchases")
            assert count == last >= known, f"point {point}"
            for number in range(known + 1, int(str(last)) + 1):
                truth.put("purchases", "purchase_id", sale(number))
            known = int(str(last))
            assert read(engine, "SELECT * FROM customer_tags ORDER BY ALL") == truth.tags(), f"point {point}"
        forks.stdin.close()
    _, refresh = shop(folder)
    refresh.full(progress=quiet)
    assert engine.refresh()
    assert read(engine, "SELECT * FROM customer_tags ORDER BY ALL") == truth.tags()
    left = [path.name for path in folder.iterdir() if "unfinished" in path.name or "building" in path.name]
    assert [name for name in left if not name.startswith(".current.0")] == []
    engine.close()


def test_killed_at_four_points(tmp_path: Path) -> None:
    survive(tmp_path, 4, 1.0, 1)


@pytest.mark.slow
def test_killed_at_thirty_points(tmp_path: Path) -> None:
    survive(tmp_path, 30, 3.0, 2)
