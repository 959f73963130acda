"""A column that is used and is not as it was holds its part until a person answers; others only leave a note."""

from __future__ import annotations

import pytest

from semantic_layer.errors import InvalidPlanError, UnknownNameError
from semantic_layer.ingestion.landing.differences import Answer, answer_drift, open_drift
from semantic_layer.ingestion.landing.headers import landing_places
from semantic_layer.ingestion.landing.runs import LoadState
from semantic_layer.ingestion.sources.port import ScriptedSource, SourceColumn
from semantic_layer.ingestion.sources.types import ColumnMapping
from semantic_layer.model.types import ColumnType
from tests.semantic_layer.ingestion.landing.scene import Scene, counts, script, spec

MAPPED = spec(columns=("phone",))


class Sheets(ScriptedSource):
    """Parts with columns of their own: a list of headers and rows by part."""

    def __init__(self, parts, types=None) -> None:
        super().__init__([], {name: rows for name, (_, rows) in parts.items()}, chunk=10)
        self.parts_ = parts
        self.types = types or {}

    def columns(self, part):
        headers, rows = self.parts_[part.name]
        return tuple(
            SourceColumn(
                name=header,
                type=self.types.get((part.name, header), ColumnType.STRING),
                examples=tuple(row[at] for row in rows if row[at]),
            )
            for at, header in enumerate(headers)
        )

    def read(self, part, *, after=""):
        headers, rows = self.parts_[part.name]
        yield from ScriptedSource(headers, {part.name: rows}, chunk=10).read(part, after=after)


MAY = (["no", "phone"], [["1", "138"], ["2", "139"]])
RENAMED = (["no", "mobile"], [["3", "138"], ["4", "137"]])


def answered(scene: Scene, column: str, answer: Answer, **said) -> None:
    scene.do(lambda connection: answer_drift(connection, "crm", column, answer, at=scene.clock(), **said))


def waiting(scene: Scene) -> list[tuple[str, str, str, bool]]:
    with scene.warehouse.reading() as connection:
        return [(one.kind.value, one.column, one.now_called, one.holds) for one in open_drift(connection, "crm")]


def held(scene: Scene) -> Sheets:
    source = Sheets({"may.csv": MAY, "june.csv": RENAMED})
    load = scene.land(MAPPED, source)
    assert (load.state, counts(load)) == (LoadState.HELD, (2, 2, 0, 0, 0))
    assert load.why.zh.startswith("「june.csv」没有导入，没有读入任何一行：列「phone」不见了")
    assert "'mobile'" in load.why.en
    return source


def test_a_renamed_column_holds_its_part_and_nothing_else(scene: Scene) -> None:
    held(scene)
    assert ("renamed", "phone", "mobile", True) in waiting(scene)
    assert [row[0] for row in scene.raw(columns="no")] == ["1", "2"]
    assert scene.rows("SELECT path FROM work.files") == [("may.csv",)]


def test_it_is_asked_once_however_often_it_is_met(scene: Scene) -> None:
    source = held(scene)
    before = waiting(scene)
    assert scene.land(MAPPED, source).state is LoadState.HELD
    assert waiting(scene) == before


def test_is_now_called_lands_the_values_where_they_did(scene: Scene) -> None:
    source = held(scene)
    answered(scene, "phone", Answer.IS_NOW_CALLED)
    assert scene.land(MAPPED, source).state is LoadState.DONE
    assert scene.raw(columns="no, phone") == [("1", "138"), ("2", "139"), ("3", "138"), ("4", "137")]
    july = Sheets({"may.csv": MAY, "june.csv": RENAMED, "july.csv": (["mobile", "no"], [["150", "5"]])})
    assert scene.land(MAPPED, july).state is LoadState.DONE
    assert scene.raw(columns="no, phone")[-1] == ("5", "150")


def test_accept_as_new_and_ignore_leave_the_column_empty(scene: Scene) -> None:
    source = held(scene)
    answered(scene, "phone", Answer.ACCEPT_AS_NEW)
    assert scene.land(MAPPED, source).state is LoadState.DONE
    assert scene.raw(columns="no, phone, mobile") == [
        ("1", "138", None),
        ("2", "139", None),
        ("3", None, "138"),
        ("4", None, "137"),
    ]


def test_stop_holds_on_and_another_answer_may_follow(scene: Scene) -> None:
    source = held(scene)
    answered(scene, "phone", Answer.STOP)
    load = scene.land(MAPPED, source)
    assert load.state is LoadState.HELD
    assert "stopped on request" in load.why.en
    answered(scene, "phone", Answer.IGNORE)
    assert scene.land(MAPPED, source).state is LoadState.DONE


