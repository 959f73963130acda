"""Rules over small tables whose faults were put there by hand: what fails, what stands in quarantine, what it costs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from semantic_layer.errors import Text
from semantic_layer.ingestion.quality.checking import check, report_of, score_history
from semantic_layer.ingestion.quality.defaults import default_rules, shipped_defaults
from semantic_layer.ingestion.quality.rules import (
    ROW,
    Agreement,
    Among,
    FakeFrequency,
    FakePattern,
    Format,
    Fresh,
    NotNull,
    Range,
    Rule,
    Severity,
    Unique,
    Volume,
    most_frequent,
)
from semantic_layer.ingestion.sources.types import ColumnMapping, SourceKind, SourceSpec
from semantic_layer.ingestion.standard.reading import read_standard
from semantic_layer.ingestion.warehouse import SCHEMAS

MORNING, NOON = datetime.fromisoformat("2026-11-01T08:00"), datetime.fromisoformat("2026-11-01T12:00")


def a_source(name="crm", fields=("member_no", "phone", "name"), key=("member_no",), priority=5):
    return SourceSpec(
        name=name,
        label=Text(f"来源{name}", f"source {name}"),
        kind=SourceKind.CSV,
        address="",
        columns=tuple(ColumnMapping(column=field, field=field) for field in fields),
        key=key,
        priority=priority,
    )


CRM = a_source()


@pytest.fixture
def warehouse():
    with duckdb.connect() as connection:
        for schema in SCHEMAS:
            connection.execute(f"CREATE SCHEMA {schema}")
        yield connection


def fill(connection, columns, rows, source="crm"):
    """`columns` as "name TYPE, …"; each row is its key and values."""
    connection.execute(f'CREATE OR REPLACE TABLE clean."{source}" (_row VARCHAR, _load BIGINT, {columns})')
    connection.execute(
        f'CREATE OR REPLACE TABLE raw."{source}" (_row VARCHAR, _hash VARCHAR, _place VARCHAR, _load BIGINT)'
    )
    if rows:
        marks = ", ".join("?" * (len(rows[0]) + 1))
        connection.execute(
            f'INSERT INTO clean."{source}" VALUES {", ".join([f"({marks})"] * len(rows))}',
            [value for row in rows for value in (row[0], 1, *row[1:])],
        )
        connection.execute(
            f"INSERT INTO raw.\"{source}\" SELECT _row, '', '{source}.csv:' || (rowid + 2), 1 FROM clean.\"{source}\""
        )


def a_rule(body, *fields, name="rule", severity=Severity.WARN, **more):
    return Rule(
        name=name,
        body=body,
        fields=fields,
        severity=severity,
        reason=Text("不对", "wrong"),
        fix=Text("改", "mend"),
        **more,
    )


def run(connection, *rules, now=MORNING, load=1, specs=(CRM,)):
    return check(connection, rules, specs, load=load, now=now)


def only(report):
    (source,) = report.sources
    (result,) = source.results
    return result


def open_faults(connection, what='"row", value'):
    return connection.execute(
        f'SELECT {what} FROM work.quarantine WHERE settled_at IS NULL ORDER BY "row", rule'
    ).fetchall()


@pytest.mark.parametrize(
    ("body", "kind", "values", "checked", "failing"),
    [
        (NotNull(), "VARCHAR", ["a", None, "b", None], 4, [1, 3]),
        (Unique(), "VARCHAR", ["a", "b", "a", None, None, "a"], 4, [2, 5]),
        (Format("[0-9]{3}"), "VARCHAR", ["123", "1234", None, "x"], 3, [1, 3]),
        (Range("0", "10"), "DECIMAL(18,4)", [0, 10, -1, 10.5, None], 4, [2, 3]),
        (Range(high="now"), "TIMESTAMP", [MORNING, NOON, None], 2, [1]),
        (Range(low="1900-01-01", high="now"), "DATE", [date(2026, 11, 1), date(1899, 12, 31), date(2026, 11, 2)], 3, [1, 2]),
        (Among(("男", "女")), "VARCHAR", ["男", "女", "它", None], 3, [2]),
        (Among(("1", "2")), "BIGINT", [1, 2, 3], 3, [2]),
        (FakePattern(("test.*", "1{5}")), "VARCHAR", ["Tester", "11111", "111111", "real"], 4, [0, 1]),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, list | str | int) else "",
)  # fmt: skip
def test_each_kind_of_rule_finds_the_rows_that_fail(warehouse, body, kind, values, checked, failing):
    fill(warehouse, f"v {kind}", [(str(at), value) for at, value in enumerate(values)])
    found = only(run(warehouse, a_rule(body, "v")))
    assert (found.checked, found.failed) == (checked, len(failing))
    assert [int(row) for row, _ in open_faults(warehouse)] == failing
    assert open_faults(warehouse, "DISTINCT load, reason_zh, reason_en, remedy_zh, remedy_en, held")[0] == (
        (1, "不对", "wrong", "改", "mend", False)
    )
    assert open_faults(warehouse, "place") == [(f"crm.csv:{at + 2}",) for at in failing]


def test_checking_again_doubles_nothing_and_what_is_mended_settles_itself(warehouse):
    fill(warehouse, "v VARCHAR", [("a", None), ("b", None), ("c", "x")])
    rule = a_rule(NotNull(), "v")
    run(warehouse, rule)
    run(warehouse, rule, now=NOON)
    assert open_faults(warehouse, '"row", found_at') == [("a", MORNING), ("b", MORNING)]
    assert warehouse.execute("SELECT count(*) FROM work.quality").fetchall() == [(1,)]
    assert warehouse.execute("SELECT count(*) FROM work.scores").fetchall() == [(1,)]
    warehouse.execute("UPDATE clean.crm SET v = 'y' WHERE _row = 'a'")
    run(warehouse, rule, now=NOON, load=2)
    assert open_faults(warehouse) == [("b", None)]
    assert warehouse.execute(
        'SELECT "row", settled_at FROM work.quarantine WHERE settled_at IS NOT NULL'
    ).fetchall() == [("a", NOON)]


def test_a_rule_that_is_switched_off_leaves_nothing_in_quarantine_and_other_rooms_lines_stay(warehouse):
    fill(warehouse, "v VARCHAR", [("a", None)])
    run(warehouse, a_rule(NotNull(), "v"))
    warehouse.execute("INSERT INTO work.quarantine (source, \"row\", rule, field) VALUES ('crm', 'z', 'torn_line', '')")
    run(warehouse, now=NOON)
    assert open_faults(warehouse, "rule") == [("torn_line",)]


def test_of_duplicate_keys_the_first_row_is_used_and_the_copies_are_held(warehouse):
    fill(warehouse, "member_no VARCHAR", [("1", "M1"), ("2", "M1"), ("3", "M2"), ("3", "M2")])
    run(warehouse, a_rule(Unique(), "member_no", severity=Severity.HOLD))
    assert open_faults(warehouse, '"row", value, held') == [("2", "M1", True), ("3", "M2", False)]


def test_a_phone_in_three_of_a_hundred_rows_is_a_fake_and_one_that_a_family_shares_is_not(warehouse):
    rows = [(f"r{at}", f"139{at:08d}") for at in range(966)]
    rows += [(f"fake{at}", "13800138000") for at in range(30)]
    rows += [(f"family{at}", "13712345670") for at in range(4)]
    fill(warehouse, "phone VARCHAR", rows)
    found = only(run(warehouse, a_rule(FakeFrequency(), "phone")))
    assert (found.checked, found.failed) == (1000, 30)
    assert {value for _, value in open_faults(warehouse)} == {"13800138000"}
    assert open_faults(warehouse, "DISTINCT reason_zh, reason_en") == [
        ("不对：出现 30 次，最多允许 8 次", "wrong: on 30 records, at most 8 are possible")
    ]
    assert "8" in found.why.zh
    assert "Tukey" not in found.why.en


def test_loyal_customers_with_many_orders_are_no_fakes(warehouse):
    """Ten customers each with 1, 2, … 20 orders, and one with 60: quartiles 5 and 15, so that 405 are possible."""
    rows = [
        (f"{who}-{n}-{at}", f"1390000{n:02d}{who:02d}") for who in range(10) for n in range(1, 21) for at in range(n)
    ]
    rows += [(f"loyal-{at}", "13700000000") for at in range(60)]
    rows += [(f"till-{at}", "13800138000") for at in range(500)]
    fill(warehouse, "phone VARCHAR", rows)
    run(warehouse, a_rule(FakeFrequency(), "phone"))
    assert {value for _, value in open_faults(warehouse)} == {"13800138000"}


@pytest.mark.parametrize(
    ("lower", "upper", "guard", "most"), [(1, 1, 8, 8), (1, 2, 8, 16), (24, 24, 8, 72), (5, 15, 8, 405), (0, 0, 8, 8)]
)
def test_how_often_a_value_may_stand(lower, upper, guard, most):
    assert most_frequent(lower, upper, guard) == most


def test_sources_must_agree_about_the_same_member(warehouse):
    fill(warehouse, "member_no VARCHAR, birthday DATE", [("1", "M1", date(1990, 1, 1)), ("2", "M2", date(1991, 1, 1))])
    fill(
        warehouse,
        "member_no VARCHAR, birthday DATE",
        [
            ("a", "M1", date(1990, 1, 1)),
            ("b", "M2", date(1999, 9, 9)),
            ("c", "M3", date(1992, 1, 1)),
            ("d", "M2", None),
        ],
        source="app",
    )
    rule = a_rule(Agreement("crm", "member_no"), "birthday", source="app")
    found = run(warehouse, rule, specs=(CRM, a_source("app")))
    assert [(each.checked, each.failed) for each in found.source("app").results] == [(2, 1)]
    assert found.source("crm").results == ()
    assert open_faults(warehouse, '"row", value, reason_zh') == [("b", "1999-09-09", "不对：1991-01-01")]


def a_history(connection, *reads, ended=MORNING, source="crm"):
    connection.execute(
        "CREATE TABLE IF NOT EXISTS work.loads (load BIGINT, source VARCHAR, state VARCHAR, ended_at TIMESTAMP, rows_read BIGINT)"
    )
    for load, read in enumerate(reads, 1):
        connection.execute("INSERT INTO work.loads VALUES (?, ?, 'done', ?, ?)", [load, source, ended, read])


@pytest.mark.parametrize(
    ("reads", "failed"),
    [((100, 100, 110, 40), 1), ((100, 100, 110, 210), 1), ((100, 100, 110, 60), 0), ((100, 100, 110, 0), 1)],
)
def test_a_load_of_half_or_double_the_usual_rows_is_noticed(warehouse, reads, failed):
    fill(warehouse, "v VARCHAR", [("a", "x")])
    a_history(warehouse, *reads)
    assert only(run(warehouse, a_rule(Volume()), load=4)).failed == failed


def test_the_first_loads_have_no_history_to_differ_from(warehouse):
    fill(warehouse, "v VARCHAR", [("a", "x")])
    a_history(warehouse, 100, 1)
    assert run(warehouse, a_rule(Volume()), load=2).sources[0].results == ()


def test_a_source_without_new_loads_or_new_rows_is_stale(warehouse):
    fill(warehouse, "v TIMESTAMP", [("a", MORNING - timedelta(days=40))])
    a_history(warehouse, 1, ended=MORNING - timedelta(days=10))
    rules = (a_rule(Fresh(35), name="loads"), a_rule(Fresh(35), "v", name="rows"))
    assert [each.failed for each in run(warehouse, *rules).sources[0].results] == [0, 1]
    late = run(warehouse, *rules, now=(MORNING + timedelta(days=30)).replace(tzinfo=UTC), load=2)
    assert [each.failed for each in late.sources[0].results] == [1, 1]


def test_the_score_is_a_hundred_less_what_rules_cost(warehouse):
    """A warning costs 8 points from a tenth on, a hold 20: 5 of 100 rows fail the first, 20 of 100 the second."""
    fill(
        warehouse, "a VARCHAR, b VARCHAR", [(str(at), None if at < 5 else "x", None if at < 20 else "x") for at in range(100)]
    )  # fmt: skip
    rules = (a_rule(NotNull(), "a", name="a"), a_rule(NotNull(), "b", name="b", severity=Severity.HOLD))
    source = run(warehouse, *rules).sources[0]
    assert [each.lost for each in source.results] == [4.0, 20.0]
    assert [each.verdict for each in source.results] == ["warning", "bad"]
    assert source.score == 76.0
    easy = run(warehouse, a_rule(NotNull(), "a", name="a", allowed=0.05), load=2)
    assert (only(easy).verdict, easy.sources[0].score) == ("good", 100.0)
    assert [(point.load, point.score) for point in score_history(warehouse)] == [(1, 76.0), (2, 100.0)]
    earlier = report_of(warehouse, rules, [CRM], load=1)
    assert [(each.rule.name, each.failed, each.lost) for each in earlier.sources[0].results] == [
        ("a", 5, 4.0),
        ("b", 20, 20.0),
    ]
    assert earlier.sources[0].score == 76.0
    assert report_of(warehouse, rules, [CRM], load=9) is None


@pytest.mark.parametrize("body", [NotNull(), Unique(), Range("0", "1"), FakeFrequency(), Fresh(1), FakePattern(("x",))])
def test_an_empty_table_fails_nothing(warehouse, body):
    fill(warehouse, "v BIGINT", [])
    assert [each.failed for each in run(warehouse, a_rule(body, "v")).sources[0].results] in ([0], [])


def test_a_source_that_was_never_cleaned_has_no_results(warehouse):
    assert run(warehouse, a_rule(NotNull(), "v")).sources[0].results == ()


def test_default_rules_follow_from_the_standard_and_the_sources(warehouse):
    standard = read_standard(None)
    crm = a_source(fields=("member_no", "phone", "email", "gender", "birthday"), priority=1)
    app = a_source("app", ("member_no", "device", "birthday", "event_at"), key=("event",), priority=2)
    rules = {rule.name: rule for rule in default_rules(standard, [crm, app], shipped_defaults())}
    assert rules["crm_key_unique"].fields == ("member_no",)
    assert rules["app_key_unique"].fields == (ROW,)
    assert rules["crm_member_no_not_null"].severity is Severity.HOLD
    assert rules["app_birthday_agrees_with_crm"].body == Agreement("crm", "member_no")
    for name in (
        "phone_format",
        "phone_fake_pattern",
        "phone_fake_frequency",
        "gender_set",
        "event_at_not_in_future",
        "crm_fresh",
    ):
        assert name in rules
    assert "device_fake_frequency" not in rules
    assert "name_fake_pattern" not in rules
    for rule in rules.values():
        assert all((rule.reason.zh, rule.reason.en, rule.fix.zh, rule.fix.en))


@pytest.mark.parametrize("fake", ["13888888888", "13800138000", "13000000000"])
def test_well_known_fakes_fail_by_pattern_however_rare(warehouse, fake):
    (rule,) = [
        rule
        for rule in default_rules(read_standard(None), [CRM], shipped_defaults())
        if rule.name == "phone_fake_pattern"
    ]
    fill(warehouse, "phone VARCHAR", [("a", fake), ("b", "15159672107")])
    assert only(run(warehouse, rule)).failed == 1
    assert open_faults(warehouse) == [("a", fake)]


def test_somebody_who_buys_often_is_no_fake_and_a_number_of_many_names_is(warehouse):
    rows = [(f"r{at}", f"139{at:08d}", f"客户{at}") for at in range(300)]
    rows += [(f"often{at}", "13712345670", "张伟") for at in range(40)]
    rows += [(f"fake{at}", "13800138000", f"顾客{at}") for at in range(30)]
    fill(warehouse, "phone VARCHAR, name VARCHAR", rows)
    assert only(run(warehouse, a_rule(FakeFrequency(), "phone"))).failed == 30
    assert {value for _, value in open_faults(warehouse)} == {"13800138000"}
    ((said,),) = {(zh,) for zh, _ in open_faults(warehouse, "DISTINCT reason_zh, reason_en")}
    assert "30 个姓名" in said
