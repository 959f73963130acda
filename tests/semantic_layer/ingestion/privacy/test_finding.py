"""Personal columns are found by their names, by their values and inside texts, whether somebody declared them or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pytest

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.privacy.finding import By, PersonalColumn, find_personal, raw_tables, reading_file
from semantic_layer.ingestion.sources.types import ColumnMapping, SourceKind, SourceSpec
from semantic_layer.ingestion.standard.reading import read_standard
from semantic_layer.model.types import Sensitivity

MOBILES = ("13812345678", "+86 139-0000-1111", "137 1234 0000", "15900001234")
NONE, PERSONAL, CONTACT = Sensitivity.NONE, Sensitivity.PERSONAL, Sensitivity.CONTACT


def found(columns: Mapping[str, Sequence[str | None]], mapped: Mapping[str, str] | None = None) -> tuple[PersonalColumn, ...]:  # fmt: skip
    """What is found in a source `desk` with these columns, of which some fill fields."""
    connection = duckdb.connect()
    names = ", ".join(f'"{name}" VARCHAR' for name in columns)
    connection.execute(f"CREATE SCHEMA raw; CREATE TABLE raw.desk (_row VARCHAR, _place VARCHAR, {names})")
    for number, row in enumerate(zip(*columns.values(), strict=True)):
        marks = ", ".join("?" for _ in range(len(columns) + 2))
        connection.execute(f"INSERT INTO raw.desk VALUES ({marks})", [str(number), f"f:{number}", *row])
    spec = SourceSpec(
        name="desk",
        label=Text("客服", "desk"),
        kind=SourceKind.CSV,
        address="desk.csv",
        columns=tuple(ColumnMapping(column=column, field=field) for column, field in (mapped or {}).items()),
    )
    standard = read_standard(Path("nowhere"))
    return find_personal(connection, raw_tables(connection, (spec,), standard), standard)


def test_telephones_under_any_name_are_found_by_their_form() -> None:
    (one,) = found({"col7": MOBILES, "amount": ("1.5", "2", "13812345678.25", "4")})
    assert (one.column, one.by, one.sensitivity, one.share) == ("col7", By.VALUES, CONTACT, 1.0)
    assert one.is_open


def test_an_identity_number_is_told_by_its_last_character() -> None:
    good = ("11010519491231002X", "440524188001010014", "11010519491231002x")  # examples of GB 11643-1999
    assert [one.what.en for one in found({"a": good})] == ["document number"]
    assert found({"a": ("110105194912310021", "440524188001010015", "110105194912310023")}) == ()


def test_what_is_declared_through_its_field_is_not_open() -> None:
    columns = {"手机": MOBILES, "称呼": ("张伟", "李娜", "王芳", "赵强")}
    by_column = {one.column: one for one in found(columns, {"手机": "phone", "称呼": "name"})}
    assert (by_column["手机"].declared, by_column["手机"].is_open) == (CONTACT, False)
    assert (by_column["称呼"].declared, by_column["称呼"].is_open) == (PERSONAL, False)
    as_personal_only = found({"手机": MOBILES}, {"手机": "name"})
    assert as_personal_only[0].is_open


def test_names_and_birthdays_are_found_by_the_name_of_the_column() -> None:
    columns = {"姓名": ("张伟", "李娜", "王芳"), "birth_date": ("1990-01-01", "1991-02-02", "1992-03-03"), "city": ("上海", "北京", "杭州")}  # fmt: skip
    assert {one.column: (one.by, one.sensitivity) for one in found(columns)} == {
        "姓名": (By.NAME, PERSONAL),
        "birth_date": (By.NAME, PERSONAL),
    }


def test_a_telephone_inside_a_remark_is_found_and_its_share_said() -> None:
    (one,) = found({"remark": ("送到门口", "请打 13812345678，谢谢", "尽快", "no hurry")})
    assert (one.by, one.share, one.what.zh) == (By.INSIDE, 0.25, "电话")


def test_numbers_of_orders_and_amounts_are_nothing_personal() -> None:
    columns = {"order_no": ("20261001123456789", "20261002123456789", "20261003123456789"), "paid": ("100.50", "31", "1380013.00")}  # fmt: skip
    assert found(columns) == ()


def test_a_column_without_values_and_a_source_that_was_never_loaded() -> None:
    assert found({"col7": (None, "", None)}) == ()
    connection = duckdb.connect()
    spec = SourceSpec(name="app", label=Text("", ""), kind=SourceKind.EVENTS, address="", columns=())
    assert raw_tables(connection, (spec,), read_standard(Path("nowhere"))) == ()


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be opened"), reading_file(tmp_path / "none.duckdb"):
        pass
