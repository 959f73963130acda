"""What the door keeps between two calls: files to be fetched, and questions whose answer is still to come."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from assistant.channels.mcp import approval, taken
from assistant.channels.mcp.approval import Asking, OpenQuestions
from assistant.channels.mcp.taken import TakenFiles
from semantic_layer.errors import DataError, NotAllowedError, UnknownNameError
from tests.assistant.channels.mcp.scene import Clock, Ids

ASKING = Asking(login="ana", key="k1", tool="delete_segment", arguments='{"name":"vip"}', preview="Delete vip")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(clock: Clock) -> TakenFiles:
    return TakenFiles(clock=clock, new_id=Ids())


@pytest.fixture
def questions(clock: Clock) -> OpenQuestions:
    return OpenQuestions(clock=clock, new_id=Ids(), patience=timedelta(seconds=300))


def written(folder: Path, name: str = "vip.xlsx", size: int = 3) -> Path:
    path = folder / name
    path.write_bytes(b"x" * size)
    return path


def test_a_file_is_fetched_by_whoever_took_it_out_and_by_nobody_else(files: TakenFiles, tmp_path: Path) -> None:
    kept = files.keep(written(tmp_path), login="ana")
    assert kept.uri == "qunxiang://exports/id-1/vip.xlsx"
    assert kept.mime_type.endswith("spreadsheetml.sheet")
    assert files.fetch(kept.uri, login="ana")[1] == b"xxx"
    with pytest.raises(UnknownNameError):
        files.fetch(kept.uri, login="bob")


def test_a_file_is_forgotten_after_an_hour(files: TakenFiles, clock: Clock, tmp_path: Path) -> None:
    kept = files.keep(written(tmp_path), login="ana")
    clock.move(timedelta(hours=1))
    assert files.fetch(kept.uri, login="ana")[1] == b"xxx"
    clock.move(timedelta(seconds=1))
    with pytest.raises(UnknownNameError):
        files.fetch(kept.uri, login="ana")


def test_a_file_that_was_removed_or_is_too_large_is_said(
    files: TakenFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path)
    kept = files.keep(path, login="ana")
    path.unlink()
    with pytest.raises(DataError, match="no longer there"):
        files.fetch(kept.uri, login="ana")
    monkeypatch.setattr(taken, "MOST_BYTES", 2)
    with pytest.raises(DataError, match="on the page"):
        files.keep(written(tmp_path), login="ana")


def test_of_many_files_the_oldest_are_forgotten(
    files: TakenFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taken, "MOST_FILES", 2)
    first, second, third = (files.keep(written(tmp_path, f"{n}.csv"), login="ana") for n in range(3))
    with pytest.raises(UnknownNameError):
        files.fetch(first.uri, login="ana")
    assert [files.fetch(one.uri, login="ana")[0] for one in (second, third)] == [second, third]


@pytest.mark.parametrize(
    "other",
    [
        Asking(login="bob", key="k1", tool="delete_segment", arguments='{"name":"vip"}', preview="Delete vip"),
        Asking(login="ana", key="k2", tool="delete_segment", arguments='{"name":"vip"}', preview="Delete vip"),
        Asking(login="ana", key="k1", tool="rename_segment", arguments='{"name":"vip"}', preview="Delete vip"),
        Asking(login="ana", key="k1", tool="delete_segment", arguments='{"name":"all"}', preview="Delete vip"),
        Asking(login="ana", key="k1", tool="delete_segment", arguments='{"name":"vip"}', preview="Delete vip (9)"),
    ],
)
def test_a_yes_to_one_thing_is_no_yes_to_another_and_is_used_up(questions: OpenQuestions, other: Asking) -> None:
    number = questions.put(ASKING)
    with pytest.raises(NotAllowedError, match="Things changed"):
        questions.take(number, other)
    with pytest.raises(NotAllowedError, match="no longer open"):
        questions.take(number, ASKING)


def test_a_yes_holds_for_a_while_and_once(questions: OpenQuestions, clock: Clock) -> None:
    in_time, late = questions.put(ASKING), questions.put(ASKING)
    clock.move(timedelta(seconds=300))
    questions.take(in_time, ASKING)
    with pytest.raises(NotAllowedError, match="no longer open"):
        questions.take(in_time, ASKING)
    clock.move(timedelta(seconds=1))
    with pytest.raises(NotAllowedError, match="time to agree is over"):
        questions.take(late, ASKING)


def test_of_many_questions_the_oldest_are_forgotten(questions: OpenQuestions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approval, "MOST_OPEN", 1)
    first, second = questions.put(ASKING), questions.put(ASKING)
    with pytest.raises(NotAllowedError, match="no longer open"):
        questions.take(first, ASKING)
    questions.take(second, ASKING)
