"""The supervisor over a real model, named by QUNXIANG_TEST_GGUF. Slow, hence no part of `make test`."""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.serving.base import Endpoint, Restarting
from assistant.serving.memory import taken_mb
from assistant.serving.supervisor import LocalModel, Served
from semantic_layer.errors import DataError
from tests.assistant.serving.scene import ask, eventually

GGUF = os.environ.get("QUNXIANG_TEST_GGUF", "")
pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not GGUF, reason="QUNXIANG_TEST_GGUF names no file"),
    pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="the extra `local` is not installed"),
]

QUESTION = {
    "messages": [{"role": "user", "content": "Which city is named? Customers in Shanghai."}],
    "temperature": 0,
    "max_tokens": 40,
    "response_format": {
        "type": "json_schema",
        "json_schema": {
            "name": "place",
            "schema": {
                "type": "object",
                "properties": {"city": {"type": "string", "enum": ["Beijing", "Shanghai", "Hangzhou"]}},
                "required": ["city"],
                "additionalProperties": False,
            },
        },
    },
}
LONG = {"messages": [{"role": "user", "content": "Count from 1 to 1000."}], "max_tokens": 2000}


def served(folder: Path, **changes) -> Served:
    return Served(**{"path": Path(GGUF), "log": folder / "model.log", "context": 4096, **changes})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalModel]:
    with LocalModel(served(tmp_path_factory.mktemp("real"))) as made:
        made.start()
        made.wait()
        yield made


def child_of(model: LocalModel) -> int:
    """The process that listens where the model answers."""
    port = f":{int(model.endpoint().url.split(':')[2].split('/')[0]):04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [row for row in rows if row[1].endswith(port) and row[3] == "0A"]
    assert [row[1] for row in listening] == [f"0100007F{port}"]  # on 127.0.0.1 and nowhere else
    wanted = f"socket:[{listening[0][9]}]"
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            if any(str(link.readlink()) == wanted for link in folder.iterdir()):
                return int(folder.parent.name)
        except OSError:
            continue
    raise AssertionError(port)


def city_in(reply: tuple[int, bytes]) -> str:
    assert reply[0] == 200, reply
    return json.loads(json.loads(reply[1])["choices"][0]["message"]["content"])["city"]


def test_answers_in_the_form_that_was_asked_for_and_to_its_key_only(model: LocalModel) -> None:
    endpoint: Endpoint = model.endpoint()
    assert city_in(ask(endpoint, QUESTION)) in {"Beijing", "Shanghai", "Hangzhou"}
    assert ask(endpoint, QUESTION, key="another")[0] == 401


def test_stays_within_what_was_planned_for_it(model: LocalModel) -> None:
    ask(model.endpoint(), QUESTION)
    taken = taken_mb(child_of(model))
    assert taken is not None
    assert taken < 4096


def test_writes_no_question_to_its_log(model: LocalModel) -> None:
    ask(model.endpoint(), {"messages": [{"role": "user", "content": "canary-4711"}], "max_tokens": 4})
    assert b"canary" not in model._served.log.read_bytes()


def test_killed_in_the_middle_of_an_answer_it_comes_back(model: LocalModel) -> None:
    first, child = model.endpoint(), child_of(model)
    failed = threading.Event()

    def wait_for_an_answer() -> None:
        try:
            ask(first, LONG)
        except (OSError, http.client.HTTPException):
            failed.set()

    asking = threading.Thread(target=wait_for_an_answer)
    asking.start()
    used = ticks(child)
    eventually(lambda: ticks(child) > used + 20)  # it is at work
    os.kill(child, signal.SIGKILL)
    asking.join()
    assert failed.is_set()
    eventually(lambda: isinstance(model.state, Restarting))
    assert city_in(ask(model.wait(), QUESTION)) in {"Beijing", "Shanghai", "Hangzhou"}


def ticks(pid: int) -> int:
    """Processor time of a process in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_a_lean_model_answers_too(tmp_path: Path) -> None:
    size_mb = Path(GGUF).stat().st_size >> 20
    with LocalModel(served(tmp_path, context=2048, memory_mb=size_mb + 512)) as lean:
        lean.start()
        lean.wait()
        assert city_in(ask(lean.endpoint(), QUESTION)) in {"Beijing", "Shanghai", "Hangzhou"}


def test_a_copy_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "cut.gguf"
    shutil.copyfile(GGUF, copy)
    whole = copy.stat().st_size
    os.truncate(copy, whole - 1)
    with pytest.raises(DataError, match=f"is cut off: it has {whole - 1:,} of at least {whole:,} bytes"):
        LocalModel(served(tmp_path, path=copy)).start()
