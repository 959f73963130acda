"""Small databases written by hand: what is found out about them, what is drafted, and what a review makes of it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from semantic_layer.definitions import check_definitions, load_definitions
from semantic_layer.errors import DataError, Text, UnknownNameError, UserError
from semantic_layer.ingestion.draft.lexicon import Lexicon, singular
from semantic_layer.ingestion.draft.marks import draft_note, unreviewed
from semantic_layer.ingestion.draft.opening import open_tables
from semantic_layer.ingestion.draft.placing import draft_folder
from semantic_layer.ingestion.draft.profile import profile_database
from semantic_layer.ingestion.draft.proposals import OWNER, Kind, State, read_ledger, write_ledger
from semantic_layer.ingestion.draft.review import MASKED, DraftReview
from semantic_layer.ingestion.draft.types import DatabaseProfile, Personal
from semantic_layer.model.types import ColumnType, DimensionKind, Sensitivity, Simple, Unit

TODAY = date(2026, 1, 1)


def quiet(_stage: str, _done: int, _total: int) -> None: ...


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three exports: 12 customers, 4 products, 40 orders; dates, money and percents are text."""
    folder = tmp_path_factory.mktemp("exports") / "shop"
    folder.mkdir()
    people = "\n".join(
        f"{at},客人{at},{'MF'[at % 2]},138{at:08d},c{at}@example.com,{('上海', '北京')[at % 2]},2025/03/{at:02d}"
        for at in range(1, 13)
    )
    (folder / "cust.csv").write_text(f"cust_id,cust_nm,sex,mobile,email,city,reg_dt\n{people}\n", encoding="utf-8")
    products = "\n".join(f"{at},item {at},{('food', 'home')[at % 2]},¥1{at}.50" for at in range(1, 5))
    (folder / "prod.csv").write_text(f"prod_id,prod_nm,cat,unit_prc\n{products}\n", encoding="utf-8")
    orders = "\n".join(
        f"A{at:04d},{1 + at % 10},{1 + at % 4},2026-02-{1 + at % 20:02d} 10:00:00,{at % 3 + 1},{at}.25,{at % 7}%"
        for at in range(40)
    )
    (folder / "orders.csv").write_text(
        f"ord_no,cust_id,prod_id,ord_dt,qty,ord_amt,disc_pct\n{orders}\n", encoding="utf-8"
    )
    return folder


def profiled(place: Path) -> DatabaseProfile:
    with open_tables(place) as opened:
        return profile_database(opened.connection, opened.tables, opened.described, Lexicon.load(), progress=quiet)


@pytest.fixture(scope="module")
def found(shop: Path) -> DatabaseProfile:
    return profiled(shop)


