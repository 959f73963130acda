"""Every destination that comes with the product, each with a stand-in for the place behind it."""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, unquote

from tests.tools.destinations.contract import Subject
from tests.tools.destinations.servers import Asked, MailPlace, Reply, http_place
from tools.destinations.hosts import Hosts
from tools.destinations.http import Surroundings
from tools.destinations.pins import PinsInMemory
from tools.destinations.registry import opened
from tools.destinations.secrets import SecretsInMemory
from tools.destinations.spec_file import specs_of
from tools.destinations.types import Destination, Message, message_id

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SECRET = "s3cret-of-the-tests"
KEY = "k3y-of-the-tests"
SECRETS = SecretsInMemory({"env:SECRET": SECRET, "env:KEY": KEY})
HOSTS = Hosts.of("private:127.0.0.1")


def surroundings() -> Surroundings:
    ids = count()
    return Surroundings(hosts=HOSTS, pins=PinsInMemory(), clock=lambda: NOW, new_id=lambda: f"nonce{next(ids)}")


def destination(entry: dict[str, object]) -> Destination:
    (spec,) = specs_of(json.dumps({"destinations": [entry]}))
    return opened(spec, secrets=SECRETS, around=surroundings())


def phone(number: int) -> Message:
    return message(number, f"138{number:08}")


def message(number: int, address: str, **more: object) -> Message:
    return Message(
        id=message_id("c1", number),
        key=number,
        address=address,
        subject="冬季新品",
        body=f"您好，{number} 号会员",
        campaign="c1",
        fields={"member_no": f"M{number:05}", "level": "=金卡"},
        unsubscribe=f"https://ask.example.com/unsubscribe/{number}",
        **more,  # type: ignore[arg-type]
    )


def mail(number: int) -> Message:
    return message(number, f"person{number}@example.org")


@contextmanager
def csv_folder(folder: Path) -> Iterator[Subject]:
    entry = {
        "name": "files",
        "kind": "file",
        "folder": str(folder / "out"),
        "key": "env:KEY",
        "columns": [
            {"from": "id", "as": "id"},
            {"from": "address", "as": "phone"},
            {"from": "field:level", "as": "level"},
        ],
    }

    def arrived() -> list[str]:
        found: list[str] = []
        for path in sorted((folder / "out").glob("*.csv")):
            with path.open(encoding="utf-8-sig", newline="") as file:
                found += [row["id"] for row in csv.DictReader(file)]
        return found

    def fill_up() -> None:
        (folder / "out").mkdir(exist_ok=True)
        for path in (folder / "out").iterdir():
            path.unlink()
        (folder / "out").rmdir()
        (folder / "out").write_text("in the way")

    lacking = Message(id="lacks", key=9, address="13800000009", body="b", campaign="c1")
    yield Subject(destination(entry), arrived, phone, lacking, fill_up, (KEY,))


@contextmanager
def email(folder: Path) -> Iterator[Subject]:
    place = MailPlace()
    place.rcpt = lambda address: "550 5.1.1 nobody of this name" if address.startswith("nobody") else ""
    entry = {
        "name": "mail",
        "kind": "email",
        "host": "127.0.0.1",
        "port": place.port,
        "tls": "none",
        "sender": "群像 <news@example.com>",
        "bounce": "bounces@example.com",
        "seconds": 5,
    }
    closed = []

    def go_away() -> None:
        place.close()
        closed.append(True)

    def arrived() -> list[str]:
        return [sender.partition("+")[2].partition("@")[0] for sender, _, _ in place.mails]

    one = destination(entry)
    try:
        yield Subject(one, arrived, mail, message(9, "nobody@example.org"), go_away)
    finally:
        one.close()
        if not closed:
            place.close()


@contextmanager
def _http(
    entry: dict[str, object],
    mood: Callable[[Asked], Reply],
    arrived: Callable[[list[Asked]], list[str]],
    make: Callable[[int], Message],
    refused: Message | None,
    path: str = "",
) -> Iterator[Subject]:
    with http_place(mood) as place:
        one = destination({**entry, "url": f"{place.url}{path}", "seconds": 5})
        yield Subject(one, lambda: arrived(place.asked), make, refused, place.close, (SECRET, KEY))
        one.close()


@contextmanager
def webhook(folder: Path) -> Iterator[Subject]:
    def mood(asked: Asked) -> Reply:
        results = [
            {"id": one["id"], "status": "refused" if one["address"] == "nobody" else "accepted", "why": "unknown"}
            for one in asked.json()["messages"]
        ]
        return Reply(body={"results": results})

    def arrived(asked: list[Asked]) -> list[str]:
        """The receiver counts each id once."""
        found = {o["id"]: o["address"] for one in asked for o in one.json()["messages"]}
        return [one for one, address in found.items() if address != "nobody"]

    entry = {"name": "hook", "kind": "webhook", "secret": "env:SECRET"}
    with _http(entry, mood, arrived, phone, message(9, "nobody"), "/in") as subject:
        yield subject


@contextmanager
def crm(folder: Path) -> Iterator[Subject]:
    records: dict[str, str] = {}

    def mood(asked: Asked) -> Reply:
        record = unquote(asked.path.rpartition("/")[2])
        if record == "M00009":
            return Reply(404, {"error": "no such record"})
        records[record] = asked.headers["idempotency-key"]
        return Reply(204, b"")

    entry = {
        "name": "crm",
        "kind": "crm",
        "token": "env:SECRET",
        "external_id": "field:member_no",
        "properties": {"last_campaign": "campaign", "phone": "address"},
    }
    with _http(entry, mood, lambda _: list(records.values()), phone, phone(9), "/objects/contact/{id}") as subject:
        yield subject


