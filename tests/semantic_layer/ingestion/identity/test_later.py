"""Records that come later, look-ups, other rules on trial, golden records, and the seam of the loaders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from semantic_layer.errors import Text
from semantic_layer.ingestion.identity.dry_run import FixedTouched, TouchedUse, dry_run
from semantic_layer.ingestion.identity.golden import build_golden
from semantic_layer.ingestion.identity.resolver import OneIdResolver
from semantic_layer.ingestion.identity.resolving import resolve_new
from semantic_layer.ingestion.identity.rules import IdentifierRule, shipped_rules
from semantic_layer.ingestion.identity.touching import lookup, lookup_many
from semantic_layer.ingestion.resolver import NOBODY, SourceRecords
from semantic_layer.ingestion.sources.types import SourceKind, SourceSpec
from tests.semantic_layer.ingestion.identity.conftest import MONDAY


def fresh(store, *records):
    store.connection.execute("CREATE OR REPLACE TEMP TABLE fresh (source VARCHAR, record VARCHAR)")
    store.connection.executemany("INSERT INTO fresh VALUES (?, ?)", [list(each) for each in records])


def test_later_records_join_as_a_whole_run_would_join_them(weighing):
    weighing.add("a", "1", name="张伟", phone="13912345671", city="杭州", birthday="1990-03-08")
    weighing.add("a", "2", phone="13712345671")
    weighing.add("a", "3", email="c@qq.com")
    weighing.resolve()
    weighing.add("b", "1", name="张炜", phone="13912345681", city="杭州", birthday="1990-03-08")
    weighing.add("b", "2", phone="13712345671", email="c@qq.com")
    weighing.add("b", "3", phone="13800138000")
    fresh(weighing, ("b", "1"), ("b", "2"), ("b", "3"))
    report = resolve_new(weighing.connection, weighing.rules, "fresh", now=MONDAY)
    assert weighing.keys() == {"a1": 1, "b1": 1, "a2": 2, "a3": 2, "b2": 2}
    assert (report.merged, report.nobody) == (1, 1)
    links = weighing.rows("SELECT * EXCLUDE (evidence) FROM identity.links ORDER BY ALL")
    weighing.resolve()
    assert weighing.keys() == {"a1": 1, "b1": 1, "a2": 2, "a3": 2, "b2": 2}
    assert weighing.rows("SELECT * EXCLUDE (evidence) FROM identity.links ORDER BY ALL") == links
    assert lookup(weighing.connection, {"phone": "13912345681"}) == 1


def test_a_record_that_changes_leaves_its_customer(store):
    store.add("a", "1", phone="13912345671")
    store.add("b", "1", phone="13912345671")
    store.resolve()
    store.change("b", "1", phone="13912345672")
    fresh(store, ("b", "1"))
    resolve_new(store.connection, store.rules, "fresh", now=MONDAY)
    assert store.keys() == {"a1": 1, "b1": 2}


def test_look_ups_take_the_strongest_identifier_and_respect_guards(store):
    store.add("a", "1", member_no="M00000001", phone="13912345671")
    store.add("a", "2", member_no="M00000002", phone="13912345671", email="b@qq.com")
    store.add("a", "3", phone="13800138000", device="d1")
    store.resolve()
    ask = store.connection
    assert lookup(ask, {"email": " B@qq.com", "member_no": "M00000001"}) == 1
    assert lookup(ask, {"phone": "13912345671"}) is None  # of two members
    assert lookup(ask, {"phone": "13800138000"}) is None
    assert lookup(ask, {"device": "d1", "nonsense": "1"}) == 3
    assert lookup(ask, {}) is None
    ask.execute(
        "CREATE TEMP TABLE asked AS SELECT * FROM (VALUES (1, 'b@qq.com', NULL), (2, NULL, 'd1'), (3, 'z@qq.com', NULL)) t(event, email, device)"
    )
    assert lookup_many(ask, "asked") == 2
    assert store.rows("SELECT event, customer_key FROM identity_looked_up ORDER BY 1") == [(1, 2), (2, 3), (3, None)]


def test_other_rules_are_tried_without_a_change(store):
    for number, phone in enumerate(("13912345671", "13912345671", "13912345672"), start=1):
        store.add("a", str(number), phone=phone)
    store.add("b", "1", email="a@qq.com", phone="13912345672")
    store.add("b", "2", email="a@qq.com")
    store.resolve()
    without_mail = tuple(rule for rule in store.rules.identifiers if rule.name != "email")
    strict = replace(store.rules, identifiers=without_mail)
    uses = FixedTouched({("segment", "VIP"): frozenset({1, 2}), ("campaign", "618"): frozenset({1})})
    effect = dry_run(store.connection, store.rules, strict, progress=lambda *_: None, touched=uses)
    assert (effect.before, effect.after, effect.merged, effect.split) == (2, 3, 0, 1)
    assert effect.splits == ((2, 2),)
    assert effect.touched == (TouchedUse(kind="segment", name="VIP", members=1),)
    loose = replace(store.rules, identifiers=(*without_mail, IdentifierRule(name="email", priority=5)))
    again = dry_run(store.connection, strict, loose, progress=lambda *_: None)
    assert (again.merged, again.split, len(again.merges)) == (1, 0, 1)
    assert store.keys() == {"a1": 1, "a2": 1, "a3": 2, "b1": 2, "b2": 2}
    assert store.rows("SELECT count(*) FROM identity.ledger") == [(0,)]


def spec(name, priority):
    return SourceSpec(name=name, label=Text(name, name), kind=SourceKind.CSV, address="", columns=(), priority=priority)


def test_a_golden_record_takes_the_best_value_of_each_field_and_says_why(store):
    for source, day, name, city, email in (
        ("crm", 1, "王*", "杭州", None),
        ("mall", 3, "王芳", "上海", "无"),
        ("desk", 2, "王方", "上海", "w@qq.com"),
    ):
        store.add(
            source, "1", phone="13912345671", name=name, city=city, email=email, observed_at=MONDAY.replace(day=day)
        )
    store.change("desk", "1", verified=True)
    store.resolve()
    report = build_golden(store.connection, store.rules.golden, [spec("crm", 1), spec("mall", 2)])
    assert store.rows("SELECT name, phone, email, city, gender FROM identity.golden") == [
        ("王方", "13912345671", "w@qq.com", "上海", None)
    ]
    assert set(store.rows("SELECT field, source, record, why FROM identity.provenance")) == {
        ("name", "desk", "1", "verified"),
        ("phone", "desk", "1", "only"),
        ("email", "desk", "1", "only"),
        ("city", "desk", "1", "verified"),
    }
    assert (report.customers, dict(report.disagree)["name"], dict(report.filled)["gender"]) == (1, 1, 0)
    store.change("desk", "1", verified=False)
    build_golden(store.connection, store.rules.golden, [spec("crm", 1), spec("mall", 2)])
    assert store.rows("SELECT name, city FROM identity.golden") == [("王芳", "杭州")]
    assert ("name", "mall", "1", "source") in store.rows("SELECT field, source, record, why FROM identity.provenance")


def test_the_seam_of_the_loaders():
    def clues(*values):
        return np.array(values, dtype=object)

    sources = (
        SourceRecords(source="crm", record=np.array([1, 2]), clues={"phone": clues("13912345671", "13912345671")}),
        SourceRecords(
            source="pos",
            record=np.array([7, 8, 9]),
            clues={"member_no": clues("M00000002", None, None), "phone": clues(None, None, "13712345671")},
        ),
        SourceRecords(source="app", record=np.array([], dtype=np.int64), clues={"device": clues()}),
    )
    resolver = OneIdResolver(rules=replace(shipped_rules(), blocking=()), now=MONDAY, numbered={"crm": "M{:08d}"})
    found = resolver.resolve(sources)
    assert found["crm"].tolist() == [1, 2]
    assert found["pos"].tolist() == [2, NOBODY, 3]
    assert found["app"].tolist() == []
