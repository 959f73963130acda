"""A folder that is watched: files that are new or changed, once nobody writes to them any more."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from semantic_layer.ingestion.sources.files import FileSource, files_of
from semantic_layer.ingestion.sources.opening import open_source
from semantic_layer.ingestion.sources.port import Part
from semantic_layer.ingestion.sources.sqlite_files import SqliteSource
from semantic_layer.ingestion.sources.types import SourceSpec

QUIET: Final = 5.0  # seconds in which nothing moved
_AHEAD: Final = 60.0  # seconds: a file from further in the future was written by a clock that is wrong, not just now


def changed_since(
    folder: Path,
    spec: SourceSpec,
    known: Mapping[str, str],
    *,
    clock: Callable[[], float] = time.time,
    quiet: float = QUIET,
) -> tuple[Part, ...]:
    """Parts whose fingerprint is not the one in `known` (by name), without those of files that moved within `quiet` seconds.

    An empty folder has none. Raises `DataError` when a file that is complete cannot be read.
    """
    source = open_source(spec, folder, variables={})
    if not isinstance(source, FileSource | SqliteSource) or not any(folder.glob(spec.address)):
        return ()
    paths = (path for path in files_of(folder, spec.address) if is_settled(path, clock(), quiet))
    return tuple(part for path in paths for part in source.parts_of(path) if known.get(part.name) != part.fingerprint)


def is_settled(path: Path, now: float, quiet: float = QUIET) -> bool:
    """Whether neither content nor entry of a file changed lately. Copying may set an old time, but moves the entry."""
    try:
        found = path.stat()
    except OSError:
        return False
    return not any(-_AHEAD < now - moved < quiet for moved in (found.st_mtime, found.st_ctime))
