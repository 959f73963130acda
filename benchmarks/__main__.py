"""`python -m benchmarks [--small]`: prints a table and writes build/bench.json; results worth keeping are committed by hand."""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.answers import measure


def main() -> None:
    found = measure(Path("var"), million="--small" not in sys.argv)
    found["about"] = {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "sqlglot": version("sqlglot"),
    }
    target = Path("build/bench.json")
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print("| what | figure |\n|---|---|")
    for name, figure in found.items():
        if isinstance(figure, dict):
            for part, value in figure.items():
                print(f"| {name} · {part} | {value} |")


if __name__ == "__main__":
    main()
