"""Wide tables written by hand: which things are taken out of them, and what stays with their lines."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from semantic_layer.definitions import check_definitions, load_definitions
from semantic_layer.ingestion.draft.lexicon import Lexicon
from semantic_layer.ingestion.draft.opening import open_tables
from semantic_layer.ingestion.draft.placing import draft_folder
from semantic_layer.ingestion.draft.splitting import split_tables
from semantic_layer.model.types import Aggregation, ColumnType, Ratio, Simple

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def quiet(_stage: str, _done: int, _total: int) -> None: ...


def wide(folder: Path) -> Path:
    """20 invoices of 2 lines on 20 days; every tenth has no customer; the last is cancelled. 11 customers (9 is never one), 10 products."""
    rows = []
    for at in range(20):
        number = f"{'C' if at == 19 else ''}{5000 + at}"
        customer = "" if at % 10 == 9 else str(900 + at % 12)
        for part in (0, 1):
            product = (at + part) % 10
            quantity = -2 if at == 19 else 2
            day = f"{at + 1:02d}/03/2025 12:07"
            country = "France" if at % 2 else "Spain"
            rows.append(f"{number},P{product:03d},thing {product},{quantity},{day},1.50,{customer},{country}")
    file = folder / "invoices.csv"
    file.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wide")
    return draft_folder(wide(folder), folder / "draft", today=date(2026, 1, 1), progress=quiet).folder


def test_things_have_tables_of_their_own(drafted: Path) -> None:
    model, _ = load_definitions(drafted / "model")
    columns = {entity.name: {column.name for column in entity.columns} for entity in model.entities}
    assert columns == {
        "invoice_line": {"invoiceno", "stockcode", "quantity", "invoicedate", "unitprice", "customerid", "amount"},
        "invoice": {"invoiceno", "country", "invoicedate", "customerid"},
        "product": {"stockcode", "description"},
        "customer": {"customerid"},
    }
    assert model.customer_entity == "customer"
    assert model.conventions.as_of_from == "invoice_line.invoicedate"
    assert {tag.name for tag in model.tags} == {"recency", "frequency", "amount_level"}
    assert check_definitions(drafted / "model")[2] == ()


def test_lines_keep_all_rows_and_returns_stay_negative(drafted: Path) -> None:
    with duckdb.connect() as connection:
        data = drafted / "data"
        lines = connection.read_parquet(str(data / "invoice_line.parquet"))
        # 38 lines of 2 x 1.50 and 2 lines of -2 x 1.50
        assert lines.aggregate("count(*), count(customerid), sum(amount)").fetchall() == [(40, 36, 108)]
        assert lines.aggregate("max(invoicedate)::VARCHAR").fetchall() == [("2025-03-20 12:07:00",)]
        counts = [
            connection.read_parquet(str(data / f"{name}.parquet")).aggregate("count(*)").fetchall()[0][0]
            for name in ("invoice", "customer", "product")
        ]
        assert counts == [20, 11, 10]


def test_things_are_counted_and_amounts_averaged_over_them(drafted: Path) -> None:
    model, _ = load_definitions(drafted / "model")
    metrics = {metric.name: metric.body for metric in model.metrics}
    counted = metrics["invoice_count"]
    assert isinstance(counted, Simple)
    assert [(one.entity, one.agg) for one in counted.measures] == [
        ("invoice", Aggregation.COUNT),
        ("invoice_line", Aggregation.COUNT_DISTINCT),
    ]
    averaged = metrics["average_amount_per_invoice"]
    assert isinstance(averaged, Ratio)
    assert (averaged.numerator.metric, averaged.denominator.metric) == ("total_invoice_line_amount", "invoice_count")


def test_what_is_known_of_some_people_joins_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text(
        "member_id,seen\n" + "\n".join(f"{at % 12},2025-03-{1 + at % 28:02d}" for at in range(40)), encoding="utf-8"
    )
    (tmp_path / "profile.csv").write_text(
        "member_id,level\n" + "\n".join(f"{at},{'AB'[at % 2]}" for at in range(6)), encoding="utf-8"
    )
    with open_tables(tmp_path) as opened:
        split = split_tables(opened.connection, opened.tables, opened.described, Lexicon.load())
        assert set(split.tables) == {"visits", "member"}
        rows = opened.connection.execute("SELECT count(*), count(level) FROM member").fetchall()
        assert rows == [(12, 6)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("customers", "customer_id,city\n" + "\n".join(f"{at},Rome" for at in range(30))),  # its own key
        ("scores", "game_id,points\n" + "\n".join(f"{at % 10},{at}" for at in range(30))),  # nothing depends on it
        ("few", "customer_id,points\n" + "\n".join(f"{at % 5},{at}" for at in range(30))),  # too few values
    ],
)
def test_other_tables_stay_whole(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    with open_tables(tmp_path) as opened:
        split = split_tables(opened.connection, opened.tables, opened.described, Lexicon.load())
        assert (split.tables, split.things) == ((name,), ())


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["13/03/2025 12:07", "01/02/2025 9:30"], ColumnType.TIMESTAMP),
        (["03/13/2025 12:07", "01/02/2025 9:30"], ColumnType.TIMESTAMP),
        (["01/03/2025 12:07", "01/02/2025 9:30"], ColumnType.STRING),  # either order: nobody can say
    ],
)
def test_the_order_of_day_and_month_is_found(tmp_path: Path, values: list[str], kind: ColumnType) -> None:
    (tmp_path / "log.csv").write_text("note,at_time\n" + "\n".join(f"x,{v}" for v in values), encoding="utf-8")
    model = draft_folder(tmp_path / "log.csv", tmp_path / "d", today=date(2026, 1, 1), progress=quiet).draft.model
    assert {column.name: column.type for column in model.entities[0].columns}["at_time"] is kind
