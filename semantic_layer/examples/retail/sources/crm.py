"""The CRM: one workbook of this year's members, one CSV for each earlier year, and a file of level changes.

Headers are Chinese; the name column was renamed in 2025; exports before 2025 are GBK.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import xlsxwriter

from semantic_layer.examples.retail import catalogue, places
from semantic_layer.examples.retail.company import Bools, Ints, Texts
from semantic_layer.examples.retail.people import UNKNOWN
from semantic_layer.examples.retail.sources.dirt import (
    FAKE_EMAILS,
    FAKE_PHONES,
    UNKNOWN_CITIES,
    Truth,
    filled,
    one_of,
    repeated,
    some,
    spaced,
    typed_phones,
)
from semantic_layer.examples.retail.sources.files import day_texts, second_texts, write_csv
from semantic_layer.examples.retail.world import GENDERS, Block
from semantic_layer.ingestion.report import Dirt

SOURCE = "crm"
RENAMED_IN = 2025


def write_crm(block: Block, folder: Path, rng: np.random.Generator, truth: Truth) -> None:
    """Write all CRM files."""
    columns = _columns(block, rng, truth)
    rows = repeated(rng, len(block.people), 0.006)
    truth.plant(SOURCE, Dirt.DUPLICATE, len(rows) - len(block.people))
    truth.remember(SOURCE, block.people.key, block.people.key, block.people.key)
    year = 1970 + (block.people.registered.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64))[rows]
    for each in sorted(set(year.tolist())):
        mine = rows[year == each]
        name = "姓名" if each < RENAMED_IN else "真实姓名"
        table = {(name if header == "姓名" else header): values[mine] for header, values in columns.items()}
        _plant_spaces(truth, columns, mine)
        if each == block.company.end.year:
            _write_workbook(folder / "crm_customers.xlsx", table)
        else:
            write_csv(folder / f"crm_members_{each}.csv", table, "gbk" if each < RENAMED_IN else "utf-8-sig")
            truth.plant(SOURCE, Dirt.OTHER_ENCODING, each < RENAMED_IN)
        truth.plant(SOURCE, Dirt.RENAMED_COLUMN, each >= RENAMED_IN)
    _write_levels(block, folder)


def _plant_spaces(truth: Truth, columns: dict[str, Texts], rows: Ints) -> None:
    first: Ints = np.unique(rows)
    for values in columns.values():
        count = sum(1 for value in values[first] if value is not None and value != value.strip())
        truth.plant(SOURCE, Dirt.SURROUNDING_SPACE, count)


def _columns(block: Block, rng: np.random.Generator, truth: Truth) -> dict[str, Texts]:
    people, contacts, size = block.people, block.contacts, len(block.people)
    phone, odd = typed_phones(rng, contacts.phone)
    phone[contacts.fake_phone] = one_of(rng, FAKE_PHONES, int(contacts.fake_phone.sum()))
    email = contacts.email.copy()
    email[contacts.fake_email] = one_of(rng, FAKE_EMAILS, int(contacts.fake_email.sum()))
    truth.plant(SOURCE, Dirt.PHONE_FORMAT, odd)
    truth.plant(SOURCE, Dirt.FAKE_PHONE, int(contacts.fake_phone.sum()))
    truth.plant(SOURCE, Dirt.BAD_EMAIL, int(contacts.fake_email.sum()))
    gender = np.array([*GENDERS, None], dtype=object)[people.gender]
    columns = {
        "会员号": np.array([f"M{key:08d}" for key in people.key.tolist()], dtype=object),
        "姓名": spaced(contacts.name, some(rng, size, 0.02)),
        "性别": gender,
        "出生日期": _birthdays(block, rng, truth),
        "手机号": phone,
        "邮箱": email,
        "地址": contacts.address,
        "城市": _cities(block, rng, truth),
        "会员等级": np.array(catalogue.LEVELS, dtype=object)[block.levels.now],
        "注册时间": second_texts(people.registered),
        "注册渠道": np.array(catalogue.CHANNELS, dtype=object)[people.registration_channel],
    }
    return {header: values.astype(object) for header, values in columns.items()}


def _birthdays(block: Block, rng: np.random.Generator, truth: Truth) -> Texts:
    people = block.people
    text = day_texts(people.birth)
    style = rng.integers(0, 4, len(people))
    for index in np.flatnonzero(style > 0):
        year, month, day = str(text[index]).split("-")
        text[index] = (
            f"{year}/{int(month)}/{int(day)}",
            f"{year}年{int(month)}月{int(day)}日",
            f"{year}{month}{day}",
        )[style[index] - 1]
    wrong: Bools = ~people.birth_known & some(rng, len(people), 0.08)
    text[~people.birth_known] = None
    text[wrong] = "2099-01-01"
    truth.plant(SOURCE, Dirt.BAD_BIRTHDAY, int(wrong.sum()))
    return text


def _cities(block: Block, rng: np.random.Generator, truth: Truth) -> Texts:
    size = len(block.people)
    city = np.array([*(each.name for each in places.CITIES), None], dtype=object)[block.people.city]
    unknown = (block.people.city == UNKNOWN) & some(rng, size, 0.6)
    city[unknown] = one_of(rng, UNKNOWN_CITIES, int(unknown.sum()))
    spelled = filled(city) & ~unknown & some(rng, size, 0.15)
    city[spelled] = city[spelled] + "市"
    truth.plant(SOURCE, Dirt.UNKNOWN_CITY, int(unknown.sum()))
    truth.plant(SOURCE, Dirt.CITY_SPELLING, int(spelled.sum()))
    result: Texts = city
    return result


def _write_workbook(path: Path, table: dict[str, Texts]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False})
    book.set_properties({"created": datetime(2026, 11, 1, tzinfo=UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet("客户")
    for place, header in enumerate(table):
        sheet.write_string(0, place, header)
    for number, row in enumerate(zip(*table.values(), strict=True), start=1):
        for place, value in enumerate(row):
            if value is not None:
                sheet.write_string(number, place, value)
    book.close()


def _write_levels(block: Block, folder: Path) -> None:
    levels = block.levels
    offset = int(block.company.seconds(np.zeros(1, dtype=np.int64))[0]) // 86_400
    until = day_texts(levels.ends + offset)
    until[levels.current] = None
    table = {
        "会员号": np.array([f"M{key:08d}" for key in block.keys(levels.person).tolist()], dtype=object),
        "会员等级": np.array(catalogue.LEVELS, dtype=object)[levels.level],
        "生效日期": day_texts(levels.begins + offset),
        "失效日期": until,
    }
    write_csv(folder / "crm_level_changes.csv", table, "utf-8-sig")
