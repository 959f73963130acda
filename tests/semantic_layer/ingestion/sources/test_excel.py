"""Workbooks as people keep them."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from semantic_layer.errors import DataError
from semantic_layer.ingestion.sources.opening import open_source
from semantic_layer.ingestion.sources.types import SourceKind
from tests.semantic_layer.ingestion.sources.conftest import rows_of, spec


def saved(folder: Path, sheets: dict[str, list[list[object]]], merged: tuple[str, ...] = ()) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for area in merged:
            sheet.merge_cells(area)
    book.save(folder / "a.xlsx")


def source(folder: Path, **given: object):
    return open_source(spec(SourceKind.EXCEL, "a.xlsx", **given), folder, variables={})


def test_values_become_text_in_one_spelling(folder: Path) -> None:
    row = [
        "007",
        13812345678,
        12.5,
        3.0,
        datetime.fromisoformat("2024-01-05"),
        datetime.fromisoformat("2024-01-05T09:30"),
        date(2024, 2, 1),
        time(8, 0),
        True,
        None,
    ]
    saved(folder, {"会员": [[f"c{i}" for i in range(10)], row, ["x"] * 10]})
    assert list(rows_of(source(folder))[0][0].values()) == [
        "007", "13812345678", "12.5", "3", "2024-01-05", "2024-01-05 09:30:00", "2024-02-01", "08:00:00", "true", "",
    ]  # fmt: skip


def test_a_header_over_two_rows_with_merged_cells_is_joined(folder: Path) -> None:
    rows = [
        ["会员名单（2024）"],
        ["编号", "联系方式", None, "消费", None],
        [None, "手机", "邮箱", "次数", "金额"],
        ["M1", "138", "a@b.cn", 3, 99.5],
        [None] * 5,
        ["M2", "139", None, 1, 10],
    ]
    saved(folder, {"Sheet1": rows}, merged=("A1:E1", "A2:A3", "B2:C2", "D2:E2"))
    found, places, bad = rows_of(source(folder))
    assert found == [
        {
            "编号": "M1",
            "联系方式 / 手机": "138",
            "联系方式 / 邮箱": "a@b.cn",
            "消费 / 次数": "3",
            "消费 / 金额": "99.5",
        },
        {"编号": "M2", "联系方式 / 手机": "139", "联系方式 / 邮箱": "", "消费 / 次数": "1", "消费 / 金额": "10"},
    ]
    assert (places, bad) == ([4, 6], [])


def test_sheets_are_chosen_or_read_one_after_another(folder: Path) -> None:
    saved(folder, {"1月": [["id", "名"], ["1", "x"]], "2月": [["id", "名"], ["2", "y"], ["3", "z"]], "空": []})
    assert [row["id"] for row in rows_of(source(folder))[0]] == ["1"]
    assert [row["id"] for row in rows_of(source(folder, table="2月"))[0]] == ["2", "3"]
    every = source(folder, table="*")
    assert [part.name for part in every.parts()] == ["a.xlsx#1月", "a.xlsx#2月"]
    assert [row["id"] for part in every.parts() for row in rows_of(every, part)[0]] == ["1", "2", "3"]
    with pytest.raises(DataError, match=r"no sheet is called '3月'. There are: 1月, 2月, 空"):
        rows_of(source(folder, table="3月"))


def test_reading_goes_on_after_a_position_and_wide_rows_wait(folder: Path) -> None:
    saved(folder, {"s": [["id", "名"], ["1", "x"], ["2", "y"], ["3", "z", "zu viel"]]})
    found = source(folder)
    (chunk,) = found.read(found.parts()[0])
    assert chunk.places.to_pylist() == [2, 3]
    assert [row.place for row in chunk.bad] == ["a.xlsx:4"]
    assert rows_of(found, after=chunk.position) == ([], [], [])
    assert [row["id"] for row in rows_of(found, after="3")[0]] == ["2"]


def test_formulas_are_read_as_their_values_or_refused(folder: Path) -> None:
    """A workbook written by a program holds formulas without values: they must not be taken for empty cells."""
    saved(folder, {"s": [["a", "b"], [1, "=A2*2"]]})
    with pytest.raises(DataError, match=r"a.xlsx:B2: this cell is a formula whose value was never saved"):
        rows_of(source(folder))
    import zipfile

    with zipfile.ZipFile(folder / "a.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = (
        parts[sheet].replace(b"<v />", b"<v>2</v>").replace(b"<v/>", b"<v>2</v>").replace(b"<v></v>", b"<v>2</v>")
    )
    with zipfile.ZipFile(folder / "a.xlsx", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert rows_of(source(folder))[0] == [{"a": "1", "b": "2"}]


def test_a_password_an_old_format_and_damage_are_told_apart(folder: Path) -> None:
    magic = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600
    for content, says in (
        (magic + "EncryptedPackage".encode("utf-16-le"), "has a password"),
        (magic + "Workbook".encode("utf-16-le"), r"old format \(.xls\)"),
        (b"PK\x03\x04 broken", "damaged"),
        (b"id,name\n1,x\n", "damaged"),
        (b"", "empty"),
    ):
        (folder / "a.xlsx").write_bytes(content)
        with pytest.raises(DataError, match=says):
            rows_of(source(folder))


def test_an_empty_sheet_and_a_header_alone(folder: Path) -> None:
    saved(folder, {"s": []})
    with pytest.raises(DataError, match="the file is empty"):
        rows_of(source(folder))
    saved(folder, {"s": [["id", "名"]]})
    with pytest.raises(DataError, match="a header and no row"):
        rows_of(source(folder))
