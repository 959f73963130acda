"""Whoever deletes a person learns which files held them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.export.rosters import Roster, RostersInMemory, RosterStore, SqlRosters
from tools.storage import open_storage


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> RosterStore:
    if request.param == "memory":
        return RostersInMemory()
    return SqlRosters(open_storage(f"sqlite:///{tmp_path / 'state.sqlite'}"))


def test_the_files_that_held_a_person_are_found_in_their_data_set_only(store: RosterStore) -> None:
    store.keep(Roster(proof_id="b", data_set="shop", keys=(1, 2, 3)))
    store.keep(Roster(proof_id="a", data_set="shop", keys=(3, 4)))
    store.keep(Roster(proof_id="c", data_set="other", keys=(3,)))
    assert store.proofs_with("shop", 3) == ("a", "b")
    assert store.proofs_with("shop", 4) == ("a",)
    assert store.proofs_with("shop", 9) == ()


def test_keys_that_are_texts_keep_their_kind(store: RosterStore) -> None:
    store.keep(Roster(proof_id="a", data_set="shop", keys=("0012", "会员一")))
    assert store.proofs_with("shop", "0012") == ("a",)
    assert store.proofs_with("shop", 12) == ()
