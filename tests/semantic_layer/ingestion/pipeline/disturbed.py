"""Whole loads in processes of their own that are killed, find a full disk, or meet each other, and what is published in the end.

Run as a module: `kill FOLDER KILLS SEED PEOPLE`, `full FOLDER LIMIT PEOPLE` or `together FOLDER PEOPLE`; prints JSON. Processes
are forks of this one, which opens no database itself.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import duckdb

from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DataError
from semantic_layer.ingestion.blueprint import read_blueprint
from semantic_layer.ingestion.landing.runs import LoadState
from semantic_layer.ingestion.pipeline import Pipeline, Surroundings
from semantic_layer.ingestion.warehouse import Warehouse
from tests.semantic_layer.ingestion.landing.disturbed import FULL, forked
from tests.semantic_layer.ingestion.pipeline.company import write_company

NOW = datetime(2026, 11, 1, 8, 0)  # noqa: DTZ001  # times of a warehouse are UTC without a zone
REFUSED = 8
"""What a process ends with that was told that another one loads."""
Digest = dict[str, list[object]]


def write_busy_company(folder: Path, people: int, *, second: bool) -> Path:
    """The small company with many more people; on the second day some rows were corrected, some went, and some came."""
    write_company(folder)
    dice = random.Random(20261102)
    names = [
        f"{dice.choice('王李张刘陈杨赵黄')}{dice.choice('伟芳娜敏静强磊洋')}{dice.choice('杰平霞丽刚超桂英')}"
        for _ in range(people)
    ]
    phones = [f"139{dice.randrange(10**8):08d}" for _ in range(people)]
    cities = [dice.choice(["上海市", "杭州", "北京", "成都", "火星"]) for _ in range(people)]
    orders = [
        (at, dice.randrange(people), dice.random() < 0.3, dice.randrange(1, 900), dice.randrange(28) + 1)
        for at in range(2 * people)
    ]
    crm = ["会员号,姓名,手机,城市"]
    mall = {month: ["订单号,收货人,电话,下单时间,实付"] for month in ("01", "02", "03")}
    till = ["小票,会员号,时间,金额"]
    for at, (name, phone, city) in enumerate(zip(names, phones, cities, strict=True)):
        moved = second and at % 17 == 0
        if not (second and at % 97 == 0):
            crm.append(f"M1{at:07d},{name},{phone},{'苏州' if moved else city}")
    for at, who, unknown, paid, day in orders:
        month = ("01", "02", "03")[at % 3]
        if month == "03" and not second:
            continue
        paid_now = paid + 1 if second and at % 31 == 0 else paid
        mall[month].append(f"B{at},{names[who]},{'' if unknown else phones[who]},2026-10-{day:02d} 10:00:00,{paid_now}")
        if at % 2:
            till.append(f"U{at},{'' if unknown else f'M1{who:07d}'},2026-10-{day:02d} 12:00:00,{paid}.50")
    for name, lines in {
        "crm.csv": crm,
        "till.csv": till,
        **{f"mall_{month}.csv": lines for month, lines in mall.items()},
    }.items():
        if len(lines) > 1:
            (folder / "raw" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def pipeline_of(
    folder: Path, warehouse: Warehouse | None = None, *, variables: Mapping[str, str] = MappingProxyType({})
) -> Pipeline:
    model, _ = load_definitions(folder / "model")
    around = Surroundings(now=lambda: NOW, variables=variables, secret="a secret of the installation")
    return Pipeline(warehouse or Warehouse(folder / "warehouse.duckdb"), read_blueprint(folder, model), around)


def load(folder: Path) -> int:
    """0 when the tables were published, 3 when a source was not read to its end."""
    loads = pipeline_of(folder)
    done = loads.load(progress=lambda *_: None)
    loads.publish(folder / "published.duckdb", progress=lambda *_: None)
    return 0 if all(one.state is LoadState.DONE for one in done.loads) else 3


def digest(folder: Path) -> Digest:
    """Counts and hashes of what is published and of what the loads keep. A customer is told by the records that they are."""
    tables = {
        "customers": "SELECT w.who, c.* EXCLUDE customer_key FROM published.customers AS c JOIN who AS w USING (customer_key)",
        "orders": "SELECT w.who, o.* EXCLUDE customer_key FROM published.orders AS o LEFT JOIN who AS w USING (customer_key)",
        "members": "SELECT w.who, m.source, m.record FROM identity.members AS m JOIN who AS w USING (customer_key)",
        "history": "SELECT source, row FROM work.raw_history",
        "waiting": "SELECT source, row, rule, field, value, held FROM work.quarantine WHERE settled_at IS NULL",
        **{f"raw {name}": f"SELECT * EXCLUDE _load FROM raw.{name}" for name in ("crm", "mall", "till")},
        **{f"clean {name}": f"SELECT * EXCLUDE _load FROM clean.{name}" for name in ("crm", "mall", "till")},
    }
    found: Digest = {}
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute(f"ATTACH '{folder / 'published.duckdb'}' AS published (READ_ONLY)")
        connection.execute(
            "CREATE TEMP TABLE who AS SELECT customer_key, string_agg(source || ' ' || record, '|' ORDER BY source, record) AS who "
            "FROM identity.members GROUP BY customer_key"
        )
        for name, statement in tables.items():
            found[name] = list(
                connection.execute(
                    "SELECT count(*), md5(coalesce(string_agg(line, '|' ORDER BY line), '')) "
                    f"FROM (SELECT CAST(q AS VARCHAR) AS line FROM ({statement}) AS q)"
                ).fetchall()[0]
            )
    return found


def digested(folder: Path) -> Digest:
    out = folder / "digest.json"

    def work() -> int:
        out.write_text(json.dumps(digest(folder)), encoding="utf-8")
        return 0

    assert forked(work)[0] == 0
    found: Digest = json.loads(out.read_text(encoding="utf-8"))
    return found


def through(folder: Path) -> float:
    code, seconds = forked(lambda: load(folder))
    assert code == 0, code
    return seconds


def companies(folder: Path, people: int) -> tuple[Path, Path, float]:
    """The company after its first day, undisturbed after its second, and how long that took."""
    first = write_busy_company(folder / "first", people, second=False)
    through(first)
    plain = folder / "plain"
    shutil.copytree(first, plain)
    write_busy_company(plain, people, second=True)
    return first, plain, through(plain)


def next_day(first: Path, folder: Path, people: int) -> Path:
    shutil.copytree(first, folder)
    return write_busy_company(folder, people, second=True)


def kill(folder: Path, kills: int, seed: int, people: int) -> dict[str, object]:
    """Loads are killed at random moments, each going on where the last was killed; a new one begins when one got through."""
    first, plain, seconds = companies(folder, people)
    wanted, dice, ends, done = digested(plain), random.Random(seed), [], 0
    while done < kills:
        mine = next_day(first, folder / f"killed{done}", people)
        finished = False
        while not finished and done < kills:
            code, _ = forked(lambda: load(mine), killed_after=dice.uniform(0.0, seconds * 0.95))  # noqa: B023  # runs at once
            assert code in (0, -signal.SIGKILL), code
            finished = code == 0
            done += not finished
        through(mine)
        ends.append(digested(mine))
        shutil.rmtree(mine)
    return {"kills": done, "wanted": wanted, "ends": ends}


def full(folder: Path, limit: int, people: int) -> dict[str, object]:
    """A load that may write `limit` bytes a file (0: as much as the disk holds), and then one that may write all."""
    beside = folder.parent / "beside"
    first, plain, _ = companies(beside, people)
    mine = next_day(first, folder / "mine", people)

    def work() -> int:
        if limit:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            load(mine)
        except DataError as error:
            return FULL if "disk is full" in error.message.en and "磁盘空间不足" in error.message.zh else 4
        return 0

    code, _ = forked(work)
    (folder / "ballast").unlink(missing_ok=True)
    through(mine)
    return {"code": code, "wanted": digested(plain), "ends": [digested(mine)]}


def together(folder: Path, people: int) -> dict[str, object]:
    """Two processes that load the same data at once: one is told to wait."""
    first, plain, _ = companies(folder, people)
    mine = next_day(first, folder / "mine", people)

    begun, refused = mine / "begun", mine / "refused"

    def wait_for(flag: Path) -> None:
        until = time.monotonic() + 60
        while not flag.exists() and time.monotonic() < until:
            time.sleep(0.005)

    def one() -> int:
        def meet(stage: str, *_: object) -> None:
            if stage == "mall":
                begun.touch()
                wait_for(refused)

        loads = pipeline_of(mine)
        loads.load(progress=meet)
        loads.publish(mine / "published.duckdb", progress=lambda *_: None)
        return 0

    def other() -> int:
        try:
            load(mine)
        except DataError as error:
            return REFUSED if "Another program is loading" in error.message.en else 4
        return 5

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(forked, one)
        wait_for(begun)
        code, _ = forked(other)
        refused.touch()
        ended, _ = running.result()
    assert ended == 0, ended
    return {"code": code, "wanted": digested(plain), "ends": [digested(mine)]}


if __name__ == "__main__":
    what, where, *numbers = sys.argv[1:]
    ways = {"kill": kill, "full": full, "together": together}
    sys.stdout.write(json.dumps(ways[what](Path(where), *map(int, numbers))))
