"""Loads in processes of their own that are killed or run out of disk, and what stands in the tables when they are through.

Run as a module: `kill FOLDER KILLS SEED ROWS` or `full FOLDER LIMIT`; prints JSON. Processes are forks of this one, which opens
no database itself, so that each begins at once.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.landing.loading import land
from semantic_layer.ingestion.sources.port import BadRow, ScriptedSource
from semantic_layer.ingestion.warehouse import Warehouse
from tests.semantic_layer.ingestion.landing.scene import spec

CHUNK = 20
FULL = 7
"""What a process ends with that was told that the disk is full."""
AT = datetime(2026, 11, 2, tzinfo=UTC)


def rows_of(seed: int, first: int, count: int) -> list[list[str]]:
    """Rows with a key, some keys twice."""
    dice = random.Random(seed)
    numbers = [first + at if dice.random() > 0.03 else first + dice.randrange(count) for at in range(count)]
    return [[str(number), f"客户{dice.randrange(9)}", "x" * dice.randrange(40)] for number in numbers]


def source(*, second: bool, rows: int, chunk: int = CHUNK) -> ScriptedSource:
    """Two files; later one of them was replaced, and a third came whose keys overlap with theirs."""
    parts = {"a.csv": rows_of(1, 0, rows), "b.csv": rows_of(2, rows, rows)}
    if second:
        parts["a.csv"] = parts["a.csv"][: rows // 3] + rows_of(3, rows // 2, rows // 2)
        parts["c.csv"] = rows_of(4, rows + rows // 2, rows)
    bad = [BadRow(place="c.csv:7", text="x;y", reason=Text("错", "wrong"), remedy=Text("改", "mend"))]
    return ScriptedSource(
        ["no", "name", "note"],
        parts,
        fingerprints={"a.csv": "two" if second else "one"},
        bad={"c.csv": bad},
        chunk=chunk,
    )


def load(path: Path, given: ScriptedSource) -> str:
    done = land(Warehouse(path), spec(), given, now=lambda: AT, progress=lambda *_: None, cancel=Cancel())
    return done.state.value


def digest(path: Path) -> dict[str, list[object]]:
    """Counts and hashes of all that a load writes."""
    tables = {
        "raw": "SELECT * FROM raw.crm",
        "rows": "SELECT * EXCLUDE _load FROM raw.crm",
        "history": "SELECT * FROM work.raw_history",
        "quarantine": "SELECT * FROM work.quarantine",
        "files": "SELECT * FROM work.files",
        "loads": "SELECT * FROM work.loads WHERE rows_read > 0",
    }
    with Warehouse(path).reading() as connection:
        return {
            name: list(
                connection.execute(
                    f"SELECT count(*), md5(coalesce(string_agg(line, '|' ORDER BY line), '')) "
                    f"FROM (SELECT CAST(q AS VARCHAR) AS line FROM ({statement}) q)"
                ).fetchall()[0]
            )
            for name, statement in tables.items()
        }


def forked(work: Callable[[], int], *, killed_after: float = 600.0) -> tuple[int, float]:
    """How a process ended that did the work (a negative number for a signal), and after how many seconds."""
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = work()
        finally:
            os._exit(code)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        seconds = time.monotonic() - started
        if ended:
            return os.waitstatus_to_exitcode(status), seconds
        if seconds > killed_after:
            os.kill(child, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seconds
        time.sleep(0.001)


def printed(path: Path, out: Path) -> dict[str, list[object]]:
    def work() -> int:
        out.write_text(json.dumps(digest(path)))
        return 0

    assert forked(work)[0] == 0
    found: dict[str, list[object]] = json.loads(out.read_text())
    return found


def through(path: Path, given: ScriptedSource) -> float:
    code, seconds = forked(lambda: 0 if load(path, given) == "done" else 3)
    assert code == 0, code
    return seconds


def killed(path: Path, given: ScriptedSource, *, after: float) -> bool:
    """Whether a load was killed; it may have been through before."""
    code, _ = forked(lambda: 0 if load(path, given) == "done" else 3, killed_after=after)
    assert code in (0, -signal.SIGKILL), code
    return code != 0


def kill(folder: Path, kills: int, seed: int, rows: int) -> dict[str, object]:
    """Loads are killed at random moments, each going on where the last was killed; a new one begins when one got through."""
    first, second = source(second=False, rows=rows), source(second=True, rows=rows)
    plain = folder / "plain.duckdb"
    through(plain, first)
    shutil.copy(plain, folder / "first.duckdb")
    seconds = through(plain, second)
    wanted = printed(plain, folder / "out.json")
    dice, done, ends = random.Random(seed), 0, []
    while done < kills:
        path = folder / f"killed{done}.duckdb"
        shutil.copy(folder / "first.duckdb", path)
        finished = False
        while not finished and done < kills:
            finished = not killed(path, second, after=dice.uniform(0.0, seconds * 0.6))
            done += not finished
        through(path, second)
        ends.append(printed(path, folder / "out.json"))
    return {"kills": done, "wanted": wanted, "ends": ends}


def full(folder: Path, limit: int) -> dict[str, object]:
    """A load that may write `limit` bytes a file (0: as much as the disk holds), and then one that may write all."""
    rows = 20_000
    plain = folder.parent / "plain.duckdb"
    given = source(second=False, rows=rows, chunk=2_000)
    through(plain, given)
    path = folder / "full.duckdb"

    def work() -> int:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            load(path, given)
        except DataError as error:
            return FULL if "disk is full" in error.message.en and "磁盘空间不足" in error.message.zh else 4
        return 0

    code, _ = forked(work)
    (folder / "ballast").unlink(missing_ok=True)
    through(path, given)
    wanted, found = (outcome(printed(one, folder.parent / "out.json")) for one in (plain, path))
    return {"code": code, "wanted": wanted, "found": found}


def outcome(found: dict[str, list[object]]) -> list[object]:
    """What does not depend on how many loads it took: the rows, and how many versions were kept beside them."""
    return [*found["rows"], int(str(found["history"][0])) + int(str(found["quarantine"][0]))]


if __name__ == "__main__":
    what, where, *numbers = sys.argv[1:]
    said = kill(Path(where), *map(int, numbers)) if what == "kill" else full(Path(where), *map(int, numbers))
    sys.stdout.write(json.dumps(said))
