"""Pairs that no identifier joins: how alike they are, who joins, who waits, and what a person is told."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, DataError, UnknownNameError
from semantic_layer.ingestion.identity.explain import explain, links_of
from semantic_layer.ingestion.identity.ledger import RecordRef
from semantic_layer.ingestion.identity.levels import condition_of, levels_of, unknown_test
from semantic_layer.ingestion.identity.readings import reading, surname
from semantic_layer.ingestion.identity.resolving import resolve
from semantic_layer.ingestion.identity.review import Decision, decide, how_many_wait, waiting
from semantic_layer.ingestion.identity.rules import Comparison, ComparisonKind, Tier
from semantic_layer.ingestion.identity.tiers import members_at
from tests.semantic_layer.ingestion.identity.conftest import MONDAY

COLUMNS = {
    "name": "VARCHAR", "reading": "VARCHAR", "surname": "VARCHAR", "phone": "VARCHAR", "email": "VARCHAR",
    "email_name": "VARCHAR", "birthday": "DATE", "address": "VARCHAR", "city": "VARCHAR", "gender": "VARCHAR",
}  # fmt: skip


def level(field, kind, left, right):
    """The level that two records reach."""
    comparison = Comparison(field, kind)
    whens = " ".join(f"WHEN {condition_of(comparison, each)} THEN '{each.name}'" for each in levels_of(comparison)[:-1])
    columns = [f"?::{COLUMNS[name]} AS {name}_{side}" for side in "lr" for name in COLUMNS]
    values = [said.get(name) for said in (left, right) for name in COLUMNS]
    statement = f"SELECT CASE WHEN {unknown_test(comparison)} THEN 'unknown' {whens} ELSE 'else' END FROM (SELECT {', '.join(columns)})"
    return duckdb.execute(statement, values).fetchall()[0][0]


def named(name):
    read = reading(name, {})
    return {"name": name, "reading": read, "surname": surname(name, read)}


@pytest.mark.parametrize(
    ("left", "right", "reached"),
    [
        ("张伟", "张伟", "same"),
        ("张伟", "张炜", "homophone"),
        ("张伟", "张维", "homophone"),
        ("陈静", "程静", "near"),  # chen jing, cheng jing
        ("张伟", "张丽娟", "surname"),
        ("张伟", "王芳", "else"),
        ("John Smith", "JOHN SMITH", "homophone"),
        ("John Smith", "Jon Smith", "near"),
        ("Smith John", "John Smith", "else"),
    ],
)
def test_how_alike_names_are(left, right, reached):
    assert level("name", ComparisonKind.NAME, named(left), named(right)) == reached


@pytest.mark.parametrize(
    ("kind", "left", "right", "reached"),
    [
        (ComparisonKind.PHONE, {"phone": "13912345671"}, {"phone": "13912345671"}, "same"),
        (ComparisonKind.PHONE, {"phone": "13912345671"}, {"phone": "13912345681"}, "typo"),
        (ComparisonKind.PHONE, {"phone": "13912345671"}, {"phone": "13912345617"}, "typo"),
        (ComparisonKind.PHONE, {"phone": "13912345671"}, {"phone": "13712345681"}, "else"),
        (ComparisonKind.PHONE, {"phone": "13912345671"}, {}, "unknown"),
        (
            ComparisonKind.EMAIL,
            {"email": "li@qq.com", "email_name": "li"},
            {"email": "li@163.com", "email_name": "li"},
            "local",
        ),
        (ComparisonKind.DATE, {"birthday": "1990-03-08"}, {"birthday": "1990-08-03"}, "swapped"),
        (ComparisonKind.DATE, {"birthday": "1990-03-08"}, {"birthday": "1991-03-08"}, "near"),
        (ComparisonKind.DATE, {"birthday": "1990-03-08"}, {"birthday": "1985-12-24"}, "else"),
        (ComparisonKind.RESIDENCE, {"city": "杭州"}, {"city": "杭州", "address": "x"}, "city"),
        (ComparisonKind.RESIDENCE, {"address": "人民路1号"}, {"address": "人民路1号"}, "same"),
        (ComparisonKind.RESIDENCE, {"address": "人民路1号"}, {"city": "杭州"}, "unknown"),
        (ComparisonKind.CATEGORY, {"gender": "女"}, {"gender": "男"}, "else"),
    ],
)
def test_how_alike_other_values_are(kind, left, right, reached):
    fields = {"phone": "phone", "email": "email", "date": "birthday", "residence": "address", "category": "gender"}
    assert level(fields[kind.value], kind, left, right) == reached


def test_names_are_read_aloud():
    assert [reading(name, {}) for name in ("张 伟", "O'Neil  Ann-Marie", "欧阳Anna")] == [
        "zhang wei",
        "oneil ann marie",
        "ou yang a n n a",
    ]
    assert surname("王小明", "wang xiao ming") == "wang"
    assert surname("Ann Lee", "ann lee") == "lee"


def pair_in_doubt(weighing):
    weighing.add("a", "1", name="张伟", phone="13912345671", city="杭州")
    weighing.add("b", "1", name="张炜", phone="13912345681", city="杭州")
    # Weighed: -13.3 bits that two are one at all, 5.6 + 12.3 + 3.1 for what they say: surer than nine in ten.


def test_a_homophone_with_a_typing_error_waits_with_a_sentence_in_both_languages(weighing):
    pair_in_doubt(weighing)
    report = weighing.resolve()
    assert weighing.groups() == ["a1", "b1"]
    assert (report.waiting, how_many_wait(weighing.connection)) == (1, 1)
    (pair,) = waiting(weighing.connection, weighing.rules)
    assert pair.sentence.zh == "手机号相差一位，姓名同音（张伟/张炜），同在杭州：很可能是同一人。"
    assert pair.sentence.en == (
        "Phone numbers that differ by one digit, names that sound the same (张伟/张炜), both in 杭州: very likely one person."
    )
    assert (pair.why, pair.said_right["phone"]) == ("unsure", "13912345681")
    assert 0.9 < pair.probability < 0.999
    assert weighing.rows("SELECT tier FROM identity.links") == [("loose",)]
    assert [members_at(weighing.connection, tier) for tier in (Tier.EXACT, Tier.STRICT, Tier.LOOSE)] == [2, 2, 1]
    decide(weighing.connection, weighing.rules, pair.left, pair.right, Decision.LATER, by="ana", now=MONDAY)
    weighing.resolve()
    assert [each.state for each in waiting(weighing.connection, weighing.rules)] == ["later"]
    decide(weighing.connection, weighing.rules, pair.left, pair.right, Decision.SAME, by="ana", now=MONDAY)
    assert weighing.groups() == ["a1 b1"]
    weighing.resolve()
    assert weighing.groups() == ["a1 b1"]
    assert waiting(weighing.connection, weighing.rules) == ()
    with pytest.raises(UnknownNameError):
        decide(weighing.connection, weighing.rules, pair.left, pair.right, Decision.SAME, by="ana", now=MONDAY)


def test_a_pair_that_a_person_calls_different_never_comes_back(weighing):
    pair_in_doubt(weighing)
    weighing.resolve()
    (pair,) = waiting(weighing.connection, weighing.rules)
    decide(weighing.connection, weighing.rules, pair.left, pair.right, Decision.DIFFERENT, by="ana", now=MONDAY)
    weighing.change("b", "1", phone="13912345671")  # now an identifier would join them
    weighing.resolve()
    assert weighing.groups() == ["a1", "b1"]
    assert waiting(weighing.connection, weighing.rules) == ()


def test_a_chain_of_evidence_leads_from_record_to_record(weighing):
    weighing.add("a", "1", name="张伟", phone="13912345671", city="杭州", birthday="1990-03-08")
    weighing.add("b", "1", name="张炜", phone="13912345681", city="杭州", birthday="1990-03-08")
    weighing.add("c", "1", phone="13912345681")
    weighing.add("c", "2", phone="13700000001")
    weighing.resolve()
    assert weighing.groups() == ["a1 b1 c1", "c2"]
    assert members_at(weighing.connection, Tier.EXACT) == 2
    assert weighing.rows("SELECT source, record FROM identity_at_tier ORDER BY ALL") == [("a", "1"), ("c", "2")]
    assert weighing.rows("SELECT source, tier FROM identity.members WHERE record = '1' ORDER BY 1") == [
        ("a", "exact"), ("b", "strict"), ("c", "strict"),
    ]  # fmt: skip
    one, two = explain(weighing.connection, weighing.rules, RecordRef("a", "1"), RecordRef("c", "1"))
    assert (one.rule, one.tier, two.rule, two.tier) == ("weight", "strict", "phone", "exact")
    assert one.sentence.zh.startswith("生日相同，手机号相差一位，姓名同音（张伟/张炜），同在杭州：")
    assert two.sentence.en == "Same phone number: one person."
    assert len(links_of(weighing.connection, weighing.rules, 1)) == 2
    with pytest.raises(DataError, match="different customers"):
        explain(weighing.connection, weighing.rules, RecordRef("a", "1"), RecordRef("c", "2"))


def test_no_customer_of_more_identities_than_allowed_is_made_of_itself(store):
    store.rules = replace(store.rules, most_together=2)
    store.add("a", "1", phone="13912345671", email="a@qq.com")
    store.add("a", "2", phone="13912345671", email="b@qq.com")
    store.add("a", "3", email="b@qq.com")
    report = store.resolve()
    assert store.groups() == ["a1 a2", "a3"]  # the e-mail is the weaker link
    assert (report.largest, report.waiting) == (2, 1)
    (pair,) = waiting(store.connection, store.rules)
    assert (pair.why, pair.sentence.zh) == ("limit", "标识相同，但合并会违反规则。")


def test_stopped_work_changes_nothing(store):
    store.add("a", "1", phone="13912345671")
    cancel = Cancel()
    cancel.press()
    with pytest.raises(CancelledError):
        resolve(store.connection, store.rules, now=MONDAY, progress=lambda *_: None, cancel=cancel)
    assert store.keys() == {}
