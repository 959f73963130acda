"""One load of a small company from its three systems to the tables of its definitions, every figure counted by hand."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from semantic_layer.definitions import load_definitions
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, DataError
from semantic_layer.ingestion.blueprint import has_sources, read_blueprint
from semantic_layer.ingestion.landing.runs import LoadState
from semantic_layer.ingestion.pipeline import Loaded, Pipeline, Surroundings
from semantic_layer.ingestion.privacy.forgetting import forget
from semantic_layer.ingestion.warehouse import Warehouse
from tests.semantic_layer.ingestion.pipeline.company import MALL_LATER, write_company

NOW = datetime(2026, 11, 1, 8, 0)  # noqa: DTZ001  # times of a warehouse are UTC without a zone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_company(tmp_path / "shop")


def pipeline(folder: Path, warehouse: Warehouse | None = None) -> Pipeline:
    model, _ = load_definitions(folder / "model")
    around = Surroundings(now=lambda: NOW, variables={}, secret="a secret of the installation")
    return Pipeline(warehouse or Warehouse(folder / "warehouse.duckdb"), read_blueprint(folder, model), around)


def load(loads: Pipeline) -> Loaded:
    return loads.load(progress=lambda *_: None)


def published(loads: Pipeline, folder: Path, statement: str) -> list[tuple[object, ...]]:
    loads.publish(folder / "out.duckdb", progress=lambda *_: None)
    with duckdb.connect(str(folder / "out.duckdb"), read_only=True) as connection:
        return connection.execute(statement).fetchall()


CUSTOMERS = [
    (1, "张伟", "13822334455", "上海"),
    (2, "李娜", "13922334466", "杭州"),
    (3, "王芳", "13712340000", "北京"),
    (4, "赵强", None, "成都"),
    (5, "钱多多", None, None),
    (6, "孙小小", None, None),
]  # the two who share 13800138000 with 赵强 are nobody's duplicate


def test_three_systems_become_one_table_of_customers_and_one_of_orders(folder: Path) -> None:
    assert has_sources(folder)
    loads = pipeline(folder)
    done = load(loads)
    assert [(one.source, one.state, one.rows.new) for one in done.loads] == [
        ("crm", LoadState.DONE, 4), ("mall", LoadState.DONE, 5), ("till", LoadState.DONE, 2),
    ]  # fmt: skip
    assert published(loads, folder, "FROM customers ORDER BY ALL") == CUSTOMERS
    orders = published(loads, folder, "SELECT order_id, customer_key, paid FROM orders ORDER BY order_id")
    assert orders == [
        ("A1", 1, Decimal("100.5")), ("A2", 1, Decimal(200)), ("A3", 5, Decimal(50)), ("A4", 6, Decimal(60)),
        ("A5", 2, Decimal(31)), ("T1", 3, Decimal(15)), ("T2", None, Decimal("9.9")),
    ]  # fmt: skip


@pytest.mark.slow
def test_a_second_load_of_the_same_files_changes_nothing(folder: Path) -> None:
    loads = pipeline(folder)
    load(loads)
    before = (
        published(loads, folder, "FROM customers ORDER BY ALL"),
        published(loads, folder, "FROM orders ORDER BY ALL"),
    )
    again = load(loads)
    assert [one.rows.new + one.rows.changed for one in again.loads] == [0, 0, 0]
    after = (
        published(loads, folder, "FROM customers ORDER BY ALL"),
        published(loads, folder, "FROM orders ORDER BY ALL"),
    )
    assert after == before


def test_the_next_month_brings_a_correction_a_new_order_and_a_day_that_does_not_exist(folder: Path) -> None:
    loads = pipeline(folder)
    load(loads)
    (folder / "raw" / "mall_02.csv").write_text(MALL_LATER, encoding="utf-8")
    mall = load(loads).loads[1]
    assert (mall.rows.new, mall.rows.changed) == (2, 1)
    orders = published(
        loads,
        folder,
        "SELECT order_id, customer_key, ordered_at, paid FROM orders WHERE order_id >= 'A5' AND order_id < 'B' ORDER BY 1",
    )
    assert orders == [
        ("A5", 2, datetime(2026, 10, 6), Decimal(32)),  # noqa: DTZ001
        ("A6", 3, None, Decimal(70)),
        ("A7", 3, datetime(2026, 10, 8), Decimal(80)),  # noqa: DTZ001
    ]
    with loads.warehouse.reading() as connection:
        waiting = connection.execute(
            "SELECT row, field, value FROM work.quarantine WHERE value = '2026-02-31' AND settled_at IS NULL"
        ).fetchall()
    assert waiting == [("A6", "ordered_at", "2026-02-31")]
    assert published(loads, folder, "SELECT customer_key, name FROM customers ORDER BY 1") == [c[:2] for c in CUSTOMERS]


def test_a_source_that_is_gone_leaves_the_others_alone(folder: Path) -> None:
    (folder / "raw" / "till.csv").unlink()
    done = load(pipeline(folder))
    assert [(one.source, one.state) for one in done.loads] == [
        ("crm", LoadState.DONE), ("mall", LoadState.DONE), ("till", LoadState.FAILED),
    ]  # fmt: skip
    assert "till.csv" in done.loads[2].why.zh


@pytest.mark.slow
def test_a_stopped_load_keeps_what_it_read(folder: Path) -> None:
    loads, cancel = pipeline(folder), Cancel()

    def stop_at_till(stage: str, _done: int, _of: int) -> None:
        if stage == "till":
            cancel.press()

    with pytest.raises(CancelledError):
        loads.load(progress=stop_at_till, cancel=cancel)
    with pytest.raises(DataError) as unfinished:
        published(loads, folder, "FROM orders")
    assert "再导入一次" in unfinished.value.message.zh
    with loads.warehouse.reading() as connection:
        assert connection.execute("SELECT count(*) FROM raw.mall").fetchall() == [(5,)]
    load(loads)
    assert published(loads, folder, "SELECT count(*) FROM orders") == [(7,)]


@pytest.mark.slow
def test_a_person_who_was_deleted_does_not_come_back(folder: Path) -> None:
    loads = pipeline(folder)
    load(loads)
    with loads.warehouse.writing() as connection:
        forget(connection, 1, secret="a secret of the installation", now=NOW, by="ana")
    (folder / "raw" / "crm.csv").write_text(
        (folder / "raw" / "crm.csv").read_text(encoding="utf-8") + "M00000009,周周,13666668888,苏州\n", encoding="utf-8"
    )
    load(loads)
    names = [name for (name,) in published(loads, folder, "SELECT name FROM customers ORDER BY customer_key")]
    assert "张伟" not in names
    assert names[-1] == "周周"
    assert published(loads, folder, "SELECT count(*) FROM orders WHERE order_id IN ('A1', 'A2')") == [(0,)]


@pytest.mark.slow
def test_an_address_whose_secret_is_not_set_fails_alone(folder: Path) -> None:
    declared = folder / "sources" / "systems.yml"
    declared.write_text(
        declared.read_text(encoding="utf-8")
        + "- {name: desk, label: {zh: 客服, en: desk}, kind: postgresql, address: 'postgresql://reader:${DESK_PASSWORD}@127.0.0.1/desk', table: tickets, into: orders, key: [id], columns: {id: order_id}}\n",
        encoding="utf-8",
    )
    done = load(pipeline(folder))
    assert [one.state for one in done.loads] == [LoadState.DONE] * 3 + [LoadState.FAILED]
    assert "DESK_PASSWORD" in done.loads[3].why.zh


@pytest.mark.slow
def test_values_that_a_field_cannot_take_hold_their_file_and_no_other(folder: Path) -> None:
    loads = pipeline(folder)
    load(loads)
    odd = MALL_LATER.replace(",32", ",见附件").replace(",70", ",待定").replace(",80", ",面议")
    (folder / "raw" / "mall_02.csv").write_text(odd, encoding="utf-8")
    (folder / "raw" / "mall_03.csv").write_text(MALL_LATER.replace("A", "B"), encoding="utf-8")
    mall = load(loads).loads[1]
    assert mall.state is LoadState.HELD
    assert "实付" in mall.why.zh
    assert published(loads, folder, "SELECT count(*) FROM orders WHERE order_id LIKE 'B%'") == [(3,)]
