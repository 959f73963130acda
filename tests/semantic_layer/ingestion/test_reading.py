"""Files are read whole with the right types, or refused by name."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer.errors import DataError
from semantic_layer.ingestion import arrow
from semantic_layer.ingestion.reading import NOTHING, RawTable, read_csv, read_ndjson, read_parquet


def raw(path, **columns):
    return RawTable(pa.table(columns), path)


@pytest.mark.parametrize(("encoding", "named"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gbk", "gb18030")])
def test_a_csv_is_read_in_any_usual_encoding(tmp_path, encoding, named):
    path = tmp_path / "a.csv"
    path.write_bytes('姓名,金额\n张伟,"1,2"\n李娜,\n'.encode(encoding))
    table, found = read_csv(path)
    assert found == named
    assert table.text("姓名").tolist() == ["张伟", "李娜"]
    assert table.text("金额").tolist() == ["1,2", None]


def test_a_conversation_over_several_lines_is_one_cell(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id,text\n1,"a\nb"\n', encoding="utf-8")
    assert read_csv(path)[0].text("text").tolist() == ["a\nb"]


def test_amounts_are_exact_cents(tmp_path):
    assert raw(tmp_path, x=["0.10", " 1234567.89 ", "-3.00", None]).cents("x").tolist() == [10, 123_456_789, -300, 0]


@given(st.lists(st.integers(-(10**11), 10**11)))
def test_money_survives_the_way_there_and_back(cents):
    table = RawTable(pa.table({"x": arrow.money(np.array(cents, dtype=np.int64))}), None)
    assert table.cents("x").tolist() == cents


def test_times_and_days(tmp_path):
    table = raw(tmp_path, t=["2026-10-31 08:00:01", "2026-10-31T08:00:01Z"], d=["1969-12-31", None])
    moment = int((datetime(2026, 10, 31, 8, 0, 1) - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001
    assert table.seconds("t").tolist() == [moment, moment]
    assert table.days("d").tolist() == [-1, NOTHING]


def test_yes_and_no_in_words_and_as_booleans(tmp_path):
    table = raw(tmp_path, a=["是", "否", None], b=[True, False, None])
    assert table.truth("a").tolist() == [True, False, False]
    assert table.truth("b").tolist() == [True, False, False]


def test_a_word_where_a_number_should_be_names_file_and_column(tmp_path):
    with pytest.raises(DataError, match=r"x\.csv.*quantity"):
        raw(tmp_path / "x.csv", quantity=["many"]).integer("quantity")


def test_a_missing_column_names_those_that_are_there(tmp_path):
    with pytest.raises(DataError, match=r"no column 'price'; list_price"):
        raw(tmp_path / "x.csv", list_price=["1"]).text("price")


def test_absent_fields_of_a_line_are_empty_and_unknown_ones_left_out(tmp_path):
    path = tmp_path / "a.ndjson"
    path.write_text('{"id":1,"type":"view","new":1}\n{"id":2}\n', encoding="utf-8")
    table = read_ndjson(path, {"id": "integer", "type": "text"})
    assert table.integer("id").tolist() == [1, 2]
    assert table.text("type").tolist() == ["view", None]
    assert table.names == ("id", "type")


def test_an_empty_upload_is_no_rows(tmp_path):
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"")
    assert len(read_ndjson(path, {"id": "integer"})) == 0


def test_a_cut_off_parquet_is_damaged(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": list(range(1000))}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"a\.parquet.*damaged"):
        read_parquet(path)


def test_dates_of_the_columns_are_days_since_1970():
    column = arrow.dates(np.array([0, 1]), np.array([True, False]))
    assert column.to_pylist() == [date(1970, 1, 1), None]
