"""A folder of published versions: who may write to it, and whether a version is as it was published."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import IO

DATABASE, MANIFEST = "chroma.sqlite3", "manifest.json"

_MOMENT = 0.05  # seconds between two looks at what another process builds
_STARTING = 1.0  # seconds that an owner may take to begin building
_LONGEST = 120.0  # seconds that a build is waited for
_KEPT = 2  # versions: the one in use and the one before, so that going back costs nothing


def take(folder: Path) -> IO[str] | None:
    """The lock of the folder, held until it is closed or the process ends; None when another holds it."""
    handle = (folder / "owner.lock").open("a", encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


def being_built(version: Path) -> Path:
    """Where a version stands until it is published."""
    return version.parent / f".building_{version.name}"


def await_version(version: Path) -> None:
    """Return when the owner of the folder has published this version, or seems not to build it."""
    waited = 0.0
    while waited < (_LONGEST if being_built(version).exists() else _STARTING) and not (version / MANIFEST).exists():
        time.sleep(_MOMENT)
        waited += _MOMENT


def seal(version: Path) -> None:
    """Write down what the files of a version hold: the last step before it is published."""
    (version / MANIFEST).write_text(json.dumps(_digests(version)), encoding="utf-8")


def _digests(version: Path) -> dict[str, str]:
    """Of all files but the manifest itself and the database, in which chromadb notes that it was opened."""
    files = (path for path in version.rglob("*") if path.is_file() and path.name not in {DATABASE, MANIFEST})
    return {str(path.relative_to(version)): _digest(path) for path in sorted(files)}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def whole(version: Path) -> bool:
    """Are all files as they were published?"""
    try:
        if json.loads((version / MANIFEST).read_text(encoding="utf-8")) != _digests(version):
            return False
        address = f"file:{version / 'chroma' / DATABASE}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as database:
            return bool(database.execute("PRAGMA quick_check").fetchall() == [("ok",)])
    except (OSError, ValueError, sqlite3.Error):
        return False


def clear(folder: Path) -> None:
    """Remove what is left of builds that ended early. For the owner of the folder only."""
    for left in folder.glob(".building_*"):
        shutil.rmtree(left)


def keep(version: Path) -> None:
    """Mark a version as the one in use, and remove all but it and the one used before."""
    os.utime(version)
    used = sorted(version.parent.glob("v_*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in used[_KEPT:]:
        shutil.rmtree(old)
