"""PostgreSQL as a source, against a real server: what is read, from where, and what happens when the server goes away."""

from __future__ import annotations

import pytest

from semantic_layer.errors import DataError
from semantic_layer.ingestion.sources.inspecting import inspect_address
from semantic_layer.ingestion.sources.opening import open_source
from semantic_layer.ingestion.sources.types import SourceKind
from semantic_layer.model.types import ColumnType
from tests.semantic_layer.ingestion.sources.conftest import Waits, rows_of, spec
from tests.state.server import PostgresServer

TABLE = """CREATE TABLE members (
  id bigint PRIMARY KEY, name text, spent numeric(10,2), at timestamptz, born date, vip boolean, tags jsonb, photo bytea)"""


class Shop:
    """A database with a few members, and how to read it."""

    def __init__(self, server: PostgresServer, folder) -> None:
        self.server = server
        self.folder = folder
        self.name = server.database().rsplit("/", 1)[-1]
        self.address = f"postgresql://qunxiang:${{PW}}@127.0.0.1:{server.port}/{self.name}"
        self.variables = {"PW": server.password}
        self.run(TABLE)

    def run(self, *statements: str) -> None:
        connection = self.server.connect(self.name)
        for statement in statements:
            connection.cursor().execute(statement)
        connection.commit()
        connection.close()

    def fill(self, first: int, last: int) -> None:
        self.run(
            f"INSERT INTO members SELECT i, '张' || i, i / 4.0, '2024-01-01 00:00:00+00'::timestamptz + make_interval(mins => i / 10),"
            f" '1990-05-01', i % 2 = 0, '{{\"a\": 1}}', 'x' FROM generate_series({first}, {last}) i"
        )

    def source(self, table: str = "members", *, since: str = "", wait=None, **given):
        declared = spec(SourceKind.POSTGRESQL, self.address, table=table, **{"key": ("id",), **given})
        return open_source(declared, self.folder, variables=self.variables, since=since, wait=wait or Waits())


@pytest.fixture
def shop(postgres: PostgresServer, folder) -> Shop:
    return Shop(postgres, folder)


def test_values_come_as_the_server_writes_them(shop: Shop) -> None:
    shop.run(
        "INSERT INTO members VALUES (1, '张三', 12.50, '2024-01-05 10:00:00+00', '1990-05-01', true, '{\"a\": 1}', '\\x00ff')",
        "INSERT INTO members (id) VALUES (2)",
    )
    rows, places, bad = rows_of(shop.source())
    assert rows[0]["name"] == "张三"
    assert rows[0]["spent"] == "12.50"
    assert rows[0]["at"].startswith("2024-01-05 10:00:00")
    assert (rows[0]["born"], rows[0]["vip"], rows[0]["tags"], rows[0]["photo"]) == (
        "1990-05-01",
        "true",
        '{"a": 1}',
        "\\x00ff",
    )
    assert rows[1] == {"id": "2", **dict.fromkeys(("name", "spent", "at", "born", "vip", "tags", "photo"))}
    assert (places, bad) == ([1, 2], [])


def test_columns_have_the_types_of_the_server(shop: Shop) -> None:
    shop.fill(1, 3)
    source = shop.source()
    columns = {column.name: column for column in source.columns(source.parts()[0])}
    assert {name: column.type for name, column in columns.items()} == {
        "id": ColumnType.INTEGER, "name": ColumnType.STRING, "spent": ColumnType.DECIMAL, "at": ColumnType.TIMESTAMP,
        "born": ColumnType.DATE, "vip": ColumnType.BOOLEAN, "tags": ColumnType.STRING, "photo": ColumnType.STRING,
    }  # fmt: skip
    assert columns["name"].examples == ("张1", "张2", "张3")


def test_a_statement_is_read_like_a_table(shop: Shop) -> None:
    shop.fill(1, 30)
    source = shop.source("SELECT id, name FROM members WHERE name LIKE '张1%' AND vip;")
    rows, _, _ = rows_of(source)
    assert [row["id"] for row in rows] == ["10", "12", "14", "16", "18"]
    assert source.parts()[0].name == "statement"


