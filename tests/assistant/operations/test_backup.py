"""A backup holds everything that people made, from a database in use, and comes back whole on either database."""

from __future__ import annotations

import json
import threading
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.observability.audit import sql_audit
from assistant.operations.archive import MANIFEST
from assistant.operations.backup import Place, backup, read_manifest, restore
from assistant.settings import Settings
from semantic_layer.errors import DataError
from tests.state.conftest import *  # noqa: F403  # the databases
from tests.state.test_migrations import RELEASED, load, rows_of
from tests.state.work import ask, kept, save, say
from tools.storage import open_storage

AT = datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)


def quiet(_stage: str, _done: int, _total: int) -> None:
    return


@pytest.fixture
def anywhere(state_url: str, tmp_path: Path) -> Place:
    """On each kind of database."""
    return Place(state_url=state_url, home=tmp_path / "home", own=tmp_path / "shop" / "reviewed")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(
        state_url=f"sqlite:///{tmp_path / 'app.db'}", home=tmp_path / "home", own=tmp_path / "shop" / "reviewed"
    )


def fill(place: Place, count: int = 3) -> None:
    engine = open_storage(place.state_url)
    for number in range(count):
        for act in (save, say, ask):
            act(engine, f"{act.__name__}{number}")
    engine.dispose()
    for folder in (place.home / "retail" / "reviewed", place.own):
        assert folder is not None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "approved.yml").write_text(f"# {folder.parent.name}\n", encoding="utf-8")


def elsewhere(tmp_path: Path, url: str) -> Place:
    return Place(state_url=url, home=tmp_path / "new-home", own=tmp_path / "new-shop" / "reviewed")


def test_everything_comes_back(anywhere: Place, tmp_path: Path) -> None:
    place = anywhere
    fill(place)
    path, made = backup(place, tmp_path / "kept.zip", at=AT, progress=quiet)
    new = elsewhere(tmp_path, f"sqlite:///{tmp_path / 'new.db'}")
    done = restore(path, new, at=AT, progress=quiet)
    assert rows_of(new.state_url) == rows_of(place.state_url)
    assert (done.manifest, done.before) == (made, None)
    assert done.ledger.intact
    assert (done.ledger.entries, done.ledger.head) == (made.ledger_entries, made.ledger_head)
    assert (new.home / "retail" / "reviewed" / "approved.yml").read_text() == "# retail\n"
    assert new.own is not None
    assert (new.own / "approved.yml").read_text() == "# shop\n"
    engine = open_storage(new.state_url)
    assert {what: len(ids) for what, ids in kept(engine).items()} == {"segment": 3, "feedback": 3, "audit": 3}
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM ledger"))
    engine.dispose()


@pytest.mark.slow
def test_from_sqlite_to_postgresql_and_back(postgres: PostgresServer, tmp_path: Path) -> None:  # noqa: F405
    """How an installation moves to the other database."""
    place = Place(
        state_url=f"sqlite:///{tmp_path / 'app.db'}", home=tmp_path / "home", own=tmp_path / "shop" / "reviewed"
    )
    fill(place)
    there = elsewhere(tmp_path, postgres.database())
    restore(backup(place, tmp_path / "1.zip", at=AT, progress=quiet)[0], there, at=AT, progress=quiet)
    assert rows_of(there.state_url) == rows_of(place.state_url)
    engine = open_storage(there.state_url)
    ask(engine, "afterwards")
    assert sql_audit(engine).verify().intact
    engine.dispose()
    back = Place(state_url=f"sqlite:///{tmp_path / 'back.db'}", home=tmp_path / "b", own=tmp_path / "c")
    restore(backup(there, tmp_path / "2.zip", at=AT, progress=quiet)[0], back, at=AT, progress=quiet)
    assert rows_of(back.state_url) == rows_of(there.state_url)


@pytest.mark.slow
def test_a_backup_of_a_database_in_use_is_of_one_moment(anywhere: Place, tmp_path: Path) -> None:
    place = anywhere
    fill(place)
    stop = threading.Event()
    engine = open_storage(place.state_url)

    def write() -> None:
        for number in range(10_000):
            ask(engine, f"busy{number}")
            if stop.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    for number in range(3):
        path, made = backup(place, tmp_path / f"{number}.zip", at=AT, progress=quiet)
        new = elsewhere(tmp_path / str(number), f"sqlite:///{tmp_path / str(number) / 'new.db'}")
        done = restore(path, new, at=AT, progress=quiet)
        assert done.ledger.intact
        assert (done.ledger.entries, done.ledger.head) == (made.ledger_entries, made.ledger_head)
    stop.set()
    writer.join()
    engine.dispose()


