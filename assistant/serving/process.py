"""One running child: started, listened to, asked whether it answers, measured, ended. Whether to start it again is not
decided here.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from assistant.serving.child import HOST
from assistant.serving.memory import taken_mb
from semantic_layer.errors import DataError, Text

PROGRAM: Final = (sys.executable, "-m", "assistant.serving.child")
_LARGEST_LOG: Final = 5_000_000  # bytes; a longer one is put aside before the next start


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What a child is started with. `context` is in tokens."""

    model: Path
    name: str
    context: int
    threads: int
    memory_mb: int
    lean: bool
    key: str
    log: Path
    program: tuple[str, ...] = PROGRAM

    def command(self, port: int) -> list[str]:
        """The key is not in it: everybody on the machine can read commands."""
        numbers = {"port": port, "context": self.context, "threads": self.threads, "memory-mb": self.memory_mb}
        options = [word for name, number in numbers.items() for word in (f"--{name}", str(number))]
        lean = ["--lean"] if self.lean else []
        return [*self.program, "--model", str(self.model), "--name", self.name, *options, *lean]


class Child:
    """A started child. It ends when the thread that made it ends: Linux ties it to that thread, not to the program."""

    def __init__(self, launch: Launch, port: int) -> None:
        """Start it; raises `DataError` when the program or the log cannot be opened."""
        self._key = launch.key
        self._heard = threading.Event()
        self._port = 0
        try:
            with _log(launch.log) as log:
                self._process = subprocess.Popen(  # noqa: S603  # our own program
                    launch.command(port),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C in the terminal is for the parent, which ends the child in order
                    env={**os.environ, "GGML_NO_BACKTRACE": "1"},  # a crash must end it, not open a debugger
                )
        except OSError as error:
            raise _cannot_start(launch, error) from error
        threading.Thread(target=self._listen, name="local model output", daemon=True).start()
        with contextlib.suppress(OSError):  # it has ended already, which `code` will tell
            self._stdin.write(f"{launch.key}\n".encode())
            self._stdin.flush()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def port(self) -> int:
        """Where it listens; 0 until it has said so."""
        return self._port if self._heard.is_set() else 0

    @property
    def code(self) -> int | None:
        """How it ended: a code of its own, or minus the number of a signal; `None` while it runs."""
        return self._process.poll()

    def taken_mb(self) -> int | None:
        return taken_mb(self._process.pid)

    def answers(self, seconds: float) -> bool:
        """Whether it answers to its key within `seconds`; another program on the same port would not."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=seconds)
        try:
            connection.request("GET", "/v1/models", headers={"Authorization": f"Bearer {self._key}"})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def end(self, seconds: float = 0.0) -> None:
        """Close its input and wait `seconds` for it to go by itself, then kill its whole group."""
        with contextlib.suppress(OSError):
            self._stdin.close()
        if seconds:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        if self._process.poll() is None:  # once it is collected, its number may be another's
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    @property
    def _stdin(self) -> IO[bytes]:
        if self._process.stdin is None:
            raise TypeError(self._process)
        return self._process.stdin

    def _listen(self) -> None:
        """Read the output to its end, so that the child never waits for a reader."""
        output = self._process.stdout
        for line in output or ():
            with contextlib.suppress(ValueError, TypeError, KeyError):  # other output is no message to us
                self._port = int(json.loads(line)["listening"])
                self._heard.set()
        if output:
            output.close()


def can_listen(port: int) -> bool:
    """Whether `port` is free on this machine, for us to listen on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _log(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LARGEST_LOG:
        path.replace(path.with_name(f"{path.name}.old"))
    return path.open("ab")


def _cannot_start(launch: Launch, error: OSError) -> DataError:
    reason = f"{error.strerror or error}: {error.filename or launch.program[0]}"
    return DataError(
        Text(
            zh=f"本地模型的进程启动不了：{reason}。请检查日志「{launch.log}」所在的文件夹能不能写、磁盘满没满。",
            en=f"The process of the local model cannot be started: {reason}. Check that the log {str(launch.log)!r} can be "
            "written and that the disk is not full.",
        )
    )
