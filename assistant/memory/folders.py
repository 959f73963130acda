"""Where the reviewed questions of a data set stand: beside its definitions, and at home when nothing can be written there."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.memory.reading import PairReader
from assistant.memory.types import ReviewedQuestion
from assistant.memory.writing import one_writer, read_text, with_pair, with_version, without_pair, write_text
from semantic_layer.errors import DataError, Text

APPROVED: Final = "approved.yml"  # where approvals go; other files beside it are written by people
_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedFolders:
    """`own` stands beside the definitions, `home` belongs to this installation. Both are read."""

    own: Path
    home: Path

    @classmethod
    def of(cls, definitions: Path, home: Path, data_set: str) -> ReviewedFolders:
        """The folders for definitions in a `model/` folder, and for the home of the settings."""
        return cls(own=definitions.parent / "reviewed", home=home / data_set / "reviewed")

    @property
    def files(self) -> tuple[Path, ...]:
        """All files, those beside the definitions first, each folder by name."""
        return tuple(
            path for folder in (self.own, self.home) for path in sorted(folder.glob("*.yml")) if path.is_file()
        )

    @property
    def target(self) -> Path:
        """The folder that approvals go to. A package is replaced as a whole by its next version, so it is not one."""
        installed = bool(_INSTALLED & set(self.own.resolve().parts))
        return self.home if installed or not _writable(self.own) else self.own

    @property
    def said(self) -> Text | None:
        """That approvals go home, when they do."""
        if self.target == self.own:
            return None
        return Text(
            zh=f"「{self.own}」不能写入，审核通过的问题保存在「{self.home}」。",
            en=f"{str(self.own)!r} cannot be written; approved questions are kept in {str(self.home)!r}.",
        )

    def is_ours(self, pair: ReviewedQuestion) -> bool:
        """Whether the file of a pair is one that approvals could go to, and not part of an installed package."""
        return Path(pair.file).parent in (self.target, self.home)

    def add(self, pair: ReviewedQuestion, reader: PairReader, *, instead_of: ReviewedQuestion | None = None) -> Path:
        """Write a pair and return its file; raises `DataError` when neither folder can be written.

        The pair that it replaces goes in the same write, or after it: a crash never leaves neither.
        """
        path = self._written(pair, instead_of, reader)
        if instead_of is not None and Path(instead_of.file) != path:
            self.remove(instead_of, reader)
        return path

    def _written(self, pair: ReviewedQuestion, old: ReviewedQuestion | None, reader: PairReader) -> Path:
        def changed(text: str, path: Path) -> str:
            here = old is not None and Path(old.file) == path
            begun = without_pair(text, pair.id, path, reader) if here else text
            return with_pair(begun, pair, path, reader)

        try:
            return self._edit(self.target / APPROVED, changed)
        except OSError:
            pass  # it only seemed that it could be written
        try:
            return self._edit(self.home / APPROVED, changed)
        except OSError as error:
            raise _cannot(self.home / APPROVED, error) from error

    def remove(self, pair: ReviewedQuestion, reader: PairReader) -> None:
        """Take a pair out of its file; raises `DataError` when it cannot be."""
        path = Path(pair.file)
        try:
            self._edit(path, lambda text, path: without_pair(text, pair.id, path, reader))
        except OSError as error:
            raise _cannot(path, error) from error

    def mark(self, path: Path, ids: Collection[str], version: str, reader: PairReader) -> None:
        """Note the version that pairs of one file were checked against; raises `DataError` when it cannot be written."""
        try:
            self._edit(path, lambda text, path: with_version(text, ids, version, path, reader))
        except OSError as error:
            raise _cannot(path, error) from error

    def _edit(self, path: Path, change: Callable[[str, Path], str]) -> Path:
        with one_writer(self.home.parent / "reviewed.lock"):
            before = read_text(path)
            write_text(path, change(before, path), was=before)
        return path


def _writable(folder: Path) -> bool:
    there = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _cannot(path: Path, error: OSError) -> DataError:
    return DataError(
        Text(
            zh=f"「{path}」写不进去：{error.strerror}。请检查权限和磁盘空间；什么都没有丢。",
            en=f"{str(path)!r} cannot be written: {error.strerror}. Check rights and disk space; nothing was lost.",
        )
    )
