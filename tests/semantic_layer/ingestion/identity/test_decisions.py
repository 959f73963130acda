"""What a person decides holds in all later runs, can be taken back, and is written down."""

from __future__ import annotations

import pytest

from semantic_layer.errors import DataError, UnknownNameError
from semantic_layer.ingestion.identity.ledger import (
    RecordRef,
    active_key,
    always_merge,
    history,
    never_merge,
    split_off,
    undo,
)
from tests.semantic_layer.ingestion.identity.conftest import MONDAY

ANA = {"by": "ana", "now": MONDAY}


def merged(store):
    """Two customers that a third record joins."""
    store.add("a", "1", phone="13912345671")
    store.add("a", "2", email="b@qq.com")
    store.resolve()
    store.add("b", "1", phone="13912345671", email="b@qq.com")
    store.resolve()


def kinds(store):
    return [row[0] for row in store.rows("SELECT kind FROM identity.ledger ORDER BY entry")]


def test_undoing_a_merge_gives_the_history_back_for_good(store):
    merged(store)
    (entry,) = history(store.connection, 2)
    assert (entry.kind, entry.old_key, entry.new_key, entry.by) == ("merge", 2, 1, "rules")
    undo(store.connection, store.rules, entry.entry, **ANA)
    assert store.keys()["a1"] == 1
    assert store.keys()["a2"] == 2
    store.resolve()
    assert store.keys()["a2"] == 2
    assert kinds(store) == ["merge", "undo", "split"]
    with pytest.raises(DataError):
        undo(store.connection, store.rules, entry.entry, **ANA)
    assert kinds(store) == ["merge", "undo", "split"]  # what failed left nothing behind


def test_customers_kept_together_and_apart_again(store):
    store.add("a", "1", member_no="M00000001", phone="13912345671")
    store.add("a", "2", member_no="M00000002", phone="13912345672")
    store.resolve()
    always_merge(store.connection, store.rules, 2, 1, **ANA)
    assert set(store.keys().values()) == {1}
    store.resolve()
    assert set(store.keys().values()) == {1}
    assert active_key(store.connection, 2) == 1
    undo(store.connection, store.rules, 1, **ANA)
    assert store.keys() == {"a1": 1, "a2": 2}
    assert kinds(store) == ["always", "merge", "undo", "split"]


def test_customers_kept_apart_stay_apart_whatever_joins_them(store):
    store.add("a", "1", phone="13912345671")
    store.add("a", "2", email="b@qq.com")
    store.resolve()
    never_merge(store.connection, store.rules, 1, 2, **ANA)
    store.add("b", "1", phone="13912345671", email="b@qq.com")
    store.resolve()
    keys = store.keys()
    assert (keys["a1"], keys["a2"]) == (1, 2)
    assert keys["b1"] == 1  # by the stronger identifier
    undo(store.connection, store.rules, 1, **ANA)
    assert set(store.keys().values()) == {1}


def test_records_that_say_the_same_can_be_split_off(store):
    store.add("a", "1", phone="13912345671")
    store.add("a", "2", phone="13912345671")
    store.resolve()
    split_off(store.connection, store.rules, 1, [RecordRef("a", "2")], **ANA)
    assert store.keys() == {"a1": 1, "a2": 2}
    store.resolve()
    assert store.keys() == {"a1": 1, "a2": 2}


def test_what_cannot_be_decided_is_said(store):
    merged(store)
    with pytest.raises(UnknownNameError):
        never_merge(store.connection, store.rules, 1, 99, **ANA)
    with pytest.raises(DataError, match="one customer"):
        never_merge(store.connection, store.rules, 1, 2, **ANA)
    with pytest.raises(DataError, match="one customer"):
        always_merge(store.connection, store.rules, 1, 2, **ANA)
    with pytest.raises(UnknownNameError):
        undo(store.connection, store.rules, 99, **ANA)
    with pytest.raises(DataError, match="3 records"):
        split_off(store.connection, store.rules, 1, [RecordRef("z", "9")], **ANA)
    assert kinds(store) == ["merge"]
