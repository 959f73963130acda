"""What loading found and did: dirt by source and kind, and rows by table. In both languages, for people to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from semantic_layer.errors import Language, Text


class Dirt(StrEnum):
    """Kinds of faults that loading finds, mends or leaves out."""

    FAKE_PHONE = "fake_phone"
    PHONE_FORMAT = "phone_format"
    BAD_EMAIL = "bad_email"
    UNKNOWN_CITY = "unknown_city"
    CITY_SPELLING = "city_spelling"
    BAD_BIRTHDAY = "bad_birthday"
    SURROUNDING_SPACE = "surrounding_space"
    DUPLICATE = "duplicate"
    NEGATIVE_AMOUNT = "negative_amount"
    FUTURE_DATE = "future_date"
    LATE = "late"
    OTHER_ENCODING = "other_encoding"
    RENAMED_COLUMN = "renamed_column"
    NO_IDENTITY = "no_identity"


def label(kind: Dirt) -> Text:
    """What a kind of dirt is called, and what was done about it."""
    match kind:
        case Dirt.FAKE_PHONE:
            return Text(zh="假手机号，已置空", en="fake phone numbers, emptied")
        case Dirt.PHONE_FORMAT:
            return Text(zh="手机号格式不一，已统一", en="phone numbers in other formats, made uniform")
        case Dirt.BAD_EMAIL:
            return Text(zh="无效邮箱，已置空", en="invalid e-mail addresses, emptied")
        case Dirt.UNKNOWN_CITY:
            return Text(zh="无法识别的城市，已置空", en="unknown cities, emptied")
        case Dirt.CITY_SPELLING:
            return Text(zh="城市写法不一，已统一", en="cities spelled differently, made uniform")
        case Dirt.BAD_BIRTHDAY:
            return Text(zh="不可能的生日，已置空", en="impossible birthdays, emptied")
        case Dirt.SURROUNDING_SPACE:
            return Text(zh="首尾多余空格，已去除", en="values with surrounding spaces, trimmed")
        case Dirt.DUPLICATE:
            return Text(zh="重复记录，只保留一条", en="duplicated records, kept once")
        case Dirt.NEGATIVE_AMOUNT:
            return Text(zh="没有退款的负金额订单，已剔除", en="orders with negative amounts and no refund, left out")
        case Dirt.FUTURE_DATE:
            return Text(zh="日期在未来的记录，已剔除", en="records dated in the future, left out")
        case Dirt.LATE:
            return Text(zh="迟到的记录，按发生时间归位", en="late records, put where they happened")
        case Dirt.OTHER_ENCODING:
            return Text(zh="编码与众不同的文件，已识别", en="files in another encoding, recognised")
        case Dirt.RENAMED_COLUMN:
            return Text(zh="中途改名的列，已对应", en="columns renamed half-way, matched")
        case Dirt.NO_IDENTITY:
            return Text(zh="没有留下身份的记录，保留但不归人", en="records without identity, kept but given to nobody")


@dataclass(slots=True)
class Findings:
    """A tally that the steps of loading write into."""

    counts: Counter[tuple[str, Dirt]] = field(default_factory=Counter)

    def add(self, source: str, kind: Dirt, count: int) -> None:
        """Count `count` more of a kind in a source."""
        if count:
            self.counts[(source, kind)] += int(count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """So many of one kind of dirt in one source."""

    source: str
    kind: Dirt
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """The result of a load."""

    snapshot: Path
    as_of: date
    found: tuple[Found, ...]
    rows: Mapping[str, int]

    def text(self, language: Language) -> str:
        """The report as lines of plain words."""
        head = Text(zh=f"数据截至 {self.as_of}", en=f"Data up to {self.as_of}").in_(language)
        lines = [f"{each.source}: {each.count:,} {label(each.kind).in_(language)}" for each in self.found]
        tables = [f"{table}: {count:,}" for table, count in self.rows.items()]
        return "\n".join([head, *lines, *tables])


def found_in(findings: Findings) -> tuple[Found, ...]:
    """The tally in a stable order."""
    ordered = sorted(findings.counts.items(), key=lambda item: (item[0][0], item[0][1].value))
    return tuple(Found(source=source, kind=kind, count=count) for (source, kind), count in ordered)
