"""JSON, Parquet and SQLite files."""

from __future__ import annotations

import json
import sqlite3
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from semantic_layer.errors import DataError
from semantic_layer.ingestion.sources import json_files
from semantic_layer.ingestion.sources.opening import open_source
from semantic_layer.ingestion.sources.port import ReplacedError
from semantic_layer.ingestion.sources.types import SourceKind
from semantic_layer.model.types import ColumnType
from tests.semantic_layer.ingestion.sources.conftest import Waits, rows_of, spec


def from_json(folder: Path, content: str | bytes, **given: object):
    (folder / "a.json").write_bytes(content.encode() if isinstance(content, str) else content)
    return open_source(spec(SourceKind.JSON, "a.json", **given), folder, variables={})


ROWS = [{"id": "1", "u.name": "张三", "u.tags": '["a", 2.50]'}, {"id": "2", "u.name": None, "u.tags": None}]
LIST = '[{"id": 1, "u": {"name": "张三", "tags": ["a", 2.50]}},\n {"id": 2, "u": {"name": null}}]'


@pytest.mark.parametrize(
    ("content", "given"),
    [
        (LIST, {}),
        (f'{{"code": 0, "data": {{"ids": [1, 2], "items": {LIST}, "total": 2}}}}', {}),
        (f'{{"old": [{{"id": 9}}], "data": {{"items": {LIST}}}}}', {"table": "data.items"}),
        (LIST[1:-1].replace("},\n", "}\n"), {}),
    ],
)
def test_lists_wrapped_lists_and_lines(folder: Path, content: str, given: dict[str, str]) -> None:
    rows, places, bad = rows_of(from_json(folder, content, **given))
    assert rows == ROWS
    assert (places, bad) == ([1, 2], [])


def test_numbers_stay_as_they_are_written(folder: Path) -> None:
    rows, _, _ = rows_of(
        from_json(folder, '[{"a": 1.10, "b": 12345678901234567890, "c": 1e3, "d": true, "e": [], "f": {}}]')
    )
    assert rows == [{"a": "1.10", "b": "12345678901234567890", "c": "1e3", "d": "true", "e": "[]", "f": "{}"}]


def test_broken_lines_wait_and_the_others_load(folder: Path) -> None:
    content = b'{"id": 1}\n{"id": 2\n\n[3]\n{"id": 4, "new": "x"}\n' + b'{"id": "\xff\xff"}\n{"id": 5}'
    rows, places, bad = rows_of(from_json(folder, content))
    assert [(row["id"], row["new"]) for row in rows] == [("1", None), ("4", "x"), ("5", None)]
    assert places == [1, 5, 7]
    assert [(row.place, row.text) for row in bad] == [
        ("a.json:2", '{"id": 2'), ("a.json:4", "[3]"), ("a.json:6", '{"id": "\\xff\\xff"}'),
    ]  # fmt: skip


def test_lines_in_gbk(folder: Path) -> None:
    rows, _, _ = rows_of(from_json(folder, '{"n": "张三"}\n{"n": "李四"}\n'.encode("gbk")))
    assert [row["n"] for row in rows] == ["张三", "李四"]


def test_a_list_that_is_cut_off_gives_what_is_whole(folder: Path) -> None:
    source = from_json(folder, '[{"id": 1}, {"id": 2}, {"id"')
    seen: list[str] = []
    reading = (row for chunk in source.read(source.parts()[0]) for row in chunk.rows.column("id").to_pylist())
    with pytest.raises(DataError, match=r"a.json:3: the file is damaged"):
        seen.extend(row for row in reading)
    assert seen == ["1", "2"]


def test_reading_of_json_goes_on_after_any_position(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "BLOCK", 20)
    monkeypatch.setattr(json_files, "MOST_ROWS", 3)
    lines = [json.dumps({"id": i, "t": "长" * (i % 5)}, ensure_ascii=False) for i in range(20)]
    for content in ("\n".join(lines), "[" + ",\n".join(lines) + "]"):
        source = from_json(folder, content)
        part = source.parts()[0]
        chunks = list(source.read(part))
        assert len(chunks) > 5
        for at, chunk in enumerate(chunks):
            before = [row["id"] for each in chunks[: at + 1] for row in each.rows.to_pylist()]
            after, _, _ = rows_of(source, part, after=chunk.position)
            assert before + [row["id"] for row in after] == [str(i) for i in range(20)]


@pytest.mark.parametrize(
    ("content", "given", "says"),
    [
        ("", {}, "the file is empty"),
        ("[]", {}, "no row below"),
        ("<html>", {}, "neither"),
        ('{"data": {"items": []}}', {"table": "data.itms"}, "There are: data.items"),
        ('[{"a": 1} {"a": 2}]', {}, "is missing"),
    ],
)
def test_json_that_cannot_be_read_says_why(folder: Path, content: str, given: dict[str, str], says: str) -> None:
    with pytest.raises(DataError, match=says):
        rows_of(from_json(folder, content, **given))


