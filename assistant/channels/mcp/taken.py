"""Files that a person agreed to let out, kept for a while for whoever asked for them to fetch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from semantic_layer.errors import DataError, Text, UnknownNameError

KEPT: Final = timedelta(hours=1)
MOST_FILES: Final = 200
MOST_BYTES: Final = 32 * 1024 * 1024
URI: Final = "qunxiang://exports/"

_TYPES: Final = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A file under an address that cannot be guessed; `login` is the only one who may fetch it."""

    uri: str
    path: Path
    login: str
    at: datetime

    @property
    def mime_type(self) -> str:
        return _TYPES.get(self.path.suffix, "application/octet-stream")


class TakenFiles:
    """The files of this process. The oldest are forgotten first; the files themselves stay in the folder of exports."""

    def __init__(self, *, clock: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id
        self._lock = threading.Lock()
        self._taken: dict[str, Taken] = {}

    def keep(self, path: Path, *, login: str) -> Taken:
        """Remember a file; raises `DataError` for one that is too large for this door."""
        if path.stat().st_size > MOST_BYTES:
            most = MOST_BYTES // (1024 * 1024)
            raise DataError(
                Text(
                    f"文件超过 {most} MB，不能经 MCP 取走；请在页面上导出，或先缩小人群。",
                    f"The file is larger than {most} MB and cannot be fetched through MCP. Export it on the page, or narrow the segment.",
                )
            )
        taken = Taken(uri=f"{URI}{self._new_id()}/{path.name}", path=path, login=login, at=self._clock())
        with self._lock:
            self._forget()
            while len(self._taken) >= MOST_FILES:
                del self._taken[next(iter(self._taken))]
            self._taken[taken.uri] = taken
        return taken

    def fetch(self, uri: str, *, login: str) -> tuple[Taken, bytes]:
        """A file and what is in it; raises `UnknownNameError` for one that is not there, over, or somebody else's."""
        with self._lock:
            self._forget()
            taken = self._taken.get(uri)
        if taken is None or taken.login != login:
            raise UnknownNameError(Text("导出的文件", "exported file"), uri)
        try:
            return taken, taken.path.read_bytes()
        except OSError as error:
            raise DataError(
                Text("这个文件已经不在了，请重新导出。", "The file is no longer there. Export it again.")
            ) from error

    def _forget(self) -> None:
        now = self._clock()
        for uri in [uri for uri, one in self._taken.items() if now - one.at > KEPT]:
            del self._taken[uri]
