"""Segments over a million customers: previews of sizes, a refresh of two hundred with who came and went, overlaps.

Each beside the way of plain SQL in the same run, on the same data; the two must find the same people.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import duckdb

from assistant.bootstrap import prepare_data
from assistant.datasets import source_of
from assistant.settings import Settings
from benchmarks.answers import MILLION
from benchmarks.timing import milliseconds, paired, spread
from semantic_layer.compiler.audience import compile_keys
from semantic_layer.definitions import load_definitions
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.layer import SemanticLayer, latest_day
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import Limits, User
from semantic_layer.query.predicate import And, Compare, Did, HasMetric, InSegment, Not, Predicate
from semantic_layer.query.time import Grain, Rolling
from semantic_layer.query.types import Audience
from tools.segments import LivingSegments, SavedSegments, SqlMembershipStore, SqlSegmentStore
from tools.segments.flows import overlaps
from tools.segments.views import Sight
from tools.storage import open_storage

SEGMENTS = 200
MATRIX = 20
ROUNDS = 7
WEEK = timedelta(days=7)
ADMIN = User(name="bench", roles=("admin",))
SMALL = 20_000


def measure(home: Path, *, million: bool) -> dict[str, object]:
    """All figures; a million people take minutes to generate the first time."""
    settings = Settings(data="retail", home=home, role="admin", people=MILLION if million else SMALL, memory_mb=6144)
    snapshot = prepare_data(settings)
    model, policy = load_definitions(source_of(settings.data, settings.people).definitions)
    index = ModelIndex(model)
    engine = DuckDBEngine(snapshot, Limits(memory_mb=4096, seconds=120))
    today = latest_day(index, engine)
    found: dict[str, object] = {"rows": rows_of(engine)}
    with tempfile.TemporaryDirectory(dir=home) as folder:
        storage = open_storage(f"sqlite:///{folder}/state.sqlite")
        store = SqlMembershipStore(storage, "retail")
        numbers = count()
        saved = SavedSegments(
            SqlSegmentStore(storage),
            "retail",
            clock=lambda: datetime.now(UTC),
            new_id=lambda: f"s{next(numbers):03}",
            lists=store,
        )

        def living(day_before: timedelta) -> LivingSegments:
            layer = SemanticLayer(index, policy, engine, today - day_before, saved)
            return LivingSegments(saved, layer, store, keeper=ADMIN, clock=lambda: datetime.now(UTC))

        before, now = living(WEEK), living(timedelta())
        layer = SemanticLayer(index, policy, engine, today, saved)
        old_layer = SemanticLayer(index, policy, engine, today - WEEK, saved)
        for name, audience in rules(layer):
            saved.save(name, audience, by=ADMIN.name)
        found["preview_ms"] = previews(layer, engine)
        found["refresh"] = refreshes(before, now, old_layer, layer, engine)
        found["overlap_ms"] = matrix(now, saved)
        found["list"] = listed(now, layer, engine)
        found["state_mb"] = round((Path(folder) / "state.sqlite").stat().st_size / 2**20, 1)
        storage.dispose()
    engine.close()
    found["load_average"] = round(os.getloadavg()[0], 1)
    return found


def rows_of(engine: DuckDBEngine) -> dict[str, int]:
    with by_hand(engine) as connection:
        return {
            table: int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchall()[0][0])
            for table in ("customers", "orders", "order_lines", "events")
        }


# ---- previews


BOUGHT = And(
    (
        Did(entity="order", time=Rolling(90, Grain.DAY), count=3),
        HasMetric(metric="sales", op=">", value=800, time=Rolling(90, Grain.DAY)),
    )
)
AWAY = And((Did(entity="event", time=Rolling(30, Grain.DAY)), Not(Did(entity="order", time=Rolling(30, Grain.DAY)))))
RECORDS = And((Compare("customer.gender", "=", "女"), Compare("customer.city", "=", "上海")))


def previews(layer: SemanticLayer, engine: DuckDBEngine) -> dict[str, object]:
    """The size of an audience that nobody asked for before, beside a statement by hand."""
    statements = {
        "two_attributes": (RECORDS, "SELECT COUNT(*) FROM customers WHERE gender = '女' AND city = '上海'"),
        "bought_thrice_for_800": (
            BOUGHT,
            (
                "SELECT COUNT(*) FROM (SELECT customer_key FROM orders WHERE ordered_at >= DATE '{day}' - 89 "
                "AND ordered_at < DATE '{day}' + 1 AND customer_key IS NOT NULL "
                "GROUP BY customer_key HAVING COUNT(*) >= 3 AND SUM(net_amount) > 800)"
            ),
        ),
        "did_a_not_b_in_30_days": (
            AWAY,
            (
                "SELECT COUNT(*) FROM (SELECT DISTINCT customer_key FROM events WHERE occurred_at >= DATE '{day}' - 29 "
                "AND occurred_at < DATE '{day}' + 1 AND customer_key IS NOT NULL) AS e ANTI JOIN (SELECT customer_key FROM orders "
                "WHERE ordered_at >= DATE '{day}' - 29 AND ordered_at < DATE '{day}' + 1) AS o USING (customer_key)"
            ),
        ),
    }
    found: dict[str, object] = {}
    with by_hand(engine) as connection:
        for name, (where, sql) in statements.items():
            text = sql.replace("{day}", layer.as_of.isoformat())
            statement = layer.statement(Audience(where=where), ADMIN).text
            same = connection.execute(text).fetchall()[0][0]
            ours = layer.count(Audience(where=where), ADMIN)
            if same != ours:
                raise AssertionError(f"{name}: {ours} people, {same} by hand")
            both = paired(
                lambda s=statement: connection.execute(s).fetchall(),
                lambda t=text: connection.execute(t).fetchall(),
                ROUNDS,
            )
            found[name] = {"people": ours, "ours": both.ours, "by_hand": both.theirs, "ratio": both.ratio}
    taken, busy = [], []
    for _, audience in rules(layer):
        begun = time.process_time()
        taken.append(milliseconds(lambda a=audience: layer.count(a, ADMIN)))
        busy.append((time.process_time() - begun) * 1000)
    found["whole_of_200_rules"] = spread(taken) | {"max": round(max(taken), 1)}
    found["processor_of_200_rules"] = spread(busy) | {"max": round(max(busy), 1)}  # of all threads together
    return found


# ---- rules


def rules(layer: SemanticLayer) -> Iterator[tuple[str, Audience]]:
    """Two hundred rules as a company has them: records, tags and behaviour joined; every fifth rests on another segment."""
    cities = [value for value, _ in layer.value_counts("customer.city", ADMIN) if value is not None][:10]
    records: list[Predicate] = [Compare("customer.city", "=", city) for city in cities]
    records += [Compare("customer.gender", "=", "女"), Compare("customer.gender", "=", "男")]
    records += [Compare("customer.churn_risk", "=", level) for level in ("高", "中", "低")]
    records += [Compare("customer.high_value", "=", True), Compare("customer.price_sensitive", "=", True)]
    records += [Compare("customer.sms_reachable", "=", True)]
    days = (7, 14, 30, 60, 90, 180)
    behaviour: list[Predicate] = [
        Did(entity="order", time=Rolling(span, Grain.DAY), count=times) for span in days for times in (1, 2, 3)
    ]
    behaviour += [Not(Did(entity="order", time=Rolling(span, Grain.DAY))) for span in days]
    behaviour += [Did(entity="event", time=Rolling(span, Grain.DAY), count=times) for span in days for times in (1, 5)]
    behaviour += [
        HasMetric(metric="sales", op=">=", value=value, time=Rolling(span, Grain.DAY))
        for span in (30, 90, 180)
        for value in (300, 800, 2000)
    ]
    for number in range(SEGMENTS):
        parts = [records[number % len(records)], behaviour[(number * 7) % len(behaviour)]]
        if number % 3 == 0:
            parts.append(behaviour[(number * 11 + 5) % len(behaviour)])
        if number % 5 == 4:
            parts = [InSegment(f"segment {number - 1}"), behaviour[(number * 13 + 3) % len(behaviour)]]
        yield f"segment {number}", Audience(where=And(tuple(dict.fromkeys(parts))))


# ---- refresh


def refreshes(
    before: LivingSegments,
    now: LivingSegments,
    old_layer: SemanticLayer,
    layer: SemanticLayer,
    engine: DuckDBEngine,
) -> dict[str, object]:
    """A refresh of all segments a week after the look before, with exact movements and their causes."""
    first = seconds(before.refresh)
    begun = time.perf_counter()
    done = now.refresh()
    taken = round(time.perf_counter() - begun, 2)
    if len(done.looks) != SEGMENTS or done.failed:
        raise AssertionError(f"{len(done.looks)} looks, {done.failed}")
    moved = {look.segment_id: (len(look.people("entered")), len(look.people("left"))) for look in done.looks}
    plain, exact = plain_refresh(before.saved, old_layer, layer, engine, moved)
    return {
        "segments": SEGMENTS,
        "first_look_s": first,
        "again_s": taken,
        "plain_sql_s": plain,
        "ratio": round(taken / plain, 3),
        "movements": sum(one + two for one, two in moved.values()),
        "same_movements": exact,
    }


def plain_refresh(
    saved: SavedSegments,
    old_layer: SemanticLayer,
    layer: SemanticLayer,
    engine: DuckDBEngine,
    moved: dict[str, tuple[int, int]],
) -> tuple[float, str]:
    """A table of members for each segment, and two anti joins for who came and went; seconds for the second of two looks."""
    segments = saved.list()
    same = 0
    taken = 0.0
    with by_hand(engine) as connection:
        for segment in segments:
            old_text, text = keys_text(old_layer, segment.audience), keys_text(layer, segment.audience)
            connection.execute(f"CREATE OR REPLACE TEMP TABLE old_ AS {old_text}")
            begun = time.perf_counter()
            connection.execute(f"CREATE OR REPLACE TEMP TABLE new_ AS {text}")
            entered, left = (
                connection.execute(f"SELECT COUNT(*) FROM {one} ANTI JOIN {two} USING (customer_key)").fetchall()[0][0]
                for one, two in (("new_", "old_"), ("old_", "new_"))
            )
            taken += time.perf_counter() - begun
            same += (entered, left) == moved[segment.id]
    return round(taken, 2), f"{same} of {len(segments)}"


def keys_text(layer: SemanticLayer, audience: Audience) -> str:
    compiled = compile_keys(audience, layer.context)
    compiled.tree.set("order", None)
    return layer._wide.allowed(compiled, ADMIN).text  # noqa: SLF001


# ---- overlaps and lists


def matrix(now: LivingSegments, saved: SavedSegments) -> dict[str, object]:
    """The overlaps of twenty segments: of bitmaps at hand, with reading them, and as one self-join."""
    segments = sorted(saved.list(), key=lambda one: one.name)[:MATRIX]
    names = [one.name for one in segments]
    people = [now.members(name, ADMIN) for name in names]
    ours = overlaps(names, people, Sight())
    with duckdb.connect(":memory:", config={"threads": "2", "memory_limit": "4GB"}) as connection:
        connection.execute("CREATE TABLE members (segment INTEGER, person BIGINT)")
        for at, keys in enumerate(people):
            connection.execute("INSERT INTO members SELECT ?, unnest(?::BIGINT[])", [at, list(keys)])
        join = (
            "SELECT a.segment, b.segment, COUNT(*) FROM members AS a JOIN members AS b USING (person) "
            "WHERE a.segment <= b.segment GROUP BY ALL"
        )
        theirs = {(one, two): number for one, two, number in connection.execute(join).fetchall()}
        both = paired(lambda: overlaps(names, people, Sight()), lambda: connection.execute(join).fetchall(), ROUNDS)
    wrong = [
        (one, two)
        for one in range(MATRIX)
        for two in range(one, MATRIX)
        if ours.counts[one][two] != theirs.get((one, two), 0)
    ]
    if wrong:
        raise AssertionError(f"the overlaps differ: {wrong[:3]}")
    whole = [milliseconds(lambda: now.overlap(names, ADMIN)) for _ in range(ROUNDS)]
    return {"bitmaps": both.ours, "plain_sql": both.theirs, "ratio": both.ratio, "with_reading": spread(whole)["p50"]}


def listed(now: LivingSegments, layer: SemanticLayer, engine: DuckDBEngine) -> dict[str, object]:
    """A list of women customers as a condition: one literal of bits, beside a table of its members."""
    now.lists.freeze("women", Audience(where=Compare("customer.gender", "=", "女")), ADMIN)
    where = And((InSegment("women"), Did(entity="order", time=Rolling(90, Grain.DAY))))
    text = layer.statement(Audience(where=where), ADMIN).text
    keys = now.members("women", ADMIN)
    with by_hand(engine) as connection:
        connection.execute("CREATE TEMP TABLE listed AS SELECT unnest(?::BIGINT[]) AS customer_key", [list(keys)])
        sql = (
            f"SELECT COUNT(*) FROM customers AS c SEMI JOIN listed USING (customer_key) SEMI JOIN (SELECT customer_key FROM orders "
            f"WHERE ordered_at >= DATE '{layer.as_of}' - 89 AND ordered_at < DATE '{layer.as_of}' + 1) AS o USING (customer_key)"
        )
        ours, theirs = (connection.execute(one).fetchall()[0][0] for one in (text, sql))
        if ours != theirs:
            raise AssertionError(f"{ours} people by the list, {theirs} by hand")
        both = paired(lambda: connection.execute(text).fetchall(), lambda: connection.execute(sql).fetchall(), ROUNDS)
    return {
        "people": len(keys),
        "characters": len(text),
        "ours_ms": both.ours,
        "plain_sql_ms": both.theirs,
    }


def by_hand(engine: DuckDBEngine) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """A connection to the same open file, with the same threads and memory, that takes any statement."""
    return engine._cursor()  # noqa: SLF001


def seconds(work: Callable[[], object]) -> float:
    return round(milliseconds(work) / 1000, 2)
