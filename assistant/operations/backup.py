"""Backup while the product runs, and restore. In a backup is what people made: saved segments, feedback, reviewed questions,
accounts, the audit ledger. Snapshots of data are not, since they are loaded again, and neither are settings and their secrets.
"""

from __future__ import annotations

import contextlib
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from assistant.datasets import FolderData, source_of
from assistant.observability.audit import sql_audit
from assistant.operations.archive import ArchiveReader, ArchiveWriter, Manifest, Part
from assistant.settings import Settings
from semantic_layer.errors import DataError, Text
from tools.ledger import Verdict
from tools.storage import Storage, connect_storage, open_storage
from tools.storage_copy import Row, all_rows, is_empty, put_rows

Progress = Callable[[str, int, int], None]

_ENDING: Final = ".zip"
_OWNER_ONLY: Final = 0o600  # digests of passwords and keys are inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is backed up and restored: the database at `state_url`, and folders of reviewed questions.

    `own` stands beside the definitions of a data set that is a folder; those of a package come with the package.
    """

    state_url: str
    home: Path
    own: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> Place:
        source = source_of(settings.data, settings.people)
        own = source.definitions.parent / "reviewed" if isinstance(source, FolderData) else None
        return cls(state_url=settings.address_of_state(), home=settings.home, own=own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore put back. `before` is the backup of what was there, when something was."""

    manifest: Manifest
    ledger: Verdict
    before: Path | None = None


def backup(place: Place, target: Path, *, at: datetime, progress: Progress) -> tuple[Path, Manifest]:
    """Write a backup to `target`, or into it under a name with the moment when it is a folder; the file and what is in it.

    Raises:
        DataError: the file is there already or cannot be written, or the database cannot be read.
    """
    path = target / f"qunxiang-{at:%Y%m%d-%H%M%S}{_ENDING}" if target.is_dir() else target
    if path.exists():
        raise DataError(
            Text(
                f"「{path}」已经存在，没有覆盖。请换一个文件名，或给出一个文件夹。",
                f"{str(path)!r} is there already and was not written over. Give another name, or a folder.",
            )
        )
    storage = open_storage(place.state_url)
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY), "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                manifest = _write(ArchiveWriter(archive), place, storage, at, progress)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise DataError(
            Text(
                f"备份「{path}」写不了：{error.strerror}。请检查磁盘空间和权限。",
                f"The backup {str(path)!r} cannot be written: {error.strerror}. Check disk space and permissions.",
            )
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
        storage.dispose()
    return path, manifest


def restore(
    source: Path, place: Place, *, replace: bool = False, at: datetime, progress: Progress, before: Path | None = None
) -> Restored:
    """Put back what is in a backup, of this version or an earlier one.

    With `replace`, what is there is first backed up into `before` (the folder `backups` at home when absent). Nothing is
    changed unless the whole backup is sound; the rows of the database are put back in one transaction.

    Raises:
        DataError: the backup is damaged or too new, or something is there already and `replace` was not said.
    """
    with _opened(source) as reader:
        reader.check()
        storage, kept = _made_ready(place, reader, replace=replace, at=at, progress=progress, before=before)
        try:
            manifest = reader.manifest
            put_rows(storage, manifest.schema_version, _tables(reader, progress))
            for part in manifest.reviewed:
                _put_file(_path_of(part, place), reader.content(part))
            return Restored(manifest=manifest, ledger=sql_audit(storage).verify(), before=kept)
        finally:
            storage.dispose()


def read_manifest(source: Path) -> Manifest:
    """What a backup says of itself, once every part was found as it was written; raises `DataError` when one was not."""
    with _opened(source) as reader:
        reader.check()
        return reader.manifest


def _made_ready(
    place: Place, reader: ArchiveReader, *, replace: bool, at: datetime, progress: Progress, before: Path | None
) -> tuple[Storage, Path | None]:
    """The database to put rows into, and the backup of what it held."""
    storage = connect_storage(place.state_url)
    try:
        taken = not is_empty(storage) or any(_differs(part, place, reader) for part in reader.manifest.reviewed)
        if not taken:
            return storage, None
        if not replace:
            raise _taken()  # noqa: TRY301  # the database is let go of below
        folder = before or place.home / "backups"
        folder.mkdir(parents=True, exist_ok=True)
        kept, _ = backup(place, folder / f"before-restore-{at:%Y%m%d-%H%M%S}{_ENDING}", at=at, progress=progress)
    except BaseException:
        storage.dispose()
        raise
    return storage, kept


def _taken() -> DataError:
    return DataError(
        Text(
            "这里已经有保存的内容，没有恢复。加 --replace 会先备份现有内容，再用备份替换它。",
            "Something is kept here already, and nothing was restored. With --replace what is here is backed up first, "
            "then replaced.",
        ),
        suggestions=("--replace",),
    )


def _write(writer: ArchiveWriter, place: Place, storage: Storage, at: datetime, progress: Progress) -> Manifest:
    files = tuple(_reviewed_files(place))
    with all_rows(storage) as there:
        total = len(there.tables) + len(files)
        for number, table in enumerate(there.tables, 1):
            writer.rows(table, there.rows(table))
            progress("backup", number, total)
        last = there.last_of_ledger()
        schema = there.schema
    for number, (name, path) in enumerate(files, total - len(files) + 1):
        writer.file(name, path.read_bytes())
        progress("backup", number, total)
    manifest = Manifest(
        product=_version(),
        made_at=at,
        schema_version=schema,
        ledger_entries=last[0],
        ledger_head=last[1],
        parts=tuple(writer.parts),
    )
    writer.manifest(manifest)
    return manifest


def _reviewed_files(place: Place) -> Iterator[tuple[str, Path]]:
    for folder in sorted(place.home.glob("*/reviewed")):
        for path in sorted(folder.glob("*.yml")):
            yield f"reviewed/home/{folder.parent.name}/{path.name}", path
    if place.own is not None:
        for path in sorted(place.own.glob("*.yml")):
            yield f"reviewed/own/{path.name}", path


def _path_of(part: Part, place: Place) -> Path:
    """Where a file of reviewed questions belongs; beside no definitions, at home."""
    _, where, *rest = part.name.split("/")
    if where == "own":
        folder = place.own or place.home / "restored" / "reviewed"
        return folder / rest[0]
    return place.home / rest[0] / "reviewed" / rest[1]


def _differs(part: Part, place: Place, reader: ArchiveReader) -> bool:
    path = _path_of(part, place)
    return path.exists() and path.read_bytes() != reader.content(part)


def _put_file(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise DataError(
            Text(
                f"数据库已恢复，但「{path}」写不了：{error.strerror}。修好权限后，请再恢复一次。",
                f"The database is restored, but {str(path)!r} cannot be written: {error.strerror}. "
                "Mend the permissions, then restore again.",
            )
        ) from error


def _tables(reader: ArchiveReader, progress: Progress) -> Iterator[tuple[str, Iterator[Row]]]:
    total = len(reader.manifest.parts)
    for number, part in enumerate(reader.manifest.tables, 1):
        yield Path(part.name).stem, reader.rows(part)
        progress("restore", number, total)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[ArchiveReader]:
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or "ZIP"
        raise DataError(
            Text(
                f"「{path}」不是备份，或者读不了：{reason}。",
                f"{str(path)!r} is no backup or cannot be read: {reason}.",
            )
        ) from error
    with archive:
        yield ArchiveReader(archive, path)


def _version() -> str:
    try:
        return version("qunxiang")
    except PackageNotFoundError:
        return "0"