def test_parquet_values_become_text_and_what_is_missing_stays_missing(folder: Path) -> None:
    table = pa.table(
        {
            "i": [7, None], "d": [Decimal("1.50"), None], "t": [datetime.fromisoformat("2024-01-05T10:00"), None], "day": [date(2024, 1, 5), None],
            "b": [True, None], "s": pa.array(["x", None]).dictionary_encode(), "l": [[1, 2], None], "x": [b"\xff", None],
            "z": pa.array([datetime.fromisoformat("2024-01-05T10:00:00.25"), None], pa.timestamp("us", "UTC")),
        }
    )  # fmt: skip
    pq.write_table(table, folder / "a.parquet", row_group_size=1)
    source = open_source(spec(SourceKind.PARQUET, "a.parquet"), folder, variables={})
    rows, places, _ = rows_of(source)
    assert rows[0] == {
        "i": "7", "d": "1.50", "t": "2024-01-05 10:00:00", "day": "2024-01-05", "b": "true", "s": "x", "l": "[1, 2]", "x": "ff",
        "z": "2024-01-05 10:00:00.250000Z",
    }  # fmt: skip
    assert set(rows[1].values()) == {None}
    assert places == [1, 2]
    assert [column.type for column in source.columns(source.parts()[0])][:5] == [
        ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.TIMESTAMP, ColumnType.DATE, ColumnType.BOOLEAN,
    ]  # fmt: skip


def test_parquet_goes_on_after_a_position(folder: Path) -> None:
    pq.write_table(pa.table({"i": list(range(120_000))}), folder / "a.parquet", row_group_size=70_000)
    source = open_source(spec(SourceKind.PARQUET, "a.parquet"), folder, variables={})
    part = source.parts()[0]
    chunks = list(source.read(part))
    assert [row for chunk in chunks for row in chunk.rows.column("i").to_pylist()] == [str(i) for i in range(120_000)]
    for chunk in chunks:
        rest, places, _ = rows_of(source, part, after=chunk.position)
        assert [row["i"] for row in rest] == [str(i) for i in range(int(chunk.position), 120_000)]
        assert places[:1] == ([int(chunk.position) + 1] if rest else [])


@pytest.mark.parametrize(("content", "says"), [(b"", "empty"), (b"PAR1 broken", "damaged"), (None, "no row below")])
def test_parquet_that_cannot_be_read(folder: Path, content: bytes | None, says: str) -> None:
    if content is None:
        pq.write_table(pa.table({"i": pa.array([], pa.int64())}), folder / "a.parquet")
    else:
        (folder / "a.parquet").write_bytes(content)
    with pytest.raises(DataError, match=says):
        rows_of(open_source(spec(SourceKind.PARQUET, "a.parquet"), folder, variables={}))


@pytest.fixture
def shop(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "shop.db")
    connection.execute('CREATE TABLE "客户 表" (id INTEGER PRIMARY KEY, 姓名 TEXT, spent DECIMAL(10,2), at TEXT, raw)')
    connection.executemany(
        'INSERT INTO "客户 表" VALUES (?, ?, ?, ?, ?)',
        [(i, f"张{i}", i / 4, f"2024-01-{i:02d}", None if i % 2 else i) for i in range(1, 21)],
    )
    connection.commit()
    return connection


def sqlite(folder: Path, table: str = "客户 表", since: str = "", **given: object):
    return open_source(
        spec(SourceKind.SQLITE, "shop.db", table=table, **given), folder, variables={}, since=since, wait=Waits()
    )


def test_sqlite_tables_and_statements(folder: Path, shop: sqlite3.Connection) -> None:
    source = sqlite(folder)
    rows, places, _ = rows_of(source)
    assert rows[1] == {"id": "2", "姓名": "张2", "spent": "0.5", "at": "2024-01-02", "raw": "2"}
    assert (len(rows), places[-1], rows[0]["raw"]) == (20, 20, None)
    assert [column.type for column in source.columns(source.parts()[0])][:3] == [
        ColumnType.INTEGER, ColumnType.STRING, ColumnType.DECIMAL,
    ]  # fmt: skip
    assert [row["id"] for row in rows_of(sqlite(folder, 'SELECT id FROM "客户 表" WHERE id > 18'))[0]] == ["19", "20"]


def test_sqlite_goes_on_by_key_watermark_or_count(folder: Path, shop: sqlite3.Connection) -> None:
    for given in ({"key": ("id",)}, {"watermark": "at", "key": ("id",)}, {}):
        source = sqlite(folder, **given)
        (chunk,) = source.read(source.parts()[0])
        shop.execute(
            "INSERT INTO \"客户 表\" VALUES ((SELECT max(id) + 1 FROM \"客户 表\"), 'new', 1, '2024-02-01', 1)"
        )
        shop.commit()
        rows, _, _ = rows_of(source, after=chunk.position)
        assert [row["姓名"] for row in rows][-1] == "new"
        assert len(rows) == (2 if given else 1)
    assert [row["id"] for row in rows_of(sqlite(folder, watermark="at", key=("id",), since="2024-01-19"))[0]][:2] == [
        "19",
        "20",
    ]


def test_sqlite_faults(folder: Path, shop: sqlite3.Connection) -> None:
    with pytest.raises(DataError, match="There are: 客户 表"):
        rows_of(sqlite(folder, "客户"))
    with pytest.raises(DataError, match="Did you mean 'id'"):
        rows_of(sqlite(folder, key=("idd",)))
    with pytest.raises(DataError, match="damaged"):
        rows_of(sqlite(folder, "SELECT nothing FROM nowhere"))
    (folder / "shop.db").write_bytes(b"no database at all, but long enough to be looked at" * 30)
    with pytest.raises(DataError, match="damaged"):
        rows_of(sqlite(folder))
    (folder / "shop.db").unlink()
    with pytest.raises(DataError, match="nothing is there"):
        rows_of(sqlite(folder))


def test_a_sqlite_file_that_is_replaced_is_noticed(folder: Path, shop: sqlite3.Connection) -> None:
    source = sqlite(folder)
    part = source.parts()[0]
    (folder / "new.db").write_bytes((folder / "shop.db").read_bytes())
    reading = source.read(part)
    next(reading)
    (folder / "new.db").rename(folder / "shop.db")
    with pytest.raises(ReplacedError):
        list(reading)
