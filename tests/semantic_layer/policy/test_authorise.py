"""What each role gets: rows, masks, refusals, and the limits that every statement carries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlglot import exp

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import NotAllowedError
from semantic_layer.policy.authorise import AuthorisedSql, authorise
from semantic_layer.policy.parse import parse_statement
from semantic_layer.policy.types import Limits
from semantic_layer.table import Cell
from tests.semantic_layer.policy.shop import CATALOG, POLICY, database, user

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(database(tmp_path_factory.mktemp("shop")))
    yield engine
    engine.close()


def rows(engine: DuckDBEngine, text: str, *roles: str) -> tuple[tuple[Cell, ...], ...]:
    return engine.run(authorise(parse_statement(text), user(*roles), CATALOG, POLICY)).rows


def refusal(text: str, *roles: str) -> NotAllowedError:
    with pytest.raises(NotAllowedError) as caught:
        authorise(parse_statement(text), user(*roles), CATALOG, POLICY)
    return caught.value


def test_authorised_sql_is_made_in_one_place_only() -> None:
    calls = [
        path
        for folder in ("semantic_layer", "tools", "assistant", "prompts")
        for path in (ROOT / folder).rglob("*.py")
        for _ in range(path.read_text(encoding="utf-8").count("AuthorisedSql("))
    ]
    assert calls == [ROOT / "semantic_layer" / "policy" / "authorise.py"]


def test_authorised_sql_cannot_be_made_by_hand() -> None:
    with pytest.raises(TypeError):
        AuthorisedSql("SELECT 1")
    with pytest.raises(TypeError):
        replace(authorise(parse_statement("SELECT 1"), user("owner"), CATALOG, POLICY), text="DROP TABLE x", seal=None)


def test_the_given_tree_is_not_changed() -> None:
    tree = parse_statement("SELECT name FROM customers")
    before = tree.sql(dialect="duckdb")
    authorise(tree, user("east"), CATALOG, POLICY)
    assert tree.sql(dialect="duckdb") == before


# Who may read at all


def test_a_user_without_a_role_reads_nothing() -> None:
    assert "no role" in refusal("SELECT 1").message.en


def test_an_unknown_role_is_refused_even_beside_a_known_one() -> None:
    error = refusal("SELECT 1", "owner", "wizard")
    assert "wizard" in error.message.zh
    assert "analyst" in error.suggestions


def test_a_role_reads_only_its_entities(engine: DuckDBEngine) -> None:
    assert rows(engine, "SELECT COUNT(*) FROM products", "goods") == ((2,),)
    for text in ("SELECT COUNT(*) FROM customers", "SELECT COUNT(*) FROM orders", "SELECT COUNT(*) FROM customer_tags"):
        assert "may not read" in refusal(text, "goods").message.en
    assert "goods" not in refusal("SELECT 1 FROM products WHERE EXISTS (SELECT 1 FROM orders)", "goods").message.en


def test_a_second_role_opens_what_the_first_does_not(engine: DuckDBEngine) -> None:
    assert rows(engine, "SELECT COUNT(*) FROM customers", "goods", "analyst") == ((4,),)


# Rows


@pytest.mark.parametrize(
    "text",
    [
        "SELECT customer_key FROM customers ORDER BY 1",
        "SELECT DISTINCT customer_key FROM orders ORDER BY 1",
        "SELECT customer_key FROM customer_tags ORDER BY 1",
        "SELECT DISTINCT o.customer_key FROM order_lines AS l JOIN orders AS o ON o.order_id = l.order_id ORDER BY 1",
        "WITH a AS (SELECT customer_key FROM customers) SELECT customer_key FROM a ORDER BY 1",
        "SELECT customer_key FROM (SELECT customer_key FROM customers) AS c ORDER BY 1",
        "SELECT customer_key FROM customers UNION SELECT customer_key FROM orders ORDER BY 1",
        "SELECT c.customer_key FROM cities AS t JOIN customers AS c ON true WHERE t.city = '上海' ORDER BY 1",
        "SELECT c.customer_key FROM cities AS t RIGHT JOIN customers AS c ON false ORDER BY 1",
        "SELECT customer_key FROM customers AS c WHERE EXISTS (SELECT 1 FROM customers AS d WHERE d.customer_key = c.customer_key) ORDER BY 1",
    ],
)
def test_a_row_filter_holds_wherever_its_rows_lead(text: str, engine: DuckDBEngine) -> None:
    assert rows(engine, text, "east") == ((1,), (2,))


def test_lines_without_a_visible_customer_are_hidden(engine: DuckDBEngine) -> None:
    assert rows(engine, "SELECT line_id FROM order_lines ORDER BY 1", "east") == ((1,), (2,), (3,))
    assert rows(engine, "SELECT COUNT(*) FROM order_lines", "analyst") == ((6,),)


def test_tables_that_lead_to_no_person_stay_whole(engine: DuckDBEngine) -> None:
    assert rows(engine, "SELECT COUNT(*) FROM cities", "east") == ((3,),)


def test_a_filter_on_orders_leaves_customers_whole(engine: DuckDBEngine) -> None:
    assert rows(engine, "SELECT COUNT(*) FROM customers", "app_sales") == ((4,),)
    assert rows(engine, "SELECT order_id FROM orders ORDER BY 1", "app_sales") == ((12,), (13,), (15,))
    assert rows(engine, "SELECT line_id FROM order_lines ORDER BY 1", "app_sales") == ((2,), (3,), (5,))


def test_roles_add_up_and_filters_of_one_role_narrow(engine: DuckDBEngine) -> None:
    keys = "SELECT customer_key FROM customers ORDER BY 1"
    assert rows(engine, keys, "east", "gold") == ((1,), (2,), (3,))
    assert rows(engine, keys, "east_gold") == ((1,),)
    assert rows(engine, keys, "east", "analyst") == ((1,), (2,), (3,), (4,))


def test_a_row_filter_that_makes_no_sense_closes_the_data() -> None:
    assert "shoe_size" in refusal("SELECT COUNT(*) FROM customers", "broken").message.en


@pytest.mark.parametrize(
    "where",
    [
        "1 = 1; DROP TABLE customers",
        "customer_key IN (SELECT customer_key FROM secrets)",
        "read_text('/etc/passwd') IS NULL",
        "COUNT(*) > 1",
        "planet.name = 'x'",
        "product.category = '箱包'",
        "",
    ],
)
def test_a_row_filter_may_only_be_a_condition_over_fields(where: str) -> None:
    role = replace(POLICY.roles[3], row_filters=(replace(POLICY.roles[3].row_filters[0], where=where),))
    policy = replace(POLICY, roles=(role,))
    with pytest.raises(NotAllowedError):
        authorise(parse_statement("SELECT COUNT(*) FROM customers"), user("east"), CATALOG, policy)


@pytest.mark.parametrize(
    ("where", "keys"),
    [
        ("paying", (1, 2, 3)),
        ("customer.level = '金卡' AND city.region = '华东'", (1,)),
        ("level = '银卡' OR city.region = '华北'", (2, 3)),
        ("NOT city.region = '华东'", (3,)),
        ("city.region IN ('华东', '华北')", (1, 2, 3)),
        ("city IS NULL", (4,)),
    ],
)
def test_row_filters_use_columns_fields_and_fields_reached(
    where: str, keys: tuple[int, ...], engine: DuckDBEngine
) -> None:
    role = replace(POLICY.roles[3], row_filters=(replace(POLICY.roles[3].row_filters[0], where=where),))
    policy = replace(POLICY, roles=(role,))
    for table in ("customers", "customer_tags"):
        tree = parse_statement(f"SELECT customer_key FROM {table} ORDER BY 1")
        assert engine.run(authorise(tree, user("east"), CATALOG, policy)).rows == tuple((key,) for key in keys)


# Masks


def test_masks_keep_a_beginning_and_hide_the_rest(engine: DuckDBEngine) -> None:
    text = "SELECT name, phone, email, address, birthday FROM customers WHERE customer_key = 1"
    assert rows(engine, text, "analyst") == (("张*", "135****8888"[:3] + "****8888", "f***@…", "上海****", None),)
    assert rows(engine, text, "owner")[0][0] == "张三丰"


def test_a_missing_value_stays_missing_behind_its_mask(engine: DuckDBEngine) -> None:
    assert rows(engine, "SELECT phone, address FROM customers WHERE customer_key = 4", "analyst") == ((None, None),)


def test_personal_and_contact_are_separate_rights(engine: DuckDBEngine) -> None:
    text = "SELECT name, phone FROM customers WHERE customer_key = 1"
    assert rows(engine, text, "manager") == (("张三丰", "135****8888"),)


def test_says_which_columns_it_masked() -> None:
    text = "SELECT name, phone, city FROM customers"
    masked = authorise(parse_statement(text), user("analyst"), CATALOG, POLICY).masked
    assert set(masked) == {"customers.name", "customers.phone"}
    assert authorise(parse_statement(text), user("owner"), CATALOG, POLICY).masked == ()


def test_filtering_by_a_masked_column_is_refused_rather_than_answered_with_zero() -> None:
    assert "name" in refusal("SELECT COUNT(*) FROM customers WHERE name = '张三丰'", "analyst").message.zh


def test_a_harmless_field_over_a_protected_column_is_right(engine: DuckDBEngine) -> None:
    text = (
        "SELECT DATE_DIFF('year', c.birthday, DATE '2026-06-01') AS age, COUNT(*) FROM customers AS c "
        "WHERE DATE_DIFF('year', c.birthday, DATE '2026-06-01') > 30 GROUP BY 1 ORDER BY 1"
    )
    assert rows(engine, text, "analyst") == ((36, 2), (42, 1))
    assert rows(engine, text, "east") == ((36, 1), (42, 1))


def test_a_personal_tag_is_masked(engine: DuckDBEngine) -> None:
    text = "SELECT diagnosis FROM customer_tags WHERE customer_key = 1"
    assert rows(engine, text, "analyst") == (("T*",),)
    assert rows(engine, text, "owner") == (("TOPSECRET-4",),)


def test_a_protected_tag_is_refused_whole_when_it_is_computed_from_harmless_rows() -> None:
    tree = parse_statement("SELECT COUNT(*) FROM orders")
    authorise(tree, user("manager"), CATALOG, POLICY, uses=("customer.diagnosis", "order.paid"))
    with pytest.raises(NotAllowedError, match="diagnosis"):
        authorise(tree, user("analyst"), CATALOG, POLICY, uses=("order.paid", "customer.diagnosis"))


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ("MONTH(c.birthday) = 3", (1, 3)),
        ("c.city = '北京' AND (CONTAINS(c.address, '解放路') OR MONTH(c.birthday) = 11)", (3,)),
    ],
)
def test_definitions_of_harmless_tags_may_use_protected_columns(
    condition: str, keys: tuple[int, ...], engine: DuckDBEngine
) -> None:
    """`birth_month` reads the birthday; `central`, a rule, reads the address by one fixed condition."""
    text = f"SELECT c.customer_key FROM customers AS c WHERE {condition} ORDER BY 1"
    assert rows(engine, text, "analyst") == tuple((key,) for key in keys)


def test_the_same_condition_with_another_value_is_not_the_definition() -> None:
    assert refusal("SELECT COUNT(*) FROM customers WHERE CONTAINS(address, '解放路1号')", "analyst")
    assert refusal("SELECT COUNT(*) FROM customers WHERE CONTAINS(address, member_no)", "analyst")


# Limits


def test_puts_a_limit_on_the_outermost_result_only() -> None:
    policy = replace(POLICY, limits=Limits(rows=10))
    text = "SELECT a.city FROM (SELECT city FROM customers LIMIT 50) AS a"
    sql = authorise(parse_statement(text), user("owner"), CATALOG, policy).text
    assert sql.endswith("LIMIT 11")
    assert "LIMIT 50" in sql


@pytest.mark.parametrize(("asked", "given"), [(5, 5), (11, 11), (12, 11), (10**9, 11)])
def test_keeps_a_smaller_limit_and_lowers_a_larger_one(asked: int, given: int) -> None:
    policy = replace(POLICY, limits=Limits(rows=10))
    for text in ("SELECT city FROM customers", "SELECT city FROM customers UNION SELECT city FROM cities"):
        sql = authorise(parse_statement(f"{text} LIMIT {asked}"), user("owner"), CATALOG, policy).text
        assert sql.endswith(f"LIMIT {given}")


# Text that is no query, and trees that no parser gave


@pytest.mark.parametrize(
    "text", ["", ";", "上海有多少客户", "SELECT", "SELECT 1; SELECT 2", "SELECT (", "'", "(SELECT city FROM cities)"]
)
def test_text_that_is_no_query_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(NotAllowedError) as caught:
        authorise(parse_statement(text), user("owner"), CATALOG, POLICY)
    assert caught.value.message.zh
    assert caught.value.message.en


def test_nesting_without_end_is_refused() -> None:
    for text in ("SELECT " + "(" * 5000 + "1" + ")" * 5000, "SELECT " + "-" * 2000 + "1", "SELECT 1" + " + 1" * 5000):
        with pytest.raises(NotAllowedError):
            authorise(parse_statement(text), user("owner"), CATALOG, POLICY)


@pytest.mark.parametrize(
    "tree",
    [
        exp.select(exp.Literal(this="1; DROP TABLE customers", is_string=False)),
        exp.select(exp.Anonymous(this="read_text", expressions=[exp.Literal.string("/etc/passwd")])),
        exp.select(exp.Anonymous(this="len(1); DROP TABLE customers --", expressions=[])),
        exp.select("city").from_(exp.to_table("cities")).limit(exp.Literal(this="1; SELECT 2", is_string=False)),
        exp.select(exp.Extract(this=exp.Var(this="year from x); DROP TABLE y --"), expression=exp.column("city"))),
        exp.select(exp.Cast(this=exp.Literal.number(1), to=exp.DataType(this="INT); DROP TABLE y --"))),
        exp.select(exp.Literal.number(1)).from_(exp.Table(this=exp.Anonymous(this="glob", expressions=[]))),
        exp.Command(this="CALL", expression="x()"),
        exp.Drop(this=exp.to_table("customers"), kind="TABLE"),
    ],
)
def test_refuses_trees_that_would_print_as_something_else(tree: exp.Expr) -> None:
    with pytest.raises(NotAllowedError):
        authorise(tree, user("owner"), CATALOG, POLICY)


def test_a_strange_name_is_quoted_rather_than_printed_as_sql(engine: DuckDBEngine) -> None:
    alias = exp.to_identifier('x" FROM secrets; --')
    alias.set("quoted", False)
    tree = exp.select(exp.Alias(this=exp.column("city"), alias=alias)).from_("cities").order_by("1")
    result = engine.run(authorise(tree, user("analyst"), CATALOG, POLICY))
    assert result.names == ('x" FROM secrets; --',)
    assert len(result.rows) == 3


def test_comments_are_not_printed() -> None:
    tree = parse_statement("SELECT city FROM cities")
    tree.add_comments(["*/ ; DROP TABLE cities; /*"])
    assert "DROP" not in authorise(tree, user("owner"), CATALOG, POLICY).text


def test_the_rewriting_costs_the_engine_nothing(tmp_path: Path) -> None:
    """The engine reads only the columns in use through the subquery: the plan names no other column."""
    import duckdb

    sql = authorise(parse_statement("SELECT * FROM (SELECT city FROM customers) AS x"), user("owner"), CATALOG, POLICY)
    with duckdb.connect(str(database(tmp_path))) as connection:
        plan = connection.execute("EXPLAIN " + sql.text).fetchall()[0][1]
    assert "city" in plan
    assert "phone" not in plan
