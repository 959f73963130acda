"""Events read from what comes in: the body of a webhook, a CSV file, a mail that says another could not be delivered."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.nearest import nearest
from tools.destinations.answering import heard
from tools.destinations.bounces import Kind, read_bounce
from tools.effect.responses import Heard, ResponseKind

MOST_BYTES: Final = 5_000_000
MOST_EVENTS: Final = 50_000
MOST_LETTERS: Final = 200  # of an id
_COLUMNS: Final = {
    "id": ("id", "event_id", "事件编号", "事件id"),
    "kind": ("kind", "event", "type", "类型", "事件", "事件类型"),
    "at": ("at", "time", "timestamp", "时间", "发生时间"),
    "message": ("message", "message_id", "消息编号", "消息id"),
    "campaign": ("campaign", "campaign_id", "活动", "活动编号"),
    "key": ("key", "customer_key", "客户键"),
    "channel": ("channel", "渠道", "触达渠道"),
}
_KINDS: Final = {
    ResponseKind.OPEN: ("opened", "打开"),
    ResponseKind.CLICK: ("clicked", "点击"),
    ResponseKind.REPLY: ("replied", "回复"),
    ResponseKind.UNSUBSCRIBE: ("unsubscribed", "退订"),
    ResponseKind.BOUNCE: ("bounced", "退信", "未送达"),
    ResponseKind.ORDER: ("ordered", "purchase", "下单"),
    ResponseKind.COMPLAINT: ("complained", "spam", "投诉"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An event that could not be read: which one (from 1; the line of a file), and what is wrong with it."""

    place: int
    message: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What could be read, and what could not: one bad event spoils no other."""

    events: tuple[Heard, ...]
    faults: tuple[Fault, ...] = ()


class _Event(BaseModel):
    """One event as others send it."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    id: str = Field(default="", max_length=MOST_LETTERS)
    kind: str
    at: datetime
    message: str = Field(default="", max_length=MOST_LETTERS)
    campaign: str = Field(default="", max_length=64)
    key: int | None = Field(default=None, ge=0, le=2**32 - 1)
    channel: str = Field(default="", max_length=MOST_LETTERS)