@pytest.fixture(scope="module")
def once(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draft_folder(shop, tmp_path_factory.mktemp("drafts") / "draft", today=TODAY, progress=quiet).folder


@pytest.fixture
def drafted(once: Path, tmp_path: Path) -> Path:
    """A copy of the draft of the shop, to be changed."""
    return Path(shutil.copytree(once, tmp_path / "draft"))


# ---- words


@pytest.mark.parametrize(
    ("name", "pieces"),
    [
        ("cust_nm", ("customer", "name")),
        ("CustNm", ("customer", "name")),
        ("custid", ("customer", "id")),
        ("ordDt", ("order", "date")),
        ("reg_dt", ("registration", "date")),
        ("Num_of_shops", ("number", "of", "shops")),
        ("khmc", ("customer", "name")),
        ("客户名称", ("customer", "name")),
        ("HTTPStatus", ("http", "status")),
    ],
)
def test_names_are_written_out(name: str, pieces: tuple[str, ...]) -> None:
    assert Lexicon.load().pieces(name) == pieces


def test_names_are_said_in_chinese() -> None:
    lexicon = Lexicon.load()
    assert lexicon.in_chinese(lexicon.pieces("cust_nm")) == "客户名称"
    assert lexicon.in_chinese(lexicon.pieces("num_of_orders")) == "订单数"
    assert lexicon.in_chinese(lexicon.pieces("unit_prc")) == "单价"
    assert lexicon.in_chinese(lexicon.pieces("frobnicated_dt")) == "frobnicated 日期"


@pytest.mark.parametrize(
    ("word", "one"),
    [("cities", "city"), ("boxes", "box"), ("status", "status"), ("address", "address"), ("orders", "order")],
)
def test_one_of_several(word: str, one: str) -> None:
    assert singular(word) == one


# ---- what is found out


def test_numbers_dates_money_and_percents_are_read_from_text(found: DatabaseProfile) -> None:
    orders, people, products = found.table("orders"), found.table("cust"), found.table("prod")
    assert people.column("reg_dt").reading.type is ColumnType.DATE
    assert people.column("reg_dt").reading.form == "%Y/%m/%d"
    assert (people.column("reg_dt").low, people.column("reg_dt").high) == ("2025-03-01", "2025-03-12")
    assert orders.column("ord_dt").reading.type is ColumnType.TIMESTAMP
    assert orders.column("qty").reading.type is ColumnType.INTEGER
    assert products.column("unit_prc").reading.type is ColumnType.DECIMAL
    assert products.column("unit_prc").reading.unit is Unit.CURRENCY
    assert (orders.column("disc_pct").low, orders.column("disc_pct").high) == ("0.0", "0.06")
    assert orders.column("ord_no").reading.type is ColumnType.STRING


def test_keys_joins_times_and_people_are_found(found: DatabaseProfile) -> None:
    assert {table.name: table.key.columns for table in found.tables} == {
        "cust": ("cust_id",), "orders": ("ord_no",), "prod": ("prod_id",),
    }  # fmt: skip
    assert {(join.table, join.columns, join.to_table, join.matched) for join in found.joins} == {
        ("orders", ("cust_id",), "cust", 1.0),
        ("orders", ("prod_id",), "prod", 1.0),
    }
    assert (found.people, found.table("orders").when, found.table("cust").when) == ("cust", "ord_dt", "")
    personal = {c.name: c.personal for c in found.table("cust").columns if c.personal}
    assert personal == {"cust_nm": Personal.NAME, "mobile": Personal.PHONE, "email": Personal.EMAIL}


def test_small_whole_numbers_alone_are_no_join(tmp_path: Path) -> None:
    (tmp_path / "color.csv").write_text("color_id,color_name\n1,red\n2,blue\n3,green\n", encoding="utf-8")
    (tmp_path / "visit.csv").write_text(
        "visit_id,pages\n" + "\n".join(f"{n},{n % 3 + 1}" for n in range(1, 30)), encoding="utf-8"
    )
    assert profiled(tmp_path).joins == ()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["03/04/2025", "05/06/2025"], ColumnType.STRING),  # March or April: nobody can say
        (["31/04/2025", "05/06/2025"], ColumnType.STRING),  # there is no 31 April
        (["30/04/2025", "05/06/2025"], ColumnType.DATE),
        (["1,200", "35"], ColumnType.FLOAT),
        (["007", "012"], ColumnType.STRING),  # a code, no number
        (["12", "about 13"], ColumnType.STRING),
        (["12", "N/A", ""], ColumnType.INTEGER),
        (["true", "false"], ColumnType.BOOLEAN),
        (["2025年3月4日", "2025年12月31日"], ColumnType.DATE),
    ],
)
def test_a_form_is_taken_only_when_all_values_have_it(tmp_path: Path, values: list[str], kind: ColumnType) -> None:
    rows = "\n".join(f'{at},"{value}"' for at, value in enumerate(values))
    (tmp_path / "things.csv").write_text(f"thing_id,seen\n{rows}\n", encoding="utf-8")
    assert profiled(tmp_path).table("things").column("seen").reading.type is kind


def test_a_composite_key_and_a_table_that_keeps_the_past(tmp_path: Path) -> None:
    place = tmp_path / "past.sqlite"
    with closing(sqlite3.connect(place)) as base:
        base.executescript(
            "CREATE TABLE member_level (member_id INTEGER, level TEXT, valid_from TEXT, valid_to TEXT);"
            "INSERT INTO member_level VALUES (1,'silver','2025-01-01','2025-03-01'), (1,'gold','2025-03-01',NULL),"
            " (2,'silver','2025-01-05','2025-04-01'), (2,'gold','2025-04-01',NULL);"
            "CREATE TABLE order_item (order_id INTEGER, item_no INTEGER, qty INTEGER);"
            "INSERT INTO order_item VALUES (1,1,2), (1,2,1), (2,1,5);"
        )
        base.commit()
    found = profiled(place)
    assert found.table("member_level").history == ("valid_from", "valid_to")
    assert found.table("member_level").key.columns == ("member_id",)
    assert found.table("order_item").key.columns == ("order_id", "item_no")


