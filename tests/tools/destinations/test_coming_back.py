"""What comes back: noes by link and by mail, and mail that could not be delivered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from semantic_layer.errors import InvalidPlanError
from tests.tools.destinations.posts import START, gate_for
from tools.campaigns.types import LeftOut
from tools.destinations.answering import SentByDeliveries, heard
from tools.destinations.bounces import Bounces, Kind, read_bounce
from tools.destinations.deliveries import DeliveriesInMemory, Step
from tools.destinations.invalid import InvalidInMemory
from tools.destinations.types import message_id
from tools.destinations.unsubscribing import Refusal, Unsubscribing
from tools.effect.responses import ResponseKind

ID = message_id("c1", 7)


def unsubscribing(gate=None) -> Unsubscribing:
    return Unsubscribing(b"k", base_url="https://ask.example.com/", optouts=gate or gate_for(9), clock=lambda: START)


def sent(*keys: int) -> DeliveriesInMemory:
    deliveries = DeliveriesInMemory()
    deliveries.enlist("c1", "mail", keys, at=START)
    deliveries.hold("c1", "me", until=START + timedelta(1), now=START)
    rows = [replace(row, message=message_id("c1", row.key)) for row in deliveries.due("c1", now=START, limit=99)]
    deliveries.settle([replace(row, step=Step.ACCEPTED) for row in deliveries.hand("me", rows, at=START)])
    return deliveries


# ---- saying no


def test_a_link_is_a_no_for_one_person_and_one_campaign() -> None:
    gate = gate_for(9)
    leaving = unsubscribing(gate)
    link = leaving.link("c1", 7)
    assert link.startswith("https://ask.example.com/unsubscribe/")
    token = link.rpartition("/")[2]
    assert leaving.read(token) == Refusal(campaign="c1", key=7)
    assert gate.no == {}  # looking is no no: filters of mail servers open every link
    assert leaving.confirm(token) == leaving.confirm(token) == Refusal(campaign="c1", key=7)
    assert gate.no == {LeftOut.UNSUBSCRIBED: BitMap([7])}


def test_tokens_of_others_are_refused() -> None:
    leaving = unsubscribing()
    token = leaving.token("c1", 7)
    said, _, signature = token.partition(".")
    other = leaving.token("c1", 8).partition(".")[0]
    elsewhere = Unsubscribing(b"other", base_url="", optouts=gate_for(1), clock=lambda: START).token("c1", 7)
    for bad in (
        "",
        ".",
        said,
        f"{said}.",
        f"{other}.{signature}",
        token + "A",
        token[:-1],
        elsewhere,
        "ä.ö",
        "A" * 999,
    ):
        with pytest.raises(InvalidPlanError):
            leaving.confirm(bad)


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_no_text_breaks_the_reading(token: str) -> None:
    with pytest.raises(InvalidPlanError):
        unsubscribing().read(token)


def test_a_no_by_mail() -> None:
    gate = gate_for(9)
    leaving = unsubscribing(gate)
    assert leaving.confirm_mail(f"Re: unsubscribe-{ID}", sent(7)) == Refusal(campaign="c1", key=7)
    assert gate.no == {LeftOut.UNSUBSCRIBED: BitMap([7])}
    for subject in ("", "unsubscribe-", "unsubscribe-unknown", "hello"):
        assert leaving.confirm_mail(subject, sent(7)) is None


# ---- bounces

REPORT = """\
From: MAILER-DAEMON@mail.example.org
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

This is the mail system at host mail.example.org.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
Arrival-Date: Fri, 20 Nov 2026 10:00:00 +0000

Final-Recipient: rfc822; person7@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.1.1 <person7@example.org>: Recipient address
 rejected: User unknown

--b1
Content-Type: {returned}

Message-ID: <{id}@example.com>
Subject: =?utf-8?b?5Yas5a2j5paw5ZOB?=
From: news@example.com

