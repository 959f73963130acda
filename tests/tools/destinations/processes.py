"""What runs in processes of its own: a sender that can be killed, a mail server that keeps mail, a webhook that often fails.

`python processes.py ROLE CONFIG` with the configuration as JSON.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pyroaring import BitMap

from tools.campaigns.gate import Handover
from tools.campaigns.types import LeftOut, State
from tools.destinations.hosts import Hosts
from tools.destinations.http import Surroundings
from tools.destinations.pace import Pace, Retry
from tools.destinations.pins import PinsInMemory
from tools.destinations.registry import opened
from tools.destinations.secrets import SecretsInMemory
from tools.destinations.sender import Ended, Sender
from tools.destinations.spec_file import specs_of
from tools.destinations.sql_deliveries import SqlDeliveries
from tools.destinations.types import Message, message_id
from tools.storage import open_storage


def append(path: Path, line: str) -> None:
    """One whole line, on disk before this returns, whoever else writes and whatever is killed."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, f"{line}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@dataclass
class FileGate:
    """A `SendGate` whose rules stand in files, so that they outlive a process and change while it runs."""

    folder: Path
    people: int
    destination: str = "mail"

    def handover(self, campaign_id: str) -> Handover:
        return Handover(
            campaign=campaign_id,
            data_set="retail",
            name="冬季",
            revision=1,
            destination=self.destination,
            channel="邮件",
            keys=BitMap(range(1, self.people + 1)),
        )

    def keys_to_send(self, campaign_id: str) -> BitMap:
        noted = BitMap(int(key) for line in lines(self.folder / "sent") for key in line.split())
        return self.handover(campaign_id).keys - noted

    def state(self, campaign_id: str) -> State:
        return State((lines(self.folder / "state") or ["sending"])[-1])

    def still_allowed(self, campaign_id: str, keys: BitMap) -> BitMap:
        return keys - BitMap().union(*self._no().values())

    def barred(self, campaign_id: str, keys: BitMap) -> Mapping[LeftOut, BitMap]:
        return {reason: keys & people for reason, people in self._no().items() if keys & people}

    def messages(self, campaign_id: str, keys: BitMap) -> tuple[Message, ...]:
        return tuple(
            Message(
                id=message_id(campaign_id, key),
                key=key,
                address=f"person{key}@example.org",
                subject="冬季新品",
                body=f"您好，{key} 号会员",
                campaign=campaign_id,
            )
            for key in keys
        )

    def note_sent(self, campaign_id: str, keys: BitMap, at: datetime) -> None:
        append(self.folder / "sent", " ".join(map(str, keys)))

    def note_unsubscribed(self, campaign_id: str, keys: BitMap, at: datetime, source: str) -> None:
        say_no(self.folder, LeftOut.UNSUBSCRIBED, list(keys))

    def note_finished(self, campaign_id: str, at: datetime) -> None:
        append(self.folder / "state", State.SENT.value)

    def _no(self) -> dict[LeftOut, BitMap]:
        found: dict[LeftOut, BitMap] = {}
        for line in lines(self.folder / "no"):
            said = json.loads(line)
            found[LeftOut(said["reason"])] = found.get(LeftOut(said["reason"]), BitMap()) | BitMap(said["keys"])
        return found


def say_no(folder: Path, reason: LeftOut, keys: list[int]) -> None:
    append(folder / "no", json.dumps({"reason": reason.value, "keys": keys}))


def send(config: Mapping[str, Any]) -> None:
    """Send until nothing is left to do but to decide; the last end is written to the file `ended`."""
    folder = Path(config["folder"])
    engine = open_storage(config["state"])
    (spec,) = specs_of(json.dumps({"destinations": [config["entry"]]}))
    around = Surroundings(
        hosts=Hosts.of("private:127.0.0.1"),
        pins=PinsInMemory(),
        clock=lambda: datetime.now(UTC),
        new_id=lambda: uuid.uuid4().hex,
    )
    destination = opened(spec, secrets=SecretsInMemory({"env:SECRET": "s"}), around=around)
    sender = Sender(
        gate=FileGate(folder, config["people"], spec.name),
        deliveries=SqlDeliveries(engine),
        clock=lambda: datetime.now(UTC),
        new_id=lambda: uuid.uuid4().hex,
        chance=random.Random(os.getpid()).random,
        sleep=time.sleep,
        pace=Pace(
            lease=timedelta(seconds=config.get("lease", 1.0)),
            round=config["round"],
            retry=Retry(first=0.05, factor=1.5, most=1.0, attempts=60),
        ),
    )
    ended = Ended.ELSEWHERE
    while ended in (Ended.ELSEWHERE, Ended.LATER, Ended.HELD_UP):
        ended = sender.send("c1", destination).ended
        if ended is not Ended.FINISHED:
            time.sleep(0.05)
    append(folder / "ended", ended.value)
    destination.close()
    engine.dispose()


def keep_mail(config: Mapping[str, Any]) -> None:
    """A mail server; each mail is a line in the file `mail` before it is acknowledged. Its port goes to the file `port`."""
    from tests.tools.destinations.servers import MailPlace

    folder, place = Path(config["folder"]), MailPlace()

    def keep(address: str) -> str:
        append(folder / "mail", f"{time.time()} {address}")
        return ""

    place.data = keep
    place.slow = config.get("slow", 0.0)
    append(folder / "port", str(place.port))
    threading.Event().wait()


def take_hooks(config: Mapping[str, Any]) -> None:
    """A receiver that fails `share` of the time, before or after it took what was sent: it counts each key once."""
    from tests.tools.destinations.servers import Asked, HttpPlace, Reply

    folder, chance = Path(config["folder"]), random.Random(config["seed"])
    seen: set[str] = set()

    def take(asked: Asked) -> None:
        for one in asked.json()["messages"]:
            key = asked.headers["idempotency-key"] if config["batch"] == 1 else one["id"]
            append(folder / "arrivals", f"{key} {one['address']}")
            if key not in seen:
                seen.add(key)
                append(folder / "mail", f"{time.time()} {one['address']}")

    def mood(asked: Asked) -> Reply:
        if chance.random() >= config["share"]:
            take(asked)
            return Reply()
        how = chance.choice(["500", "500 after", "503", "429", "drop", "drop after", "late", "twice"])
        if how in ("500 after", "drop after", "late", "twice"):
            take(asked)
        if how == "twice":  # something on the way repeats the request
            take(asked)
            return Reply()
        if how.startswith("drop"):
            return Reply(drop=True)
        if how == "late":
            return Reply(wait=config["late"])
        return Reply(int(how[:3]), headers={"Retry-After": "0"})

    place = HttpPlace(mood)
    append(folder / "port", str(place.port))
    threading.Event().wait()


ROLES = {"send": send, "mail": keep_mail, "hook": take_hooks}

if __name__ == "__main__":
    ROLES[sys.argv[1]](json.loads(sys.argv[2]))
