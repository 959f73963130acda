"""Publishes versions of a data set: one writer at a time, the manifest replaced whole, the last two kept for readers."""

from __future__ import annotations

import fcntl
import glob
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from semantic_layer.engines.version import CURRENT, Version, body_of, manifest_of, read_version
from semantic_layer.errors import Text
from semantic_layer.ingestion.snapshot import disk_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How new the published version is. `failed_at` and `why` tell of a later attempt that failed; times are UTC."""

    data_date: date | None
    computed_at: datetime | None
    failed_at: datetime | None = None
    why: Text | None = None
    delta_events: int = 0


class Versions:
    """The versions of one line in a folder. `keep` counts those that stay on disk, with the published one."""

    def __init__(self, folder: Path, line: str = CURRENT, *, keep: int = 2) -> None:
        self.folder = folder
        self.line = line
        self._keep = keep

    def current(self) -> Version | None:
        """What is published; raises `DataError` for a damaged manifest."""
        return read_version(self.folder, self.line)

    def file_of(self, serial: int, *, delta: bool = False) -> Path:
        """The name for a file of a version. Deltas do not end like snapshots, so that nobody opens one as such."""
        return self.folder / (f"{self.line}.{serial:012d}" + (".delta" if delta else ".duckdb"))

    @contextmanager
    def turn(self, of: str = "publish") -> Iterator[None]:
        """Only one writer, of this or another process, is inside at a time; a killed one leaves nothing behind.

        Not to be entered twice by one thread. `of` tells turns apart: a long one of "base" and short ones to publish.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = (self.folder / f".{self.line}.{of}.lock").open("w")
        except OSError as error:
            raise disk_error(error, self.folder) from error
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def publish(self, version: Version) -> None:
        """Let readers move to `version`; its files are complete. The caller has the turn. Raises `DataError`."""
        before = self.current()
        self._write(version)
        self._tidy(version, before)

    def failed(self, at: datetime, why: Text) -> None:
        """Note that an attempt failed: the version stays, and whoever reads it can say so."""
        with self.turn():
            current = self.current()
            if current is not None:
                self._write(replace(current, failed_at=at, why=why))

    def _write(self, version: Version) -> None:
        target = manifest_of(self.folder, self.line)
        unfinished = target.with_name(f".{target.name}.unfinished")
        try:
            with unfinished.open("w", encoding="utf-8") as file:
                file.write(body_of(version))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise disk_error(error, target) from error

    def _tidy(self, now: Version, before: Version | None) -> None:
        """Remove what no kept version names, and what killed writers left. A reader that has a removed file open reads it
        to the end all the same.
        """
        pattern = re.compile(re.escape(self.line) + r"\.(\d{12})\.(duckdb|delta)")
        files = {
            path: int(match[1]) for path in self.folder.iterdir() if (match := pattern.fullmatch(path.name)) is not None
        }
        named = {*now.files, *(before.files if before else ())}
        serials = sorted({serial for serial in files.values() if serial <= now.serial}, reverse=True)
        kept = set(serials[: self._keep])
        for path, serial in files.items():
            if path not in named and serial not in kept:
                path.unlink(missing_ok=True)
        for path in self.folder.glob(f".{glob.escape(self.line)}.*.unfinished*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def freshness(folder: Path, line: str = CURRENT) -> Freshness | None:
    """How new the published version of a line is; `None` where none is published. Raises `DataError`."""
    version = read_version(folder, line)
    if version is None:
        return None
    return Freshness(
        data_date=version.data_date,
        computed_at=version.computed_at,
        failed_at=version.failed_at,
        why=version.why,
        delta_events=version.delta_events,
    )