@pytest.mark.parametrize("dump", RELEASED, ids=lambda path: path.stem)
def test_a_backup_of_an_earlier_version_is_brought_forward(dump: Path, tmp_path: Path) -> None:
    """As an earlier version would have written it: its tables and rows, named by its schema."""
    old = tmp_path / "old.db"
    load(dump, f"sqlite:///{old}")
    before = rows_of(f"sqlite:///{old}")
    path = tmp_path / "old.zip"
    current, _ = backup(Place(state_url=f"sqlite:///{old}", home=tmp_path), tmp_path / "new.zip", at=AT, progress=quiet)
    rewritten(current, path, schema=dump.stem, rows=before)
    new = elsewhere(tmp_path, f"sqlite:///{tmp_path / 'new.db'}")
    assert restore(path, new, at=AT, progress=quiet).ledger.entries == 3
    after = rows_of(new.state_url)
    for table, rows in before.items():
        assert [{name: row[name] for name in rows[0]} for row in after[table]] == rows


def rewritten(source: Path, target: Path, *, schema: str, rows: dict[str, list[dict[str, object]]]) -> None:
    """A sound backup with other rows, as somebody else wrote it."""
    import hashlib

    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        manifest = json.loads(old.read(MANIFEST))
        manifest["schema_version"], manifest["parts"] = schema, []
        order = [name for name in ("segments", *rows) if name in rows]
        for name in dict.fromkeys(order):
            body = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows[name]).encode()
            part = {"name": f"state/{name}.jsonl", "sha256": hashlib.sha256(body).hexdigest(), "size": len(body)}
            manifest["parts"].append(part)
            new.writestr(part["name"], body)  # type: ignore[call-overload]
        new.writestr(MANIFEST, json.dumps(manifest))


def test_what_is_there_is_not_replaced_unless_that_is_said(place: Place, tmp_path: Path) -> None:
    fill(place, 2)
    path, _ = backup(place, tmp_path / "kept.zip", at=AT, progress=quiet)
    fill_more = open_storage(place.state_url)
    ask(fill_more, "later")
    fill_more.dispose()
    before = rows_of(place.state_url)
    with pytest.raises(DataError, match="With --replace") as caught:
        restore(path, place, at=AT, progress=quiet)
    assert "--replace" in caught.value.message.zh
    assert rows_of(place.state_url) == before
    done = restore(path, place, replace=True, at=AT, progress=quiet)
    assert done.ledger.entries == 2
    assert done.before is not None
    assert done.before.parent == place.home / "backups"
    again = restore(done.before, place, replace=True, at=AT.replace(hour=5), progress=quiet)
    assert again.ledger.entries == 3
    assert rows_of(place.state_url) == before


def test_reviewed_questions_that_differ_are_not_written_over(place: Place, tmp_path: Path) -> None:
    fill(place, 0)
    path, _ = backup(place, tmp_path / "kept.zip", at=AT, progress=quiet)
    assert place.own is not None
    (place.own / "approved.yml").write_text("# changed since\n")
    with pytest.raises(DataError, match="kept here already"):
        restore(path, place, at=AT, progress=quiet)
    assert (place.own / "approved.yml").read_text() == "# changed since\n"


def spoiled(path: Path, name: str, change) -> Path:
    """The same archive with one file inside changed, and every checksum of ZIP right."""
    target = path.with_name(f"spoiled-{len(list(path.parent.iterdir()))}.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for inside in old.namelist():
            content = old.read(inside)
            changed = change(content) if inside == name else content
            if changed is not None:
                new.writestr(inside, changed)
    return target


@pytest.fixture
def sound(tmp_path: Path) -> tuple[Path, Place]:
    place = Place(
        state_url=f"sqlite:///{tmp_path / 'app.db'}", home=tmp_path / "home", own=tmp_path / "shop" / "reviewed"
    )
    fill(place)
    return (
        backup(place, tmp_path / "kept.zip", at=AT, progress=quiet)[0],
        elsewhere(tmp_path, f"sqlite:///{tmp_path / 'new.db'}"),
    )


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("state/ledger.jsonl", lambda content: content.replace(b'"ana"', b'"bo"'), "differs from the hash"),
        ("reviewed/own/approved.yml", lambda content: content + b"x", "differs from the hash"),
        ("state/segments.jsonl", lambda _: None, "not those of its manifest"),
        (MANIFEST, lambda _: None, "no manifest"),
        (MANIFEST, lambda _: b"{}", "manifest.json has faults"),
        (MANIFEST, lambda content: content.replace(b'"format": 1', b'"format": 2'), "has faults"),
        (MANIFEST, lambda content: content.replace(b"reviewed/own/approved", b"reviewed/own/../x"), "has faults"),
    ],
)
def test_a_backup_that_is_not_as_it_was_written_is_refused(sound, name: str, change, said: str) -> None:
    path, new = sound
    with pytest.raises(DataError, match=said) as caught:
        restore(spoiled(path, name, change), new, at=AT, progress=quiet)
    assert "没有改动" in caught.value.message.zh
    assert all(rows == [] for rows in rows_of(new.state_url).values())


