"""Writes small GGUF files as the format describes them, apart from the code that reads them."""

from __future__ import annotations

import struct
from pathlib import Path

UINT32, STRING, ARRAY, UINT64 = 4, 8, 9, 10
F32, Q4_0, Q4_K, UNKNOWN = 0, 2, 12, 9999


def string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def value(of: object) -> bytes:
    match of:
        case str():
            return struct.pack("<I", STRING) + string(of)
        case int():
            return struct.pack("<II", UINT32, of)
        case [str(), *_]:
            return struct.pack("<IIQ", ARRAY, STRING, len(of)) + b"".join(string(one) for one in of)
        case list():
            return struct.pack(f"<IIQ{len(of)}I", ARRAY, UINT32, len(of), *of)
    raise TypeError(of)


# Four layers, of whose 8 heads 2 keep keys and values, each 64 / 8 = 8 wide: 4 * 2 * (8 + 8) * 2 bytes = 256 a token.
PLAIN: dict[str, object] = {
    "general.architecture": "plain",
    "general.name": "A Small Model",
    "plain.context_length": 4096,
    "plain.block_count": 4,
    "plain.embedding_length": 64,
    "plain.attention.head_count": 8,
    "plain.attention.head_count_kv": 2,
    "tokenizer.ggml.tokens": ["a", "客户", "c"],
}
TOKEN_BYTES = 256


def head(values: dict[str, object] | None = None, *, shape: tuple[int, ...] = (64, 32), kind: int = F32) -> bytes:
    """The head of a file with one tensor, filled up to where its data begins."""
    pairs = PLAIN if values is None else values
    written = b"GGUF" + struct.pack("<IQQ", 3, 1, len(pairs))
    written += b"".join(string(key) + value(of) for key, of in pairs.items())
    written += string("token_embd.weight") + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, 0)
    return written + bytes(-len(written) % 32)


def write_model(path: Path, *, data: int = 64 * 32 * 4, **options) -> Path:
    """A file with `data` bytes after its head; the default is what the default tensor takes. Large ones take no disk."""
    start = head(**options)
    path.write_bytes(start)
    with path.open("ab") as file:
        file.truncate(len(start) + data)
    return path