def test_a_missing_column_may_be_said_to_go_on_under_another_header(scene: Scene) -> None:
    source = Sheets({"may.csv": MAY, "june.csv": (["no", "tel"], [["3", "unknown"]])})
    assert scene.land(MAPPED, source).state is LoadState.HELD
    with pytest.raises(InvalidPlanError, match="now_called"):
        answered(scene, "phone", Answer.IS_NOW_CALLED)
    answered(scene, "phone", Answer.IS_NOW_CALLED, now_called="tel")
    assert scene.land(MAPPED, source).state is LoadState.DONE
    assert scene.raw(columns="no, phone")[-1] == ("3", "unknown")


def test_a_declaration_that_names_a_column_no_part_has_holds(scene: Scene) -> None:
    load = scene.land(MAPPED, script("no name", {"a.csv": ["1 a"]}))
    assert load.state is LoadState.HELD
    assert waiting(scene) == [("missing", "phone", "", True)]
    answered(scene, "phone", Answer.IS_NOW_CALLED, now_called="name")
    assert scene.land(MAPPED, script("no name", {"a.csv": ["1 a"]})).state is LoadState.DONE
    assert scene.raw(columns="no, phone") == [("1", "a")]


def test_other_headers_of_the_declaration_are_no_difference(scene: Scene) -> None:
    declared = spec(columns=(ColumnMapping(column="phone", field="phone", names=("mobile",)),))
    source = Sheets({"may.csv": MAY, "june.csv": RENAMED})
    assert scene.land(declared, source).state is LoadState.DONE
    assert scene.raw(columns="phone") == [("138",), ("139",), ("138",), ("137",)]


def test_a_column_that_is_not_used_lands_with_a_note_and_one_that_goes_is_no_matter(scene: Scene) -> None:
    more = (["no", "phone", "colour"], [["3", "150", "red"]])
    assert scene.land(MAPPED, Sheets({"may.csv": MAY, "june.csv": more, "july.csv": MAY})).state is LoadState.DONE
    assert scene.raw(columns="no, colour") == [("1", None), ("2", None), ("3", "red")]
    assert waiting(scene) == [("added", "colour", "", False)]
    answered(scene, "colour", Answer.IGNORE)
    assert waiting(scene) == []


def test_another_type_of_a_column_that_is_used_holds_until_it_is_accepted(scene: Scene) -> None:
    parts = {"may.csv": MAY, "june.csv": (["no", "phone"], [["3", "none"]])}
    source = Sheets(parts, {("may.csv", "phone"): ColumnType.INTEGER})
    load = scene.land(MAPPED, source)
    assert load.state is LoadState.HELD
    assert "held numbers and holds text now" in load.why.en
    with pytest.raises(InvalidPlanError):
        answered(scene, "phone", Answer.IS_NOW_CALLED)
    answered(scene, "phone", Answer.ACCEPT_AS_NEW)
    assert scene.land(MAPPED, source).state is LoadState.DONE
    assert scene.rows("SELECT type FROM work.columns WHERE name = 'phone'") == [("string",)]


def test_a_file_that_was_put_right_asks_no_more(scene: Scene) -> None:
    held(scene)
    right = Sheets({"may.csv": MAY, "june.csv": (["no", "phone"], [["3", "138"]])})
    assert scene.land(MAPPED, right).state is LoadState.DONE
    assert waiting(scene) == []
    assert scene.rows("SELECT DISTINCT answer FROM work.drift") == [("went-away",)]


def test_an_answer_to_what_was_not_asked_names_what_was(scene: Scene) -> None:
    held(scene)
    with pytest.raises(UnknownNameError, match="'phone'"):
        answered(scene, "phon", Answer.IGNORE)


@pytest.mark.parametrize(
    ("headers", "known", "others", "places"),
    [
        (["a", "b"], {}, {}, ("a", "b")),
        (["a", "A"], {}, {}, ("a", "A (2)")),
        (["A"], {"a": "a"}, {}, ("A (2)",)),
        (["x"], {"a": "a", "x": "a"}, {}, ("a",)),
        (["x", "a"], {"a": "a", "x": "a"}, {}, ("x", "a")),
        (["x"], {}, {"x": "a"}, ("a",)),
        (["a", "x"], {"a": "a"}, {"x": "a"}, ("a", "x")),
        (["_load", "_load (2)"], {}, {}, ("_load (2)", "_load (2) (2)")),
    ],
)
def test_no_two_headers_land_in_one_column(headers, known, others, places) -> None:
    assert landing_places(headers, known, others) == places
