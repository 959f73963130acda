"""Whatever happens to a whole load half-way, the next one finishes, and what is published is that of a load left alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from semantic_layer.ingestion import pipeline as pipeline_module
from semantic_layer.ingestion.landing.runs import LoadState
from semantic_layer.ingestion.sources import databases
from semantic_layer.ingestion.warehouse import ClaimedError, Warehouse
from tests.semantic_layer.ingestion.landing.disturbed import FULL
from tests.semantic_layer.ingestion.pipeline.company import write_company
from tests.semantic_layer.ingestion.pipeline.disturbed import REFUSED, digest, load, pipeline_of, write_busy_company
from tests.state import server

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[4]
PROGRAM = [sys.executable, "-m", "tests.semantic_layer.ingestion.pipeline.disturbed"]


def quiet(*_: object) -> None:
    """Progress that nobody watches."""


def said(*arguments: object, before: tuple[str, ...] = ()) -> dict:
    command = [*before, *PROGRAM, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def equal(found: dict) -> None:
    assert found["ends"]
    for end in found["ends"]:
        assert end == found["wanted"]
    assert all(count > 0 for count, _ in found["wanted"].values())


def test_a_load_that_is_killed_twice_ends_as_one_that_was_not(tmp_path: Path) -> None:
    found = said("kill", tmp_path, 2, 20261102, 100)
    assert found["kills"] == 2
    equal(found)


def test_a_load_that_is_killed_at_fifty_moments_ends_as_one_that_was_not(tmp_path: Path) -> None:
    found = said("kill", tmp_path, 50, 618, 600)
    assert found["kills"] == 50
    equal(found)


@pytest.mark.parametrize("limit", [50_000, 200_000, 700_000])
def test_a_full_disk_is_named_and_the_next_load_finishes(tmp_path: Path, limit: int) -> None:
    (tmp_path / "small").mkdir()
    found = said("full", tmp_path / "small", limit, 1000)
    assert found["code"] == FULL
    equal(found)


def test_a_disk_that_is_really_full_is_named_and_the_next_load_finishes(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = f"mount -t tmpfs -o size=40m tmpfs {folder} && head -c 28M /dev/zero > {folder}/ballast"
    alone = ("unshare", "-rm")
    if shutil.which("unshare") is None or subprocess.run([*alone, "sh", "-c", mount], check=False).returncode != 0:
        pytest.skip("no small file system can be made here")
    found = said("full", folder, 0, 1000, before=(*alone, "sh", "-c", f'{mount} && exec "$0" "$@"'))
    assert found["code"] == FULL
    equal(found)


def test_another_process_that_loads_is_told_to_wait_and_disturbs_nothing(tmp_path: Path) -> None:
    found = said("together", tmp_path, 300)
    assert found["code"] == REFUSED
    equal(found)


def test_a_second_load_in_the_same_process_is_told_who_began_and_disturbs_nothing(tmp_path: Path) -> None:
    plain, folder = write_company(tmp_path / "plain"), write_company(tmp_path / "shop")
    assert load(plain) == 0
    warehouse = Warehouse(folder / "warehouse.duckdb")
    first, second = pipeline_of(folder, warehouse), pipeline_of(folder, warehouse)
    refused: list[ClaimedError] = []

    def meet(*_: object) -> None:
        if not refused:
            with pytest.raises(ClaimedError) as told:
                second.load(progress=quiet, by="ben", only=["crm"])
            refused.append(told.value)

    with watched(meet):
        first.load(progress=quiet, by="ana", only=["crm"])
    first.load(progress=quiet)
    first.publish(folder / "published.duckdb", progress=quiet)
    assert refused[0].claim.by == "ana"
    assert digest(folder) == digest(plain)


def test_a_file_that_is_replaced_in_the_middle_ends_as_the_new_one(tmp_path: Path) -> None:
    plain = write_busy_company(tmp_path / "plain", 60, second=True)
    folder = write_busy_company(tmp_path / "shop", 60, second=True)
    path = folder / "raw" / "mall_01.csv"
    last, old = path.read_bytes(), path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join([*old, *(f"Z{at},孙小小,,2026-10-05,60" for at in range(60_000))]) + "\n", encoding="utf-8"
    )
    replaced: list[bool] = []

    def replace(stage: str, *_: object) -> None:
        if stage.startswith("raw/mall_01") and not replaced:
            replaced.append(True)
            path.write_bytes(last)

    loads = pipeline_of(folder)
    with watched(replace):
        torn = loads.load(progress=quiet)
    states = {one.source: one.state for one in torn.loads}
    assert states == {"crm": LoadState.DONE, "mall": LoadState.FAILED, "till": LoadState.DONE}
    assert "replaced" in torn.loads[1].why.en
    assert load(plain) == 0
    assert load(folder) == 0
    assert without_past(digest(folder)) == without_past(digest(plain))


def without_past(found: dict) -> dict:
    """What there is now; the other one never had the rows that went."""
    return {name: value for name, value in found.items() if name != "history"}


class watched:  # noqa: N801  # reads as a statement
    """Tells somebody of each chunk that lands, which a whole load keeps to itself."""

    def __init__(self, tell: Callable[..., None]) -> None:
        self._patch = pytest.MonkeyPatch()
        self._tell = tell

    def __enter__(self) -> None:
        self._patch.setattr(pipeline_module, "_quiet", self._tell)

    def __exit__(self, *_: object) -> None:
        self._patch.undo()


@pytest.fixture
def postgres() -> Iterator[server.PostgresServer]:
    if reason := server.why_not():
        pytest.skip(reason)
    found = server.PostgresServer()
    try:
        found.start()
        yield found
    finally:
        found.remove()


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_server_that_is_restarted_during_a_load_loses_and_doubles_no_row(
    tmp_path: Path, postgres: server.PostgresServer, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(databases, "_FIRST_FETCH", 50)
    monkeypatch.setattr(databases, "_MOST_FETCH", 50)
    monkeypatch.setattr(databases, "MOST_ROWS", 500)
    name = postgres.database().rsplit("/", 1)[-1]
    connection = postgres.connect(name)
    connection.cursor().execute(
        "CREATE TABLE receipts AS SELECT 'P' || lpad(i::text, 6, '0') AS receipt, 'M0000000' || (i % 3 + 1) AS member, "
        "'2026-10-01 09:00:00'::timestamp + make_interval(mins => i) AS sold, i / 4.0 AS paid FROM generate_series(1, 4000) i"
    )
    connection.cursor().execute("ALTER TABLE receipts ADD PRIMARY KEY (receipt)")
    connection.commit()
    connection.close()
    folder = write_company(tmp_path / "shop")
    (folder / "sources" / "server.yml").write_text(
        "sources:\n- name: shops\n  label: {zh: 门店库, en: shops}\n  kind: postgresql\n"
        f"  address: 'postgresql://qunxiang:${{PW}}@127.0.0.1:{postgres.port}/{name}'\n"
        "  table: receipts\n  key: receipt\n  into: orders\n"
        "  columns: {receipt: order_id, member: member_no, sold: ordered_at, paid: paid}\n",
        encoding="utf-8",
    )
    restarted: list[threading.Thread] = []

    def restart(stage: str, *_: object) -> None:
        if stage.startswith("receipts") and not restarted:
            getattr(postgres, end)()
            restarted.append(threading.Timer(0.5, postgres.start))
            restarted[0].start()

    loads = pipeline_of(folder, variables={"PW": postgres.password})
    with watched(restart):
        done = loads.load(progress=quiet)
    restarted[0].join()
    assert {one.source: one.state for one in done.loads}["shops"] is LoadState.DONE
    loads.publish(folder / "published.duckdb", progress=quiet)
    with duckdb.connect(str(folder / "published.duckdb"), read_only=True) as published:
        orders = published.execute(
            "SELECT count(*), count(DISTINCT order_id), sum(paid), count(customer_key) FROM orders WHERE order_id LIKE 'P%'"
        ).fetchall()
    assert orders == [(4000, 4000, sum(range(1, 4001)) / 4, 4000)]
