"""Make the folder of a data set that begins with raw exports: the demo company's systems, and what is declared about them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from semantic_layer.examples.retail.generate import generate
from semantic_layer.ingestion.snapshot import disk_error

Progress = Callable[[str, int, int], None]
COMPANY: Final = Path(__file__).parent / "company"
PEOPLE: Final = 3_000
_NOT_THEIRS: Final = ("truth", "marketing")
"""What no owner of these systems would have: the answers, and a system that knows the customers' keys."""


def prepare(folder: Path, *, people: int = PEOPLE, progress: Progress) -> Path:
    """The folder of the data set, made below `folder` if it is not there: `raw/` once, the declarations beside it.

    What its owner changes stays: a file that is there is left alone.

    Raises:
        DataError: when a file cannot be written, or `people` are too few to make a company.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        raw = folder / "raw"
        if not raw.exists():
            unfinished = folder / ".raw.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            generate(unfinished, people=people, progress=progress)
            for name in _NOT_THEIRS:
                shutil.rmtree(unfinished / name)
            unfinished.rename(raw)
        for file in sorted(COMPANY.rglob("*.yml")):
            target = folder / file.relative_to(COMPANY)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
    except OSError as error:
        raise disk_error(error, folder) from error
    return folder
