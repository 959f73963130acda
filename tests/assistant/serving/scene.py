"""A place where the supervisor and the real child run over a server without a model."""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from assistant.serving.base import Endpoint, Ready
from assistant.serving.process import PROGRAM
from assistant.serving.supervisor import LocalModel, Rules, Served
from tests.assistant.serving.gguf_files import write_model

ROOT = Path(__file__).resolve().parents[3]
BRISK = Rules(first_wait=0.02, longest_wait=0.1, look=0.02, ask=0.1, answer=30, ending=30)


def eventually(what: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait for it; the limit only keeps a broken test from hanging."""
    ends = time.monotonic() + seconds
    while not what():
        if time.monotonic() > ends:
            raise AssertionError("it never came")
        time.sleep(0.01)


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has collected does not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


class Scene:
    """`script` is one word for each start of the child, see the stand-in."""

    def __init__(self, folder: Path, *script: str) -> None:
        self.folder = folder
        self.log = folder / "logs" / "model.log"
        self.file = write_model(folder / "small.gguf")
        self.write(*script)

    def write(self, *script: str) -> None:
        (self.folder / "script.json").write_text(json.dumps(script or ["serve"]))

    def served(self, **changes) -> Served:
        paths = os.pathsep.join((str(Path(__file__).parent / "stand_in"), str(ROOT)))
        program = ("env", f"PYTHONPATH={paths}", f"SCENE={self.folder}", *PROGRAM)
        return Served(**{"path": self.file, "log": self.log, "memory_mb": 1024, "program": program, **changes})

    def model(self, rules: Rules = BRISK, *, clock: Callable[[], float] = time.monotonic, **changes) -> LocalModel:
        return LocalModel(self.served(**changes), rules=rules, clock=clock)

    @property
    def pids(self) -> list[int]:
        """Of the children so far, oldest first."""
        starts = self.folder / "starts"
        return [int(line) for line in starts.read_text().split()] if starts.exists() else []

    def again(self, model: LocalModel, starts: int) -> Endpoint:
        """The endpoint once the child has been started `starts` times and answers."""
        eventually(lambda: len(self.pids) >= starts and isinstance(model.state, Ready))
        return model.endpoint()


def ask(endpoint: Endpoint, body: dict[str, object] | None = None, *, key: str | None = None) -> tuple[int, bytes]:
    """Status and body of one answer; raises `OSError` or `HTTPException` when the connection breaks."""
    host, _, path = endpoint.url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=300)
    try:
        headers = {
            "Authorization": f"Bearer {endpoint.key if key is None else key}",
            "Content-Type": "application/json",
        }
        connection.request("POST", f"/{path}/chat/completions", json.dumps(body or {}), headers)
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


if __name__ == "__main__":  # a parent that is going to be killed: python scene.py FOLDER
    with Scene(Path(sys.argv[1]), *sys.argv[2:]).model() as orphaned:
        orphaned.start()
        time.sleep(3600)
