"""Calls of services: which hosts, which answers, which certificates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from semantic_layer.errors import DataError, InvalidPlanError, UnknownNameError
from tests.tools.destinations.servers import Asked, HttpPlace, Reply, certificate, http_place
from tests.tools.destinations.subjects import NOW, SECRETS, phone
from tools.destinations.hosts import Hosts, is_inside
from tools.destinations.http import Surroundings, retry_after
from tools.destinations.pins import Pins, PinsInMemory, accept
from tools.destinations.registry import open_destinations, opened
from tools.destinations.secrets import SecretsOutside
from tools.destinations.spec_file import specs_of
from tools.destinations.types import Destination, Fate


def hook(url: str, *, hosts: str = "private:127.0.0.1", pins: Pins | None = None, **more: object) -> Destination:
    entry = {"name": "hook", "kind": "webhook", "url": url, "secret": "env:SECRET", "seconds": 0.3, **more}
    (spec,) = specs_of(json.dumps({"destinations": [entry]}))
    around = Surroundings(hosts=Hosts.of(hosts), pins=pins or PinsInMemory(), clock=lambda: NOW, new_id=lambda: "id")
    return opened(spec, secrets=SECRETS, around=around)


@pytest.fixture
def place() -> Iterator[HttpPlace]:
    with http_place(lambda asked: Reply()) as one:
        yield one


@pytest.mark.parametrize(
    ("reply", "fate", "down", "wait"),
    [
        (Reply(202), Fate.ACCEPTED, False, 0),
        (Reply(429, headers={"Retry-After": "17"}), Fate.AGAIN, False, 17),
        (Reply(503, headers={"Retry-After": "Fri, 20 Nov 2026 10:01:00 GMT"}), Fate.AGAIN, False, 60),
        (Reply(500), Fate.UNSURE, False, 0),
        (Reply(504), Fate.UNSURE, False, 0),
        (Reply(400), Fate.REFUSED, False, 0),
        (Reply(422), Fate.REFUSED, False, 0),
        (Reply(401), Fate.AGAIN, True, 0),
        (Reply(404), Fate.AGAIN, True, 0),
        (Reply(302, headers={"Location": "http://169.254.169.254/"}), Fate.AGAIN, True, 0),
        (Reply(drop=True), Fate.UNSURE, False, 0),
        (Reply(wait=0.4), Fate.UNSURE, False, 0),
    ],
    ids=lambda one: str(one.status) if isinstance(one, Reply) else "",
)
def test_what_an_answer_means(place: HttpPlace, reply: Reply, fate: Fate, down: bool, wait: float) -> None:
    place.mood = lambda asked: reply
    one = hook(f"{place.url}/in")
    (receipt,) = one.send([phone(1)])
    assert (receipt.fate, receipt.down, receipt.wait) == (fate, down, wait)
    assert len(place.asked) == 1  # nothing is followed or repeated behind anybody's back
    one.close()


def test_an_answer_may_speak_of_each_message(place: HttpPlace) -> None:
    def mood(asked: Asked) -> Reply:
        first, second, third = (one["id"] for one in asked.json()["messages"])
        results = [{"id": second, "status": "again"}, {"id": first, "status": "accepted", "reference": "r1"},
                   {"id": third, "status": "perhaps"}, {"id": "of nobody"}, "nonsense"]  # fmt: skip
        return Reply(body={"results": results})

    place.mood = mood
    one = hook(f"{place.url}/in")
    receipts = one.send([phone(1), phone(2), phone(3)])
    assert [(r.fate, r.reference) for r in receipts] == [(Fate.ACCEPTED, "r1"), (Fate.AGAIN, ""), (Fate.UNSURE, "")]
    one.close()


@pytest.mark.parametrize("body", [b"not json", b"[1]", b'{"results": 3}', b"\xff\xfe", b"[" * 100_000])
def test_an_answer_that_makes_no_sense_is_still_an_answer(place: HttpPlace, body: bytes) -> None:
    place.mood = lambda asked: Reply(body=body)
    one = hook(f"{place.url}/in")
    assert one.send([phone(1)])[0].fate is Fate.ACCEPTED
    one.close()


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("https://hooks.example.com/x", ""),
        ("https://hooks.example.com/x", "example.com"),
        ("https://hooks.example.com:8443/x", "hooks.example.com:443"),
        ("https://evil-example.com/", "*.example.com"),
        ("http://hooks.example.com/x", "hooks.example.com"),  # without TLS
        ("http://127.0.0.1:1/", "127.0.0.1"),
        ("https://hooks.example.com@127.0.0.1/", "hooks.example.com"),
    ],
)
def test_only_hosts_of_the_list_are_called(url: str, hosts: str) -> None:
    one = hook(url, hosts=hosts)
    (receipt,) = one.send([phone(1)])
    assert (receipt.fate, receipt.down) == (Fate.AGAIN, True)
    assert "QUNXIANG_SEND_TO" in receipt.why.en or "https" in receipt.why.en
    assert one.check() == (receipt.why,)


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("hooks.example.com", "https://hooks.example.com/x"),
        ("*.example.com", "https://a.b.example.com/"),
        ("hooks.example.com:8443", "https://HOOKS.example.com:8443/"),
        ("private:10.0.0.5:8080", "http://10.0.0.5:8080/"),
    ],
)
def test_entries_that_fit(entry: str, url: str) -> None:
    assert Hosts.of(f"other.example.org, {entry}").checked(url).name == entry.removeprefix("private:").partition(":")[0]


@pytest.mark.parametrize("entry", ["https://x.example.com/", "x:port", "*", "private:", ":80"])
def test_entries_that_are_none(entry: str) -> None:
    with pytest.raises(DataError):
        Hosts.of(entry)


def test_nearest_hosts_are_offered() -> None:
    with pytest.raises(InvalidPlanError) as caught:
        Hosts.of("a.example.com").checked("https://b.example.com")
    assert caught.value.suggestions == ("a.example.com",)


@pytest.mark.parametrize("address", ["10.1.2.3", "127.0.0.1", "169.254.169.254", "192.168.0.1", "::1", "fe80::1%eth0"])
def test_inner_addresses(address: str) -> None:
    assert is_inside(address)


def test_a_public_name_that_leads_inside_is_refused_before_anything_is_said(tmp_path: Path) -> None:
    """A listed host whose name resolves to an inner address: the certificate fits, the address does not."""
    ca, _ = certificate(tmp_path, "authority")
    with http_place(lambda asked: Reply(), certificate(tmp_path, "one", signed_by="authority")) as place:
        one = hook(f"{place.url}/in", hosts="127.0.0.1", ca=str(ca))
        (receipt,) = one.send([phone(1)])
        assert receipt.down
        assert "inner address 127.0.0.1" in receipt.why.en
        assert one.check() == (receipt.why,)
        assert place.asked == []
        one.close()


def test_the_first_certificate_is_remembered_and_another_one_refused(tmp_path: Path) -> None:
    ca, _ = certificate(tmp_path, "authority")
    pins = PinsInMemory()
    files = certificate(tmp_path, "one", signed_by="authority")
    with http_place(lambda asked: Reply(), files) as place:
        one = hook(f"{place.url}/in", pins=pins, ca=str(ca))
        assert one.send([phone(1)])[0].fate is Fate.ACCEPTED
        (pin,) = pins.pins()
        one.close()
    before = pin.fingerprint
    pins.put(type(pin)(place=pin.place, fingerprint="ab" * 32, since=NOW))
    with http_place(lambda asked: Reply(), files) as place:
        moved = type(pin)(place=f"127.0.0.1:{place.port}", fingerprint="ab" * 32, since=NOW)
        pins.put(moved)
        one = hook(f"{place.url}/in", pins=pins, ca=str(ca))
        (receipt,) = one.send([phone(1)])
        assert (receipt.fate, receipt.down) == (Fate.AGAIN, True)
        assert before in receipt.why.en
        assert place.asked == []
        assert accept(pins, moved.place, by="ann", now=NOW).fingerprint == before
        assert one.send([phone(1)])[0].fate is Fate.ACCEPTED
        one.close()
    with pytest.raises(UnknownNameError):
        accept(pins, moved.place, by="ann", now=NOW)


def test_a_self_signed_certificate(tmp_path: Path) -> None:
    with http_place(lambda asked: Reply(), certificate(tmp_path)) as place:
        one = hook(f"{place.url}/in")
        assert "did not verify" in one.send([phone(1)])[0].why.en
        pinned = hook(f"{place.url}/in", trust="pinned")
        assert "somebody has to compare" in pinned.send([phone(1)])[0].why.en
        assert place.asked == []
        one.close()
        pinned.close()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("", 0), ("12", 12), ("-3", 0), ("soon", 0), ("Fri, 20 Nov 2026 10:00:30 GMT", 30),
     ("Fri, 20 Nov 2026 09:00:00 GMT", 0), ("999999999", 86400), ("٣", 0)],
)  # fmt: skip
def test_retry_after(value: str, seconds: float) -> None:
    assert retry_after(value, NOW) == seconds


def test_secrets_are_read_where_they_are(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("  from a file\n", encoding="utf-8")
    secrets = SecretsOutside({"A": "from outside", "EMPTY": ""})
    assert secrets.read("env:A") == "from outside"
    assert secrets.read(f"file:{file}") == "from a file"
    for reference in ("env:B", "env:EMPTY", f"file:{tmp_path / 'none'}", "hunter2", "env:"):
        with pytest.raises(DataError) as caught:
            secrets.read(reference)
        assert "hunter2" not in str(caught.value)


def test_destinations_are_found_by_name() -> None:
    around = Surroundings(hosts=Hosts(), pins=PinsInMemory(), clock=lambda: NOW, new_id=lambda: "id")
    text = """
