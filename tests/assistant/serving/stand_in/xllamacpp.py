"""Stands in for the package of that name: a server of the same shape with no model behind it, which does what the folder
named by SCENE tells. `script.json` there lists one word for each start, the last one for all that follow."""

from __future__ import annotations

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

SCENE = Path(os.environ["SCENE"])
with (SCENE / "starts").open("a+") as starts:
    starts.write(f"{os.getpid()}\n")
    starts.flush()
    starts.seek(0)
    NUMBER = len(starts.readlines())
SCRIPT = json.loads((SCENE / "script.json").read_text())
WORD = SCRIPT[min(NUMBER, len(SCRIPT)) - 1]
if WORD == "absent":
    raise ImportError("No module named 'xllamacpp'")


class CommonParams(SimpleNamespace):
    def __init__(self) -> None:
        super().__init__(model=SimpleNamespace(), cpuparams=SimpleNamespace(), cpuparams_batch=SimpleNamespace())


class Server:
    def __init__(self, params: CommonParams) -> None:
        given = {name: str(value) for name, value in vars(params).items()}
        (SCENE / "params.json").write_text(json.dumps(given))
        if WORD == "crash":
            os._exit(7)
        if WORD == "refuse":
            raise RuntimeError("Failed to init server")
        while WORD == "load for ever":
            time.sleep(1)
        self.http = ThreadingHTTPServer((params.hostnames[0], params.port), Handler)
        self.http.key = params.api_keys[0]
        self.http.asked = 0
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.listening_address = f"http://{params.hostnames[0]}:{self.http.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked += 1
        if WORD == "fall silent" and self.server.asked > 1:
            time.sleep(3600)
        self.tell(200 if self.allowed() else 401, {"data": [{"id": "stand-in"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.allowed():
            return self.tell(401, {})
        if megabytes := body.get("take"):
            try:
                self.server.taken = bytearray(b"x") * (megabytes << 20)
            except MemoryError:
                return self.tell(507, {})
        if body.get("slowly"):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"choices":')
            self.wfile.flush()
            (SCENE / "answering").touch()
            time.sleep(3600)
        return self.tell(200, {"choices": [{"message": {"content": "yes"}}]})

    def allowed(self) -> bool:
        return self.headers["Authorization"] == f"Bearer {self.server.key}"

    def tell(self, status: int, body: object) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass
