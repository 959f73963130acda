"""The encoding of a text file, found from its beginning; and its lines as UTF-8, one by one where a file mixes two."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, Self

import numpy as np
from charset_normalizer import from_bytes

from semantic_layer.ingestion.sources import faults

SAMPLE: Final = 262_144  # bytes of a file that are looked at
_MARKS: Final = (  # the longer ones first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE_IN_UTF8: Final = re.compile(rb"[\xe3-\xe9][\x80-\xbf]{2}|\xef[\xbc-\xbd][\x80-\xbf]")
_PLAUSIBLE: Final = 0.5  # share of characters in GB 2312; what is no Chinese gives rare ones when read as such
_WESTERN: Final = "cp1252"  # before others of its kind, which differ in a few letters only


class Bytes(Protocol):
    """What blocks are read from."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec's name, and the bytes of the mark before the first character."""

    name: str
    mark: int = 0

    @property
    def is_wide(self) -> bool:
        """Whether a line break takes more than one byte, so that the file is turned into UTF-8 before it is parted."""
        return self.name.startswith(("utf-16", "utf-32"))


def find_encoding(sample: bytes, declared: str, place: str) -> Encoding:
    """The declared encoding, or the one that most lines of the beginning are in.

    Raises:
        DataError: when the declared one does not exist, or the sample is no text.
    """
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return Encoding(name, 0 if name != "utf-8" else len(mark))
    if declared:
        return Encoding(_known(declared, place))
    if sample.count(0) > len(sample) // 4:
        return Encoding(_wide_without_mark(sample, place))
    if 0 in sample[:1024]:
        raise faults.not_text(place)
    return Encoding(_by_lines(sample))


def _known(declared: str, place: str) -> str:
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        raise faults.unknown_encoding(place, declared) from None
    return "gb18030" if name in {"gbk", "gb2312"} else name.removesuffix("-sig")


def _wide_without_mark(sample: bytes, place: str) -> str:
    for name in ("utf-16-le", "utf-16-be"):
        try:
            text = sample[: len(sample) // 2 * 2].decode(name)
        except UnicodeDecodeError:
            continue
        if "\n" in text and "\0" not in text:
            return name
    raise faults.not_text(place)


def _by_lines(sample: bytes) -> str:
    lines = [line for line in sample.split(b"\n") if not line.isascii()]
    if len(lines) > 1 and not sample.endswith(b"\n"):
        lines.pop()  # cut in the middle of a character, perhaps
    unicode = sum(_is(line, "utf-8") for line in lines)
    chinese = sum(_is_chinese(line) for line in lines if not _is(line, "utf-8"))
    if not lines or unicode >= max(chinese, 1):
        return "utf-8"
    if chinese * 2 >= len(lines) - unicode:
        return "gb18030"
    found = from_bytes(sample)
    best = found.best()
    if best is None or any(each.encoding == _WESTERN and each.chaos <= best.chaos for each in found):
        return _WESTERN
    return best.encoding


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_chinese(line: bytes) -> bool:
    """Whether a line is GBK text, and not some other encoding whose bytes happen to be valid in it."""
    try:
        text = line.decode("gb18030")
    except UnicodeDecodeError:
        return False
    found = [character for character in text if not character.isascii()]
    usual = sum(_is_usual(character) for character in found)
    return usual >= _PLAUSIBLE * len(found)


def _is_usual(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def open_bytes(path: Path, encoding: Encoding, offset: int) -> io.BufferedIOBase | Utf8Stream:
    """The file from `offset` on; a wide encoding is turned into UTF-8, and the offset counts in that."""
    if not encoding.is_wide:
        handle = path.open("rb")
        handle.seek(max(offset, encoding.mark))
        return handle
    stream = Utf8Stream(path, encoding.name)
    while offset > 0 and (skipped := stream.read(min(offset, SAMPLE))):
        offset -= len(skipped)
    return stream


class Utf8Stream:
    """A file in UTF-16 or UTF-32 as bytes of UTF-8."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._path = path
        self._encoding = encoding
        self._text = path.open(encoding=encoding, newline="")
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end. Raises `DataError` for bytes that are no character."""
        while len(self._rest) < size:
            try:
                text = self._text.read(size)
            except UnicodeError:
                raise faults.undecodable(self._path.name, self._encoding) from None
            if not text:
                break
            self._rest += text.encode("utf-8", "replace")
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def close(self) -> None:
        """Let go of the file."""
        self._text.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def to_utf8(block: bytes, encoding: Encoding) -> tuple[bytes, tuple[int, ...]]:
    """Whole lines as UTF-8, and the numbers (from 0) of those in no encoding, which are left blank.

    Where a block is not whole in the encoding of its file, each line is read by itself, in UTF-8 or GB 18030.
    """
    name = "utf-8" if encoding.is_wide else encoding.name
    if name != "gb18030" or not _may_hold_utf8(block):
        try:
            text = block.decode(name)
        except UnicodeDecodeError:
            pass
        else:
            return (block if name == "utf-8" else text.encode()), ()
    lines = block.split(b"\n")
    found = [_line(line, name) for line in lines]
    bad = tuple(number for number, line in enumerate(found) if line is None)
    return b"\n".join(line or b"" for line in found), bad


def _may_hold_utf8(block: bytes) -> bool:
    """Whether bytes stand somewhere as those of a Chinese character do in UTF-8; in GBK that is rare."""
    codes = np.frombuffer(block, np.uint8)
    follows = (codes & 0xC0) == 0x80
    leads = (codes >= 0xE3) & (codes <= 0xEF)
    return bool((leads[:-2] & follows[1:-1] & follows[2:]).any())


def _line(line: bytes, name: str) -> bytes | None:
    if line.isascii():
        return line
    for each in _order(line, name):
        try:
            text = line.decode(each)
        except UnicodeDecodeError:
            continue
        if each in (name, "utf-8") or _is_chinese(line):
            return text.encode()
    return None


def _order(line: bytes, name: str) -> Sequence[str]:
    """Chinese in UTF-8 is often valid GB 18030 too, and hardly ever the other way round: it is tried first."""
    if name == "utf-8":
        return ("utf-8", "gb18030")
    return ("utf-8", name) if _CHINESE_IN_UTF8.search(line) else (name, "utf-8")
