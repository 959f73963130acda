"""`python -m benchmarks [--small] [--seconds=20] [answers | compile | concurrency | peers | tags | vocabulary …]`: prints tables and writes JSON under build/.

Without a name, answers and compile are measured and written to build/bench.json; a part named alone has a file of its own
name. Results worth keeping are committed by hand.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

USUAL = ("answers", "compile")


def main() -> None:
    names = [name for name in sys.argv[1:] if not name.startswith("--")]
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise SystemExit(f"There is no benchmark {unknown[0]!r}; there are {', '.join(PARTS)}.")
    found: dict[str, object] = {}
    for name in names or USUAL:
        found |= PARTS[name]()
    found["about"] = about() | found.pop("versions", {})
    target = Path("build") / f"{names[0] if len(names) == 1 else 'bench'}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print("| what | figure |\n|---|---|")
    for path, value in lines(found):
        print(f"| {' · '.join(path)} | {value} |")


def answers() -> dict[str, object]:
    from benchmarks.answers import measure

    return measure(Path("var"), million="--small" not in sys.argv)


def compiling() -> dict[str, object]:
    from benchmarks.compile import measure

    return {"by_size": measure()}


def peers() -> dict[str, object]:
    """In the environment of the other layers only: they do not go together with the assistant's packages."""
    from tests.conformance.material import folder

    material = folder("metricflow")
    if material is None:
        return {"peers": {"left out": "MetricFlow's test tables do not lie beside the project"}}
    try:
        from benchmarks.peers.measure import measure, versions
    except ModuleNotFoundError as missing:
        return {"peers": {"left out": f"{missing.name} is not installed here; use make bench-peers"}}
    return {**measure(material), "versions": versions()}


def vocabulary() -> dict[str, object]:
    from benchmarks.vocabulary import measure

    return {"vocabulary": measure()}


def identity() -> dict[str, object]:
    from benchmarks.identity import measure

    return measure()


def concurrency() -> dict[str, object]:
    from benchmarks.concurrency import SECONDS, measure

    given = next((a.split("=")[1] for a in sys.argv if a.startswith("--seconds=")), None)
    return {"concurrency": measure(Path("var"), seconds=float(given) if given else SECONDS)}


def effect() -> dict[str, object]:
    from benchmarks.effect import measure

    return measure()


def tags() -> dict[str, object]:
    from benchmarks.tags import SECONDS, measure

    given = next((a.split("=")[1] for a in sys.argv if a.startswith("--seconds=")), None)
    small = "--small" in sys.argv
    return {"tags": measure(Path("var"), million=not small, seconds=int(given) if given else SECONDS)}


def segments() -> dict[str, object]:
    from benchmarks.segments import measure

    return {"segments": measure(Path("var"), million="--small" not in sys.argv)}


def suppression() -> dict[str, object]:
    from benchmarks.suppression import measure

    return {"suppression": measure(Path("var"), million="--small" not in sys.argv)}


PARTS = {
    "answers": answers,
    "compile": compiling,
    "concurrency": concurrency,
    "effect": effect,
    "identity": identity,
    "peers": peers,
    "segments": segments,
    "suppression": suppression,
    "tags": tags,
    "vocabulary": vocabulary,
}


def about() -> dict[str, object]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "sqlglot": version("sqlglot"),
    }


def lines(found: Mapping[str, object], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every figure with the names that lead to it; figures that belong together stand in one line."""
    for name, value in found.items():
        if not isinstance(value, dict) or not value:
            yield (*above, name), "none" if value == {} else value
        elif above and all(isinstance(part, int | float) for part in value.values()):
            yield (*above, name), ", ".join(f"{key} {part}" for key, part in value.items())
        else:
            yield from lines(value, (*above, name))


if __name__ == "__main__":
    main()