def test_declared_keys_and_links_of_sqlite_and_duckdb_are_believed(tmp_path: Path) -> None:
    script = (
        "CREATE TABLE maker (m INTEGER PRIMARY KEY, title TEXT);"
        "CREATE TABLE thing (t INTEGER PRIMARY KEY, made INTEGER REFERENCES maker (m));"
        "INSERT INTO maker VALUES (1,'a'),(2,'b'); INSERT INTO thing VALUES (10,1),(11,2),(12,2);"
    )
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as base:
        base.executescript(script)
        base.commit()
    with duckdb.connect(str(tmp_path / "b.duckdb")) as other:
        other.execute(script)
    for name in ("a.sqlite", "b.duckdb"):
        (join,) = profiled(tmp_path / name).joins
        assert (join.table, join.columns, join.to_table, join.to_columns) == ("thing", ("made",), "maker", ("m",))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_files_in_both_encodings(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "会员.csv").write_text("会员编号,姓名\n1,王芳\n2,李雷\n", encoding=encoding)
    table = profiled(tmp_path).table("会员")
    assert [value for value, _ in table.column("姓名").top] == ["李雷", "王芳"]
    assert table.column("姓名").personal is Personal.NAME


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError), open_tables(tmp_path):
        pass
    with pytest.raises(DataError), open_tables(tmp_path / "nowhere.sqlite"):
        pass
    (tmp_path / "broken.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(DataError), open_tables(tmp_path / "broken.sqlite"):
        pass


# ---- the draft


def test_the_draft_passes_the_check_and_is_marked(drafted: Path) -> None:
    _, policy, issues = check_definitions(drafted / "model")
    model, _ = load_definitions(drafted / "model")
    assert issues == ()
    assert {role.name for role in policy.roles} == {"admin", "analyst", "marketer", "reader"}
    assert not any(role.see_personal for role in policy.roles if role.name != "admin")
    assert unreviewed(model) == len(model.entities) + len(model.dimensions) + len(model.metrics) + len(model.tags)
    note = draft_note(model)
    assert note is not None
    assert str(unreviewed(model)) in note.en


def test_what_is_drafted(drafted: Path) -> None:
    model, _ = load_definitions(drafted / "model")
    fields = {field.qualified: field for field in model.dimensions}
    metrics = {metric.name: metric for metric in model.metrics}
    assert {entity.name for entity in model.entities} == {"customer", "order", "product"}
    assert model.customer_entity == "customer"
    assert fields["customer.cust_nm"].words.label == Text("客户名称", "customer name")
    assert fields["customer.cust_nm"].sensitivity is Sensitivity.PERSONAL
    assert fields["customer.mobile"].sensitivity is Sensitivity.CONTACT
    assert fields["customer.city"].kind is DimensionKind.GEOGRAPHIC
    assert [value.label.en for value in fields["customer.sex"].values] == ["female", "male"]
    assert "order.cust_id" not in fields
    assert metrics["total_order_ord_amt"].unit is Unit.CURRENCY
    assert "total_product_unit_prc" not in metrics  # prices do not add up
    assert metrics["average_order_disc_pct"].unit is Unit.PERCENT
    joined = metrics["new_customer_count"].body
    assert isinstance(joined, Simple)
    assert joined.measures[0].time == "reg_dt"
    assert {tag.name for tag in model.tags} == {"recency", "frequency", "amount_level"}
    assert model.conventions.as_of_from == "order.ord_dt"
    assert model.conventions.default_window == ""


def test_data_stand_in_the_types_of_the_definitions(drafted: Path) -> None:
    with duckdb.connect() as connection:
        orders = connection.read_parquet(str(drafted / "data" / "orders.parquet"))
        assert orders.aggregate("count(*), sum(qty), sum(ord_amt), max(disc_pct)").fetchall() == [(40, 79, 790.0, 0.06)]


def test_rows_without_a_key_are_numbered(tmp_path: Path) -> None:
    source = tmp_path / "log.csv"
    source.write_text("event,amount\nclick,1\nclick,1\nview,2\n", encoding="utf-8")
    folder = draft_folder(source, tmp_path / "draft", today=TODAY, progress=quiet).folder
    model, _ = load_definitions(folder / "model")
    assert model.entities[0].primary_key == ("row_no",)
    assert model.conventions.as_of == "2026-01-01"


def test_a_folder_with_something_in_it_is_left_alone(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(DataError):
        draft_folder(shop, tmp_path / "mine", today=TODAY, progress=quiet)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


# ---- the review


def test_examples_are_shown_and_personal_ones_masked(drafted: Path) -> None:
    rows = {row.proposal.id: row for row in DraftReview(drafted).rows()}
    assert rows["dimension:customer.cust_nm"].examples == (MASKED,)
    assert rows["dimension:product.cat"].examples == ("food", "home")
    assert rows["relationship:order_customer"].proposal.confidence == 0.95


def test_decisions_change_the_definitions(drafted: Path) -> None:
    review = DraftReview(drafted)
    review.accept("dimension:customer.city", by="Wang")
    review.relabel("metric:total_order_ord_amt", Text("销售额", "sales"), by="Wang")
    gone = review.reject("metric:last_order_date")
    model, _ = load_definitions(drafted / "model")
    fields = {field.qualified: field for field in model.dimensions}
    metrics = {metric.name: metric for metric in model.metrics}
    assert fields["customer.city"].origin.owner == "Wang"
    assert fields["customer.sex"].origin.owner == OWNER
    assert metrics["total_order_ord_amt"].words.label == Text("销售额", "sales")
    assert "last_order_date" not in metrics
    assert gone == ("tag:customer.recency",)
    assert check_definitions(drafted / "model")[2] == ()


def test_all_above_a_confidence_then_finish_removes_the_mark(drafted: Path) -> None:
    review = DraftReview(drafted)
    certain = sum(one.confidence >= 0.9 for one in review.proposals)
    assert review.accept_all(0.9) == certain
    assert DraftReview(drafted).open == len(review.proposals) - certain
    review.finish()
    model, _ = load_definitions(drafted / "model")
    assert draft_note(model) is None
    assert DraftReview(drafted).finished


def test_a_join_is_changed_or_refused_with_its_reason(drafted: Path) -> None:
    review = DraftReview(drafted)
    with pytest.raises(UserError, match="product"):
        review.rejoin("relationship:order_product", "product", ["colour"])
    review.rejoin("relationship:order_product", "product", ["qty"])
    model, _ = load_definitions(drafted / "model")
    assert {r.name: r.from_columns for r in model.relationships}["order_product"] == ("qty",)


def test_what_is_needed_is_not_left_out(drafted: Path) -> None:
    review = DraftReview(drafted)
    for row in ("entity:customer", "dimension:order.ord_dt", "customer:customer"):
        with pytest.raises(UserError):
            review.reject(row)
    with pytest.raises(UnknownNameError):
        review.accept("dimension:customer.town")
    assert all(one.state is State.OPEN for one in DraftReview(drafted).proposals)


def test_a_decision_that_was_not_applied_is_applied_when_opened_again(drafted: Path) -> None:
    ledger = read_ledger(drafted)
    row = next(one for one in ledger.proposals if one.id == "dimension:customer.city")
    write_ledger(drafted, ledger.with_proposal(replace(row, state=State.REJECTED, applied=False)))
    (drafted / "model").rename(drafted / ".model.before")  # stopped between the two renamings
    review = DraftReview(drafted)
    model, _ = load_definitions(drafted / "model")
    assert "customer.city" not in {field.qualified for field in model.dimensions}
    assert next(one for one in review.proposals if one.id == row.id).applied


def test_another_table_of_customers(drafted: Path) -> None:
    review = DraftReview(drafted)
    review.choose_customer("product")
    model, _ = load_definitions(drafted / "model")
    assert model.customer_entity == "product"
    assert check_definitions(drafted / "model")[2] == ()
    assert next(one for one in review.proposals if one.kind is Kind.CUSTOMER).note == "product"
