"""What the head of a model file says, and what follows from it for memory. All figures are worked out by hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assistant.serving.gguf import ModelFile, read_model
from assistant.serving.memory import Plan, free_memory_mb, plan_memory, taken_mb
from semantic_layer.errors import TooLongError
from tests.assistant.serving.gguf_files import PLAIN, Q4_0, Q4_K, TOKEN_BYTES, UNKNOWN, head, write_model

MB = 2**20


def test_reads_the_head(tmp_path: Path) -> None:
    path = write_model(tmp_path / "a.gguf")
    assert read_model(path) == ModelFile(
        path=path,
        name="A Small Model",
        architecture="plain",
        size=len(head()) + 64 * 32 * 4,
        trained=4096,
        token_bytes=TOKEN_BYTES,
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 4 * 2 * (8 + 8) * 2),
        ({"plain.attention.key_length": 16}, 4 * 2 * (16 + 8) * 2),
        ({"plain.attention.key_length": 16, "plain.attention.value_length": 32}, 4 * 2 * (16 + 32) * 2),
        ({"plain.attention.head_count_kv": [2, 0, 1, 0]}, 3 * (8 + 8) * 2),
        ({"plain.attention.head_count": 0, "plain.attention.head_count_kv": 0}, 0),
    ],
)
def test_counts_what_a_token_of_context_takes(tmp_path: Path, changes: dict[str, object], expected: int) -> None:
    assert read_model(write_model(tmp_path / "a.gguf", values=PLAIN | changes)).token_bytes == expected


def test_every_head_keeps_keys_and_values_when_nothing_else_is_said(tmp_path: Path) -> None:
    values = {key: value for key, value in PLAIN.items() if not key.endswith("head_count_kv")}
    assert read_model(write_model(tmp_path / "a.gguf", values=values)).token_bytes == 4 * 8 * (8 + 8) * 2


def test_is_called_after_its_file_when_it_has_no_name(tmp_path: Path) -> None:
    values = {key: value for key, value in PLAIN.items() if key != "general.name"}
    assert read_model(write_model(tmp_path / "mine.gguf", values=values)).name == "mine"


@pytest.mark.parametrize(
    ("kind", "shape", "data"),
    [
        (Q4_0, (64, 32), 64 * 32 // 32 * 18),
        (Q4_K, (256, 3), 3 * 144),
        (UNKNOWN, (64, 32), 0),  # how much a type of the future takes is not known, so it takes nothing
    ],
)
def test_knows_how_much_a_tensor_takes(tmp_path: Path, kind: int, shape: tuple[int, ...], data: int) -> None:
    assert read_model(write_model(tmp_path / "a.gguf", kind=kind, shape=shape, data=data)).trained == 4096


def model_of(size_mb: int, *, token_bytes: int = MB // 16, trained: int = 0) -> ModelFile:
    size = size_mb * MB
    return ModelFile(path=Path("m"), name="m", architecture="x", size=size, trained=trained, token_bytes=token_bytes)


# A file of 1000 MB and 8192 tokens of 1/16 MB, that is 512 MB, and 256 MB to work: 1768 MB, and 1000 more to be fast.
@pytest.mark.parametrize(
    ("bound", "free", "lean"), [(2768, None, False), (2767, None, True), (4096, 2767, True), (1768, 1768, True)]
)
def test_keeps_a_second_copy_of_the_weights_only_when_there_is_room(bound: int, free: int | None, lean: bool) -> None:
    assert plan_memory(model_of(1000), 8192, bound, free) == Plan(context=8192, lean=lean)


def test_serves_no_more_context_than_the_model_was_trained_for() -> None:
    assert plan_memory(model_of(1000, trained=2048), 8192, 4096, None).context == 2048


def test_says_what_is_needed_what_is_allowed_and_what_would_fit() -> None:
    with pytest.raises(TooLongError) as said:
        plan_memory(model_of(1000), 8192, 1500, None)
    # 1500 - 1000 - 256 = 244 MB for the context: 3904 tokens, in steps of 256 that is 3840
    for words in ("1,768 MB", "1,000", "8,192", "512", "1,500 MB", "QUNXIANG_MODEL_MEMORY_MB", "1768", "3840"):
        assert words in said.value.message.en
        assert words in said.value.message.zh


def test_says_how_much_is_free() -> None:
    with pytest.raises(TooLongError) as said:
        plan_memory(model_of(1000), 8192, 4096, 1100)
    for words in ("1,768 MB", "1,100 MB"):
        assert words in said.value.message.en
        assert words in said.value.message.zh
    assert "QUNXIANG_MODEL_CONTEXT" not in said.value.message.en  # no context would be small enough
    assert "smaller model" in said.value.message.en


def machine(folder: Path, *, available_kb: int | None, group: str = "", **files: str) -> tuple[Path, Path]:
    """A `/proc` and a `/sys/fs/cgroup` that tell this."""
    proc, groups = folder / "proc", folder / "groups"
    (proc / "self").mkdir(parents=True)
    if available_kb is not None:
        (proc / "meminfo").write_text(f"MemTotal:  99999999 kB\nMemAvailable:  {available_kb} kB\n")
    (proc / "self" / "cgroup").write_text(f"0::/{group}\n")
    (groups / group).mkdir(parents=True)
    for name, text in files.items():
        (groups / group / f"memory.{name}").write_text(text)
    return proc, groups


def test_free_memory_is_what_the_machine_and_the_container_both_have(tmp_path: Path) -> None:
    bound = {
        "max": f"{1000 * MB}\n",
        "current": f"{900 * MB}\n",
        "stat": f"anon {100 * MB}\ninactive_file {600 * MB}\n",
    }
    assert free_memory_mb(*machine(tmp_path / "1", available_kb=2048 * 1024)) == 2048
    assert free_memory_mb(*machine(tmp_path / "2", available_kb=2048 * 1024, max="max\n", current="5\n")) == 2048
    assert free_memory_mb(*machine(tmp_path / "3", available_kb=2048 * 1024, **bound)) == 1000 - 900 + 600
    assert free_memory_mb(*machine(tmp_path / "4", available_kb=500 * 1024, group="a/b", **bound)) == 500
    assert free_memory_mb(tmp_path / "none", tmp_path / "none") is None


def test_tells_how_much_a_process_has_taken(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "status").write_text("Name:\tx\nVmHWM:\t  999999 kB\nVmRSS:\t   307200 kB\n")
    assert taken_mb(7, tmp_path) == 300
    assert taken_mb(8, tmp_path) is None
    elsewhere = taken_mb(os.getpid(), tmp_path / "no such folder")  # a system without /proc: ps is asked
    assert elsewhere is None or elsewhere > 0
