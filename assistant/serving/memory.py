"""How much memory a model needs, how much there is, and how much a running process has taken. Megabytes are 2**20 bytes."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.serving.gguf import ModelFile
from semantic_layer.errors import Text, TooLongError

MB: Final = 1 << 20
SMALLEST_CONTEXT: Final = 1024  # a question with its definitions hardly fits into less
_WORKING_MB: Final = 256  # the interpreter, the library and the buffers of one step


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a model is served within its bound: the `context` in tokens, and whether its weights stay as they lie in the
    file (`lean`) or are also kept in the order that this processor reads fastest.
    """

    context: int
    lean: bool


def plan_memory(model: ModelFile, wanted: int, bound_mb: int, free_mb: int | None) -> Plan:
    """How to serve `model` with a context of up to `wanted` tokens within `bound_mb` and the `free_mb` of the machine.

    Raises `TooLongError` that says what is needed, what is allowed, and what would fit.
    """
    context = model.context(wanted)
    file_mb, cache_mb = _mb(model.size), _mb(context * model.token_bytes)
    needed = file_mb + cache_mb + _WORKING_MB
    parts = Text(
        zh=f"这个模型约需 {needed:,} MB 内存（文件 {file_mb:,}、{context:,} 个词元的上下文 {cache_mb:,}、运算 {_WORKING_MB}）",
        en=f"This model needs about {needed:,} MB of memory (the file {file_mb:,}, a context of {context:,} tokens "
        f"{cache_mb:,}, working space {_WORKING_MB})",
    )
    smaller = _smaller_context(model, context, min(bound_mb, bound_mb if free_mb is None else free_mb) - file_mb)
    if needed > bound_mb:
        raise TooLongError(
            Text(
                zh=f"{parts.zh}，允许的是 {bound_mb:,} MB。请把 QUNXIANG_MODEL_MEMORY_MB 设为 {needed} 或更大，{smaller.zh}。",
                en=f"{parts.en}; {bound_mb:,} MB are allowed. Set QUNXIANG_MODEL_MEMORY_MB to {needed} or more, {smaller.en}.",
            )
        )
    if free_mb is not None and needed > free_mb:
        raise TooLongError(
            Text(
                zh=f"{parts.zh}，这台机器空闲的只有 {free_mb:,} MB。请先关掉别的程序，{smaller.zh}。",
                en=f"{parts.en}; only {free_mb:,} MB are free on this machine. Close other programs, {smaller.en}.",
            )
        )
    spare = min(bound_mb, bound_mb if free_mb is None else free_mb) - needed
    return Plan(context=context, lean=spare < file_mb)


def _smaller_context(model: ModelFile, context: int, left_mb: int) -> Text:
    """What else would help: a context that fits, when one does, or a smaller model."""
    fits = (left_mb - _WORKING_MB) * MB // model.token_bytes if model.token_bytes else 0
    fits = min(context, fits) // 256 * 256
    if fits < SMALLEST_CONTEXT:
        return Text("或者换一个更小的模型文件", "or take a smaller model file")
    return Text(
        f"或者把 QUNXIANG_MODEL_CONTEXT 减到 {fits}，或者换一个更小的模型文件",
        f"or set QUNXIANG_MODEL_CONTEXT to {fits}, or take a smaller model file",
    )


def free_memory_mb(proc: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> int | None:
    """What new programs may take: of the machine and, in a container, of its bound. `None` where it is not told."""
    machine = _fields(proc / "meminfo").get("MemAvailable")
    found = [] if machine is None else [machine // 1024]
    group = groups / _text(proc / "self" / "cgroup").rpartition("::")[2].strip().lstrip("/")
    most, taken = _text(group / "memory.max").strip(), _text(group / "memory.current").strip()
    if most.isdigit() and taken.isdigit():
        # Files that the system keeps in memory count as taken, yet give way.
        found.append((int(most) - int(taken) + _fields(group / "memory.stat").get("inactive_file", 0)) // MB)
    return min(found, default=None)


def taken_mb(pid: int, proc: Path = Path("/proc")) -> int | None:
    """What a process holds in memory, the mapped part of files too; `None` when it has ended or nothing tells."""
    if (kilobytes := _fields(proc / str(pid) / "status").get("VmRSS")) is not None:
        return kilobytes // 1024
    program = None if proc.is_dir() else shutil.which("ps")
    if program is None:
        return None
    command = [program, "-o", "rss=", "-p", str(pid)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603  # fixed command
    return int(told) // 1024 if told.isdigit() else None


def _mb(size: int) -> int:
    return -(-size // MB)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _fields(path: Path) -> dict[str, int]:
    """The numbers of a file with one `name: number unit` a line."""
    rows = (line.replace(":", " ").split() for line in _text(path).splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}
