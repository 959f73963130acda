"""One GET of an HTTP interface, tried again while the server is busy; what comes back is JSON or an explanation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError
from urllib.request import OpenerDirector, Request, build_opener

from semantic_layer.errors import DataError
from semantic_layer.ingestion.sources import faults
from semantic_layer.ingestion.sources.databases import refused, unreachable
from semantic_layer.ingestion.sources.json_values import DECODER, Json, why_broken
from semantic_layer.ingestion.sources.retrying import LostError, Patience, Wait

MOST_ANSWER: Final = 64_000_000
_TIMEOUT: Final = 60.0  # seconds
_SHOWN: Final = 120  # characters of wrong content that are shown
_BUSY: Final = 429

Now = Callable[[], datetime]


class HttpClient:
    """Asks with some headers. `place` is what messages call the address; it never holds a secret."""

    def __init__(self, place: str, headers: Mapping[str, str], *, wait: Wait, now: Now) -> None:
        self._place = place
        self._headers = {"Accept": "application/json", "User-Agent": "qunxiang", **headers}
        self._wait = wait
        self._now = now
        self._opener: OpenerDirector = build_opener()

    def get(self, url: str, *, may_end: bool = False) -> Json:
        """The JSON at an address; `None` where nothing is and that `may` be the end of the pages.

        Raises:
            DataError: when the server refuses, does not come back in time, or answers with something else.
        """
        patience = Patience(self._wait)
        while True:
            try:
                return self._parsed(*self._asked(url))
            except _NothingError as nothing:
                if not may_end:
                    raise nothing.meaning from nothing
                return None
            except _BusyError as busy:
                if not patience.pause(at_least=busy.seconds):
                    raise unreachable(self._place, busy.why) from busy

    def _asked(self, url: str) -> tuple[bytes, str]:
        if not url.startswith(("http://", "https://")):
            raise self._no_web()
        request = Request(url, headers=self._headers)  # noqa: S310  # of the web, as was just looked at
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                body: bytes = answer.read(MOST_ANSWER + 1)
                kind = answer.headers.get("Content-Type", "")
        except HTTPError as error:
            raise self._refused(error) from error
        except (OSError, HTTPException) as error:
            raise _BusyError(str(error)[:200] or type(error).__name__, 0.0) from error
        if len(body) > MOST_ANSWER:
            raise self._too_large()
        return body, kind

    def _refused(self, error: HTTPError) -> Exception:
        why = f"HTTP {error.code}"
        if error.code == _BUSY or error.code >= 500:
            return _BusyError(why, self._seconds(error.headers.get("Retry-After", "")))
        if error.code in {401, 403}:
            return refused(
                self._place,
                why,
                "接口拒绝访问，请检查 headers 里的变量和授权",
                "the interface refuses: check the variables of the headers and the rights they give",
            )
        if error.code == 404:
            zh, en = "地址不存在，请检查 address", "there is nothing at the address: check it"
            return _NothingError(refused(self._place, why, zh, en))
        return refused(
            self._place,
            why,
            "接口不接受这个请求，请检查地址里的参数",
            "the interface does not accept the request: check its parameters",
        )

    def _seconds(self, after: str) -> float:
        """How long the server asks to wait: seconds, or until a moment."""
        if after.strip().isdigit():
            return float(after)
        try:
            until = parsedate_to_datetime(after)
        except ValueError:
            return 0.0
        return max(0.0, (until - self._now()).total_seconds())

    def _parsed(self, body: bytes, kind: str) -> Json:
        text = body.decode("utf-8-sig", "replace")
        try:
            found: Json = DECODER.decode(text)
        except (ValueError, RecursionError) as error:
            why, start = why_broken(error), " ".join(text[:_SHOWN].split())
            raise faults.fault(
                self._place,
                f"返回的不是 JSON（{kind or '未注明类型'}，{why.zh}），开头是：{start}。请检查地址，以及是否需要登录。",
                f"the answer is no JSON ({kind or 'of no stated type'}, {why.en}); it begins with: {start}. Check the address, "
                "and whether it asks to sign in.",
            ) from error
        return found

    def _no_web(self) -> DataError:
        return faults.fault(
            self._place,
            "HTTP 来源的地址须以 http:// 或 https:// 开头，请检查地址里的变量。",
            "the address of an HTTP source begins with http:// or https://: check the variables in it.",
        )

    def _too_large(self) -> DataError:
        size = MOST_ANSWER // 1_000_000
        return faults.fault(
            self._place,
            f"一页超过 {size} MB。请减小 paging 的 size。",
            f"one page is larger than {size} MB. Write a smaller size below paging.",
        )


class _BusyError(LostError):
    """The server is busy or not reached; it asks for `seconds`."""

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(why)
        self.seconds = seconds


class _NothingError(Exception):
    """There is nothing at an address, which means `meaning` unless pages may end there."""

    def __init__(self, meaning: DataError) -> None:
        super().__init__(str(meaning))
        self.meaning = meaning


def utc_now() -> datetime:
    """The time by which a server's wish to be left alone is counted."""
    return datetime.now(UTC)
