"""A backup as a file: a ZIP of JSON lines and reviewed questions, with a manifest of what is in it and its hashes."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from semantic_layer.errors import DataError, Text
from tools.storage_copy import Row

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
_CHUNK: Final = 1 << 20


class Part(BaseModel):
    """One file inside: `table` holds rows, `reviewed` a file of reviewed questions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^(state/[a-z_]+\.jsonl|reviewed/(home/[^/\\]+|own)/[^/\\]+\.yml)$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)
    rows: int | None = None


class Manifest(BaseModel):
    """What a backup says of itself. `schema_version` is the form of the tables, `ledger_head` the last hash of the audit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = FORMAT
    product: str
    made_at: datetime
    schema_version: str
    ledger_entries: int
    ledger_head: str
    parts: tuple[Part, ...]

    @property
    def tables(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.name.startswith("state/"))

    @property
    def reviewed(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.name.startswith("reviewed/"))


class ArchiveWriter:
    """Writes the parts of an archive one after another, and the manifest last: without it nothing is a backup."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.parts: list[Part] = []

    def rows(self, table: str, rows: Iterable[Row]) -> Part:
        lines = ((json.dumps(dict(row), ensure_ascii=False, allow_nan=False) + "\n").encode() for row in rows)
        return self._add(f"state/{table}.jsonl", lines, count=True)

    def file(self, name: str, content: bytes) -> Part:
        return self._add(name, [content], count=False)

    def manifest(self, manifest: Manifest) -> None:
        self._archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))

    def _add(self, name: str, pieces: Iterable[bytes], *, count: bool) -> Part:
        digest, size, number = hashlib.sha256(), 0, 0
        with self._archive.open(name, "w", force_zip64=True) as out:
            for piece in pieces:
                out.write(piece)
                digest.update(piece)
                size += len(piece)
                number += 1
        part = Part(name=name, sha256=digest.hexdigest(), size=size, rows=number if count else None)
        self.parts.append(part)
        return part


class ArchiveReader:
    """An open backup whose manifest could be read.

    Raises:
        DataError: it is no backup, its manifest has faults, or a newer version of the product wrote it.
    """

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self._archive = archive
        self._path = path
        try:
            self.manifest = Manifest.model_validate_json(archive.read(MANIFEST))
        except KeyError as error:
            raise _no_backup(path, Text("没有 manifest.json", "it has no manifest.json")) from error
        except ValidationError as error:
            raise _no_backup(path, Text("manifest.json 有误", "its manifest.json has faults")) from error

    def check(self) -> None:
        """Read every part and compare it with its hash; raises `DataError` with the first that differs."""
        inside = sorted(name for name in self._archive.namelist() if name != MANIFEST)
        if inside != sorted(part.name for part in self.manifest.parts):
            raise _no_backup(self._path, Text("里面的文件与清单不符", "the files inside are not those of its manifest"))
        for part in self.manifest.parts:
            try:
                whole = self._digest(part.name) == part.sha256
            except (zipfile.BadZipFile, OSError, EOFError, ValueError):
                whole = False
            if not whole:
                raise _no_backup(
                    self._path,
                    Text(f"「{part.name}」与清单里的哈希不符", f"{part.name!r} differs from the hash in its manifest"),
                )

    def rows(self, part: Part) -> Iterator[Row]:
        with self._archive.open(part.name) as lines:
            for line in lines:
                yield json.loads(line)

    def content(self, part: Part) -> bytes:
        return self._archive.read(part.name)

    def _digest(self, name: str) -> str:
        digest = hashlib.sha256()
        with self._archive.open(name) as part:
            while piece := part.read(_CHUNK):
                digest.update(piece)
        return digest.hexdigest()


def _no_backup(path: Path, why: Text) -> DataError:
    return DataError(
        Text(
            f"「{path}」不能用来恢复：{why.zh}。没有改动任何内容，请用另一份备份。",
            f"{str(path)!r} cannot be restored from: {why.en}. Nothing was changed; use another backup.",
        )
    )
