"""Reads the head of a GGUF file: whether it is whole, and what it will need in memory. The weights are not read.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; sizes of the tensor types: `ggml-common.h` there.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from assistant.serving import refused

MAGIC: Final = b"GGUF"
_VERSIONS: Final = (2, 3)  # version 1 counts in 32 bits and has not been written since 2023
_ALIGNMENT: Final = 32
_MOST_DIMENSIONS: Final = 4
_MOST_LAYERS: Final = 10_000
_STRING, _ARRAY = 8, 9
_SCALARS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_CACHE_BYTES: Final = 2  # keys and values are kept as 16-bit numbers

# Type of a tensor → (numbers in a block, bytes of a block). A type that is not here counts as nothing, so that a file
# with a newer type is never called cut off because of it.
_BLOCKS: Final = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip

_Scalar = int | float | str
_Value = _Scalar | tuple[_Scalar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A whole model. `size` is in bytes, `trained` in tokens (0: not said), `token_bytes` is what one token of context
    takes in memory (0: not said).
    """

    path: Path
    name: str
    architecture: str
    size: int
    trained: int
    token_bytes: int

    def context(self, wanted: int) -> int:
        """The context to serve: no more than the model was trained for."""
        return min(wanted, self.trained) if self.trained else wanted


def named_file(setting: Path | None) -> Path:
    """The file that a setting names; raises `DataError` when it names none."""
    if setting is None or setting == Path():  # an empty variable
        raise refused.unnamed()
    return setting.expanduser()


def read_model(path: Path) -> ModelFile:
    """Look into the file; raises `DataError` when it is missing, no GGUF file, cut off, or one part of several."""
    try:
        if not path.is_file():
            raise refused.no_file(path)
        size = path.stat().st_size
        with path.open("rb") as file:
            return _read(path, file, size)
    except OSError as error:
        raise refused.unreadable(path, error) from error
    except _EndsTooSoonError as error:
        raise refused.cut_off(path, error.size, error.needed) from error
    except (struct.error, UnicodeDecodeError, OverflowError) as error:
        raise refused.damaged(path) from error


def _read(path: Path, file: BinaryIO, size: int) -> ModelFile:
    head = _Head(file, size)
    if (start := head.take(min(len(MAGIC), size))) != MAGIC:
        raise refused.not_gguf(path, start + file.read(60))
    if (version := head.number("I")) not in _VERSIONS:
        raise refused.other_version(path, version, _VERSIONS)
    tensors, pairs = head.number("Q"), head.number("Q")
    values = dict(head.pair() for _ in range(head.plausible(pairs)))
    if (parts := _whole(values, "split.count")) > 1:
        raise refused.in_parts(path, parts)
    ends = max((head.tensor_end() for _ in range(head.plausible(tensors))), default=0)
    alignment = _whole(values, "general.alignment") or _ALIGNMENT
    needed = -(-head.at // alignment) * alignment + ends
    if size < needed:
        raise _EndsTooSoonError(size, needed)
    architecture = str(values.get("general.architecture", ""))
    if not architecture or not tensors:
        raise refused.damaged(path)
    return ModelFile(
        path=path,
        name=str(values.get("general.name", "")) or path.stem,
        architecture=architecture,
        size=size,
        trained=_whole(values, f"{architecture}.context_length"),
        token_bytes=_token_bytes(values, architecture),
    )


def _token_bytes(values: Mapping[str, _Value], architecture: str) -> int:
    """Keys and values of all layers for one token; models that look back less far need less than this."""
    layers = _whole(values, f"{architecture}.block_count")
    heads = _whole(values, f"{architecture}.attention.head_count")
    wide = _whole(values, f"{architecture}.embedding_length") // heads if heads else 0
    keys = _whole(values, f"{architecture}.attention.key_length") or wide
    widths = keys + (_whole(values, f"{architecture}.attention.value_length") or wide)
    kept = values.get(f"{architecture}.attention.head_count_kv", heads)
    each = kept if isinstance(kept, tuple) else (kept,) * min(layers, _MOST_LAYERS)
    return sum(of_layer for of_layer in each if isinstance(of_layer, int) and of_layer > 0) * widths * _CACHE_BYTES


def _whole(values: Mapping[str, _Value], key: str) -> int:
    value = values.get(key, 0)
    each = value if isinstance(value, tuple) else (value,)
    return max((one for one in each if isinstance(one, int) and one > 0), default=0)


class _EndsTooSoonError(Exception):
    def __init__(self, size: int, needed: int) -> None:
        super().__init__(size, needed)
        self.size = size
        self.needed = needed


class _Head:
    """Reads the values of the head one after another; raises `_EndsTooSoonError` when the file stops before them."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self.at = 0

    def take(self, count: int) -> bytes:
        self.at += self.plausible(count)
        return self._file.read(count)

    def plausible(self, count: int) -> int:
        """`count`, unless that many bytes, or values of one byte, do not fit into the rest of the file."""
        if self.at + count > self._size:
            raise _EndsTooSoonError(self._size, self.at + count)
        return count

    def number(self, code: str) -> int:
        return int(struct.unpack(f"<{code}", self.take(struct.calcsize(f"<{code}")))[0])

    def text(self) -> str:
        return self.take(self.number("Q")).decode()

    def pair(self) -> tuple[str, _Value]:
        return self.text(), self._value(self.number("I"))

    def tensor_end(self) -> int:
        """Where the next described tensor ends, in bytes after the start of the data."""
        self.text()
        dimensions = self.number("I")
        if dimensions > _MOST_DIMENSIONS:
            raise struct.error(dimensions)
        numbers = 1
        for _ in range(dimensions):
            numbers *= self.number("Q")
        block, width = _BLOCKS.get(self.number("I"), (1, 0))
        return self.number("Q") + numbers // block * width

    def _value(self, kind: int) -> _Value:
        if kind == _ARRAY:
            return self._array(self.number("I"), self.number("Q"))
        return self._scalar(kind)

    def _array(self, kind: int, count: int) -> tuple[_Scalar, ...]:
        """The numbers of an array. Words are passed over: a vocabulary is long and says nothing about memory."""
        if kind == _STRING:
            for _ in range(self.plausible(count)):
                self.take(self.number("Q"))
            return ()
        code = _SCALARS.get(kind)
        if code is None:
            raise struct.error(kind)
        return struct.unpack(f"<{count}{code}", self.take(count * struct.calcsize(f"<{code}")))

    def _scalar(self, kind: int) -> _Scalar:
        if kind == _STRING:
            return self.text()
        code = _SCALARS.get(kind)
        if code is None:
            raise struct.error(kind)
        value: int | float = struct.unpack(f"<{code}", self.take(struct.calcsize(f"<{code}")))[0]
        return value
