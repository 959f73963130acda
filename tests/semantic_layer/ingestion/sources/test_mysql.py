"""MySQL as a source, against a real MariaDB server: what is read, from where, and what happens when it goes away."""

from __future__ import annotations

import pytest

from semantic_layer.errors import DataError
from semantic_layer.ingestion.sources.inspecting import inspect_address
from semantic_layer.ingestion.sources.opening import open_source
from semantic_layer.ingestion.sources.types import SourceKind
from semantic_layer.model.types import ColumnType
from tests.semantic_layer.ingestion.sources.conftest import Waits, rows_of, spec
from tests.semantic_layer.ingestion.sources.mariadb import MariaServer

pytestmark = pytest.mark.slow

TABLE = """CREATE TABLE `会员` (
  id bigint PRIMARY KEY, name varchar(40), spent decimal(10,2), at datetime(3), born date, vip tinyint(1), flags bit(4),
  photo blob, note text)"""


class Shop:
    """A database with a few members, and how to read it."""

    def __init__(self, server: MariaServer, folder) -> None:
        self.server = server
        self.folder = folder
        self.name = server.database()
        self.address = server.address(self.name)
        self.variables = {"DB_PASSWORD": server.password}
        self.run(TABLE)

    def run(self, *statements: str) -> None:
        connection = self.server.connect(self.name)
        for statement in statements:
            connection.cursor().execute(statement)
        connection.commit()
        connection.close()

    def fill(self, first: int, last: int) -> None:
        self.run(
            "INSERT INTO `会员` SELECT seq, concat('张', seq), seq / 4, '2024-01-01' + interval floor(seq / 10) minute, '1990-05-01',"
            f" seq % 2, b'101', 'x', NULL FROM seq_{first}_to_{last}"
        )

    def source(self, table: str = "会员", *, since: str = "", wait=None, **given):
        declared = spec(SourceKind.MYSQL, self.address, table=table, **{"key": ("id",), **given})
        return open_source(declared, self.folder, variables=self.variables, since=since, wait=wait or Waits())


@pytest.fixture
def shop(maria: MariaServer, folder) -> Shop:
    return Shop(maria, folder)


def test_values_come_as_the_server_writes_them(shop: Shop) -> None:
    shop.run(
        "SET sql_mode = ''",
        "INSERT INTO `会员` VALUES (1, '李%s四', 12.50, '2024-01-05 10:00:00.5', '0000-00-00', 1, b'101', x'00ff', '备注')",
        "INSERT INTO `会员` (id) VALUES (2)",
    )
    rows, places, bad = rows_of(shop.source())
    assert rows[0] == {
        "id": "1", "name": "李%s四", "spent": "12.50", "at": "2024-01-05 10:00:00.500", "born": "0000-00-00", "vip": "1",
        "flags": "5", "photo": "00ff", "note": "备注",
    }  # fmt: skip
    assert set(rows[1].values()) == {"2", None}
    assert (places, bad) == ([1, 2], [])


def test_columns_have_the_types_of_the_server(shop: Shop) -> None:
    shop.fill(1, 3)
    source = shop.source()
    columns = {column.name: column for column in source.columns(source.parts()[0])}
    assert [columns[name].type for name in ("id", "name", "spent", "at", "born", "note")] == [
        ColumnType.INTEGER, ColumnType.STRING, ColumnType.DECIMAL, ColumnType.TIMESTAMP, ColumnType.DATE, ColumnType.STRING,
    ]  # fmt: skip
    assert columns["name"].examples == ("张1", "张2", "张3")


def test_a_statement_is_read_like_a_table(shop: Shop) -> None:
    shop.fill(1, 30)
    rows, _, _ = rows_of(
        shop.source("SELECT id, name FROM `会员` WHERE name LIKE '张1%' AND vip = 0", since="12", watermark="id")
    )
    assert [row["id"] for row in rows] == ["12", "14", "16", "18"]


def test_the_watermark_gives_what_is_new_and_all_rows_of_the_same_moment(shop: Shop) -> None:
    shop.fill(1, 25)
    shop.run("INSERT INTO `会员` (id, name) VALUES (900, '无时间')")
    *_, last = shop.source(watermark="at").read(shop.source().parts()[0])
    assert last.watermark == "2024-01-01 00:02:00.000"
    shop.fill(26, 34)
    rows, _, _ = rows_of(shop.source(watermark="at", since=last.watermark))
    assert [row["id"] for row in rows] == ["900", *(str(i) for i in range(20, 35))]


def test_a_server_that_restarts_in_the_middle_loses_no_row(shop: Shop) -> None:
    shop.fill(1, 120_000)
    waits = Waits(meanwhile=lambda: shop.server.start() if shop.server._running is None else None)
    source = shop.source(wait=waits)
    seen: list[int] = []
    for at, chunk in enumerate(source.read(source.parts()[0])):
        seen += [int(each) for each in chunk.rows.column("id").to_pylist()]
        if at == 0:
            shop.server.kill()
    assert sorted(set(seen)) == list(range(1, 120_001))
    assert len(seen) - len(set(seen)) <= 1
    assert waits.seconds == [1.0]


def test_a_reader_that_stops_early_lets_go_at_once(shop: Shop) -> None:
    shop.fill(1, 120_000)
    source = shop.source()
    reading = source.read(source.parts()[0])
    next(reading)
    reading.close()
    assert rows_of(shop.source("SELECT 1 AS id"))[0] == [{"id": "1"}]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("会", "There are: 会员"),
        ("other.nothing", "no such table|not allowed"),
        ("SELECT broken FROM `会员`", "the database refused"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_there(shop: Shop, table: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        rows_of(shop.source(table))


def test_a_wrong_password_is_not_tried_again(shop: Shop) -> None:
    shop.variables = {"DB_PASSWORD": "wrong"}
    waits = Waits()
    with pytest.raises(DataError, match="user or password are wrong"):
        shop.source(wait=waits).parts()
    assert waits.seconds == []


def test_an_address_is_inspected_with_its_tables(shop: Shop) -> None:
    shop.fill(1, 3)
    found = inspect_address(shop.address, variables=shop.variables, wait=Waits())
    assert [table.name for table in found.tables] == ["会员"]
    assert found.rows[0][:2] == ("1", "张1")