def test_the_watermark_gives_what_is_new_and_all_rows_of_the_same_moment(shop: Shop) -> None:
    """Ten rows share each minute: the last minute comes once more, with the rows that came to it meanwhile."""
    shop.fill(1, 25)
    shop.run("INSERT INTO members (id, name) VALUES (900, '无时间')")
    *_, last = shop.source(watermark="at").read(shop.source().parts()[0])
    assert last.watermark.startswith("2024-01-01 00:02:00")
    shop.fill(26, 34)
    rows, _, _ = rows_of(shop.source(watermark="at", since=last.watermark))
    assert [row["id"] for row in rows] == [*(str(i) for i in range(20, 35)), "900"]


def test_numbers_are_ordered_as_numbers(shop: Shop) -> None:
    shop.fill(1, 12)
    *_, last = shop.source(watermark="id").read(shop.source().parts()[0])
    assert last.watermark == "12"
    shop.fill(13, 14)
    rows, _, _ = rows_of(shop.source(watermark="id", since="9"))
    assert [row["id"] for row in rows] == ["9", "10", "11", "12", "13", "14"]


def test_reading_goes_on_with_the_last_row_given(shop: Shop, small: None) -> None:
    shop.fill(1, 4_500)
    source = shop.source()
    part = source.parts()[0]
    first = next(source.read(part))
    count = first.rows.num_rows
    assert 100 < count < 4_500
    rows, places, _ = rows_of(source, part, after=first.position)
    assert [int(row["id"]) for row in rows] == list(range(count, 4_501))
    assert places[0] == count + 1


def test_a_server_that_restarts_in_the_middle_loses_no_row(shop: Shop, small: None) -> None:
    shop.fill(1, 4_500)
    waits = Waits(meanwhile=lambda: shop.server.start() if shop.server._running is None else None)
    source = shop.source(wait=waits)
    seen: list[int] = []
    for at, chunk in enumerate(source.read(source.parts()[0])):
        seen += [int(each) for each in chunk.rows.column("id").to_pylist()]
        if at == 0:
            shop.server.kill()
    assert sorted(set(seen)) == list(range(1, 4_501))
    assert len(seen) - len(set(seen)) <= 1, "the row it goes on with comes twice, no other"
    assert waits.seconds == [1.0]


def test_patience_with_a_server_ends(shop: Shop) -> None:
    source = shop.source()
    part = source.parts()[0]
    shop.server.stop()
    waits = Waits()
    try:
        with pytest.raises(DataError) as caught:
            rows_of(shop.source(wait=waits), part)
    finally:
        shop.server.start()
    assert waits.seconds == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert f"127.0.0.1:{shop.server.port}/{shop.name}/members" in caught.value.message.en
    assert shop.server.password not in str(caught.value.message)


@pytest.mark.parametrize(
    ("table", "given", "says"),
    [
        ("membres", {}, "Did|There are: members"),
        ("public.nothing", {}, "no such table"),
        ("members", {"key": ("idd",)}, "Did you mean 'id'"),
        ("SELECT broken FROM members", {}, "the database refused"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_there(
    shop: Shop, table: str, given: dict[str, tuple[str, ...]], says: str
) -> None:
    source = shop.source(table, **given)
    with pytest.raises(DataError, match=says):
        rows_of(source)


def test_a_wrong_password_is_not_tried_again(shop: Shop) -> None:
    shop.variables = {"PW": "wrong"}
    waits = Waits()
    with pytest.raises(DataError, match="user or password are wrong"):
        shop.source(wait=waits).parts()
    assert waits.seconds == []
    shop.variables = {"PWD": "x"}
    with pytest.raises(DataError, match=r"PW is not set.*\(set are: PWD\)"):
        shop.source()


def test_an_address_is_inspected_with_its_tables(shop: Shop) -> None:
    shop.fill(1, 3)
    shop.run("CREATE SCHEMA other", "CREATE TABLE other.things (a int)", "CREATE VIEW adults AS SELECT id FROM members")
    found = inspect_address(shop.address, variables=shop.variables, table="members", wait=Waits())
    assert [table.name for table in found.tables] == ["adults", "members", "other.things"]
    assert found.columns[1].name == "name"
    assert found.rows[0][:2] == ("1", "张1")
    assert inspect_address(shop.address, variables=shop.variables, table="other.things", wait=Waits()).rows == ()
