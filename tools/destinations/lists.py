"""The deliveries of a list in a folder: what each file held, and what it was the difference to.

A delivery is three files: the data, a roster (whose row it was), and a manifest that is written last. Without its manifest a
delivery did not happen: the next attempt writes it anew under the same number.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from semantic_layer.errors import DataError, Text
from semantic_layer.query.codec import Json

ADDED: Final = "added"
REMOVED: Final = "removed"
_NUMBER: Final = re.compile(r"\.(\d{6})\.manifest\.json$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A person on the list: the id of the message that brought the row, and the cells as delivered where changes need them."""

    message: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who stands on the list after a delivery, by key."""

    campaign: str = ""
    columns: tuple[str, ...] = ()
    people: Mapping[int, Standing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The last delivery of a list: its number (0: none yet), its file and its roster."""

    number: int
    file: str
    roster: Roster


EMPTY: Final = Delivered(number=0, file="", roster=Roster(people={}))


def last_delivery(folder: Path, name: str) -> Delivered:
    """Read back the newest delivery whose manifest is there; raises `DataError` when its roster does not fit."""
    numbers = [
        int(found.group(1))
        for path in (folder.glob(f"{name}.*.manifest.json") if folder.is_dir() else ())
        if (found := _NUMBER.search(path.name))
    ]
    if not numbers:
        return EMPTY
    number = max(numbers)
    try:
        manifest = json.loads(manifest_path(folder, name, number).read_text(encoding="utf-8"))
        roster = roster_path(folder, name, number)
        if sha256_of(roster) != manifest["roster_sha256"]:
            raise _damaged(roster)
        return Delivered(number=number, file=str(manifest["file"]), roster=_read_roster(roster))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(manifest_path(folder, name, number)) from error


def write_roster(path: Path, roster: Roster) -> None:
    """One line for the head, then one for each person: `[key, message, cells]`."""
    with path.open("w", encoding="utf-8") as file:
        file.write(
            json.dumps({"campaign": roster.campaign, "columns": list(roster.columns)}, ensure_ascii=False) + "\n"
        )
        for key, one in roster.people.items():
            file.write(json.dumps([key, one.message, list(one.cells)], ensure_ascii=False) + "\n")


def _read_roster(path: Path) -> Roster:
    people: dict[int, Standing] = {}
    with path.open(encoding="utf-8") as file:
        head = json.loads(file.readline())
        for line in file:
            key, message, cells = json.loads(line)
            people[int(key)] = Standing(message=message, cells=tuple(cells))
    return Roster(campaign=head["campaign"], columns=tuple(head["columns"]), people=people)


def write_manifest(path: Path, said: Mapping[str, Json]) -> None:
    path.write_text(json.dumps(said, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def changes(roster: Roster, before: Roster) -> Iterator[tuple[str, ...]]:
    """Rows with `added` or `removed` in front: what leads from `before.people` to `roster.people`.

    A person whose cells changed is removed as they were and added as they are.
    """
    same_columns = before.columns == roster.columns
    for key, one in before.people.items():
        now = roster.people.get(key)
        if same_columns and (now is None or now.cells != one.cells):
            yield (REMOVED, *one.cells)
    for key, one in roster.people.items():
        was = before.people.get(key)
        if was is None or not same_columns or was.cells != one.cells:
            yield (ADDED, *one.cells)


def data_path(folder: Path, name: str, number: int, ending: str) -> Path:
    return folder / f"{name}.{number:06d}.{ending}"


def roster_path(folder: Path, name: str, number: int) -> Path:
    return folder / f".{name}.{number:06d}.roster.jsonl"


def manifest_path(folder: Path, name: str, number: int) -> Path:
    return folder / f"{name}.{number:06d}.manifest.json"


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def one_at_a_time(folder: Path, name: str) -> Iterator[None]:
    """Two processes that deliver one list would take the same number; the second waits. The lock ends with its process."""
    import fcntl  # noqa: PLC0415  # not there on Windows, where one process delivers

    with (folder / f".{name}.lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def all_or_none(targets: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """Paths to write beside the targets; they take their names, in order, when the block ends well, and vanish otherwise."""
    parts = tuple(target.with_name(f".{target.name.lstrip('.')}.part") for target in targets)
    try:
        yield parts
        for part, target in zip(parts, targets, strict=True):
            part.replace(target)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def _damaged(path: Path) -> DataError:
    return DataError(
        Text(
            f"上次交付的记录「{path.name}」缺失或被改动，无法知道对方手里有谁。把它恢复，或移走这个名单的全部旧文件后重新全量交付。",
            f"The record of the last delivery, {path.name!r}, is missing or was changed, so it is not known who stands on the "
            "list over there. Restore it, or move all old files of this list away and deliver it whole.",
        )
    )
