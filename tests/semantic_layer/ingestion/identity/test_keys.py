"""Customer keys: the same data gives the same keys, the older survives a merge, a split gives the old key back."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as runs
from hypothesis import strategies as st

from semantic_layer.ingestion.identity.tables import prepare
from tests.semantic_layer.ingestion.identity.conftest import MONDAY, Store

TUESDAY = MONDAY + timedelta(days=1)


def test_on_a_merge_the_older_key_survives_and_the_ledger_says_why(store):
    store.add("a", "2", email="b@qq.com")
    store.resolve()
    store.add("a", "1", phone="13912345671")
    store.resolve(TUESDAY)
    assert store.keys() == {"a2": 1, "a1": 2}
    store.add("b", "1", phone="13912345671", email="b@qq.com")
    report = store.resolve(TUESDAY)
    assert store.keys() == {"a1": 1, "a2": 1, "b1": 1}
    assert (report.merged, report.customers) == (1, 1)
    assert store.rows('SELECT entry, kind, old_key, new_key, rule, "by" FROM identity.ledger') == [
        (1, "merge", 2, 1, "phone", "rules")
    ]
    assert store.rows("SELECT customer_key, born, active FROM identity.customers ORDER BY 1") == [
        (1, MONDAY, True),
        (2, TUESDAY, False),
    ]


def test_on_a_split_history_returns_to_the_old_key(store):
    store.add("a", "1", phone="13912345671")
    store.add("a", "2", email="b@qq.com")
    store.resolve()
    store.add("b", "1", phone="13912345671", email="b@qq.com")
    store.resolve()
    assert set(store.keys().values()) == {1}
    store.change("b", "1", email=None)
    report = store.resolve()
    assert store.keys() == {"a1": 1, "b1": 1, "a2": 2}
    assert report.split == 1
    assert store.rows("SELECT kind, old_key, new_key FROM identity.ledger ORDER BY entry") == [
        ("merge", 2, 1),
        ("split", 1, 2),
    ]


def test_a_part_that_never_was_a_customer_gets_a_new_key(store):
    store.add("a", "1", phone="13912345671")
    store.add("a", "2", phone="13912345671")
    store.resolve()
    store.change("a", "2", phone="13912345672")
    store.resolve()
    assert store.keys() == {"a1": 1, "a2": 2}
    store.change("a", "2", phone="13912345671")
    store.resolve()
    assert store.keys() == {"a1": 1, "a2": 1}
    store.change("a", "2", phone="13912345672")
    store.resolve()
    assert store.keys() == {"a1": 1, "a2": 2}


def test_a_customer_without_records_is_active_no_more(store):
    store.add("a", "1", phone="13912345671")
    store.add("a", "2", phone="13912345672")
    store.resolve()
    store.rows("DELETE FROM identity.records WHERE record = '2'")
    store.resolve()
    assert store.rows("SELECT customer_key, active FROM identity.customers ORDER BY 1") == [(1, True), (2, False)]


def test_shuffled_rows_and_repeated_runs_give_the_same_keys(store):
    rows = [
        ("1", "13912345671", None),
        ("2", None, "a@qq.com"),
        ("3", "13912345671", "a@qq.com"),
        ("4", "13912345672", None),
    ]
    seen = []
    for order in (rows, rows[::-1]):
        store.connection.execute("DELETE FROM identity.records")
        for record, phone, email in order:
            store.add("a", record, phone=phone, email=email)
        report = store.resolve()
        seen.append(store.keys())
    assert seen[0] == seen[1] == {"a1": 1, "a2": 1, "a3": 1, "a4": 2}
    assert (report.born, report.merged, report.split) == (0, 0, 0)


PHONES = st.sampled_from([None, "13912345671", "13912345672", "13912345673"])
EMAILS = st.sampled_from([None, "a@qq.com", "b@qq.com", "c@qq.com"])
MEMBERS = st.sampled_from([None, None, "M00000001", "M00000002"])
RECORDS = st.lists(st.tuples(PHONES, EMAILS, MEMBERS), min_size=1, max_size=12)


@pytest.mark.slow
@runs(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS, st.randoms(use_true_random=False))
def test_no_change_of_data_no_change_of_keys(store, records, chance):
    """In any order of rows, run after run, and in the same warehouse after other data came and went."""
    rows = [(str(number), *clues) for number, clues in enumerate(records)]
    seen = []
    with duckdb.connect() as connection:
        prepare(connection)
        one = Store(connection, store.rules)
        for _ in range(2):
            chance.shuffle(rows)
            connection.execute("DELETE FROM identity.records")
            for record, phone, email, member in rows:
                one.add("a", record, phone=phone, email=email, member_no=member)
            report = one.resolve()
            seen.append(one.keys())
        assert (report.born, report.merged, report.split) == (0, 0, 0)
        one.add("z", "1", phone="13912345671", email="b@qq.com")
        one.resolve()
        connection.execute("DELETE FROM identity.records WHERE source = 'z'")
        one.resolve()
        assert one.keys() == seen[0]
    assert seen[0] == seen[1]
