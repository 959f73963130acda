"""Runs every suite whose material is there; prints a table and writes build/conformance.json. Exit code 1 for a failure.

A suite is a module of this package with `SUITES`: name → function giving a `Score`. Its material folder is the module's
own name, or that of `FOLDERS`. Names given on the command line pick suites that contain them.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
import time
from collections.abc import Callable, Iterator

from tests import conformance
from tests.conformance.material import ROOT, Score, folder

FOLDERS = {"model_prompts": "sql_safety", "prompts": "sql_safety"}


def suites() -> Iterator[tuple[str, Callable[[], Score]]]:
    for module in pkgutil.iter_modules(conformance.__path__):
        if folder(FOLDERS.get(module.name, module.name)) is not None:
            yield from importlib.import_module(f"{conformance.__name__}.{module.name}").SUITES.items()
        elif module.name in FOLDERS:
            print(f"{module.name}: left out, for its material is not there")


def main(wanted: list[str]) -> int:
    target = ROOT / "build" / "conformance.json"
    results = json.loads(target.read_text(encoding="utf-8")) if wanted and target.is_file() else {}
    print(f"{'suite':45} {'passed':>7} {'total':>7} {'excluded':>9} {'seconds':>8}")
    failed = False
    for name, suite in suites():
        if wanted and not any(word in name for word in wanted):
            continue
        started = time.monotonic()
        score = suite()
        print(
            f"{name:45} {score.passed:7} {score.total:7} {len(score.excluded):9} {time.monotonic() - started:8.1f}",
            flush=True,
        )
        if score.note:
            print(f"    {score.note}")
        for wrong in score.wrong[: 3 if score.informative else 20]:
            print(f"    wrong: {wrong}")
        results[name] = score.as_json()
        failed = failed or (bool(score.wrong) and not score.informative)
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
