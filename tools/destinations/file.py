"""Files in a folder: chosen columns, addresses hashed, whole or only what changed, each with a manifest that proves it."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from semantic_layer.errors import Text, UserError
from semantic_layer.query.codec import Json
from semantic_layer.table import Cell, ResultColumn
from tools.destinations import lists
from tools.destinations.lists import Delivered, Roster, Standing
from tools.destinations.secrets import Secrets
from tools.destinations.services import out_of_use, refused
from tools.destinations.sources import missing, shown, value_of
from tools.destinations.specs import Column, FileSpec
from tools.destinations.types import Ability, Fate, Message, Receipt
from tools.export.files import neutral, write_csv, write_xlsx

OpenFile = Callable[[Path], BinaryIO]

_BATCH: Final = 200_000  # people in one file; a list of more becomes several
_PAGE: Final = 5_000
_PREVIEWED: Final = 5
_CHANGE: Final = Text("变化", "change")
_MOVES: Final = {lists.ADDED: Text("新增", "added"), lists.REMOVED: Text("移除", "removed")}


def _open(path: Path) -> BinaryIO:
    return path.open("wb")


class FileFolder:
    """A `Destination` that writes each batch as `NAME.000001.csv` with a manifest and a hidden roster beside it.

    Messages of one campaign extend a list, those of the next replace it. An id that the roster holds is not written again.
    """

    def __init__(
        self, spec: FileSpec, *, secrets: Secrets, clock: Callable[[], datetime], open_file: OpenFile = _open
    ) -> None:
        self._spec = spec
        self._secrets = secrets
        self._clock = clock
        self._open_file = open_file
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._spec.name

    @property
    def label(self) -> Text:
        return self._spec.text

    @property
    def ability(self) -> Ability:
        return Ability(batch=_BATCH, remembers=True, needs=("folder", "columns"))

    def check(self) -> tuple[Text, ...]:
        try:
            self._key()
            self._spec.folder.mkdir(parents=True, exist_ok=True)
            lists.last_delivery(self._spec.folder, self.name)
        except UserError as error:
            return (error.message,)
        except OSError as error:
            return (_not_written(self._spec.folder, error),)
        if not os.access(self._spec.folder, os.W_OK):
            return (_not_written(self._spec.folder, PermissionError("read-only")),)
        return ()

    def preview(self, messages: Sequence[Message]) -> str:
        """The first rows, hashes and addresses shortened, and what will be said in the manifest about hashing."""
        columns = self._spec.columns
        lines = [",".join(column.name for column in columns)]
        try:
            key = self._key()
        except UserError as error:
            return error.message.in_(self._spec.language)
        for message in messages[:_PREVIEWED]:
            seen = shown(message)
            cells = [
                neutral(cell(seen, column, key)) if column.hashing == "none" else f"{cell(message, column, key)[:8]}…"
                for column in columns
            ]
            lines.append(",".join(cells))
        if len(messages) > _PREVIEWED:
            lines.append(f"… {len(messages)}")
        return "\n".join([*lines, "", *(said.in_(self._spec.language) for said in hashing(columns))])

    def send(self, messages: Sequence[Message]) -> tuple[Receipt, ...]:
        if not messages:
            return ()
        at = self._clock()
        try:
            self._spec.folder.mkdir(parents=True, exist_ok=True)
            with self._lock, lists.one_at_a_time(self._spec.folder, self.name):
                return self._deliver(messages, at)
        except UserError as error:
            return out_of_use(messages, error.message, at)
        except OSError as error:
            return out_of_use(messages, _not_written(self._spec.folder, error), at)

    def close(self) -> None:
        """Nothing stays open between deliveries."""

    def _deliver(self, messages: Sequence[Message], at: datetime) -> tuple[Receipt, ...]:
        key = self._key()
        last = lists.last_delivery(self._spec.folder, self.name)
        known = {one.message for one in last.roster.people.values()}
        wanted = tuple(column.source for column in self._spec.columns)
        found: dict[str, Receipt] = {}
        fresh: list[Message] = []
        for message in messages:
            if message.id in known:
                found[message.id] = Receipt(id=message.id, fate=Fate.ACCEPTED, at=at, reference=last.file)
            elif lacking := missing(message, wanted):
                names = "、".join(lacking)
                found[message.id] = refused(message, Text(f"缺少列 {names}", f"no value for {names}"), at)
            else:
                fresh.append(message)
        if fresh:
            file = self._write(fresh, last, key, at)
            found |= {one.id: Receipt(id=one.id, fate=Fate.ACCEPTED, at=at, reference=file) for one in fresh}
        return tuple(found[message.id] for message in messages)

    def _write(self, messages: Sequence[Message], last: Delivered, key: bytes, at: datetime) -> str:
        columns, only_changes = self._spec.columns, self._spec.only == "changes"
        cells = {one.key: tuple(cell(one, column, key) for column in columns) for one in messages}
        roster = self._roster(messages, last, cells if only_changes else {})
        rows: Sequence[tuple[str, ...]] = list(cells.values())
        if only_changes:
            language = self._spec.language
            rows = [(_MOVES[move].in_(language), *row) for move, *row in lists.changes(roster, last.roster)]
        folder, number = self._spec.folder, last.number + 1
        targets = (
            lists.data_path(folder, self.name, number, self._spec.format),
            lists.roster_path(folder, self.name, number),
            lists.manifest_path(folder, self.name, number),
        )
        with lists.all_or_none(targets) as (data, whose, manifest):
            self._write_rows(data, rows)
            lists.write_roster(whose, roster)
            lists.write_manifest(manifest, self._manifest(messages, len(rows), targets[0].name, (data, whose), at))
            for part in (data, whose, manifest):
                _to_disk(part)
        _to_disk(folder)
        return targets[0].name

    def _roster(self, messages: Sequence[Message], last: Delivered, cells: Mapping[int, tuple[str, ...]]) -> Roster:
        """Who stands on the list after these: with those of the same campaign before, in place of those of another."""
        campaign = messages[0].campaign
        new = {one.key: Standing(message=one.id, cells=cells.get(one.key, ())) for one in messages}
        same = last.number > 0 and last.roster.campaign == campaign
        people = {**last.roster.people, **new} if same else new
        return Roster(campaign=campaign, columns=tuple(c.name for c in self._spec.columns), people=people)

    def _write_rows(self, path: Path, rows: Sequence[tuple[str, ...]]) -> None:
        changes = (ResultColumn(name="change", label=_CHANGE, role="attribute"),)
        columns = tuple(
            ResultColumn(name=column.name, label=Text(column.name, column.name), role="attribute")
            for column in self._spec.columns
        )
        columns = (*changes, *columns) if self._spec.only == "changes" else columns
        language = self._spec.language
        with self._open_file(path) as file:
            if self._spec.format == "csv":
                write_csv(file, columns, _pages(rows), language, bom=self._spec.bom, tick=_unwatched)
            else:
                said = [(self.name, one.in_(language)) for one in hashing(self._spec.columns)]
                with _disk_errors():
                    write_xlsx(file, columns, _pages(rows), language, about=said, tick=_unwatched)

    def _manifest(
        self, messages: Sequence[Message], rows: int, file: str, parts: tuple[Path, Path], at: datetime
    ) -> dict[str, Json]:
        data, whose = parts
        return {
            "destination": self.name,
            "campaign": messages[0].campaign,
            "file": file,
            "at": at.isoformat(timespec="seconds"),
            "only": self._spec.only,
            "people": len(messages),
            "rows": rows,
            "columns": [
                {"name": c.name, "from": c.source, "hash": c.hashing, "demanded_by": c.demanded_by}
                for c in self._spec.columns
            ],
            "hashing": [{"zh": said.zh, "en": said.en} for said in hashing(self._spec.columns)],
            "sha256": lists.sha256_of(data),
            "roster_sha256": lists.sha256_of(whose),
        }

    def _key(self) -> bytes:
        return b"" if self._spec.key is None else self._secrets.read(self._spec.key).encode()


def cell(message: Message, column: Column, key: bytes) -> str:
    """The value of a column, normalised and hashed as the column says."""
    value = value_of(message, column.source) or ""
    if column.normalise == "phone":
        value = "".join(sign for sign in value if sign.isdigit()).removeprefix("86" if len(value) > 11 else "\0")
    elif column.normalise == "email":
        value = value.strip().lower()
    match column.hashing:
        case "none":
            return value
        case "hmac":
            return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()
        case "sha256":
            return hashlib.sha256(value.encode()).hexdigest()
        case "md5":
            return hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()


def hashing(columns: Sequence[Column]) -> tuple[Text, ...]:
    """What a reader should know about each hashed column, and about addresses in the clear."""
    said: list[Text] = []
    for column in columns:
        name, demanded = column.name, column.demanded_by
        if column.hashing == "hmac":
            said.append(
                Text(
                    f"「{name}」：带密钥的 HMAC-SHA256，没有密钥无法还原",
                    f"{name}: HMAC-SHA256 with a key, cannot be undone without it",
                )
            )
        elif column.hashing in ("sha256", "md5"):
            what = column.hashing.upper()
            said.append(
                Text(
                    f"「{name}」：不带密钥的 {what}，因为 {demanded} 要求；手机号的这种哈希几分钟内就能被还原",
                    f"{name}: {what} without a key, because {demanded} asks for it; of phone numbers it is undone in minutes",
                )
            )
        elif column.source == "address":
            said.append(Text(f"「{name}」：明文地址", f"{name}: the address in the clear"))
    return tuple(said)


@contextmanager
def _disk_errors() -> Iterator[None]:
    """The writer of workbooks wraps what the disk says; here it is unwrapped."""
    try:
        yield
    except Exception as error:
        inner = error.args[0] if error.args else None
        if isinstance(inner, OSError):
            raise inner from error
        raise


def _pages(rows: Sequence[tuple[str, ...]]) -> Iterator[Sequence[tuple[Cell, ...]]]:
    for start in range(0, len(rows), _PAGE):
        yield rows[start : start + _PAGE]


def _unwatched(_written: int) -> None:
    """Files are written in one go: pausing is done between them."""


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _not_written(folder: Path, error: OSError) -> Text:
    reason = error.strerror or str(error)
    return Text(
        f"文件夹「{folder.name}」写不进去：{reason}。没有留下不完整的文件；请检查磁盘空间和权限。",
        f"Nothing could be written to the folder {folder.name!r}: {reason}. Nothing incomplete was left; check space and permissions.",
    )