def from_webhook(body: bytes, zone: tzinfo) -> Parsed:
    """Events of a JSON body: one, a list of them, or a list under `events`. Moments without an offset are those of `zone`.

    Raises `InvalidPlanError` for a body that is no such JSON or too large; a single event that is wrong is a fault.
    """
    _refuse_large(len(body))
    try:
        given = json.loads(body.decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise _unreadable("JSON", str(error).split(":", 1)[0]) from None
    if isinstance(given, dict) and isinstance(given.get("events"), list):
        given = given["events"]
    items = given if isinstance(given, list) else [given]
    return _parsed(list(enumerate(items, start=1)), "webhook", zone)


def from_csv(content: bytes, zone: tzinfo) -> Parsed:
    """Events of a CSV file with a first line of names: id, kind, at, and message or campaign and key, and channel.

    UTF-8 or GB18030. An event without an id gets one from what it says, so that the same file twice is the same events.
    Raises `InvalidPlanError` where a needed column is missing, for what is no text, and for too large a file.
    """
    _refuse_large(len(content))
    reader = csv.DictReader(io.StringIO(_text(content), newline=""))
    try:
        names = _columns(reader.fieldnames or ())
        rows = [(reader.line_num, {name: row.get(column) or None for name, column in names.items()}) for row in reader]
    except csv.Error as error:
        raise _unreadable("CSV", str(error)) from None
    return _parsed([(line, {k: v for k, v in row.items() if v is not None}) for line, row in rows], "file", zone)


def from_bounce(raw: bytes, at: datetime) -> Parsed:
    """The event of a mail that came back at `at`: a bounce or a complaint; nothing for one that is only late.

    A report that names no message of ours is an event of somebody unknown. Raises `InvalidPlanError` for other mail.
    """
    _refuse_large(len(raw))
    bounce = read_bounce(raw)
    if bounce is None:
        raise InvalidPlanError(
            Text(
                "这封邮件不是退信或投诉报告（multipart/report），没有记录任何内容。",
                "This mail is no report of a bounce or a complaint (multipart/report). Nothing was recorded.",
            )
        )
    if bounce.kind in (Kind.DELAYED, Kind.DELIVERED):
        return Parsed(events=())
    event = heard(bounce, at)
    if event is not None and len(event.id) <= MOST_LETTERS:
        return Parsed(events=(event,))
    kind = ResponseKind.COMPLAINT if bounce.kind is Kind.COMPLAINT else ResponseKind.BOUNCE
    return Parsed(events=(Heard(id=f"mail:{hashlib.sha256(raw).hexdigest()[:32]}", kind=kind, at=at, source="mail"),))


def _parsed(items: Sequence[tuple[int, object]], source: str, zone: tzinfo) -> Parsed:
    if len(items) > MOST_EVENTS:
        raise InvalidPlanError(
            Text(
                f"一次最多 {MOST_EVENTS:,} 个事件，这里有 {len(items):,} 个。请分几次发送。",
                f"At most {MOST_EVENTS:,} events at once; there are {len(items):,}. Send them in parts.",
            )
        )
    events: list[Heard] = []
    faults: list[Fault] = []
    for place, item in items:
        try:
            events.append(_heard(_Event.model_validate(item), source, zone))
        except ValidationError as error:
            faults.append(Fault(place=place, message=_wrong(error)))
        except InvalidPlanError as error:
            faults.append(Fault(place=place, message=error.message))
    return Parsed(events=tuple(events), faults=tuple(faults))


def _heard(event: _Event, source: str, zone: tzinfo) -> Heard:
    kind = _kind(event.kind)
    at = event.at if event.at.tzinfo is not None else event.at.replace(tzinfo=zone)
    told = f"{kind}\n{at.isoformat()}\n{event.message}\n{event.campaign}\n{event.key}\n{event.channel}"
    return Heard(
        id=event.id or hashlib.sha256(told.encode()).hexdigest()[:32],
        kind=kind,
        at=at,
        source=source,
        message=event.message,
        campaign=event.campaign,
        key=event.key,
        channel=event.channel,
    )


def _kind(said: str) -> ResponseKind:
    wanted = said.strip().casefold()
    for kind, others in _KINDS.items():
        if wanted == kind.value or wanted in others:
            return kind
    near = nearest(wanted, [kind.value for kind in ResponseKind])
    allowed = ", ".join(kind.value for kind in ResponseKind)
    raise InvalidPlanError(
        Text(
            f"不认识事件类型「{said}」。可以用：{allowed}{f'；最接近的是 {near[0]}' if near else ''}。",
            f"{said!r} is no kind of event. Allowed: {allowed}{f'; the nearest is {near[0]}' if near else ''}.",
        ),
        suggestions=near,
    )


def _columns(given: Sequence[str]) -> dict[str, str]:
    """Our name of each column by the file's."""
    plain = {name.strip().casefold(): name for name in given if name}
    found = {name: plain[other] for name, others in _COLUMNS.items() for other in others if other in plain}
    missing = [name for name in ("kind", "at") if name not in found]
    if not missing and not {"message", "key"} & found.keys():
        missing = ["message"]
    if missing:
        raise InvalidPlanError(
            Text(
                f"文件缺少列：{'、'.join(missing)}。第一行应有 id、kind、at、message（或 campaign 和 key）、channel；现有：{'、'.join(given) or '无'}。",
                f"The file lacks the columns {', '.join(missing)}. Its first line should name id, kind, at, message (or "
                f"campaign and key), channel; it names {', '.join(given) or 'none'}.",
            )
        )
    return found


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable("CSV", "neither UTF-8 nor GB18030")


def _wrong(error: ValidationError) -> Text:
    """What is wrong, without the value: it may be an address put into the wrong column."""
    names = "、".join(dict.fromkeys(str(one["loc"][0]) if one["loc"] else "event" for one in error.errors()))
    return Text(
        f"「{names}」缺少或格式不对：需要 kind、at（如 2026-08-06T10:00:00+08:00），以及 message 或 key。",
        f"{names.replace('、', ', ')} is missing or malformed: kind, at (such as 2026-08-06T10:00:00+08:00), and message or "
        "key are needed.",
    )


def _refuse_large(size: int) -> None:
    if size > MOST_BYTES:
        raise InvalidPlanError(
            Text(
                f"内容有 {size:,} 字节，一次最多 {MOST_BYTES:,}。请分几次发送。",
                f"This has {size:,} bytes; at most {MOST_BYTES:,} at once. Send it in parts.",
            )
        )


def _unreadable(what: str, why: str) -> InvalidPlanError:
    return InvalidPlanError(
        Text(
            f"读不懂这份 {what}：{why}。没有记录任何内容。", f"This {what} cannot be read: {why}. Nothing was recorded."
        )
    )
