"""Loads are told as they were: what became of them, how fast, and which one was interrupted."""

from __future__ import annotations

from datetime import UTC, datetime

from semantic_layer.ingestion.landing import runs
from semantic_layer.ingestion.landing.merging import Tally
from semantic_layer.ingestion.landing.runs import Load, LoadState, history
from tests.semantic_layer.ingestion.landing.scene import Scene, script, spec


def test_the_latest_loads_come_first_in_pages_and_by_source(scene: Scene) -> None:
    for number in range(3):
        scene.land(spec("crm"), script("no", {f"{number}.csv": [str(number)]}))
        scene.land(spec("pos"), script("no", {f"{number}.csv": [str(number)]}))
    with scene.warehouse.reading() as connection:
        assert [one.number for one in history(connection, running=(), most=4)] == [6, 5, 4, 3]
        assert [one.number for one in history(connection, running=(), most=4, before=3)] == [2, 1]
        assert [(one.number, one.source) for one in history(connection, running=(), source="pos")] == [
            (6, "pos"),
            (4, "pos"),
            (2, "pos"),
        ]


def test_only_a_load_of_this_process_runs_all_others_were_interrupted(scene: Scene) -> None:
    scene.land(spec("crm"), script("no", {"a.csv": ["1"]}))
    scene.do(lambda connection: runs.begin(connection, 2, "crm", datetime(2026, 11, 2)))  # noqa: DTZ001
    with scene.warehouse.reading() as connection:
        assert history(connection, running={"crm"})[0].state is LoadState.RUNNING
        assert history(connection, running={"pos"})[0].state is LoadState.INTERRUPTED


def test_a_load_tells_how_fast_it_was_and_what_became_of_it() -> None:
    at = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    load = Load(
        number=3,
        source="crm",
        state=LoadState.DONE,
        started_at=at,
        ended_at=at.replace(second=4),
        files=2,
        rows=Tally(read=12_000, new=9_000, changed=1_000, same=1_990, held=10),
        why=runs.Text("", ""),
    )
    assert (load.seconds, load.rows_a_second) == (4.0, 3_000.0)
    assert load.message.en == "Loaded. 12,000 rows read: 9,000 new, 1,000 changed, 1,990 the same, 10 in quarantine."
    assert load.message.zh == "导入完成。读取 12,000 行：新增 9,000，更新 1,000，未变 1,990，隔离 10。"


def test_a_load_that_has_not_ended_has_no_rate(scene: Scene) -> None:
    scene.land(spec("crm"), script("no", {"a.csv": ["1"]}))
    scene.do(lambda connection: runs.begin(connection, 2, "crm", datetime(2026, 11, 2)))  # noqa: DTZ001
    with scene.warehouse.reading() as connection:
        running = runs.one(connection, 2)
    assert (running.seconds, running.rows_a_second, running.ended_at) == (None, None, None)
