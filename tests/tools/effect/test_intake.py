"""Events from a webhook, a file and a bounced mail: what is read, and what is wrong with the rest."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from semantic_layer.errors import InvalidPlanError
from tools.effect.intake import MOST_EVENTS, from_bounce, from_csv, from_webhook
from tools.effect.responses import ResponseKind

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 8, 7, tzinfo=UTC)
MESSAGE = "0123456789abcdef0123456789abcdef"


def body(*events: dict[str, object]) -> bytes:
    return json.dumps({"events": events}).encode()


def test_a_webhook_body() -> None:
    found = from_webhook(
        body(
            {"id": "e1", "kind": "click", "at": "2026-08-06T10:00:00+08:00", "message": MESSAGE, "extra": 1},
            {"id": "e2", "kind": "退订", "at": "2026-08-06 11:00:00", "key": 7, "channel": "短信"},
        ),
        ZONE,
    )
    assert found.faults == ()
    one, two = found.events
    assert (one.id, one.kind, one.message, one.source) == ("e1", ResponseKind.CLICK, MESSAGE, "webhook")
    assert one.at == datetime(2026, 8, 6, 2, tzinfo=UTC)
    assert (two.kind, two.key, two.at) == (ResponseKind.UNSUBSCRIBE, 7, datetime(2026, 8, 6, 3, tzinfo=UTC))


def test_one_event_and_a_list_are_bodies_too() -> None:
    event = {"id": "e", "kind": "open", "at": "2026-08-06T10:00:00Z", "message": MESSAGE}
    assert len(from_webhook(json.dumps(event).encode(), ZONE).events) == 1
    assert len(from_webhook(json.dumps([event, event]).encode(), ZONE).events) == 2


def test_one_bad_event_spoils_no_other_and_its_values_are_not_repeated() -> None:
    good = {"id": "e", "kind": "open", "at": "2026-08-06T10:00:00Z", "message": MESSAGE}
    found = from_webhook(
        body({"kind": "opne", "at": good["at"]}, good, {"kind": "open", "at": "wang@example.org"}, {"at": good["at"]}),
        ZONE,
    )
    assert [one.id for one in found.events] == ["e"]
    assert [fault.place for fault in found.faults] == [1, 3, 4]
    assert "open" in found.faults[0].message.en
    assert "example.org" not in found.faults[1].message.en + found.faults[1].message.zh


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidPlanError):
        from_webhook(raw, ZONE)


def test_too_much_at_once_is_refused() -> None:
    with pytest.raises(InvalidPlanError):
        from_webhook(b" " * 6_000_000, ZONE)
    with pytest.raises(InvalidPlanError, match=f"{MOST_EVENTS:,}"):
        from_webhook(json.dumps([{}] * (MOST_EVENTS + 1)).encode(), ZONE)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file(encoding: str) -> None:
    text = f"事件编号,类型,时间,消息编号,渠道\nx1,点击,2026-08-06 10:00,{MESSAGE},短信\nx2,hello,2026-08-06 10:00,,\nx3,打开,,{MESSAGE},\n"
    found = from_csv(text.encode(encoding), ZONE)
    assert [(one.id, one.kind, one.channel, one.source) for one in found.events] == [
        ("x1", ResponseKind.CLICK, "短信", "file")
    ]
    assert [fault.place for fault in found.faults] == [3, 4]


def test_events_without_an_id_are_the_same_when_the_file_comes_again() -> None:
    text = f"kind,at,message\nopen,2026-08-06T10:00:00Z,{MESSAGE}\nclick,2026-08-06T10:00:00Z,{MESSAGE}\n".encode()
    first, again = from_csv(text, ZONE), from_csv(text, ZONE)
    assert [one.id for one in first.events] == [one.id for one in again.events]
    assert len({one.id for one in first.events}) == 2


@pytest.mark.parametrize("text", ["", "name,city\n1,2\n", "kind,at\nopen,2026-08-06\n"])
def test_a_file_without_the_columns_says_which(text: str) -> None:
    with pytest.raises(InvalidPlanError) as found:
        from_csv(text.encode(), ZONE)
    assert "message" in found.value.message.en or "kind" in found.value.message.en


def bounce(action: str = "failed", status: str = "5.1.1") -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.example.org\r\nTo: bounces@shop.example\r\nSubject: Undelivered\r\nDate: Thu, 06 Aug 2026 10:00:00 +0800\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; someone@example.org\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{MESSAGE}@shop.example>\r\nSubject: Hi\r\n\r\n--b--\r\n"
    ).encode()


def test_a_bounce_is_known_by_the_message_it_is_about() -> None:
    found = from_bounce(bounce(), NOW)
    (one,) = found.events
    assert (one.kind, one.message, one.source) == (ResponseKind.BOUNCE, MESSAGE, "mail")
    assert one.at == NOW
    assert one == from_bounce(bounce(), NOW).events[0]


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.2.2"), ("delivered", "2.0.0")])
def test_a_delay_is_no_bounce(action: str, status: str) -> None:
    assert from_bounce(bounce(action, status), NOW).events == ()


def test_a_report_with_the_whole_message_inside() -> None:
    whole = (
        bounce()
        .replace(b"text/rfc822-headers", b"message/rfc822")
        .replace(b"Subject: Hi\r\n\r\n", b"Subject: Hi\r\n\r\nHello\r\n")
    )
    assert from_bounce(whole, NOW).events[0].message == MESSAGE


def test_a_report_about_no_message_of_ours_is_kept_as_one_of_somebody_unknown() -> None:
    (one,) = from_bounce(bounce().replace(f"Message-ID: <{MESSAGE}@shop.example>\r\n".encode(), b""), NOW).events
    assert (one.message, one.key) == ("", None)


def test_other_mail_is_refused() -> None:
    with pytest.raises(InvalidPlanError):
        from_bounce(b"From: a@example.org\r\nSubject: Out of office\r\n\r\nBack on Monday.\r\n", NOW)
