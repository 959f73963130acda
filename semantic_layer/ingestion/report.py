"""What loading found and did: dirt by source and kind, and rows by table. In both languages, for people to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

import numpy as np

from semantic_layer.errors import Language, Text
from semantic_layer.ingestion.arrow import Columns, integers, texts


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


_LABELS: Mapping[Dirt, Text] = MappingProxyType(
    {
        Dirt.FAKE_PHONE: Text(zh="假手机号，已置空", en="fake phone numbers, emptied"),
        Dirt.PHONE_FORMAT: Text(zh="手机号格式不一，已统一", en="phone numbers in other formats, made uniform"),
        Dirt.BAD_EMAIL: Text(zh="无效邮箱，已置空", en="invalid e-mail addresses, emptied"),
        Dirt.UNKNOWN_CITY: Text(zh="无法识别的城市，已置空", en="unknown cities, emptied"),
        Dirt.CITY_SPELLING: Text(zh="城市写法不一，已统一", en="cities spelled differently, made uniform"),
        Dirt.BAD_BIRTHDAY: Text(zh="不可能的生日，已置空", en="impossible birthdays, emptied"),
        Dirt.SURROUNDING_SPACE: Text(zh="首尾多余空格，已去除", en="values with surrounding spaces, trimmed"),
        Dirt.DUPLICATE: Text(zh="重复记录，只保留一条", en="duplicated records, kept once"),
        Dirt.NEGATIVE_AMOUNT: Text(
            zh="没有退款的负金额订单，已剔除", en="orders with negative amounts and no refund, left out"
        ),
        Dirt.FUTURE_DATE: Text(zh="日期在未来的记录，已剔除", en="records dated in the future, left out"),
        Dirt.LATE: Text(zh="迟到的记录，按发生时间归位", en="late records, put where they happened"),
        Dirt.OTHER_ENCODING: Text(zh="编码与众不同的文件，已识别", en="files in another encoding, recognised"),
        Dirt.RENAMED_COLUMN: Text(zh="中途改名的列，已对应", en="columns renamed half-way, matched"),
        Dirt.NO_IDENTITY: Text(
            zh="没有留下身份的记录，保留但不归人", en="records without identity, kept but given to nobody"
        ),
    }
)


def label(kind: Dirt) -> Text:
    """What a kind of dirt is called, and what was done about it."""
    return _LABELS[kind]


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


def report_columns(found: tuple[Found, ...]) -> Columns:
    """The tally as a table, words in both languages beside the counts."""
    return Columns(
        {
            "source": texts([each.source for each in found]),
            "kind": texts([each.kind.value for each in found]),
            "label_zh": texts([label(each.kind).zh for each in found]),
            "label_en": texts([label(each.kind).en for each in found]),
            "found": integers(np.array([each.count for each in found], dtype=np.int64)),
        }
    )
