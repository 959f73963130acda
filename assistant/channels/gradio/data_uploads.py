"""Files on their way in: pieces of a file, in order, into a private folder, until the data set takes the whole over."""

from __future__ import annotations

import base64
import binascii
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from assistant.channels.gradio.words import WORDS, say
from semantic_layer.errors import Text, UserError

MOST: Final = 512 * 1024 * 1024  # bytes of one file
MOST_OPEN: Final = 2  # uploads of one login; with another the oldest is forgotten
LONGEST_NAME: Final = 120


class UploadError(UserError):
    """A piece of a file that does not fit what came before, or too much of it."""


@dataclass(slots=True, kw_only=True)
class _Upload:
    name: str
    path: Path
    received: int = 0


@dataclass(slots=True)
class Uploads:
    """Uploads by login and the id that the browser gave them. Nobody reaches one of another login."""

    _folder: tempfile.TemporaryDirectory[str] | None = None
    _open: dict[tuple[str, str], _Upload] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _made: int = 0

    def receive(self, login: str, upload: str, *, name: str, offset: int, data: str) -> int:
        """Take the piece at `offset` (bytes, base64 in `data`); how many bytes are there now.

        A piece at 0 begins anew. One that was received before is left out, so that a piece can be sent again.

        Raises:
            UploadError: for a piece that leaves a gap or is not base64, and for a file that is too large.
        """
        try:
            piece = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError) as error:
            raise UploadError(WORDS["upload_failed"]) from error
        with self._lock:
            if offset == 0:
                self._begin(login, upload, _plain(name))
            known = self._open.get((login, upload))
            if known is None or offset > known.received or offset < 0:
                raise UploadError(WORDS["upload_failed"])
            fresh = piece[known.received - offset :]
            if known.received + len(fresh) > MOST:
                self._forget(login, upload)
                raise UploadError(_too_large())
            with known.path.open("ab") as file:
                file.write(fresh)
            known.received += len(fresh)
            return known.received

    def whole(self, login: str, upload: str) -> tuple[str, Path]:
        """The name and place of a file that was sent. Raises `UploadError` when it is not there."""
        with self._lock:
            known = self._open.get((login, upload))
        if known is None:
            raise UploadError(WORDS["upload_gone"])
        return known.name, known.path

    def forget(self, login: str, upload: str) -> None:
        """Delete a file that was taken over, or that nobody wants any more."""
        with self._lock:
            self._forget(login, upload)

    def _begin(self, login: str, upload: str, name: str) -> None:
        self._forget(login, upload)
        mine = [ref for who, ref in self._open if who == login]
        if len(mine) >= MOST_OPEN:
            self._forget(login, mine[0])
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="qunxiang-in-")
        self._made += 1
        self._open[login, upload] = _Upload(name=name, path=Path(self._folder.name) / f"{self._made}.part")
        self._open[login, upload].path.touch(mode=0o600)

    def _forget(self, login: str, upload: str) -> None:
        gone = self._open.pop((login, upload), None)
        if gone is not None:
            gone.path.unlink(missing_ok=True)


def _plain(name: str) -> str:
    """The last part of a path of any system, without what a file name cannot hold."""
    last = PurePosixPath(PureWindowsPath(name).name).name
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"/\\|?*').strip(". ")
    return kept[-LONGEST_NAME:] or "upload"


def _too_large() -> Text:
    most = MOST // (1024 * 1024)
    return Text(say("zh", "upload_large", n=most), say("en", "upload_large", n=most))