@contextmanager
def aliyun(folder: Path) -> Iterator[Subject]:
    def form(asked: Asked) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}

    def mood(asked: Asked) -> Reply:
        if form(asked)["PhoneNumbers"] == "1":
            return Reply(body={"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "1非法"})
        return Reply(body={"Code": "OK", "Message": "OK", "BizId": "900619746936498440^0"})

    def arrived(asked: list[Asked]) -> list[str]:
        return [form(one)["OutId"] for one in asked if form(one)["PhoneNumbers"] != "1"]

    entry = {
        "name": "sms",
        "kind": "sms",
        "vendor": "aliyun",
        "access_key": "env:KEY",
        "access_secret": "env:SECRET",
        "sign_name": "群像",
        "template": "SMS_1",
        "parameters": {"text": "body"},
    }
    with _http(entry, mood, arrived, phone, message(9, "1"), "/") as subject:
        yield subject


@contextmanager
def tencent(folder: Path) -> Iterator[Subject]:
    def mood(asked: Asked) -> Reply:
        good = asked.json()["PhoneNumberSet"] != ["+861"]
        code = "Ok" if good else "InvalidParameterValue.IncorrectPhoneNumber"
        status = {"SerialNo": "5000:1", "PhoneNumber": "", "Code": code, "Message": "send success" if good else "wrong"}
        return Reply(body={"Response": {"SendStatusSet": [status], "RequestId": "r"}})

    def arrived(asked: list[Asked]) -> list[str]:
        return [one.json()["SessionContext"] for one in asked if one.json()["PhoneNumberSet"] != ["+861"]]

    entry = {
        "name": "sms",
        "kind": "sms",
        "vendor": "tencent",
        "secret_id": "env:KEY",
        "secret_key": "env:SECRET",
        "app_id": "1400006666",
        "sign_name": "群像",
        "template": "1110",
        "parameters": ["body"],
    }
    with _http(entry, mood, arrived, phone, message(9, "1"), "/") as subject:
        yield subject


@contextmanager
def wecom(folder: Path) -> Iterator[Subject]:
    def mood(asked: Asked) -> Reply:
        if asked.method == "GET":
            return Reply(body={"errcode": 0, "errmsg": "ok", "access_token": "T0", "expires_in": 7200})
        not_reached = [one for one in asked.json()["external_userid"] if one == "wm-nobody-of-ours"]
        return Reply(body={"errcode": 0, "errmsg": "ok", "msgid": "msg1", "fail_list": not_reached})

    def arrived(asked: list[Asked]) -> list[str]:
        tasks = [one for one in asked if one.method == "POST"]
        people = [one for task in tasks for one in task.json()["external_userid"] if one != "wm-nobody-of-ours"]
        return [message_id("c1", int(one.rpartition("-")[2])) for one in people]

    def customer(number: int) -> Message:
        return message(number, f"wm-external-{number}")

    entry = {"name": "wecom", "kind": "wecom", "corp_id": "ww1", "secret": "env:SECRET", "employee": "zhangsan"}
    with _http(entry, mood, arrived, customer, message(9, "wm-nobody-of-ours"), "/") as subject:
        yield subject


@contextmanager
def jpush(folder: Path) -> Iterator[Subject]:
    def devices(asked: Asked) -> list[str]:
        return asked.json()["audience"]["registration_id"]

    def mood(asked: Asked) -> Reply:
        if devices(asked) == ["gone-device"]:
            return Reply(400, {"error": {"code": 1011, "message": "cannot find user by this audience"}})
        return Reply(body={"sendno": "18", "msg_id": "1828256757"})

    def arrived(asked: list[Asked]) -> list[str]:
        return [
            one.json()["notification"]["android"]["extras"]["message"]
            for one in asked
            if devices(one) != ["gone-device"]
        ]

    def device(number: int) -> Message:
        return message(number, f"device-{number}-registration")

    entry = {
        "name": "push",
        "kind": "push",
        "vendor": "jpush",
        "app_key": "env:KEY",
        "master_secret": "env:SECRET",
    }
    with _http(entry, mood, arrived, device, message(9, "gone-device"), "/") as subject:
        subject.secrets = (*subject.secrets, base64.b64encode(f"{KEY}:{SECRET}".encode()).decode())
        yield subject


@contextmanager
def fcm(folder: Path) -> Iterator[Subject]:
    def mood(asked: Asked) -> Reply:
        if asked.json()["message"]["token"] == "gone-device":
            details = [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "UNREGISTERED"}]
            return Reply(404, {"error": {"code": 404, "status": "NOT_FOUND", "details": details}})
        return Reply(body={"name": "projects/p/messages/0:1"})

    def arrived(asked: list[Asked]) -> list[str]:
        found = [one.json()["message"] for one in asked]
        return [one["data"]["message"] for one in found if one["token"] != "gone-device"]

    def device(number: int) -> Message:
        return message(number, f"device-{number}-registration")

    entry = {"name": "push", "kind": "push", "vendor": "fcm", "project": "p", "token": "env:SECRET"}
    with _http(entry, mood, arrived, device, message(9, "gone-device"), "/") as subject:
        yield subject


ALL = (csv_folder, email, webhook, crm, aliyun, tencent, wecom, jpush, fcm)
