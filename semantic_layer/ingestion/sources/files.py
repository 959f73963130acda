"""A source of files: which files there are, whether one changed while it was read. The reader of a kind does the rest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from semantic_layer.errors import DataError
from semantic_layer.ingestion.sources import faults
from semantic_layer.ingestion.sources.port import Chunk, Part, SourceColumn

_WHOLE: Final = 32_000_000  # bytes up to which the whole content tells a file
_ENDS: Final = 1_000_000  # bytes at both ends of a larger one
INSIDE: Final = "#"  # between a file and what is read inside of it


class FileReader(Protocol):
    """How files of one kind are read. `part` is the name to report; `inside` is one of `insides`."""

    def insides(self, path: Path, part: str) -> tuple[str, ...]:
        """What is read in one go inside of a file; `("",)` for the file as a whole."""

    def columns(self, path: Path, part: str, inside: str) -> tuple[SourceColumn, ...]: ...

    def read(self, path: Path, part: str, inside: str, after: str) -> Iterator[Chunk]: ...


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells at no cost that a file is not the one it was."""

    size: int
    modified: int  # nanoseconds
    number: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """Raises `OSError` when the file is not there."""
        found = path.stat()
        return cls(found.st_size, found.st_mtime_ns, found.st_ino)


def fingerprint(path: Path) -> str:
    """Changes with the content of a file; of a large one, with its size, its time of change and both its ends.

    Raises:
        OSError: when it is not there.
    """
    with path.open("rb") as handle:
        found = os.fstat(handle.fileno())
        digest = hashlib.blake2b(digest_size=12)
        if found.st_size <= _WHOLE:
            digest.update(handle.read())
            return f"{found.st_size}-{digest.hexdigest()}"
        digest.update(handle.read(_ENDS))
        handle.seek(found.st_size - _ENDS)
        digest.update(handle.read(_ENDS))
    return f"{found.st_size}-{found.st_mtime_ns}-{digest.hexdigest()}"


def files_of(folder: Path, address: str) -> tuple[Path, ...]:
    """The files below `folder` that a pattern names, in the order of their names.

    Raises:
        DataError: when there is none, or the pattern leads out of the folder.
    """
    pattern = PurePosixPath(address)
    if pattern.is_absolute() or ".." in pattern.parts or not pattern.parts:
        raise faults.fault(
            address,
            "文件地址必须在数据文件夹之内，不能是绝对路径或含有「..」。",
            "the address of files must lie inside the folder of the data: no absolute path and no '..'.",
        )
    try:
        found = tuple(sorted(path for path in folder.glob(address) if path.is_file() and not _is_hidden(path)))
    except OSError as error:
        raise unreadable(address, error) from error
    if not found:
        raise faults.vanished(address, _lying_near(folder, pattern))
    return found


def _is_hidden(path: Path) -> bool:
    """Files that programs keep beside an open one: `.~lock`, `~$members.xlsx`."""
    return path.name.startswith((".", "~$"))


def _lying_near(folder: Path, pattern: PurePosixPath) -> tuple[str, ...]:
    for parent in (folder / pattern.parent, folder):
        if parent.is_dir():
            return tuple(
                sorted(path.relative_to(folder).as_posix() for path in parent.iterdir() if not _is_hidden(path))
            )
    return ()


def unreadable(place: str, error: OSError) -> DataError:
    """A file that the system does not hand out."""
    if isinstance(error, FileNotFoundError):
        return faults.vanished(place)
    why = error.strerror or str(error)
    return faults.fault(
        place,
        f"无法读取（{why}）。请检查权限和磁盘。",
        f"it cannot be read ({why}). Check its permissions and the disk.",
    )


class FileSource:
    """Files of one kind below a folder. A part is a file, or `file#sheet`."""

    def __init__(self, folder: Path, address: str, reader: FileReader) -> None:
        self._folder = folder
        self._address = address
        self._reader = reader

    def parts(self) -> Sequence[Part]:
        return [part for path in files_of(self._folder, self._address) for part in self.parts_of(path)]

    def parts_of(self, path: Path) -> Sequence[Part]:
        """The parts of one file. Raises `DataError` when it cannot be read."""
        name = path.relative_to(self._folder).as_posix()
        try:
            mark, size = fingerprint(path), path.stat().st_size
            insides = self._reader.insides(path, name)
        except OSError as error:
            raise unreadable(name, error) from error
        return [Part(name=f"{name}{INSIDE}{each}" if each else name, fingerprint=mark, size=size) for each in insides]

    def columns(self, part: Part) -> tuple[SourceColumn, ...]:
        path, inside = self._place(part)
        try:
            return self._reader.columns(path, part.name, inside)
        except OSError as error:
            raise unreadable(part.name, error) from error

    def read(self, part: Part, *, after: str = "") -> Iterator[Chunk]:
        path, inside = self._place(part)
        try:
            stamp = Stamp.of(path)
            if fingerprint(path) != part.fingerprint:
                raise faults.replaced(part.name)
            for chunk in self._reader.read(path, part.name, inside, after):
                if Stamp.of(path) != stamp:
                    raise faults.replaced(part.name)
                yield chunk
            if fingerprint(path) != part.fingerprint:
                raise faults.replaced(part.name)
        except FileNotFoundError as error:
            raise faults.vanished(part.name) from error
        except OSError as error:
            raise unreadable(part.name, error) from error
        except DataError:
            if _moved(path, part):
                raise faults.replaced(part.name) from None  # what looks like damage is a file that is being written
            raise

    def _place(self, part: Part) -> tuple[Path, str]:
        if (whole := self._folder / part.name).is_file():
            return whole, ""
        name, _, inside = part.name.rpartition(INSIDE)
        return (self._folder / name, inside) if name else (self._folder / part.name, "")


def _moved(path: Path, part: Part) -> bool:
    try:
        return fingerprint(path) != part.fingerprint
    except OSError:
        return False
