"""Certificates that destinations showed: the first one seen is remembered, another one is refused until a person accepts it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

import sqlalchemy as sa

from semantic_layer.errors import Text, UnknownNameError
from tools.storage import reading, transaction

_PINS: Final = sa.Table(
    "destination_pins",
    sa.MetaData(),
    sa.Column("place", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("fingerprint", "since", "accepted_by", "offered", "offered_at")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The certificate of a place (`host:port`), as the SHA-256 of its DER form in hexadecimal digits.

    `fingerprint` is empty while none was accepted. `offered` is another one that was shown since and refused.
    """

    place: str
    fingerprint: str
    since: datetime
    accepted_by: str = ""  # empty when it was the first one seen
    offered: str = ""
    offered_at: datetime | None = None


class Pins(Protocol):
    """Keeps certificates; raises `DataError` when it cannot."""

    def pin(self, place: str) -> Pin | None: ...

    def pins(self) -> tuple[Pin, ...]:
        """All, by place."""
        ...

    def put(self, pin: Pin) -> None: ...


class PinsInMemory:
    """The fake."""

    def __init__(self) -> None:
        self._pins: dict[str, Pin] = {}

    def pin(self, place: str) -> Pin | None:
        return self._pins.get(place)

    def pins(self) -> tuple[Pin, ...]:
        return tuple(self._pins[place] for place in sorted(self._pins))

    def put(self, pin: Pin) -> None:
        self._pins[pin.place] = pin


class SqlPins:
    """`Pins` on an engine from `tools.storage.open_storage`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def pin(self, place: str) -> Pin | None:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(_PINS).where(_PINS.c.place == place)).first()
        return _pin(row) if row is not None else None

    def pins(self) -> tuple[Pin, ...]:
        with reading(self._engine) as connection:
            return tuple(_pin(row) for row in connection.execute(sa.select(_PINS).order_by(_PINS.c.place)).all())

    def put(self, pin: Pin) -> None:
        row = {
            "place": pin.place,
            "fingerprint": pin.fingerprint,
            "since": pin.since.isoformat(),
            "accepted_by": pin.accepted_by,
            "offered": pin.offered,
            "offered_at": pin.offered_at.isoformat() if pin.offered_at else "",
        }
        with transaction(self._engine) as connection:
            connection.execute(sa.delete(_PINS).where(_PINS.c.place == pin.place))
            connection.execute(sa.insert(_PINS).values(row))


def judge(pins: Pins, place: str, fingerprint: str, *, vouched: bool, now: datetime) -> Text | None:
    """Why the certificate of a place is refused; `None` when it may be used.

    `vouched` says that a certificate authority stands behind it: then the first one seen is remembered. One that nobody
    vouches for needs a person from the start.
    """
    known = pins.pin(place)
    if known is not None and known.fingerprint == fingerprint:
        return None
    if known is None and vouched:
        pins.put(Pin(place=place, fingerprint=fingerprint, since=now))
        return None
    before = known or Pin(place=place, fingerprint="", since=now)
    pins.put(replace(before, offered=fingerprint, offered_at=now))
    how_zh, how_en = f"qunxiang destinations accept {place}", f"qunxiang destinations accept {place}"
    if not before.fingerprint:
        return Text(
            f"「{place}」出示的证书没有机构担保，需要有人核对后接受。指纹（SHA-256）：{fingerprint}。核对无误后运行 {how_zh}。什么也没有发出。",
            f"No authority vouches for the certificate of {place}: somebody has to compare and accept it. Fingerprint "
            f"(SHA-256): {fingerprint}. If it is right, run {how_en}. Nothing was sent.",
        )
    return Text(
        f"「{place}」的证书与 {before.since:%Y-%m-%d} 记下的不同，已拒绝，什么也没有发出。原来：{before.fingerprint}；现在：{fingerprint}。"
        f"请向对方核实；确认后运行 {how_zh}。",
        f"The certificate of {place} is not the one remembered on {before.since:%Y-%m-%d}; it was refused and nothing was "
        f"sent. Before: {before.fingerprint}; now: {fingerprint}. Ask the other side; if it is right, run {how_en}.",
    )


def accept(pins: Pins, place: str, *, by: str, now: datetime) -> Pin:
    """Take the certificate that a place offered last; raises `UnknownNameError` when nothing waits there."""
    known = pins.pin(place)
    if known is None or not known.offered:
        waiting = [one.place for one in pins.pins() if one.offered]
        raise UnknownNameError(
            Text("等待接受证书的地址", "place whose certificate waits to be accepted"), place, waiting
        )
    taken = Pin(place=place, fingerprint=known.offered, since=now, accepted_by=by)
    pins.put(taken)
    return taken


def _pin(row: sa.Row[tuple[object, ...]]) -> Pin:
    return Pin(
        place=row.place,
        fingerprint=row.fingerprint,
        since=datetime.fromisoformat(row.since),
        accepted_by=row.accepted_by,
        offered=row.offered,
        offered_at=datetime.fromisoformat(row.offered_at) if row.offered_at else None,
    )
