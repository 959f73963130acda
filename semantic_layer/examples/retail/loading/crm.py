"""Customers and their levels from the CRM's exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from semantic_layer.examples.retail.company import Bools, Ints, Texts
from semantic_layer.ingestion import standardise
from semantic_layer.ingestion.arrow import Columns, dates, integers, texts, timestamps
from semantic_layer.ingestion.reading import NOTHING, RawTable, files_in, read_csv, read_workbook, together
from semantic_layer.ingestion.report import Dirt, Findings
from semantic_layer.ingestion.resolver import SourceRecords

SOURCE = "crm"
_RENAMED = {"真实姓名": "姓名"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Clean member records, one a member number."""

    number: Ints
    gender: Texts
    birth: Ints
    birth_known: Bools
    name: Texts
    phone: Texts
    email: Texts
    address: Texts
    city: Texts
    level: Texts
    registered: Ints
    channel: Texts

    def records(self) -> SourceRecords:
        """What identity resolution may look at."""
        clues = {"name": self.name, "phone": self.phone, "email": self.email, "address": self.address}
        return SourceRecords(source=SOURCE, record=self.number, clues=clues)

    def table(self, keys: Ints) -> Columns:
        """The table `customers`."""
        return Columns(
            {
                "customer_key": integers(keys),
                "member_no": texts([f"M{key:08d}" for key in keys.tolist()]),
                "name": texts(self.name),
                "gender": texts(self.gender),
                "birthday": dates(self.birth, self.birth_known),
                "phone": texts(self.phone),
                "email": texts(self.email),
                "address": texts(self.address),
                "city": texts(self.city),
                "member_level": texts(self.level),
                "registered_at": timestamps(self.registered),
                "registration_channel": texts(self.channel),
            }
        )


def member_numbers(values: Texts) -> Ints:
    """M00012345 as 12345; `NOTHING` where there is none."""
    return np.array(
        [int(value.strip()[1:]) if value and value.strip().startswith("M") else NOTHING for value in values],
        dtype=np.int64,
    )


def read_members(folder: Path, cities: frozenset[str], as_of: date, findings: Findings) -> Members:
    """All members of all exports, each once."""
    tables = [_note_renaming(read_workbook(folder / "crm_customers.xlsx"), findings)]
    for file in files_in(folder, "crm_members_*.csv"):
        table, encoding = read_csv(file)
        findings.add(SOURCE, Dirt.OTHER_ENCODING, encoding != "utf-8")
        tables.append(_note_renaming(table, findings))
    table = together(tables)
    number = member_numbers(table.text("会员号"))
    _, first = np.unique(number, return_index=True)
    findings.add(SOURCE, Dirt.DUPLICATE, len(number) - len(first))
    table = table.take(first.astype(np.int64))

    def text(name: str) -> Texts:
        return standardise.strip(table.text(name), SOURCE, findings)

    birth, known = standardise.birthdays(text("出生日期"), as_of, SOURCE, findings)
    return Members(
        number=number[first],
        gender=text("性别"),
        birth=birth,
        birth_known=known,
        name=text("姓名"),
        phone=standardise.phones(text("手机号"), SOURCE, findings),
        email=standardise.emails(text("邮箱"), SOURCE, findings),
        address=text("地址"),
        city=standardise.cities(text("城市"), cities, SOURCE, findings),
        level=text("会员等级"),
        registered=table.seconds("注册时间"),
        channel=text("注册渠道"),
    )


def _note_renaming(table: RawTable, findings: Findings) -> RawTable:
    findings.add(SOURCE, Dirt.RENAMED_COLUMN, sum(1 for name in table.names if name in _RENAMED))
    return table.renamed(_RENAMED)


def read_levels(folder: Path, key_of: dict[int, int]) -> Columns:
    """The table `level_history`."""
    table, _ = read_csv(folder / "crm_level_changes.csv")
    until = table.days("失效日期")
    keys = np.array([key_of[number] for number in member_numbers(table.text("会员号")).tolist()], dtype=np.int64)
    return Columns(
        {
            "customer_key": integers(keys),
            "member_level": texts(table.text("会员等级")),
            "valid_from": dates(table.days("生效日期")),
            "valid_to": dates(until, until != NOTHING),
        }
    )
