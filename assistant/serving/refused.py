"""What is said when a model file cannot be served: what is wrong with it, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from semantic_layer.errors import DataError, Text
from semantic_layer.model.nearest import nearest

SETTING = "QUNXIANG_MODEL_FILE"
_KNOWN_STARTS = (
    (
        b"version https://git-lfs",
        Text("它只是 Git LFS 的指针，不是模型本身", "it is a pointer of Git LFS, not the model"),
    ),
    (b"<", Text("它是一个网页", "it is a web page")),
    (b"PK", Text("它是一个压缩包", "it is a zip archive")),
)


def unnamed() -> DataError:
    return DataError(
        Text(
            zh=f"没有指定本地模型。请用 {SETTING} 指定一个 GGUF 文件。",
            en=f"No local model is named. Name a GGUF file with {SETTING}.",
        )
    )


def no_file(path: Path) -> DataError:
    """`path` is a folder, missing, or no ordinary file; the models beside it are offered."""
    if path.is_dir():
        found = _models_in(path)
        zh, en = f"「{path}」是文件夹，不是模型文件。", f"{str(path)!r} is a folder, not a model file."
    elif path.exists():
        found = ()
        zh, en = f"「{path}」不是普通文件。", f"{str(path)!r} is not an ordinary file."
    else:
        beside = {Path(name).stem: name for name in _models_in(path.parent)}
        found = tuple(beside[stem] for stem in nearest(path.stem, beside)) or tuple(beside.values())[:3]
        zh, en = f"没有模型文件「{path}」。", f"There is no model file {str(path)!r}."
    near_zh = f"那里有：{'、'.join(found)}。" if found else ""
    near_en = f" There: {', '.join(found)}." if found else ""
    return DataError(
        Text(
            zh=f"{zh}{near_zh}请用 {SETTING} 指定一个 GGUF 文件。",
            en=f"{en}{near_en} Name a GGUF file with {SETTING}.",
        ),
        suggestions=found,
    )


def unreadable(path: Path, error: OSError) -> DataError:
    reason = error.strerror or str(error)
    return DataError(
        Text(
            zh=f"模型文件「{path}」读不了：{reason}。请让运行本程序的用户能读这个文件。",
            en=f"The model file {str(path)!r} cannot be read: {reason}. Let the user who runs this program read it.",
        )
    )


def not_gguf(path: Path, start: bytes) -> DataError:
    """`start` holds the first bytes, from which a common mistake can be told."""
    if not start:
        what = Text("它是空的", "it is empty")
    else:
        known = (text for begins, text in _KNOWN_STARTS if start.lstrip().startswith(begins))
        what = next(known, Text("它的开头不是 GGUF", "it does not begin with GGUF"))
    return DataError(
        Text(
            zh=f"「{path}」不是 GGUF 模型：{what.zh}。请下载 .gguf 文件本身，再用 {SETTING} 指定。",
            en=f"{str(path)!r} is not a GGUF model: {what.en}. Download the .gguf file itself, then name it with {SETTING}.",
        )
    )


def other_version(path: Path, version: int, allowed: Sequence[int]) -> DataError:
    return DataError(
        Text(
            zh=f"「{path}」的 GGUF 版本是 {version}，能用的是 {'、'.join(map(str, allowed))}（小端）。请换一个较新的文件。",
            en=f"{str(path)!r} is GGUF version {version}; versions {' and '.join(map(str, allowed))} (little-endian) can be "
            "served. Take a newer file.",
        )
    )


def cut_off(path: Path, size: int, needed: int) -> DataError:
    return DataError(
        Text(
            zh=f"模型文件「{path}」不完整：只有 {size:,} 字节，至少应有 {needed:,} 字节。请重新下载。",
            en=f"The model file {str(path)!r} is cut off: it has {size:,} of at least {needed:,} bytes. Download it again.",
        )
    )


def damaged(path: Path) -> DataError:
    return DataError(
        Text(
            zh=f"模型文件「{path}」已损坏：文件头读不通。请重新下载，并核对校验值。",
            en=f"The model file {str(path)!r} is damaged: its head makes no sense. Download it again and compare its checksum.",
        )
    )


def in_parts(path: Path, parts: int) -> DataError:
    return DataError(
        Text(
            zh=f"「{path}」是一个分成 {parts} 份的模型中的一份。请先合成一个文件（llama-gguf-split --merge）。",
            en=f"{str(path)!r} is one of {parts} parts of a model. Join them into one file first (llama-gguf-split --merge).",
        )
    )


def _models_in(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(one.name for one in folder.glob("*.gguf")))
    except OSError:
        return ()
