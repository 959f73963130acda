"""Saved segments keep their meaning through renames, edits, deletions and several people at once. Both stores obey."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from semantic_layer.errors import DataError, InvalidPlanError, UnknownNameError
from semantic_layer.query.predicate import And, Compare, Did, InSegment, Not, Or
from semantic_layer.query.time import Calendar, Grain
from semantic_layer.query.types import Audience
from tools.segments import (
    ChangedMeanwhileError,
    NameTakenError,
    NotTheirsError,
    SavedSegments,
    SegmentsOfMemory,
    SegmentStore,
    SetOperation,
    SqlSegmentStore,
    Who,
    combine,
    segments_in,
)
from tools.segments.types import Change, Segment
from tools.storage import open_storage

SHANGHAI = Audience(where=Compare("customer.city", "=", "上海"))
ORDERED = Audience(where=Did(entity="order", time=Calendar(Grain.MONTH, -1)))
DAY = date(2026, 10, 31)


def ticking() -> Callable[[], datetime]:
    start, ticks = datetime(2026, 11, 1, tzinfo=UTC), count()
    return lambda: start + timedelta(minutes=next(ticks))


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SegmentStore]:
    if request.param == "memory":
        yield SegmentsOfMemory()
        return
    engine = open_storage(f"sqlite:///{tmp_path / 'state' / 'app.db'}")
    yield SqlSegmentStore(engine)
    engine.dispose()


@pytest.fixture
def saved(store: SegmentStore) -> SavedSegments:
    ids = count(1)
    return SavedSegments(store, "retail", clock=ticking(), new_id=lambda: f"s{next(ids)}")


def test_a_saved_segment_comes_back_whole(saved: SavedSegments) -> None:
    segment = saved.save("  上海  客户 ", SHANGHAI, by="ana", count=12, as_of=DAY)
    assert segment.name == "上海 客户"
    assert saved.get(segment.id) == segment
    assert saved.named("上海 客户").audience == SHANGHAI
    assert saved.audience("上海 客户") == SHANGHAI
    assert (segment.count_at_save, segment.as_of, segment.owner, segment.version) == (12, DAY, "ana", 1)


def test_a_taken_name_says_so_and_offers_the_next(saved: SavedSegments) -> None:
    saved.save("VIP", SHANGHAI, by="ana")
    saved.save("VIP 2", SHANGHAI, by="ana")
    with pytest.raises(NameTakenError) as caught:
        saved.save("ｖｉｐ", ORDERED, by="bo")
    assert caught.value.offer in {"vip 3", "ｖｉｐ 3"}
    assert "已经有" in caught.value.message.zh


def test_the_same_name_may_stand_in_another_data_set(store: SegmentStore, saved: SavedSegments) -> None:
    saved.save("VIP", SHANGHAI, by="ana")
    other = SavedSegments(store, "completejourney", clock=ticking(), new_id=lambda: "other")
    other.save("VIP", ORDERED, by="ana")
    assert other.names() == ("VIP",)
    assert saved.audience("VIP") == SHANGHAI


@pytest.mark.parametrize("name", ["", "   ", "\n", "a" * 61, "a\x00b", "a\u202eb"])
def test_refuses_names_that_cannot_be_read(saved: SavedSegments, name: str) -> None:
    with pytest.raises(InvalidPlanError, match="1 to 60"):
        saved.save(name, SHANGHAI, by="ana")


def test_an_unknown_name_offers_the_nearest(saved: SavedSegments) -> None:
    saved.save("Shanghai win-back", SHANGHAI, by="ana")
    with pytest.raises(UnknownNameError) as caught:
        saved.named("Shanghai winback")
    assert caught.value.suggestions == ("Shanghai win-back",)


def test_renaming_takes_those_that_rest_on_it_along(saved: SavedSegments) -> None:
    base = saved.save("上海", SHANGHAI, by="ana")
    user = saved.save("上海未下单", combine(SetOperation.DIFFERENCE, "上海", ORDERED), by="ana")
    saved.rename(base.id, "上海全部", by=Who(name="bo", manages=True))
    assert segments_in(saved.get(user.id).audience.where) == {"上海全部"}
    assert saved.get(user.id).version == 2
    assert saved.audience("上海") is None


def test_an_edit_is_a_new_version_and_the_old_one_stays_in_the_history(saved: SavedSegments) -> None:
    segment = saved.save("A", SHANGHAI, by="ana", count=3, as_of=DAY)
    saved.edit(segment.id, ORDERED, by=Who(name="bo", rights="wide", manages=True), count=5, as_of=DAY)
    saved.recount(segment.id, 6, as_of=DAY, by=Who(name="cy", rights="wide"))
    entries = saved.history(segment.id)
    assert [(e.what, e.version, e.by, e.count) for e in entries] == [
        ("saved", 1, "ana", 3),
        ("edited", 2, "bo", 5),
        ("recounted", 2, "cy", 6),
    ]
    assert entries[0].audience == SHANGHAI


ANA, BO = Who(name="ana", rights="wide"), Who(name="bo", rights="wide")
EAST, KEEPER = Who(name="east", rights="narrow"), Who(name="kim", rights="other", manages=True)


def test_a_count_is_for_those_who_may_see_the_same_rows(saved: SavedSegments) -> None:
    segment = saved.save("A", SHANGHAI, by=ANA, count=120, as_of=DAY)
    assert segment.count_for("wide") == 120
    assert segment.count_for("narrow") is None
    assert segment.count_for("") is None
    assert saved.get(segment.id) == segment
    assert saved.history(segment.id)[0].counted_under == "wide"


def test_a_count_of_which_nobody_knows_whose_it_is_is_nobodys(saved: SavedSegments) -> None:
    segment = saved.save("A", SHANGHAI, by="ana", count=120, as_of=DAY)
    assert (segment.count_for(""), segment.count_for("wide")) == (None, None)


def test_a_count_under_other_rights_is_told_and_not_kept(saved: SavedSegments) -> None:
    segment = saved.save("A", SHANGHAI, by=ANA, count=120, as_of=DAY)
    told = saved.recount(segment.id, 7, as_of=DAY, by=EAST)
    assert (told.count_for("narrow"), told.count_for("wide")) == (7, None)
    assert saved.get(segment.id) == segment
    assert saved.recount(segment.id, 8, as_of=DAY, by=KEEPER).count_for("other") == 8
    assert saved.get(segment.id).count_for("wide") == 120
    saved.recount(segment.id, 121, as_of=DAY, by=BO)
    assert saved.get(segment.id).count_for("wide") == 121
    assert saved.get(segment.id).owner == "ana"


@pytest.mark.parametrize("by", [BO, EAST, "bo"])
def test_only_the_owner_and_those_who_manage_change_a_segment(by: Who | str, saved: SavedSegments) -> None:
    segment = saved.save("A", SHANGHAI, by=ANA, count=1, as_of=DAY)
    gone = saved.save("B", SHANGHAI, by=ANA)
    saved.delete(gone.id, by=ANA)
    for attempt in (
        lambda: saved.rename(segment.id, "C", by=by),
        lambda: saved.edit(segment.id, ORDERED, by=by),
        lambda: saved.delete(segment.id, by=by),
        lambda: saved.restore(gone.id, by=by),
    ):
        with pytest.raises(NotTheirsError) as refused:
            attempt()
        assert refused.value.owner == "ana"
        assert "ana" in refused.value.message.zh
        assert "manage_segments" in refused.value.message.en
    assert saved.get(segment.id) == segment
    assert saved.rename(segment.id, "C", by=KEEPER).owner == "ana"
    assert saved.restore(gone.id, by=KEEPER).deleted_at is None


def test_a_deletion_can_be_undone(saved: SavedSegments) -> None:
    segment = saved.save("A", SHANGHAI, by="ana")
    saved.delete(segment.id, by="ana")
    assert saved.list() == ()
    assert [s.id for s in saved.list(deleted=True)] == [segment.id]
    restored = saved.restore(segment.id, by="ana")
    assert restored.deleted_at is None
    assert saved.audience("A") == SHANGHAI


def test_a_restored_segment_whose_name_was_taken_needs_another(saved: SavedSegments) -> None:
    first = saved.save("A", SHANGHAI, by="ana")
    saved.delete(first.id, by="ana")
    saved.save("A", ORDERED, by="bo")
    with pytest.raises(NameTakenError) as caught:
        saved.restore(first.id, by="ana")
    assert saved.restore(first.id, by="ana", name=caught.value.offer).name == "A 2"


def test_a_segment_in_use_is_not_deleted(saved: SavedSegments) -> None:
    base = saved.save("A", SHANGHAI, by="ana")
    saved.save("B", Audience(where=Not(InSegment("a"))), by="ana")
    with pytest.raises(InvalidPlanError) as caught:
        saved.delete(base.id, by="ana")
    assert caught.value.suggestions == ("B",)


def test_a_segment_never_rests_on_itself(saved: SavedSegments) -> None:
    one = saved.save("A", SHANGHAI, by="ana")
    saved.save("B", Audience(where=InSegment("A")), by="ana")
    with pytest.raises(InvalidPlanError, match="by itself"):
        saved.edit(one.id, Audience(where=InSegment("B")), by="ana")


def test_two_people_at_once_do_not_overwrite_each_other(store: SegmentStore, saved: SavedSegments) -> None:
    segment = saved.save("A", SHANGHAI, by="ana")
    saved.recount(segment.id, 1, as_of=DAY, by="ana")
    stale = Segment(
        id=segment.id,
        data_set="retail",
        name="A",
        audience=ORDERED,
        owner="ana",
        created_at=segment.created_at,
        updated_at=segment.updated_at,
        version=2,
        revision=2,
    )
    entry = Change(
        segment_id="s1",
        revision=2,
        at=segment.updated_at,
        by="bo",
        what="edited",
        version=2,
        name="A",
        audience=ORDERED,
        count=None,
    )
    with pytest.raises(ChangedMeanwhileError):
        store.write([(stale, entry)])
    assert saved.get(segment.id).audience == SHANGHAI


def test_the_store_itself_keeps_names_unique(store: SegmentStore, saved: SavedSegments) -> None:
    saved.save("A", SHANGHAI, by="ana")
    racing = SavedSegments(store, "retail", clock=ticking(), new_id=lambda: "x")
    segment = Segment(
        id="x",
        data_set="retail",
        name="a",
        audience=ORDERED,
        owner="bo",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    entry = Change(
        segment_id="x",
        revision=1,
        at=segment.created_at,
        by="bo",
        what="saved",
        version=1,
        name="a",
        audience=ORDERED,
        count=None,
    )
    with pytest.raises(NameTakenError):
        store.write([(segment, entry)])
    assert racing.names() == ("A",)


def test_combines_by_name_and_by_conditions() -> None:
    one, two = SHANGHAI.where, ORDERED.where
    assert one is not None
    assert two is not None
    assert combine(SetOperation.UNION, "A", "B").where == Or((InSegment("A"), InSegment("B")))
    assert combine(SetOperation.INTERSECTION, SHANGHAI, ORDERED).where == And((one, two))
    assert combine(SetOperation.DIFFERENCE, SHANGHAI, "B").where == And((one, Not(InSegment("B"))))


def test_all_customers_are_the_neutral_part() -> None:
    everybody = Audience()
    assert combine(SetOperation.UNION, everybody, SHANGHAI).where is None
    assert combine(SetOperation.INTERSECTION, everybody, SHANGHAI).where == SHANGHAI.where
    with pytest.raises(InvalidPlanError):
        combine(SetOperation.DIFFERENCE, SHANGHAI, everybody)


def test_refuses_to_combine_people_of_different_days() -> None:
    with pytest.raises(InvalidPlanError):
        combine(SetOperation.UNION, Audience(as_of=DAY), Audience(as_of=date(2026, 9, 30)))


def test_segments_outlive_the_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    first = open_storage(url)
    SavedSegments(SqlSegmentStore(first), "retail", clock=ticking(), new_id=lambda: "s1").save("A", SHANGHAI, by="ana")
    first.dispose()
    again = open_storage(url)
    assert SavedSegments(SqlSegmentStore(again), "retail", clock=ticking(), new_id=lambda: "s2").names() == ("A",)
    again.dispose()


def test_an_unusable_place_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DataError):
        open_storage(f"sqlite:///{tmp_path / 'file' / 'app.db'}")
    (tmp_path / "broken.db").write_bytes(b"this is no database at all, only words" * 100)
    with pytest.raises(DataError, match="cannot be read"):
        open_storage(f"sqlite:///{tmp_path / 'broken.db'}")


def test_migrations_give_the_tables_that_the_stores_expect(tmp_path: Path) -> None:
    engine = open_storage(f"sqlite:///{tmp_path / 'app.db'}")
    assert {"segments", "segment_changes", "ledger"} <= set(sa.inspect(engine).get_table_names())
    engine.dispose()
