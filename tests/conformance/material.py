"""Where test material of others lies, and the score that every suite gives."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MATERIAL = ROOT.parent / "shared" / "conformance"


def folder(name: str) -> Path | None:
    """The folder of one suite; `None` when the material is not there."""
    path = MATERIAL / name
    return path if path.is_dir() else None


def json_lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


@dataclass(kw_only=True)
class Score:
    """`total` counts what was judged. `wrong` names each failure; `excluded` names each item left out, with the reason."""

    passed: int = 0
    total: int = 0
    wrong: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    note: str = ""
    informative: bool = False  # a report: its misses do not fail the run

    def judge(self, name: str, *, right: bool) -> None:
        self.total += 1
        if right:
            self.passed += 1
        else:
            self.wrong.append(name)

    def as_json(self) -> Mapping[str, object]:
        return {
            "passed": self.passed,
            "total": self.total,
            "wrong": self.wrong,
            "excluded": self.excluded,
            "note": self.note,
        }
