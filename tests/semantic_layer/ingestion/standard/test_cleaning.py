"""Raw rows become clean ones in a warehouse: values, counts, quarantine, and what a second load changes. Oracles by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.ingestion.sources.types import ColumnMapping, SourceKind, SourceSpec
from semantic_layer.ingestion.standard.cleaning import FieldCount, standardise
from semantic_layer.ingestion.standard.reading import read_standard
from semantic_layer.ingestion.warehouse import SCHEMAS

AS_OF, MORNING, NOON = (
    date(2026, 10, 31),
    datetime.fromisoformat("2026-11-01T08:00"),
    datetime.fromisoformat("2026-11-01T12:00"),
)
STANDARD = read_standard(None)


def a_source(columns, *, key=("编号",), name="crm", **more):
    mapped = tuple(ColumnMapping(column=column, field=field) for column, field in columns.items())
    return SourceSpec(
        name=name,
        label=Text("会员", "members"),
        kind=SourceKind.CSV,
        address="crm.csv",
        columns=mapped,
        key=key,
        **more,
    )


COLUMNS = {"编号": "member_no", "姓名": "name", "手机": "phone", "生日": "birthday"}
MEMBERS = a_source(COLUMNS)


@pytest.fixture
def warehouse():
    with duckdb.connect() as connection:
        for schema in SCHEMAS:
            connection.execute(f"CREATE SCHEMA {schema}")
        yield connection


def land(connection, rows, *, load=1, source="crm"):
    """Rows as the landing leaves them: the first column is the key; a row that came before is replaced."""
    names = list(rows[0])
    columns = "".join(f', "{name}" VARCHAR' for name in names)
    connection.execute(
        f'CREATE TABLE IF NOT EXISTS raw."{source}" (_row VARCHAR, _hash VARCHAR, _place VARCHAR, _load BIGINT{columns})'
    )
    for line, row in enumerate(rows, 2):
        connection.execute(f'DELETE FROM raw."{source}" WHERE _row = ?', [row[names[0]]])
        values = [row[names[0]], "", f"{source}.csv:{line}", load, *row.values()]
        connection.execute(f'INSERT INTO raw."{source}" VALUES ({", ".join("?" * len(values))})', values)


def member(number, name="张伟", phone="13912345678", birthday="1990-03-07", address=None):
    return {"编号": number, "姓名": name, "手机": phone, "生日": birthday, "地址": address}


def clean(connection, spec=MEMBERS, standard=STANDARD, *, load=None, found_at=MORNING, **more):
    return standardise(connection, spec, standard, load=load, as_of=AS_OF, found_at=found_at, **more)


def rows(connection, columns, source="crm"):
    return connection.execute(f'SELECT {columns} FROM clean."{source}" ORDER BY _row').fetchall()


def quarantine(connection, what='"row", field, value, held'):
    return connection.execute(
        f'SELECT {what} FROM work.quarantine WHERE settled_at IS NULL ORDER BY "row", field'
    ).fetchall()


def test_each_value_is_read_or_stands_in_quarantine_with_reason_and_remedy(warehouse):
    land(
        warehouse,
        [
            member("M1", " 张伟先生", "+86 139 1234 5678", "1990年3月7日", "浙江杭州西湖区文三路"),
            member("M2", "李*", "123", "1990-02-31", None),
            member("M3", "", None, "无", ""),
        ],
    )
    found = clean(warehouse, a_source({**COLUMNS, "地址": "address"}))
    assert rows(warehouse, "_row, member_no, name, phone, birthday, address, province, city, district") == [
        ("M1", "M1", "张伟", "13912345678", date(1990, 3, 7), "浙江杭州西湖区文三路", "浙江", "杭州", "西湖区"),
        ("M2", "M2", None, None, None, None, None, None, None),
        ("M3", "M3", None, None, None, None, None, None, None),
    ]
    assert quarantine(warehouse) == [
        ("M2", "birthday", "1990-02-31", False),
        ("M2", "name", "李*", False),
        ("M2", "phone", "123", False),
    ]
    assert quarantine(warehouse, "rule, place, load, found_at")[0] == ("readable", "crm.csv:3", 1, MORNING)
    for texts in quarantine(warehouse, "reason_zh, reason_en, remedy_zh, remedy_en"):
        assert all(texts)
    assert found.rows == 3
    assert found.fields[1:4] == (
        FieldCount(field="name", column="姓名", read=1, changed=1, empty=1, unreadable=1),
        FieldCount(field="phone", column="手机", read=1, changed=1, empty=1, unreadable=1),
        FieldCount(field="birthday", column="生日", read=1, changed=1, empty=1, unreadable=1),
    )
    assert warehouse.execute('SELECT "姓名" FROM raw.crm ORDER BY _row').fetchall() == [(" 张伟先生",), ("李*",), ("",)]


def test_cleaning_again_does_nothing_and_new_rows_alone_are_cleaned(warehouse):
    land(warehouse, [member("M1"), member("M2", "李*")])
    assert clean(warehouse).rows == 2
    assert clean(warehouse).rows == 0
    land(warehouse, [member("M3", "王*")], load=2)
    assert clean(warehouse, found_at=NOON).rows == 1
    assert rows(warehouse, "_row, _load, name") == [("M1", 1, "张伟"), ("M2", 1, None), ("M3", 2, None)]
    assert quarantine(warehouse, '"row", found_at') == [("M2", MORNING), ("M3", NOON)]


def test_a_row_that_comes_mended_replaces_the_old_one_and_settles_its_fault(warehouse):
    land(warehouse, [member("M1", "李*", "123")])
    clean(warehouse)
    land(warehouse, [member("M1", "李娜", "123")], load=2)
    clean(warehouse, found_at=NOON)
    assert rows(warehouse, "_row, _load, name") == [("M1", 2, "李娜")]
    assert quarantine(warehouse, "field, found_at") == [("phone", MORNING)]
    assert warehouse.execute(
        "SELECT field, settled_at FROM work.quarantine WHERE settled_at IS NOT NULL"
    ).fetchall() == [("name", NOON)]


def test_rows_of_one_load_can_be_cleaned_alone(warehouse):
    land(warehouse, [member("M1")])
    land(warehouse, [member("M2")], load=2)
    assert clean(warehouse, load=2).rows == 1
    assert rows(warehouse, "_row") == [("M2",)]
    assert clean(warehouse).rows == 1
    assert rows(warehouse, "_row") == [("M1",), ("M2",)]


def test_more_rows_of_a_load_that_was_cleaned_half_way_are_not_forgotten(warehouse):
    land(warehouse, [member("M1")])
    clean(warehouse)
    land(warehouse, [member("M2")])
    assert clean(warehouse).rows == 2
    assert rows(warehouse, "_row") == [("M1",), ("M2",)]


def test_another_mapping_cleans_everything_again(warehouse):
    land(warehouse, [member("M1"), member("M2")])
    clean(warehouse)
    other = a_source({"编号": "member_no", "姓名": "receiver_name"})
    assert clean(warehouse, other).rows == 2
    assert rows(warehouse, "member_no, receiver_name") == [("M1", "张伟"), ("M2", "张伟")]


def test_what_is_gone_from_the_source_is_gone_from_what_is_clean(warehouse):
    land(warehouse, [member("M1", "李*"), member("M2", "王*")])
    clean(warehouse)
    warehouse.execute("DELETE FROM raw.crm WHERE _row = 'M1'")
    clean(warehouse, found_at=NOON)
    assert rows(warehouse, "_row") == [("M2",)]
    assert quarantine(warehouse, '"row"') == [("M2",)]


def test_an_unreadable_key_holds_the_row(warehouse):
    land(warehouse, [{"编号": "?!", "姓名": "张伟"}, {"编号": "12.5", "姓名": "李娜"}])
    standard = STANDARD
    spec = a_source({"编号": "points", "姓名": "name"})
    clean(warehouse, spec, standard)
    assert quarantine(warehouse) == [("12.5", "points", "12.5", True), ("?!", "points", "?!", True)]


def test_day_or_month_first_is_decided_by_the_column_and_again_when_later_rows_tell(warehouse):
    spec = a_source({"编号": "member_no", "生日": "birthday"})
    land(warehouse, [{"编号": "a", "生日": "3/5/1990"}, {"编号": "b", "生日": "4/4/1990"}])
    clean(warehouse, spec)
    assert rows(warehouse, "_row, birthday") == [("a", None), ("b", date(1990, 4, 4))]
    land(warehouse, [{"编号": "c", "生日": "25/3/1990"}], load=2)
    assert clean(warehouse, spec, found_at=NOON).rows == 3
    assert rows(warehouse, "_row, birthday") == [
        ("a", date(1990, 5, 3)),
        ("b", date(1990, 4, 4)),
        ("c", date(1990, 3, 25)),
    ]
    assert quarantine(warehouse) == []


def test_numbers_as_text_amounts_and_their_currency(warehouse):
    spec = a_source({"单": "order_id", "件": "quantity", "额": "amount"}, key=("单",))
    land(
        warehouse,
        [
            {"单": "1", "件": "2.0", "额": "¥1,234.50"},
            {"单": "2", "件": "２", "额": "USD 3.5"},
            {"单": "3", "件": "1.5", "额": "1.2万"},
            {"单": "4", "件": "两件", "额": "(12.00)"},
        ],
    )
    clean(warehouse, spec)
    assert rows(warehouse, "_row, quantity, amount, currency") == [
        ("1", 2, Decimal("1234.5000"), "CNY"),
        ("2", 2, Decimal("3.5000"), "USD"),
        ("3", None, Decimal("12000.0000"), None),
        ("4", None, Decimal("-12.0000"), None),
    ]
    assert [line[:3] for line in quarantine(warehouse)] == [("3", "quantity", "1.5"), ("4", "quantity", "两件")]


def test_an_address_fills_only_where_the_source_has_no_city_of_its_own(warehouse):
    spec = a_source({"编号": "member_no", "城市": "city", "地址": "address"})
    land(
        warehouse,
        [
            {"编号": "a", "城市": "上海市", "地址": "浙江省杭州市西湖区"},
            {"编号": "b", "城市": "", "地址": "浙江省杭州市西湖区"},
            {"编号": "c", "城市": "火星市", "地址": "浙江省杭州市西湖区"},
        ],
    )
    clean(warehouse, spec)
    assert rows(warehouse, "_row, city") == [("a", "上海"), ("b", "杭州"), ("c", None)]


def test_a_column_renamed_half_way_is_one_column(warehouse):
    spec = a_source({"编号": "member_no"})
    renamed = ColumnMapping(column="姓名", field="name", names=("真实姓名",))
    spec = SourceSpec(
        name="crm", label=spec.label, kind=spec.kind, address="", key=spec.key, columns=(*spec.columns, renamed)
    )
    land(warehouse, [{"编号": "a", "姓名": "张伟", "真实姓名": None}, {"编号": "b", "姓名": "", "真实姓名": "李娜"}])
    clean(warehouse, spec)
    assert rows(warehouse, "_row, name") == [("a", "张伟"), ("b", "李娜")]


def test_times_of_events_are_those_of_the_company(warehouse):
    spec = a_source({"编号": "event_id", "时": "event_at"}, time_zone="UTC")
    land(
        warehouse,
        [{"编号": "a", "时": "2026-03-05T06:30:00Z"}, {"编号": "b", "时": "2026-03-05 06:30:00"}, {"编号": "c", "时": "1772692200"}],
    )  # fmt: skip
    clean(warehouse, spec)
    assert [row[1] for row in rows(warehouse, "_row, event_at")] == [datetime.fromisoformat("2026-03-05T14:30")] * 3


def test_names_of_sources_and_columns_may_hold_anything(warehouse):
    spec = a_source({'编"号; DROP': "member_no", "O'Hara $as_of": "name"}, name="crm 2026", key=('编"号; DROP',))
    warehouse.execute(
        "CREATE TABLE raw.\"crm 2026\" AS SELECT '1' AS _row, '' AS _hash, '' AS _place, 1::BIGINT AS _load, "
        "'m1' AS \"编\"\"号; DROP\", '张伟'' --' AS \"O'Hara $as_of\""
    )
    clean(warehouse, spec)
    assert rows(warehouse, "member_no", "crm 2026") == [("M1",)]


def test_a_mapping_to_a_field_that_does_not_exist_names_the_nearest_and_writes_nothing(warehouse):
    land(warehouse, [member("M1")])
    with pytest.raises(UnknownNameError) as caught:
        clean(warehouse, a_source({"手机": "phome"}))
    assert "phone" in caught.value.suggestions
    assert warehouse.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'clean'"
    ).fetchall() == [(0,)]


def test_a_source_that_was_never_loaded_or_has_no_rows_gives_nothing(warehouse):
    assert clean(warehouse).rows == 0
    land(warehouse, [member("M1")])
    warehouse.execute("DELETE FROM raw.crm")
    assert clean(warehouse).rows == 0
    assert rows(warehouse, "count(*)  OVER ()") == []


def test_another_mapping_cleans_the_earlier_loads_too_when_one_load_is_asked_for(warehouse):
    land(warehouse, [member("M1")])
    clean(warehouse, load=1)
    land(warehouse, [member("M2")], load=2)
    assert clean(warehouse, a_source({"编号": "member_no"}), load=2).rows == 2
    assert rows(warehouse, "member_no") == [("M1",), ("M2",)]
