"""Pages of an HTTP interface as one source: by number, or by a cursor inside of each answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.sources import faults
from semantic_layer.ingestion.sources.guessing import columns_of
from semantic_layer.ingestion.sources.http_client import HttpClient
from semantic_layer.ingestion.sources.json_files import Records
from semantic_layer.ingestion.sources.json_values import Json, flat, inside, written
from semantic_layer.ingestion.sources.port import Chunk, Part, SourceColumn
from semantic_layer.ingestion.sources.types import Paging

SINCE: Final = "{since}"  # in an address: where the watermark goes
_LIST: Final = Text(zh="列表", en="list")
_SHOWN: Final = 120  # characters of an answer without rows that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The page to ask for next: its number, its cursor or its address; `None` after the last. `rows` were given before.

    `since` is the watermark by which the first page was asked for: pages of another one are other pages.
    """

    page: str | None
    number: int
    rows: int
    highest: str
    since: str

    def text(self) -> str:
        return json.dumps([self.page, self.number, self.rows, self.highest, self.since], ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> _Asked:
        page, number, rows, highest, since = json.loads(text)
        return cls(page=page, number=number, rows=rows, highest=highest, since=since)


class HttpSource:
    """One address. Rows are numbered as they come; reading goes on with the page after the last one given whole.

    Pages by number end with one that is empty, not there, or the one before once more. Pages need not be in the order of the
    watermark: only the last chunk tells it.
    """

    def __init__(
        self, client: HttpClient, place: str, url: str, paging: Paging, *, watermark: str = "", since: str = ""
    ) -> None:
        self._client = client
        self._place = place
        self._url = url
        self._paging = paging
        self._watermark = watermark
        first = "" if paging.cursor or not paging.parameter else str(paging.first)
        self._first = _Asked(page=first, number=1, rows=0, highest=since, since=since)

    def parts(self) -> Sequence[Part]:
        return (Part(name="pages", fingerprint="", size=0),)

    def columns(self, part: Part) -> tuple[SourceColumn, ...]:
        rows, _ = self._page(self._first)
        records = _records(part, self._first, rows)
        return next((columns_of(chunk.rows) for chunk in records.given(len(rows) + 1, str)), ())

    def read(self, part: Part, *, after: str = "") -> Iterator[Chunk]:
        asked = _Asked.of(after) if after else self._first
        before: Sequence[Json] = ()
        held: list[Chunk] = []
        while asked.page is not None:
            rows, following = self._page(asked)
            if not rows or (rows == before and self._is_end(asked, rows)):
                break
            yield from held
            done = replace(
                asked,
                page=following,
                number=asked.number + 1,
                rows=asked.rows + len(rows),
                highest=_highest([asked.highest, *self._watermarks(rows)]),
            )
            given = list(_records(part, asked, rows).given(done.rows + 1, str))
            # A page of many rows is asked for again when it was not given whole.
            held = [replace(chunk, position=asked.text()) for chunk in given[:-1]]
            held += [replace(chunk, position=done.text()) for chunk in given[-1:]]
            asked, before = done, rows
        yield from held[:-1]
        for chunk in held[-1:]:
            yield replace(chunk, watermark=asked.highest)

    def _page(self, asked: _Asked) -> tuple[Sequence[Json], str | None]:
        """The rows of a page, and the page after it."""
        answer = self._client.get(self._address(asked), may_end=asked.number > 1)
        rows = inside(answer, self._paging.rows)
        if not isinstance(rows, list):
            if rows is None and asked.number > 1:
                return (), None
            raise self._no_rows(answer)
        return rows, self._following(asked, answer)

    def _following(self, asked: _Asked, answer: Json) -> str | None:
        if self._paging.cursor:
            found = inside(answer, self._paging.cursor)
            if not found:
                return None
            following = found if isinstance(found, str) else written(found)
            if following == asked.page:
                raise self._in_a_circle(asked)
            return following
        return str(int(asked.page or 0) + 1) if self._paging.parameter else None

    def _address(self, asked: _Asked) -> str:
        paging, page = self._paging, asked.page or ""
        start = self._url.replace(SINCE, quote(asked.since, safe=""))
        if paging.cursor and page.startswith(("http://", "https://", "/", "?")):
            url = urljoin(start, page)
            if urlsplit(url)[:2] != urlsplit(self._url)[:2]:
                raise self._elsewhere(urlsplit(url).netloc)
            return url
        added = {paging.parameter: page} if page and paging.parameter else {}
        if paging.size_parameter:
            added[paging.size_parameter] = str(paging.size)
        parts = urlsplit(start)
        kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in added]
        return urlunsplit(parts._replace(query=urlencode([*kept, *added.items()]), fragment=""))

    def _is_end(self, asked: _Asked, rows: Sequence[Json]) -> bool:
        """Whether a page that is the one before once more is the end, and not a parameter that nobody reads."""
        is_short = bool(self._paging.size_parameter) and len(rows) < self._paging.size
        if asked.number > 2 or is_short:
            return True
        raise self._in_a_circle(asked)

    def _watermarks(self, rows: Sequence[Json]) -> Iterator[str]:
        for row in rows if self._watermark else ():
            value = flat(row).get(self._watermark) if isinstance(row, dict) else None
            if value is not None:
                yield value

    def _no_rows(self, answer: Json) -> DataError:
        lists = tuple(_lists(answer)) if isinstance(answer, dict) else ()
        if lists:
            return faults.no_such(self._place, _LIST, self._paging.rows or "·", lists)
        start = written(answer)[:_SHOWN]
        return faults.fault(
            self._place,
            f"返回的内容里没有数据列表：{start}。请检查地址、授权和 paging.rows。",
            f"there is no list of rows in the answer: {start}. Check the address, the rights, and rows below paging.",
        )

    def _in_a_circle(self, asked: _Asked) -> DataError:
        name = self._paging.parameter or self._paging.cursor
        return faults.fault(
            f"{self._place}:{asked.page}",
            f"这一页与上一页相同：接口没有理会参数 {name}。请检查 paging 里的参数名。",
            f"this page is the one before once more: the interface does not heed {name!r}. Check the names below paging.",
        )

    def _elsewhere(self, host: str) -> DataError:
        return faults.fault(
            self._place,
            f"下一页指向另一台主机 {host}，为了不把授权信息交给它，没有继续读取。请检查接口。",
            f"the next page is on another host, {host}; so as not to hand it the credentials, it was not asked. Check the interface.",
        )


def _records(part: Part, asked: _Asked, rows: Iterable[Json]) -> Records:
    records = Records(part.name)
    for place, row in enumerate(rows, asked.rows + 1):
        records.add(place, "", row)
    return records


def _lists(answer: Mapping[str, Json], before: str = "") -> Iterator[str]:
    """The paths of all lists inside of an answer."""
    for name, value in answer.items():
        if isinstance(value, list):
            yield f"{before}{name}"
        elif isinstance(value, dict):
            yield from _lists(value, f"{before}{name}.")


def _highest(values: Sequence[str]) -> str:
    """The highest of some values: by size when all are numbers, else by their spelling, as times in ISO form are."""
    there = [value for value in values if value]
    try:
        return max(there, key=float, default="")
    except ValueError:
        return max(there)
