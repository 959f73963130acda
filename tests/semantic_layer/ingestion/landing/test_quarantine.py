"""What waits is listed, counted, corrected or dismissed; a correction holds for later loads of the same row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.ingestion.landing.quarantine import Waiting, count, in_quarantine, reload, settle
from semantic_layer.ingestion.landing.runs import LoadState
from semantic_layer.ingestion.sources.port import BadRow
from semantic_layer.ingestion.sources.types import ColumnMapping
from tests.semantic_layer.ingestion.landing.scene import Scene, counts, script, spec

BIRTHDAY = spec(columns=(ColumnMapping(column="born", field="birthday"),))
BAD = BadRow(place="a.csv:3", text="4;d;x", reason=Text("列太多", "too many cells"), remedy=Text("改", "mend"))


def rule_found(scene: Scene, row: str, value: str, field: str = "birthday") -> None:
    """As the rules of another room write."""
    scene.do(
        lambda connection: connection.execute(
            "INSERT INTO work.quarantine VALUES ('crm', ?, 'a.csv:1', 1, 'real_date', ?, ?, '没有这一天', 'no such day', '改', "
            "'mend', true, ?, NULL)",
            [row, field, value, scene.clock().replace(tzinfo=None)],
        )
    )


def waiting(scene: Scene, **asked):
    with scene.warehouse.reading() as connection:
        return in_quarantine(connection, **asked)


def settled(scene: Scene, held, correction, declared=BIRTHDAY) -> None:
    scene.do(lambda connection: settle(connection, declared, held, correction=correction, by="ana", at=scene.clock()))


def reloaded(scene: Scene):
    with scene.warehouse.writing() as connection:
        return reload(connection, "crm", at=scene.clock())


def test_what_waits_is_listed_in_pages_and_counted(scene: Scene) -> None:
    bad = [
        BadRow(place=f"a.csv:{line}", text=str(line), reason=BAD.reason, remedy=BAD.remedy) for line in range(10, 15)
    ]
    scene.land(spec(), script("no name", {"a.csv": ["1 a", "- b"]}, bad={"a.csv": bad}))
    first = waiting(scene, most=4)
    rest = waiting(scene, most=4, skip=4)
    assert len(first) == 4
    assert sorted(one.place for one in (*first, *rest)) == [
        "a.csv:10",
        "a.csv:11",
        "a.csv:12",
        "a.csv:13",
        "a.csv:14",
        "a.csv:2",
    ]
    assert [one.rule for one in waiting(scene, rule="no_key")] == ["no_key"]
    assert waiting(scene, source="other") == ()
    assert first[0].reason == Text("列太多", "too many cells")
    assert abs(first[0].found_at - scene.clock.at) < timedelta(minutes=1)
    with scene.warehouse.reading() as connection:
        assert count(connection) == (
            Waiting(source="crm", rule="no_key", open=1, settled=0),
            Waiting(source="crm", rule="unreadable", open=5, settled=0),
        )


def test_a_corrected_value_takes_the_place_of_the_one_that_was_found(scene: Scene) -> None:
    source = script("no born", {"a.csv": ["1 1990-02-31", "2 1991-01-01"]})
    scene.land(BIRTHDAY, source)
    rule_found(scene, "1", "1990-02-31")
    settled(scene, waiting(scene)[0], "1990-02-28")
    assert waiting(scene) == ()
    assert [one.rule for one in waiting(scene, settled=True)] == ["real_date"]
    load = reloaded(scene)
    assert (load.number, load.state, counts(load)) == (2, LoadState.DONE, (0, 0, 1, 0, 0))
    assert scene.raw(columns="no, born, _load") == [("1", "1990-02-28", 2), ("2", "1991-01-01", 1)]
    assert scene.rows("SELECT was, becomes, said_by, load FROM work.overrides") == [
        ("1990-02-31", "1990-02-28", "ana", 2)
    ]
    assert reloaded(scene) is None


def test_a_correction_holds_for_later_loads_until_the_source_says_something_else(scene: Scene) -> None:
    scene.land(BIRTHDAY, script("no born more", {"a.csv": ["1 1990-02-31 x"]}))
    rule_found(scene, "1", "1990-02-31")
    settled(scene, waiting(scene)[0], "1990-02-28")
    later = script("no born more", {"a.csv": ["1 1990-02-31 y"]}, fingerprints={"a.csv": "two"})
    scene.land(BIRTHDAY, later)
    assert scene.raw(columns="born, more") == [("1990-02-28", "y")]
    scene.land(BIRTHDAY, script("no born more", {"a.csv": ["1 1990-03-03 y"]}, fingerprints={"a.csv": "three"}))
    assert scene.raw(columns="born, more") == [("1990-03-03", "y")]


def test_a_second_correction_takes_the_place_of_the_first(scene: Scene) -> None:
    scene.land(BIRTHDAY, script("no born", {"a.csv": ["1 1990-02-31"]}))
    for right in ("1990-02-30", "1990-02-28"):
        rule_found(scene, "1", scene.raw(columns="born")[0][0])
        settled(scene, waiting(scene)[0], right)
        reloaded(scene)
    assert scene.raw(columns="born") == [("1990-02-28",)]
    assert scene.rows("SELECT was, becomes FROM work.overrides") == [("1990-02-31", "1990-02-28")]


def test_a_row_that_could_not_be_read_is_entered_and_stays(scene: Scene) -> None:
    source = script("no name", {"a.csv": ["1 a", "2 b"]}, bad={"a.csv": [BAD]})
    scene.land(spec(), source)
    held = waiting(scene)[0]
    with pytest.raises(InvalidPlanError, match="by column"):
        settled(scene, held, "4", spec())
    with pytest.raises(InvalidPlanError, match="key"):
        settled(scene, held, {"name": "d"}, spec())
    with pytest.raises(UnknownNameError, match="name"):
        settled(scene, held, {"no": "4", "nam": "d"}, spec())
    settled(scene, held, {"no": "4", "name": "d"}, spec())
    assert counts(reloaded(scene)) == (0, 0, 1, 0, 0)
    expected = [("1", "a"), ("2", "b"), ("4", "d")]
    assert scene.raw(columns="no, name") == expected
    again = script("no name", {"a.csv": ["1 a", "2 b"]}, bad={"a.csv": [BAD]}, fingerprints={"a.csv": "touched"})
    scene.land(spec(), again)
    assert waiting(scene) == ()
    assert scene.raw(columns="no, name") == expected


def test_a_row_without_a_key_is_given_one(scene: Scene) -> None:
    scene.land(spec(), script("no name", {"a.csv": ["1 a", "- b"]}))
    settled(scene, waiting(scene)[0], {"no": "7", "name": "b"}, spec())
    reloaded(scene)
    assert scene.raw(columns="_row, _place, no, name") == [("1", "a.csv:1", "1", "a"), ("7", "a.csv:2", "7", "b")]
    scene.land(spec(), script("no name", {"a.csv": ["1 a", "- b", "3 c"]}, fingerprints={"a.csv": "two"}))
    assert waiting(scene) == ()
    assert sorted(row[0] for row in scene.raw(columns="no")) == ["1", "3", "7"]


def test_what_was_dismissed_is_not_asked_again(scene: Scene) -> None:
    rows = {"a.csv": ["1 a", "1 b", "- c"]}
    scene.land(spec(), script("no name", rows, bad={"a.csv": [BAD]}))
    assert len(waiting(scene)) == 3
    for held in waiting(scene):
        settled(scene, held, None, spec())
    scene.land(spec(), script("no name", rows, bad={"a.csv": [BAD]}, fingerprints={"a.csv": "two"}))
    assert waiting(scene) == ()
    assert scene.raw(columns="no, name") == [("1", "b")]
    assert reloaded(scene) is None


def test_what_is_found_again_in_a_file_that_was_replaced_waits_once(scene: Scene) -> None:
    scene.land(spec(), script("no name", {"a.csv": ["1 a", "- b"]}, bad={"a.csv": [BAD]}))
    scene.land(spec(), script("no name", {"a.csv": ["1 a", "- b"]}, fingerprints={"a.csv": "two"}))
    assert [(one.rule, one.load) for one in waiting(scene)] == [("no_key", 2)]


def test_what_was_settled_or_is_gone_cannot_be_settled(scene: Scene) -> None:
    scene.land(BIRTHDAY, script("no born", {"a.csv": ["1 x"]}))
    rule_found(scene, "1", "x")
    rule_found(scene, "99", "x")
    gone, held = sorted(waiting(scene), key=lambda one: one.row, reverse=True)
    with pytest.raises(InvalidPlanError, match="does not have this row"):
        settled(scene, gone, "y")
    settled(scene, held, None)
    with pytest.raises(UnknownNameError):
        settled(scene, held, "y")
    assert scene.raw(columns="born") == [("x",)]
