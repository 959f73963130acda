"""A model file that cannot be served: each fault is named, with what to do, before anything is started."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.serving.base import Down
from assistant.serving.gguf import named_file, read_model
from assistant.serving.memory import free_memory_mb
from assistant.serving.supervisor import LocalModel, Served
from semantic_layer.errors import DataError, Text, TooLongError, UserError
from tests.assistant.serving.gguf_files import PLAIN, head, write_model

DATA = 64 * 32 * 4


def refusal(
    path: Path, *, error: type[UserError] = DataError, memory_mb: int = 1024, free_mb: int | None = None
) -> Text:
    """What is said; nothing may have been started or written."""
    log = path.parent / "log" / "model.log"
    served = Served(path=path, log=log, memory_mb=memory_mb, program=("false",))
    model = LocalModel(served, free_mb=lambda: free_mb)
    with pytest.raises(error) as said:
        model.start()
    assert model.state == Down(said.value.message)
    assert not log.exists()
    assert said.value.message.zh
    return said.value.message


@pytest.mark.parametrize("left", [DATA - 1, DATA // 2, 0])
def test_weights_cut_off(tmp_path: Path, left: int) -> None:
    path = write_model(tmp_path / "half.gguf", data=left)
    said = refusal(path)
    whole = len(head()) + DATA
    assert f"is cut off: it has {whole - DATA + left:,} of at least {whole:,} bytes. Download it again." in said.en
    assert "不完整" in said.zh
    assert f"{whole:,}" in said.zh


@pytest.mark.parametrize("size", [5, 8, 23, 24, 40, 100, 200, 350])
def test_head_cut_off(tmp_path: Path, size: int) -> None:
    path = tmp_path / "half.gguf"
    path.write_bytes(head()[:size])
    assert f"is cut off: it has {size:,} of at least" in refusal(path).en


@pytest.mark.parametrize(
    ("start", "why"),
    [
        (b"", "it is empty"),
        (b"GGU", "does not begin with GGUF"),
        (b"hello, this is some text", "does not begin with GGUF"),
        (b"\n<!DOCTYPE html><html>", "it is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:", "it is a pointer of Git LFS"),
        (b"PK\x03\x04....", "it is a zip archive"),
    ],
)
def test_no_model_at_all(tmp_path: Path, start: bytes, why: str) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(start)
    said = refusal(path)
    assert "is not a GGUF model" in said.en
    assert why in said.en
    assert "不是 GGUF 模型" in said.zh


def test_missing(tmp_path: Path) -> None:
    write_model(tmp_path / "small-model-q4.gguf")
    write_model(tmp_path / "zzz.gguf")
    said = refusal(tmp_path / "small-model-q5.gguf")
    assert "There is no model file" in said.en
    assert "small-model-q4.gguf" in said.en
    assert "zzz" not in said.en
    assert "QUNXIANG_MODEL_FILE" in said.zh


@pytest.mark.parametrize("name", ["nowhere/at/all.gguf", "x" * 300 + ".gguf", "a\x00b.gguf"])
def test_missing_with_nothing_near(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError):
        read_model(tmp_path / name)


def test_a_folder_names_the_models_in_it(tmp_path: Path) -> None:
    write_model(tmp_path / "here.gguf")
    said = refusal(tmp_path)
    assert "is a folder" in said.en
    assert "here.gguf" in said.en
    assert "是文件夹" in said.zh


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    assert "is not an ordinary file" in refusal(tmp_path / "pipe.gguf").en


@pytest.mark.parametrize("setting", [None, Path()])
def test_no_file_named(setting: Path | None) -> None:
    with pytest.raises(DataError, match="Name a GGUF file with QUNXIANG_MODEL_FILE"):
        named_file(setting)


def test_a_file_below_the_home_folder() -> None:
    assert named_file(Path("~/models/m.gguf")) == Path.home() / "models" / "m.gguf"


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """The administrator may read everything, so the test becomes a user who may not."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("of", ["file", "folder"])
def test_no_permission(tmp_path: Path, of: str) -> None:
    path = write_model(tmp_path / "secret" / "model.gguf") if (tmp_path / "secret").mkdir() is None else tmp_path
    closed = path if of == "file" else path.parent
    closed.chmod(0)
    try:
        with as_somebody_else(), pytest.raises(DataError) as said:
            read_model(path)
    finally:
        closed.chmod(0o700)
    assert "Permission denied" in said.value.message.en
    assert "Let the user who runs this program read it" in said.value.message.en
    assert "读不了" in said.value.message.zh


GIGABYTE = 1 << 30
LARGE = {"shape": (1 << 20, 1 << 10), "data": 4 * GIGABYTE}  # 2**30 numbers of 4 bytes; a sparse file


def test_too_large_for_the_bound(tmp_path: Path) -> None:
    path = write_model(tmp_path / "large.gguf", **LARGE)
    said = refusal(path, error=TooLongError)
    # 4096 MB and the head, 1 MB for 4096 tokens of 256 bytes, 256 MB to work
    for words in ("4,354 MB", "4,097", "1,024 MB"):
        assert words in said.en
        assert words in said.zh
    assert "Set QUNXIANG_MODEL_MEMORY_MB to 4354 or more" in said.en
    assert "take a smaller model file" in said.en


def test_too_large_for_the_machine(tmp_path: Path) -> None:
    path = write_model(tmp_path / "large.gguf", **LARGE)
    said = refusal(path, error=TooLongError, memory_mb=8192, free_mb=2000)
    assert "only 2,000 MB are free on this machine" in said.en
    assert "空闲的只有 2,000 MB" in said.zh
    free = free_memory_mb()
    if free is not None:
        huge = write_model(tmp_path / "huge.gguf", shape=(1 << 20, 1 << 10, 1 << 8), data=1 << 40)
        refusal(huge, error=TooLongError, memory_mb=free * 1000, free_mb=free)


@pytest.mark.parametrize(
    ("start", "version"), [(struct.pack("<I", 1), 1), (struct.pack("<I", 99), 99), (struct.pack(">I", 3), 3 << 24)]
)
def test_another_version(tmp_path: Path, start: bytes, version: int) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(b"GGUF" + start + bytes(100))
    assert f"is GGUF version {version}; versions 2 and 3" in refusal(path).en


def test_one_part_of_several(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m-00001-of-00003.gguf", values=PLAIN | {"split.count": 3})
    assert "is one of 3 parts" in refusal(path).en


def test_a_file_without_a_model_in_it(tmp_path: Path) -> None:
    path = write_model(tmp_path / "empty.gguf", values={})
    assert "is damaged" in refusal(path).en


def test_counts_that_cannot_be_true_end_at_once(tmp_path: Path) -> None:
    path = tmp_path / "liar.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1 << 62, 1 << 62) + bytes(1000))
    assert "is cut off" in refusal(path).en


@pytest.mark.parametrize("seed", range(40))
def test_bytes_that_were_changed_at_random_never_break_the_reader(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    written = bytearray(head() + bytes(DATA))
    for _ in range(chance.randint(1, 12)):
        written[chance.randrange(4, len(head()))] = chance.randrange(256)
    path = tmp_path / "noise.gguf"
    path.write_bytes(written)
    try:
        read_model(path)
    except DataError as error:
        assert error.message.zh  # noqa: PT017
        assert error.message.en  # noqa: PT017