destinations:
- name: sms
  kind: sms
  vendor: aliyun
  label: {zh: 短信, en: SMS}
  access_key: env:KEY
  access_secret: env:SECRET
  sign_name: 群像
  template: SMS_1
"""
    with open_destinations(specs_of(text), secrets=SECRETS, around=around) as found:
        assert found.names() == ("sms",)
        assert found.named("短信") is found.named("sms") is next(iter(found))
        assert len(found) == 1
        with pytest.raises(UnknownNameError) as caught:
            found.named("smss")
        assert caught.value.suggestions == ("sms",)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("destinations:\n- name: a\n  kind: webhook\n  url: https://x\n  secret: hunter2-in-the-clear", 5, "secret"),
        ("destinations:\n- name: a\n  kind: fax", 3, "kind"),
        ("destinations:\n- name: a\n  kind: file\n  folder: x\n  colums: []", 5, "Did you mean columns?"),
        ("destinations:\n- name: a\n  kind: email\n  host: h\n  sender: n@x\n  tls: none\n  user: u\n  password: env:P", 2, "TLS"),
        ("destinations:\n- {name: a, kind: crm, url: 'https://x/', token: env:T, external_id: key, properties: {a: key}}", 2, "{id}"),
        ("destinations: [", 2, ""),
        ("- a", 1, ""),
        ("destinations:\n- {name: a, kind: file, folder: x, columns: [{from: phone, as: p}]}", 2, "field:NAME"),
    ],
)  # fmt: skip
def test_faults_say_the_line_and_never_what_stands_there(text: str, line: int, said: str) -> None:
    with pytest.raises(DataError) as caught:
        specs_of(text)
    assert f"destinations.yml:{line}" in caught.value.message.en
    assert said in caught.value.message.en
    assert "hunter2" not in caught.value.message.en + caught.value.message.zh
    assert caught.value.__cause__ is None


def test_two_of_one_name_are_refused() -> None:
    one = {"name": "a", "kind": "webhook", "url": "https://x", "secret": "env:S"}
    with pytest.raises(DataError, match="two destinations are called a"):
        specs_of(json.dumps({"destinations": [one, one]}))
