"""Hidden fields: not to be read, filtered, sorted, grouped or counted by in any form, and how several roles add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import Issue, NotAllowedError
from semantic_layer.model.section import Section
from semantic_layer.model.source import parse_yaml
from semantic_layer.model.types import Aggregation, Measure, Metric, Simple, Unit
from semantic_layer.policy.authorise import authorise
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.parse import parse_statement
from semantic_layer.policy.read import read_policy
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import Policy, RolePolicy, RowFilter, User
from semantic_layer.table import Cell
from tests.semantic_layer.policy.shop import MODEL, database, words

BIRTHDAYS = ("1990", "1984", "03-07", "11-23")


def metric(name: str, entity: str, expr: str, where: str = "") -> Metric:
    measure = Measure(entity=entity, agg=Aggregation.SUM, expr=expr, where=where)
    return Metric(name=name, words=words(name, name), body=Simple(measures=(measure,)), unit=Unit.NUMBER)


SHOP = replace(
    MODEL,
    metrics=(
        metric("paid", "order", "paid"),
        metric("years", "customer", "age"),
        metric("sold", "order_line", "quantity"),
    ),
)
CATALOG = Catalog.from_model(SHOP)
POLICY = Policy(
    roles=(
        RolePolicy(name="plain", see_personal=True, hidden=("customer.birthday",)),
        RolePolicy(name="aged", see_personal=True, hidden=("customer.age",)),
        RolePolicy(name="levels", hidden=("customer.level", "paid")),
        RolePolicy(name="tags", see_personal=True, hidden=("customer.diagnosis",)),
        RolePolicy(name="whole", see_personal=True),
        RolePolicy(name="goods", entities=("product", "order_line")),
    )
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(database(tmp_path_factory.mktemp("shop")))
    yield engine
    engine.close()


def user(*roles: str) -> User:
    return User(name="ana", roles=roles)


def rows(engine: DuckDBEngine, text: str, *roles: str) -> tuple[tuple[Cell, ...], ...]:
    return engine.run(authorise(parse_statement(text), user(*roles), CATALOG, POLICY)).rows


@pytest.mark.parametrize(
    "text",
    [
        "SELECT birthday FROM customers",
        "SELECT BIRTHDAY FROM customers",
        'SELECT "Birthday" FROM customers',
        "SELECT c.birthday AS b FROM customers AS c",
        "SELECT customers.birthday FROM customers",
        "SELECT COUNT(*) FROM customers WHERE birthday > DATE '1985-01-01'",
        "SELECT COUNT(*) FROM customers WHERE birthday IS NULL",
        "SELECT COUNT(birthday) FROM customers",
        "SELECT COUNT(DISTINCT birthday) FROM customers",
        "SELECT COALESCE(birthday, NULL) FROM customers",
        "SELECT ANY_VALUE(birthday) FROM customers",
        "SELECT MIN(birthday), MAX(birthday) FROM customers",
        "SELECT member_no FROM customers ORDER BY birthday",
        "SELECT COUNT(*) FROM customers GROUP BY birthday",
        "SELECT member_no FROM customers GROUP BY member_no HAVING MAX(birthday) > DATE '1985-01-01'",
        "SELECT ROW_NUMBER() OVER (ORDER BY birthday) FROM customers",
        "SELECT ROW_NUMBER() OVER (PARTITION BY birthday) FROM customers",
        "SELECT member_no FROM customers QUALIFY RANK() OVER (ORDER BY birthday) = 1",
        "SELECT COUNT(*) FROM customers AS a JOIN customers AS b USING (birthday)",
        "SELECT COUNT(*) FROM customers AS a JOIN customers AS b ON a.birthday = b.birthday",
        "SELECT date_diff('year', birthday, DATE '2026-10-31') FROM customers",
        "SELECT MONTH(birthday) FROM customers",
        "SELECT x.y FROM (SELECT birthday AS y FROM customers) AS x",
        "WITH x AS (SELECT birthday AS y FROM customers) SELECT y FROM x",
        "SELECT member_no FROM customers AS c WHERE EXISTS (SELECT 1 FROM orders AS o WHERE c.birthday < DATE '1985-01-01')",
        "SELECT member_no FROM customers WHERE customer_key IN (SELECT customer_key FROM customers WHERE birthday < now())",
        "SELECT (SELECT MAX(birthday) FROM customers)",
        "SELECT 1 FROM customers UNION ALL SELECT YEAR(birthday) FROM customers",
        "SELECT SUM(1) FILTER (WHERE birthday IS NOT NULL) FROM customers",
        "SELECT birth_month FROM customer_tags",
    ],
)
def test_a_hidden_column_is_refused_in_every_place(text: str) -> None:
    with pytest.raises(NotAllowedError):
        authorise(parse_statement(text), user("plain"), CATALOG, POLICY)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM customers",
        "SELECT c.* FROM customers AS c",
        "SELECT x.* FROM (SELECT * FROM customers) AS x",
        "SELECT c, * FROM customers AS c",
    ],
)
def test_a_star_gives_everything_else(text: str, engine: DuckDBEngine) -> None:
    found = rows(engine, text, "plain")
    assert len(found) == 4
    assert not any(piece in str(found) for piece in BIRTHDAYS)
    assert "张三丰" in str(found)  # what is merely personal is theirs to see


def test_what_is_made_of_something_hidden_is_hidden() -> None:
    hidden = CATALOG.hidden_from(rights_of(user("plain"), POLICY))
    assert hidden.definitions == {"customer.birthday", "customer.age", "customer.birth_month", "years"}
    assert hidden.columns == {("customers", "birthday"), ("customer_tags", "birth_month")}


def test_a_computed_field_is_hidden_by_name_and_what_it_is_made_of_stays() -> None:
    hidden = CATALOG.hidden_from(rights_of(user("aged"), POLICY))
    assert hidden.definitions == {"customer.age", "years"}
    assert hidden.columns == frozenset()
    for name in ("customer.age", "years", "buyer>customer.age"):
        for place in ({"names": (name,)}, {"uses": (name,)}, {"listed": (("a", name),)}):
            with pytest.raises(NotAllowedError):
                authorise(parse_statement("SELECT 1 FROM customers"), user("aged"), CATALOG, POLICY, **place)


def test_metrics_are_hidden_by_their_name() -> None:
    with pytest.raises(NotAllowedError, match="paid"):
        authorise(parse_statement("SELECT SUM(paid) FROM orders"), user("levels"), CATALOG, POLICY, names=("paid",))
    authorise(
        parse_statement("SELECT SUM(quantity) FROM order_lines"), user("levels"), CATALOG, POLICY, names=("sold",)
    )


def test_a_stored_tag_is_hidden_with_its_column(engine: DuckDBEngine) -> None:
    assert "TOPSECRET" in str(rows(engine, "SELECT diagnosis FROM customer_tags", "whole"))
    with pytest.raises(NotAllowedError):
        rows(engine, "SELECT diagnosis FROM customer_tags", "tags")
    star = authorise(parse_statement("SELECT * FROM customer_tags"), user("tags"), CATALOG, POLICY)
    assert "diagnosis" not in star.text
    assert "high_value" in star.text


def test_hidden_is_what_every_role_that_reads_it_hides(engine: DuckDBEngine) -> None:
    text = "SELECT MIN(birthday) FROM customers"
    with pytest.raises(NotAllowedError):
        rows(engine, text, "plain", "goods")  # the second role reads no customers
    assert rows(engine, text, "plain", "whole") == rows(engine, text, "whole")
    both = CATALOG.hidden_from(rights_of(user("plain", "aged"), POLICY))
    assert both.definitions == {"customer.age", "years"}  # one hides the birthday, both the age


def test_a_catalog_without_a_model_fails_closed() -> None:
    bare = replace(CATALOG, resting=None)
    authorise(parse_statement("SELECT 1 FROM customers"), user("whole"), bare, POLICY)
    with pytest.raises(NotAllowedError):
        authorise(parse_statement("SELECT 1 FROM customers"), user("plain"), bare, POLICY)


def test_what_is_offered_is_neither_hidden_nor_out_of_reach() -> None:
    def offered(name: str, *roles: str) -> bool:
        return CATALOG.offers(name, rights_of(user(*roles), POLICY))

    assert offered("customer.birthday", "whole")
    assert not offered("customer.birthday", "plain")
    assert not offered("years", "plain")
    assert offered("sold", "goods")
    assert not offered("paid", "goods")
    assert not offered("customer.level", "goods")


def test_equal_rights_have_one_digest_whatever_they_are_called() -> None:
    east = RowFilter(entity="customer", where="city = '上海'")
    policy = Policy(
        roles=(
            RolePolicy(name="one"),
            RolePolicy(name="two", export=False, review=True),
            RolePolicy(name="east", row_filters=(east,)),
            RolePolicy(name="few", see_small_groups=False),
            RolePolicy(name="less", hidden=("customer.birthday",)),
            RolePolicy(name="named", see_personal=True),
            RolePolicy(name="goods", entities=("product", "order")),
            RolePolicy(name="wares", entities=("order", "product")),
        )
    )

    def digest(*roles: str) -> str:
        return rights_of(User(name="x", roles=roles), policy).digest

    assert digest("one") == digest("two") == digest("one", "east") == digest("east", "one") == digest("two", "less")
    assert digest("goods") == digest("wares") == digest("goods", "wares")
    assert len({digest(name) for name in ("one", "east", "few", "less", "named", "goods")}) == 6


# The file


def read(text: str) -> tuple[Policy, list[Issue]]:
    parsed = parse_yaml(text, "policies.yml")
    assert parsed.root is not None
    issues: list[Issue] = []
    return read_policy(Section(parsed.root, "", issues), SHOP), issues


ROLE = "roles:\n- {name: r, label: {zh: 甲, en: r}, entities: all, "
PURPOSES = "purposes:\n- {name: sms, label: {zh: 短信, en: SMS}}\n- {name: study, label: {zh: 研究, en: study}}\n"


def test_the_file_says_what_is_hidden_and_what_a_role_may_do() -> None:
    policy, issues = read(
        PURPOSES
        + ROLE
        + "hidden: [customer.birthday, customer.gender, paid], purposes: [study], review: true, manage_segments: true}\n"
    )
    assert issues == []
    (role,) = policy.roles
    assert role.hidden == ("customer.birthday", "customer.gender", "paid")
    assert (role.purposes, role.review, role.manage_segments) == (("study",), True, True)


def test_without_the_keys_nothing_is_hidden_and_nothing_more_is_granted() -> None:
    (role,) = read(PURPOSES + ROLE[:-2] + "}\n")[0].roles
    assert (role.hidden, role.purposes, role.review, role.manage_segments) == ((), "all", False, False)


def test_an_empty_list_of_purposes_is_none_of_them() -> None:
    policy, issues = read(PURPOSES + ROLE + "purposes: []}\n")
    assert issues == []
    assert not rights_of(User(name="x", roles=("r",)), policy).may_state("study")


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("hidden: [customer.birthdy]", "customer.birthday"),
        ("hidden: [customer.customer_key]", "key"),
        ("hidden: [city.city]", "key"),
        ("purposes: [stdy]", "study"),
        ("purposes: [study], export_contact_for: [sms]", "sms"),
        ("review: maybe", "review"),
        ("hiden: [customer.birthday]", "hidden"),
    ],
)
def test_a_fault_in_the_file_says_what_is_meant(rest: str, said: str) -> None:
    _, issues = read(PURPOSES + ROLE + rest + "}\n")
    assert len(issues) == 1
    assert said in issues[0].message + issues[0].remedy


def test_the_folder_of_the_demo_names_who_reviews() -> None:
    from semantic_layer.definitions import load_definitions

    folder = Path(__file__).resolve().parents[3] / "semantic_layer" / "examples" / "retail" / "model"
    _, policy = load_definitions(folder)
    assert [role.name for role in policy.roles if role.review] == ["admin", "data_owner"]
    assert [role.name for role in policy.roles if role.manage_segments] == ["admin", "data_owner"]


# Masks that an inner query passes on


@pytest.mark.parametrize(
    "text",
    [
        "WITH x AS (SELECT phone AS p FROM customers) SELECT COUNT(*) FROM x WHERE p LIKE '138%'",
        "WITH x AS (SELECT phone AS p FROM customers), y AS (SELECT p AS q FROM x) SELECT q, COUNT(*) FROM y GROUP BY q",
        "WITH x(p) AS (SELECT phone FROM customers) SELECT p FROM x GROUP BY p",
        "WITH x AS (SELECT * FROM customers) SELECT phone, COUNT(*) FROM x GROUP BY phone",
        "SELECT COUNT(DISTINCT x.p) FROM (SELECT phone AS p FROM customers) AS x",
        "SELECT MAX(x.p) FROM (SELECT COALESCE(phone, '') AS p FROM customers) AS x",
        "SELECT x.p || '' FROM (SELECT phone FROM customers) AS x(p)",
        "SELECT p FROM (SELECT member_no AS p FROM customers UNION ALL SELECT phone FROM customers) AS x WHERE p > '1'",
        "WITH x AS (SELECT phone AS p FROM customers), y AS (SELECT phone AS p FROM customers) SELECT 1 FROM x JOIN y USING (p)",
        "WITH x AS (SELECT ANY_VALUE(phone) AS p, member_no FROM customers GROUP BY member_no) SELECT LENGTH(p) FROM x",
        "SELECT ROW_NUMBER() OVER (ORDER BY x.phone) FROM (SELECT * FROM customers) AS x",
        "SELECT phone AS p, COUNT(*) FROM customers GROUP BY 1",
        "SELECT phone AS p, COUNT(*) FROM customers GROUP BY p",
        "SELECT COALESCE(phone, '') AS p, COUNT(*) FROM customers GROUP BY 1",
        "SELECT LENGTH(COALESCE(phone, '')) FROM customers",
        "WITH x AS (SELECT phone AS p FROM customers) SELECT p AS q, COUNT(*) FROM x GROUP BY 1",
        "SELECT l.z || '' FROM orders AS o, LATERAL (SELECT phone AS z FROM customers) AS l",
    ],
)
def test_a_mask_is_not_computed_with_under_another_name(text: str) -> None:
    policy = Policy(roles=(RolePolicy(name="analyst"), RolePolicy(name="owner", see_personal=True, see_contact=True)))
    with pytest.raises(NotAllowedError):
        authorise(parse_statement(text), user("analyst"), CATALOG, policy)
    authorise(parse_statement(text), user("owner"), CATALOG, policy)


@pytest.mark.parametrize(
    "text",
    [
        "WITH x AS (SELECT phone AS p, level AS l FROM customers) SELECT p FROM x WHERE l = '金卡' ORDER BY l",
        "WITH x AS (SELECT COUNT(phone) AS p FROM customers) SELECT p + 1 FROM x WHERE p > 0",
        "WITH x AS (SELECT phone IS NULL AS p FROM customers) SELECT p, COUNT(*) FROM x GROUP BY p",
        "WITH x AS (SELECT phone AS p FROM customers) SELECT COUNT(p) FROM x",
        "SELECT x.p FROM (SELECT phone, level FROM customers) AS x(q, p) WHERE x.p = '金卡'",
    ],
)
def test_what_is_no_mask_may_be_computed_with(text: str) -> None:
    authorise(parse_statement(text), user("analyst"), CATALOG, Policy(roles=(RolePolicy(name="analyst"),)))