--b1--
"""


def report(
    action: str = "failed",
    status: str = "5.1.1",
    to: str = "bounces@example.com",
    message: str = ID,
    returned: str = "message/rfc822",
) -> bytes:
    text = REPORT.format(action=action, status=status, to=to, id=message, returned=returned)
    return text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "5.1.1", Kind.INVALID),
        ("failed", "5.1.10", Kind.INVALID),
        ("failed", "5.2.1", Kind.INVALID),
        ("failed", "5.2.2", Kind.UNDELIVERED),  # the mailbox is full
        ("failed", "5.7.1", Kind.UNDELIVERED),  # taken for spam
        ("failed", "4.4.7", Kind.UNDELIVERED),  # gave up after days
        ("FAILED", "5.1.1 (bad destination)", Kind.INVALID),
        ("delayed", "4.4.1", Kind.DELAYED),
        ("delivered", "2.0.0", Kind.DELIVERED),
        ("relayed", "2.0.0", Kind.DELIVERED),
    ],
)
def test_what_a_report_says(action: str, status: str, kind: Kind) -> None:
    bounce = read_bounce(report(action, status))
    assert bounce is not None
    assert (bounce.kind, bounce.message, bounce.status) == (kind, ID, status.split(maxsplit=1)[0])
    assert "User unknown" in bounce.said


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_which_message_it_is_about(returned: str) -> None:
    assert read_bounce(report(returned=returned)).message == ID
    assert read_bounce(report(to=f"<bounces+{ID}@example.com>", message="of-another", returned=returned)).message == ID


def test_an_invalid_address_is_noted_once_it_is_known_whose() -> None:
    contacts, gate = InvalidInMemory(), gate_for(9)
    bounces = Bounces(sent(7), contacts, gate, clock=lambda: START)
    taken = bounces.take(report())
    assert taken.delivery.key == 7
    bounces.take(report(status="5.2.2"))
    assert bounces.take(report(message="unknown", to="x@example.com")).delivery is None
    assert contacts.people("mail") == BitMap([7])
    assert contacts.people("another") == BitMap()
    assert gate.no == {}


def test_a_complaint_is_a_no() -> None:
    text = report().decode().replace("report-type=delivery-status", "report-type=feedback-report")
    gate = gate_for(9)
    taken = Bounces(sent(7), InvalidInMemory(), gate, clock=lambda: START).take(text.encode())
    assert taken.bounce.kind is Kind.COMPLAINT
    assert gate.no == {LeftOut.UNSUBSCRIBED: BitMap([7])}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: I am away until Monday\r\n\r\nBack soon.",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\n",
        b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nno parts",
        b"Content-Type: multipart/report\r\n\r\n",
        b"\xff\xfe\x00",
    ],
)
def test_other_mail_is_no_bounce(raw: bytes) -> None:
    assert read_bounce(raw) is None


@settings(max_examples=15)
@given(st.binary(max_size=300))
def test_broken_mail_breaks_nothing(noise: bytes) -> None:
    read_bounce(noise)
    read_bounce(report()[:400] + noise + report()[400:])


def test_a_folder_of_mail_is_emptied_and_nothing_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(report())
    (tmp_path / "2.eml").write_bytes(b"Subject: hello\r\n\r\n")
    (tmp_path / "3.part").write_bytes(b"")
    contacts = InvalidInMemory()
    taken = list(Bounces(sent(7), contacts, gate_for(9), clock=lambda: START).take_folder(tmp_path))
    assert len(taken) == 2
    assert contacts.people("mail") == BitMap([7])
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.*")) == [
        "3.part",
        "done/1.eml",
        "unknown/2.eml",
    ]


def test_answers_find_the_message_that_was_sent() -> None:
    from semantic_layer.query.types import Audience
    from tools.campaigns.types import Campaign

    campaign = Campaign(
        id="c1", data_set="retail", name="冬季", audience=Audience(entity="customer"), channel="邮件", owner="ann",
        created_at=START, updated_at=START, days=14,
    )  # fmt: skip
    deliveries = sent(7)
    deliveries.enlist("c1", "mail", [8], at=START)
    found = SentByDeliveries(deliveries, lambda _: campaign)
    message = found.of_message(ID)
    assert message == found.to("c1", 7)
    assert (message.channel, message.days, message.at) == ("邮件", 14, START)
    assert found.to("c1", 8) is None  # nothing was sent to them yet
    assert found.of_message("unknown") is None


def test_a_bounce_is_an_event() -> None:
    bounce = read_bounce(report())
    event = heard(bounce, START)
    assert (event.kind, event.message, event.source) == (ResponseKind.BOUNCE, ID, "mail")
    assert heard(bounce, START).id == event.id
    assert heard(read_bounce(report("delayed", "4.4.1")), START) is None