def test_a_file_cut_short_or_of_another_kind_is_refused(sound) -> None:
    path, new = sound
    cut = path.with_name("cut.zip")
    cut.write_bytes(path.read_bytes()[:-200])
    for wrong in (cut, path.with_name("nothing.zip")):
        with pytest.raises(DataError, match="no backup or cannot be read"):
            restore(wrong, new, at=AT, progress=quiet)


def test_a_backup_of_a_newer_version_is_refused(sound) -> None:
    path, new = sound
    with zipfile.ZipFile(path) as archive:
        schema = json.loads(archive.read(MANIFEST))["schema_version"].encode()
    newer = spoiled(path, MANIFEST, lambda content: content.replace(b'"' + schema + b'"', b'"9999"'))
    with pytest.raises(DataError, match="9999, newer than"):
        restore(newer, new, at=AT, progress=quiet)
    assert all(rows == [] for rows in rows_of(new.state_url).values())


@pytest.mark.slow
def test_rows_that_do_not_fit_leave_everything_as_it_was(sound, tmp_path: Path) -> None:
    path, _ = sound
    place = Place(state_url=f"sqlite:///{tmp_path / 'app.db'}", home=tmp_path / "home")
    before = rows_of(place.state_url)
    current = json.loads(zipfile.ZipFile(path).read(MANIFEST))["schema_version"]
    for wrong in ([{"seq": 1}], [before["ledger"][0] | {"who": None}], [before["ledger"][0]] * 2):
        rewritten(path, tmp_path / "wrong.zip", schema=current, rows={"ledger": wrong})
        with pytest.raises(DataError, match="do not fit"):
            restore(
                tmp_path / "wrong.zip", place, replace=True, at=AT, progress=quiet, before=tmp_path / f"b{id(wrong)}"
            )
        assert rows_of(place.state_url) == before


def test_a_backup_is_never_written_over_and_only_its_owner_reads_it(place: Place, tmp_path: Path) -> None:
    fill(place, 1)
    path, _ = backup(place, tmp_path / "kept.zip", at=AT, progress=quiet)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(DataError, match="not written over"):
        backup(place, path, at=AT, progress=quiet)
    (tmp_path / "folder").mkdir()
    named, _ = backup(place, tmp_path / "folder", at=AT, progress=quiet)
    assert named.name == "qunxiang-20261102-030405.zip"
    assert list((tmp_path / "folder").iterdir()) == [named]
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        backup(place, tmp_path / "file" / "b.zip", at=AT, progress=quiet)


def test_progress_is_told(place: Place, tmp_path: Path) -> None:
    fill(place, 1)
    told: list[tuple[str, int, int]] = []
    _, made = backup(place, tmp_path / "kept.zip", at=AT, progress=lambda *step: told.append(step))
    assert told[-1] == ("backup", len(made.parts), len(made.parts))
    assert [step[1] for step in told] == list(range(1, len(told) + 1))


def test_the_manifest_can_be_read_alone(sound) -> None:
    path, _ = sound
    manifest = read_manifest(path)
    folders = {part.name.removesuffix("/approved.yml").removeprefix("reviewed/") for part in manifest.reviewed}
    assert folders == {"home/retail", "own"}
    assert next(part.rows for part in manifest.tables if part.name == "state/ledger.jsonl") == 3


def test_the_place_of_the_settings(tmp_path: Path) -> None:
    assert Place.of(Settings(data="retail", home=tmp_path)).own is None
    shop = Place.of(Settings(data=str(tmp_path / "shop"), home=tmp_path, state_url="sqlite:///x.db"))
    assert (shop.own, shop.state_url) == (tmp_path / "shop" / "reviewed", "sqlite:///x.db")


def test_no_number_is_given_out_by_the_database(postgres: PostgresServer) -> None:  # noqa: F405
    """Rows come back with their own keys; a sequence would go on from where it never was."""
    engine = open_storage(postgres.database())
    with engine.begin() as connection:
        assert connection.execute(sa.text("SELECT sequence_name FROM information_schema.sequences")).all() == []
    engine.dispose()
