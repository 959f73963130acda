"""Whatever happens to a load half-way, the next one finishes, and no row is lost or doubled: counts and hashes are equal."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from semantic_layer.errors import Text
from semantic_layer.ingestion.landing.runs import LoadState
from semantic_layer.ingestion.sources.opening import open_source
from semantic_layer.ingestion.sources.types import SourceSpec
from tests.semantic_layer.ingestion.landing.disturbed import FULL
from tests.semantic_layer.ingestion.landing.scene import Scene, spec

ROOT = Path(__file__).resolve().parents[4]
PROGRAM = [sys.executable, "-m", "tests.semantic_layer.ingestion.landing.disturbed"]


def said(*arguments: object, before: tuple[str, ...] = ()) -> dict:
    command = [*before, *PROGRAM, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1200)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def equal(found: dict, kills: int) -> None:
    assert found["kills"] == kills
    assert found["ends"]
    for end in found["ends"]:
        assert end == found["wanted"]
    assert all(count > 0 for count, _ in found["wanted"].values())


@pytest.mark.slow
def test_a_load_that_is_killed_goes_on_and_ends_as_one_that_was_not(tmp_path: Path) -> None:
    equal(said("kill", tmp_path, 5, 20261102, 60), 5)


@pytest.mark.slow
def test_a_load_that_is_killed_at_fifty_moments_ends_as_one_that_was_not(tmp_path: Path) -> None:
    equal(said("kill", tmp_path, 50, 618, 600), 50)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [300_000, 1_200_000])
def test_a_full_disk_is_named_and_the_next_load_finishes(tmp_path: Path, limit: int) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    found = said("full", folder, limit)
    assert found["code"] == FULL
    assert found["found"] == found["wanted"]
    assert found["wanted"][0] > 30_000


@pytest.mark.slow
def test_a_disk_that_is_really_full_is_named_and_the_next_load_finishes(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = f"mount -t tmpfs -o size=40m tmpfs {folder} && head -c 37M /dev/zero > {folder}/ballast"
    alone = ("unshare", "-rm")
    if shutil.which("unshare") is None or subprocess.run([*alone, "sh", "-c", mount], check=False).returncode != 0:
        pytest.skip("no small file system can be made here")
    found = said("full", folder, 0, before=(*alone, "sh", "-c", f'{mount} && exec "$0" "$@"'))
    assert found["code"] == FULL
    assert found["found"] == found["wanted"]


def files(scene: Scene) -> SourceSpec:
    (scene.folder / "in").mkdir(exist_ok=True)
    return spec(key=())


def opened(scene: Scene, declared: SourceSpec):
    return open_source(declared, scene.folder / "in", variables={})


def test_a_file_that_is_replaced_while_it_is_read_ends_as_the_new_one(scene: Scene) -> None:
    declared = files(scene)
    path = scene.folder / "in" / "a.csv"
    path.write_text("no,name\n" + "".join(f"{number},old\n" for number in range(60_000)), encoding="utf-8")
    swapped = False

    def swap(*told: object) -> None:
        nonlocal swapped
        if not swapped:
            swapped = True
            path.write_text("no,name\n1,new\n2,new\n", encoding="utf-8")

    scene.told = Telling(swap)
    torn = scene.land(declared, opened(scene, declared))
    assert torn.state is LoadState.FAILED
    assert isinstance(torn.why, Text)
    assert "replaced" in torn.why.en
    assert len(scene.raw()) > 0
    assert scene.land(declared, opened(scene, declared)).state is LoadState.DONE
    assert [row[4:] for row in scene.raw()] == [("1", "new"), ("2", "new")]


class Telling(list):
    """A list that says what is put into it."""

    def __init__(self, tell) -> None:
        super().__init__()
        self.append = tell


def test_files_of_a_folder_land_once_as_they_come_and_grow(scene: Scene) -> None:
    declared = files(scene)
    first, second = scene.folder / "in" / "a.csv", scene.folder / "in" / "b.csv"
    first.write_text("no,name\n1,张伟\n2,李娜\n", encoding="gbk")
    scene.land(declared, opened(scene, declared))
    before = scene.raw()
    second.write_text("no,name\n3,c\n", encoding="utf-8")
    with first.open("a", encoding="gbk") as more:
        more.write("4,王芳\n")
    load = scene.land(declared, opened(scene, declared))
    assert (load.rows.new, load.rows.same) == (2, 2)
    assert scene.raw()[:2] == before
    assert sorted(row[4:] for row in scene.raw()) == [("1", "张伟"), ("2", "李娜"), ("3", "c"), ("4", "王芳")]
