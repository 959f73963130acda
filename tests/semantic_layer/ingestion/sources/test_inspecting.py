"""What a person sees of a file before it is connected."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from semantic_layer.errors import DataError
from semantic_layer.ingestion.sources.inspecting import inspect
from semantic_layer.ingestion.sources.port import BadRow, Part, ScriptedSource
from semantic_layer.ingestion.sources.types import SourceKind
from semantic_layer.model.types import ColumnType
from tests.semantic_layer.ingestion.sources.conftest import rows_of


def test_a_text_file_whatever_its_name(folder: Path) -> None:
    path = folder / "export.dat"
    path.write_bytes("会员导出\n会员号;注册日期;金额\n007;2024-01-05;12.50\n008;2024-01-06;3\n".encode("gbk"))
    found = inspect(path)
    assert (found.kind, found.encoding, found.delimiter, found.header) == (SourceKind.CSV, "gb18030", ";", 1)
    assert [(column.name, column.type, column.examples) for column in found.columns] == [
        ("会员号", ColumnType.STRING, ("007", "008")),
        ("注册日期", ColumnType.DATE, ("2024-01-05", "2024-01-06")),
        ("金额", ColumnType.DECIMAL, ("12.50", "3")),
    ]
    assert found.rows == (("007", "2024-01-05", "12.50"), ("008", "2024-01-06", "3"))


def test_a_header_alone_is_shown(folder: Path) -> None:
    (folder / "a.csv").write_text("id,name\n")
    found = inspect(folder / "a.csv")
    assert ([column.name for column in found.columns], found.rows) == (["id", "name"], ())


def test_workbooks_parquet_json_and_sqlite(folder: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "名"])
    book.active.append([1, "x"])
    book.create_sheet("二").append(["k"])
    book["二"].append(["v"])
    book.save(folder / "a.xlsx")
    pq.write_table(pa.table({"id": [1, 2]}), folder / "a.parquet")
    (folder / "a.json").write_text('{"data": [{"id": 1, "n": {"m": "x"}}]}')
    connection = sqlite3.connect(folder / "a.db")
    connection.executescript("CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1); CREATE TABLE u (k TEXT);")
    connection.close()
    workbook = inspect(folder / "a.xlsx")
    assert (workbook.kind, workbook.sheets, workbook.rows) == (SourceKind.EXCEL, ("Sheet", "二"), (("1", "x"),))
    assert inspect(folder / "a.xlsx", inside="二").rows == (("v",),)
    assert inspect(folder / "a.parquet").rows == (("1",), ("2",))
    assert [column.name for column in inspect(folder / "a.json").columns] == ["id", "n.m"]
    database = inspect(folder / "a.db")
    assert (database.kind, [(table.name, table.rows) for table in database.tables]) == (
        SourceKind.SQLITE,
        [("t", 1), ("u", 0)],
    )
    assert database.rows == (("1",),)
    assert inspect(folder / "a.db", inside="u").columns[0].name == "k"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\x1f\x8b\x08abc", "packed archive"),
        (b"%PDF-1.7\0\0", "not a text file"),
        (None, "nothing is there"),
    ],
)
def test_what_cannot_be_connected(folder: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        (folder / "a.bin").write_bytes(content)
    with pytest.raises(DataError, match=says):
        inspect(folder / "a.bin")


def test_the_scripted_source_behaves_as_a_source(folder: Path) -> None:
    from semantic_layer.errors import Text

    bad = BadRow(place="p:9", text="x", reason=Text("", ""), remedy=Text("", ""))
    source = ScriptedSource(
        ("id", "at"),
        {"p": [("1", "a"), ("2", None), ("3", "c")]},
        bad={"p": [bad]},
        watermark="at",
        fails_after=("p", 2),
    )
    assert source.parts() == (Part(name="p", fingerprint="p", size=3),)
    first = next(source.read(source.parts()[0]))
    assert (first.rows.num_rows, first.position, first.bad) == (2, "2", (bad,))
    with pytest.raises(DataError):
        rows_of(source, after=first.position)
    assert rows_of(source, after=first.position) == ([{"id": "3", "at": "c"}], [3], [])
