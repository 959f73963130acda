"""Mail: what it looks like, what each answer of a server means, and certificates."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from tests.tools.destinations.servers import MailPlace, certificate
from tests.tools.destinations.subjects import HOSTS, NOW, SECRETS, mail, message
from tools.destinations.http import Surroundings
from tools.destinations.mail import SmtpMail
from tools.destinations.pins import Pins, PinsInMemory, accept
from tools.destinations.spec_file import specs_of
from tools.destinations.specs import MailSpec
from tools.destinations.types import Fate, Message


def spec(port: int, **more: object) -> MailSpec:
    entry = {
        "name": "mail",
        "kind": "email",
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "sender": "群像会员中心 <news@example.com>",
        "reply_to": "care@example.com",
        "bounce": "bounces@example.com",
        "seconds": 5,
        **more,
    }
    (found,) = specs_of(json.dumps({"destinations": [entry]}))
    assert isinstance(found, MailSpec)
    return found


def mailing(port: int, pins: Pins | None = None, **more: object) -> SmtpMail:
    around = Surroundings(hosts=HOSTS, pins=pins or PinsInMemory(), clock=lambda: NOW, new_id=lambda: "id")
    return SmtpMail(spec(port, **more), secrets=SECRETS, around=around)


@pytest.fixture
def place() -> Iterator[MailPlace]:
    one = MailPlace()
    yield one
    one.close()


@pytest.fixture
def post(place: MailPlace) -> Iterator[SmtpMail]:
    one = mailing(place.port)
    yield one
    one.close()


def test_what_arrives(place: MailPlace, post: SmtpMail) -> None:
    sent = replace(
        mail(1), subject="冬季新品 ✨ 八折", body="您好，张三：\n.\n新品到店", html="<p>您好，<b>张三</b></p>"
    )
    (receipt,) = post.send([sent])
    assert (receipt.fate, receipt.reference) == (Fate.ACCEPTED, "OK queued as 1")
    (sender, to, content) = place.mails[0]
    assert (sender, to) == (f"bounces+{sent.id}@example.com", "person1@example.org")
    assert content.isascii()  # goes through servers that know nothing but ASCII
    read = message_from_bytes(content, policy=default)
    assert read["Subject"] == "冬季新品 ✨ 八折"
    assert read["From"].addresses[0].display_name == "群像会员中心"
    assert read["Reply-To"] == "care@example.com"
    assert read["Message-ID"] == f"<{sent.id}@example.com>"
    assert read["Date"].datetime == NOW
    assert read["List-Unsubscribe"] == "<https://ask.example.com/unsubscribe/1>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = read.get_body(("plain",)).get_content()
    assert text.replace("\r\n", "\n") == "您好，张三：\n.\n新品到店\n"
    assert "<p>您好，<b>张三</b></p>" in read.get_body(("html",)).get_content()


def test_unsubscribing_by_mail_stands_beside_the_link(place: MailPlace) -> None:
    post = mailing(place.port, unsubscribe_mail="leave@example.com")
    post.send([mail(1), replace(mail(2), unsubscribe="")])
    first, second = (message_from_bytes(content, policy=default) for _, _, content in place.mails)
    assert first["List-Unsubscribe"].endswith(f", <mailto:leave@example.com?subject=unsubscribe-{mail(1).id}>")
    assert second["List-Unsubscribe"] == f"<mailto:leave@example.com?subject=unsubscribe-{mail(2).id}>"
    assert second["List-Unsubscribe-Post"] is None
    post.close()


@pytest.mark.parametrize(
    ("rcpt", "fate", "wait", "down"),
    [
        ("550 5.1.1 no such user", Fate.REFUSED, 0, False),
        ("450 4.2.0 greylisted, try again later", Fate.AGAIN, 300, False),
        ("452 4.2.2 mailbox full", Fate.AGAIN, 300, False),
        ("421 4.3.2 closing", Fate.AGAIN, 0, True),
    ],
)
def test_answers_about_the_recipient(
    place: MailPlace, post: SmtpMail, rcpt: str, fate: Fate, wait: float, down: bool
) -> None:
    place.rcpt = lambda address: rcpt
    (receipt,) = post.send([mail(1)])
    assert (receipt.fate, receipt.wait, receipt.down) == (fate, wait, down)
    assert rcpt[:3] in receipt.why.en
    place.rcpt = lambda address: ""
    assert post.send([mail(2)])[0].fate is Fate.ACCEPTED
    assert len(place.mails) == 1


@pytest.mark.parametrize(
    ("data", "fate"),
    [
        ("554 5.7.1 looks like spam", Fate.REFUSED),
        ("451 4.3.0 later", Fate.AGAIN),
        ("drop", Fate.UNSURE),
        ("lost", Fate.UNSURE),
    ],
)
def test_answers_about_the_message(place: MailPlace, post: SmtpMail, data: str, fate: Fate) -> None:
    place.data = lambda address: data
    (receipt,) = post.send([mail(1)])
    assert (receipt.fate, receipt.down) == (fate, False)
    place.data = lambda address: ""
    assert post.send([mail(2)])[0].fate is Fate.ACCEPTED


def test_a_sender_that_is_refused_is_no_fault_of_the_message(place: MailPlace, post: SmtpMail) -> None:
    place.mail = lambda address: "553 5.1.8 sender not allowed"
    (receipt,) = post.send([mail(1)])
    assert (receipt.fate, receipt.down) == (Fate.AGAIN, True)


def test_a_slow_server_after_the_message_was_handed_over(place: MailPlace) -> None:
    place.slow = 0.4
    post = mailing(place.port, seconds=0.2)
    (receipt,) = post.send([mail(1)])
    assert receipt.fate is Fate.UNSURE
    post.close()


def test_an_old_connection_that_died_is_opened_anew(place: MailPlace, post: SmtpMail) -> None:
    assert post.send([mail(1)])[0].fate is Fate.ACCEPTED
    calls = []

    def once(address: str) -> str:
        calls.append(address)
        return "421 4.4.2 idle for too long" if len(calls) == 1 else ""

    place.mail = once
    assert post.send([mail(2)])[0].fate is Fate.ACCEPTED
    assert [to for _, to, _ in place.mails] == ["person1@example.org", "person2@example.org"]


@pytest.mark.parametrize(
    "bad",
    [
        message(1, "no-at-sign"),
        message(1, "two@at@example.org"),
        message(1, "a@b.c\r\nRCPT TO:<x@example.org>"),
        message(1, "a b@example.org"),
        message(1, ""),
        message(1, "x" * 250 + "@example.org"),
        replace(mail(1), subject="Hello\r\nBcc: everybody@example.org"),
    ],
    ids=lambda one: one.address[:20] or "empty",
)
def test_what_could_smuggle_something_in_is_refused(place: MailPlace, post: SmtpMail, bad: Message) -> None:
    (receipt,) = post.send([bad])
    assert receipt.fate is Fate.REFUSED
    assert place.mails == []


def test_addresses_beyond_ascii_need_a_server_that_takes_them(post: SmtpMail, place: MailPlace) -> None:
    (receipt,) = post.send([message(1, "张三@example.org")])
    assert receipt.fate in (Fate.ACCEPTED, Fate.REFUSED)
    assert (receipt.fate is Fate.ACCEPTED) == bool(place.mails)


def test_several_threads_share_it(place: MailPlace, post: SmtpMail) -> None:
    threads = [threading.Thread(target=post.send, args=([mail(n)],)) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(to for _, to, _ in place.mails) == [f"person{n}@example.org" for n in range(8)]


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    post = mailing(port)
    assert "cannot be used" in post.check()[0].en
    assert post.send([mail(1)])[0].down
    post.close()


def test_a_wrong_password_stops_the_sending_and_is_told_nobody(tmp_path: Path) -> None:
    files = certificate(tmp_path)
    place = MailPlace(starttls=files, password="right")
    post = mailing(place.port, tls="starttls", trust="authority", ca=str(files[0]), user="u", password="env:SECRET")
    (receipt,) = post.send([mail(1)])
    assert (receipt.fate, receipt.down) == (Fate.AGAIN, True)
    assert "Authentication" in receipt.why.en
    assert "s3cret" not in repr(receipt)
    assert place.mails == []
    post.close()
    place.close()


@pytest.mark.parametrize("how", ["tls", "starttls"])
def test_the_first_certificate_is_remembered_and_another_one_refused(tmp_path: Path, how: str) -> None:
    ca, _ = certificate(tmp_path, "authority")
    first, second = (certificate(tmp_path, name, signed_by="authority") for name in ("one", "two"))
    pins = PinsInMemory()
    place = MailPlace(**{how: first})
    post = mailing(place.port, pins, tls=how, ca=str(ca))
    assert post.check() == ()
    assert post.send([mail(1)])[0].fate is Fate.ACCEPTED
    (pin,) = pins.pins()
    assert (pin.place, pin.accepted_by) == (f"127.0.0.1:{place.port}", "")
    post.close()
    place.close()

    changed = MailPlace(port=place.port, **{how: second})
    (receipt,) = post.send([mail(2)])
    assert (receipt.fate, receipt.down) == (Fate.AGAIN, True)
    assert "not the one remembered" in receipt.why.en
    assert "qunxiang destinations accept" in receipt.why.zh
    assert post.check() == (receipt.why,)
    assert changed.mails == []

    accept(pins, pin.place, by="ann", now=NOW)
    assert post.send([mail(2)])[0].fate is Fate.ACCEPTED
    assert pins.pins()[0].accepted_by == "ann"
    post.close()
    changed.close()


def test_a_self_signed_certificate_is_refused_or_accepted_by_a_person(tmp_path: Path) -> None:
    place = MailPlace(starttls=certificate(tmp_path))
    pins = PinsInMemory()
    strict = mailing(place.port, pins, tls="starttls")
    assert "did not verify" in strict.check()[0].en
    assert pins.pins() == ()

    post = mailing(place.port, pins, tls="starttls", trust="pinned")
    assert "somebody has to compare" in post.check()[0].en
    assert post.send([mail(1)])[0].down
    accept(pins, f"127.0.0.1:{place.port}", by="ann", now=NOW)
    assert post.send([mail(1)])[0].fate is Fate.ACCEPTED
    for one in (strict, post):
        one.close()
    place.close()


def test_a_server_without_starttls_gets_no_mail_in_the_clear(place: MailPlace) -> None:
    post = mailing(place.port, tls="starttls")
    (receipt,) = post.send([mail(1)])
    assert (receipt.fate, receipt.down) == (Fate.AGAIN, True)
    assert place.mails == []
    post.close()
