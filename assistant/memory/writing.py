"""Adds a reviewed question to a file and takes one out, as edits of its text: what people wrote around it stays as it is."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Final, cast

from assistant.memory.reading import KEY, PairReader, item_lines
from assistant.memory.types import ReviewedQuestion
from semantic_layer.errors import DataError, Text
from semantic_layer.interchange.native.folder import as_yaml
from semantic_layer.interchange.native.forms import Form, FormValue, form, some, unless
from semantic_layer.query.codec import encode

HEAD: Final = f"""\
# 经数据负责人审核的问题及其查询计划。可以手工修改；下次提问时即生效。
# Questions that a data owner reviewed, with their plans. May be edited by hand; the next question uses it.
{KEY}:
"""
_VERSION: Final = re.compile(r"^(\s+)definitions:[^\r\n]*(\r?\n?)$")


def with_pair(text: str, pair: ReviewedQuestion, path: Path, reader: PairReader) -> str:
    """The text with the pair at its end. Raises `DataError` when it would not read back, as in a broken file."""
    begun = text if text.strip() else HEAD
    block = as_yaml({KEY: [_form(pair)]}).partition("\n")[2]
    after = f"{begun.rstrip()}\n{_indented(block, begun)}"
    _check(text, after, path, reader, added=pair)
    return after


def without_pair(text: str, pair_id: str, path: Path, reader: PairReader) -> str:
    """The text without the pair. Raises `DataError` when it is not there in lines of its own."""
    found = [pair for pair in reader.read(text, path).pairs if pair.id == pair_id]
    lines = text.splitlines(keepends=True)
    for first, last in item_lines(text):
        if len(found) == 1 and first <= found[0].line <= last:
            after = "".join([*lines[: first - 1], *lines[last:]])
            _check(text, after, path, reader, removed=found[0])
            return after
    raise _by_hand(path)


def with_version(text: str, ids: Collection[str], version: str, path: Path, reader: PairReader) -> str:
    """The text in which these pairs name the version of the definitions that they were checked against.

    A pair that stands on one line without a version is left as it is.
    """
    lines = text.splitlines(keepends=True)
    pairs = reader.read(text, path).pairs
    written = as_yaml({"definitions": version}).strip()
    for first, last in reversed(item_lines(text)):
        if any(pair.id in ids and first <= pair.line <= last for pair in pairs):
            lines[first - 1 : last] = _marked(lines[first - 1 : last], written)
    after = "".join(lines)
    now = reader.read(after, path)
    same = [replace(pair, definitions="") for pair in pairs] == [replace(pair, definitions="") for pair in now.pairs]
    if not same:
        raise _by_hand(path)
    return after


def _marked(block: list[str], written: str) -> list[str]:
    for place, line in enumerate(block):
        found = _VERSION.match(line)
        if found is not None:
            return [*block[:place], f"{found.group(1)}{written}{found.group(2)}", *block[place + 1 :]]
    if len(block) == 1:
        return block
    indent = " " * (len(block[0]) - len(block[0].lstrip(" ")) + 2)
    end = "\r\n" if block[0].endswith("\r\n") else "\n"
    return [*block[:-1], f"{block[-1].rstrip()}{end}", f"{indent}{written}{end}"]


def write_text(path: Path, text: str, *, was: str) -> None:
    """Write beside, then rename: nobody ever reads half a file, and a crash leaves the old one.

    Raises `DataError` when the file is no longer as it `was`, and `OSError` when it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if read_text(path) != was:
            raise DataError(
                Text(f"「{path}」刚被别人改过，请再试一次。", f"{str(path)!r} has just been changed. Try again.")
            )
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_text(path: Path) -> str:
    """The text of a file, line ends as they are; empty when there is none. Raises `DataError` when it is no text."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise _by_hand(path) from error


@contextmanager
def one_writer(path: Path) -> Iterator[None]:
    """Held by one process or thread at a time; a crash lets go of it. Raises `OSError` when the file cannot be made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        _hold(file)
        yield


def _hold(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415  # only there

        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
    else:
        import fcntl  # noqa: PLC0415  # only there

        fcntl.flock(file.fileno(), fcntl.LOCK_EX)


def _form(pair: ReviewedQuestion) -> Form:
    plan = pair.plan
    written = encode(plan if plan.chart is not None or len(plan.steps) != 1 else plan.steps[0])
    return form(
        {
            "id": pair.id,
            "zh": some(pair.zh),
            "en": some(pair.en),
            "plan": cast("FormValue", json.loads(json.dumps(written))),
            "approved_by": pair.approved_by,
            "approved_on": pair.approved_on.isoformat(),
            "note": unless(pair.note),
            "definitions": unless(pair.definitions),
        }
    )


def _indented(block: str, text: str) -> str:
    """The block as far to the right as the items that are there."""
    items = item_lines(text)
    line = text.splitlines()[items[0][0] - 1] if items else ""
    indent = " " * (len(line) - len(line.lstrip(" ")))
    return "".join(f"{indent}{line}" for line in block.splitlines(keepends=True))


def _check(
    before: str,
    after: str,
    path: Path,
    reader: PairReader,
    *,
    added: ReviewedQuestion | None = None,
    removed: ReviewedQuestion | None = None,
) -> None:
    """An edit changes one pair and nothing else, or it is not made."""
    was, now = reader.read(before, path), reader.read(after, path)
    kept = tuple(pair for pair in was.pairs if pair != removed)
    wanted = (*kept, added) if added is not None else kept
    if now.pairs != wanted or [one.message for one in now.issues] != [one.message for one in was.issues]:
        raise _by_hand(path)


def _by_hand(path: Path) -> DataError:
    return DataError(
        Text(
            zh=f"「{path}」不能由程序修改：每个问题应以“- id:”开头、各占若干行，文件应是有效的 YAML。请手工改好（qunxiang questions check 会指出位置）。",
            en=f"{str(path)!r} cannot be edited by the program: each question begins with '- id:' on lines of its own, and the file is valid YAML. Mend it by hand (`qunxiang questions check` names the place).",
        )
    )
