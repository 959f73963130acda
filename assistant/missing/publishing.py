"""Publishes tags that owners defined in words: into `published.yml` beside the other definitions, undoable, with a journal.

A tag is written only when the whole folder reads without fault with it. The file belongs to the program: it is written
whole, beside and then renamed, and definitions written by people stand in other files.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, cast

from assistant.memory.writing import one_writer, read_text, write_text
from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DataError, InvalidPlanError, NotAllowedError, Text, UnknownNameError
from semantic_layer.interchange.native.folder import as_yaml
from semantic_layer.interchange.native.forms import Form
from semantic_layer.interchange.native.listed import listed_forms
from semantic_layer.interchange.native.tags import tag_form
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import SemanticModel, Tag
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import Policy, User

PUBLISHED: Final = "published.yml"
_JOURNAL: Final = "published.jsonl"
_HEAD: Final = """\
# 由数据负责人在对话里定义并发布的标签。由程序整个写入；手写的定义请放在别的文件里。
# Tags that data owners defined in a dialogue and published. Written whole by the program; hand-written ones stand elsewhere.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that was done about a published tag, by whom and when (UTC, ISO). `question` is what it came from."""

    at: str
    by: str
    what: Literal["published", "changed", "withdrawn"]
    tag: str
    version: int
    question: str = ""


def may_define(user: User, policy: Policy) -> bool:
    """Whether one of the user's roles says `define`; false for an unknown role among them, and for no role."""
    try:
        return rights_of(user, policy).may_define
    except NotAllowedError:
        return False


class PublishedTags:
    """The published tags of one data set. Safe for several processes: one writes at a time."""

    def __init__(self, definitions: Path, home: Path, *, clock: Callable[[], datetime]) -> None:
        self.path = definitions / PUBLISHED
        self._journal = home / _JOURNAL
        self._lock = home / "published.lock"
        self._clock = clock

    def publish(self, tag: Tag, user: User, *, question: str = "") -> Tag:
        """Write a tag, or its next version when it was published before; returns it as the definitions now read.

        Raises `NotAllowedError` without the right `define`, `DefinitionError` when the folder has a fault with it,
        `InvalidPlanError` when another file defines the name, and `DataError` when it cannot be written.
        """
        with self._changing(user) as (model, forms):
            old = next((form for form in forms if form.get("name") == tag.name), None)
            if old is None and any(one.name == tag.name for one in model.tags if one.entity == tag.entity):
                raise InvalidPlanError(
                    Text(
                        f"已有名为「{tag.name}」的标签，写在别的定义文件里。请换一个名字。",
                        f"A tag called {tag.name!r} stands in another definition file. Choose another name.",
                    )
                )
            version = _version(old) + 1 if old is not None else tag.origin.version
            tag = replace(tag, origin=replace(tag.origin, version=version, owner=tag.origin.owner or user.name))
            dimensions = {one.qualified: one for one in model.dimensions}
            form = tag_form(tag, customer=model.customer_entity, dimensions=dimensions)
            after = self._written([*(one for one in forms if one is not old), form])
            self._note(user, "changed" if old is not None else "published", tag.name, version, question)
        return next(one for one in after.tags if one.name == tag.name and one.entity == tag.entity)

    def withdraw(self, name: str, user: User) -> None:
        """Undo: take a published tag out of the definitions again. What rests on it is told as a `DefinitionError`.

        Raises `UnknownNameError` with the nearest names, and as `publish` does.
        """
        with self._changing(user) as (_, forms):
            old = next((form for form in forms if form.get("name") == name), None)
            if old is None:
                known = [str(form.get("name")) for form in forms]
                raise UnknownNameError(Text("已发布的标签", "published tag"), name, nearest(name, known))
            self._written([form for form in forms if form is not old])
            self._note(user, "withdrawn", name, _version(old), "")

    def names(self) -> tuple[str, ...]:
        """The tags that stand in the file."""
        return tuple(str(form.get("name")) for form in self._forms())

    def events(self) -> tuple[Event, ...]:
        """What was done, newest first; lines that cannot be read are passed over."""
        found = []
        for line in read_text(self._journal).splitlines():
            try:
                found.append(Event(**json.loads(line)))
            except (ValueError, TypeError):
                continue  # half a line of a crash
        return tuple(reversed(found))

    # ---- inside

    @contextmanager
    def _changing(self, user: User) -> Iterator[tuple[SemanticModel, list[Form]]]:
        model, policy = load_definitions(self.path.parent)
        if not may_define(user, policy):
            there = tuple(role.name for role in policy.roles if role.define)
            raise NotAllowedError(
                Text(
                    f"发布标签需要 define 权限。可以发布的角色：{'、'.join(there) or '无'}。",
                    f"Publishing tags needs the right `define`. These roles may: {', '.join(there) or 'none'}.",
                ),
                suggestions=there,
            )
        try:
            with one_writer(self._lock):
                yield model, self._forms()
        except OSError as error:
            raise DataError(
                Text(
                    f"「{self.path}」写不进去：{error.strerror}。请检查权限和磁盘空间；什么都没有改变。",
                    f"{str(self.path)!r} cannot be written: {error.strerror}. Check rights and disk space; nothing was changed.",
                )
            ) from error

    def _forms(self) -> list[Form]:
        try:
            return listed_forms(read_text(self.path), "tags")
        except ValueError as error:
            raise DataError(
                Text(
                    f"「{self.path}」不是有效的标签文件，请手工改好；什么都没有改变。",
                    f"{str(self.path)!r} is not a valid file of tags. Mend it by hand; nothing was changed.",
                )
            ) from error

    def _written(self, forms: Sequence[Form]) -> SemanticModel:
        """Check the folder as it would be, then write; the model as it now reads."""
        text = _HEAD + as_yaml({"tags": cast("list[Form]", list(forms))}) if forms else _HEAD
        with tempfile.TemporaryDirectory() as beside:
            folder = Path(beside)
            for file in self.path.parent.glob("*.yml"):
                shutil.copy(file, folder / file.name)
            if forms:
                (folder / PUBLISHED).write_text(text, encoding="utf-8")
            else:
                (folder / PUBLISHED).unlink(missing_ok=True)
            after, _ = load_definitions(folder)
        if forms:
            write_text(self.path, text, was=read_text(self.path))
        else:
            self.path.unlink(missing_ok=True)
        return after

    def _note(
        self, user: User, what: Literal["published", "changed", "withdrawn"], tag: str, version: int, question: str
    ) -> None:
        at = self._clock().isoformat(timespec="seconds")
        event = Event(at=at, by=user.name, what=what, tag=tag, version=version, question=question)
        with self._journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(event), ensure_ascii=False) + "\n")


def _version(form: Form) -> int:
    version = form.get("version", 1)
    return version if isinstance(version, int) else 1
