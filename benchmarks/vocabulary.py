"""Vocabulary by meaning at 10,000 terms: how long a question waits, opening in a fresh process, and building.

Part of `python -m benchmarks vocabulary`. Names are made up from a seed. Questions
are all different, so nothing is remembered between them; encoding a question is part of its time. Times are of the wall
clock, and also of the processor, which other programs on the machine lengthen less.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

from benchmarks.timing import cpu_milliseconds, milliseconds, spread
from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import (
    Aggregation,
    Column,
    ColumnType,
    Dimension,
    DimensionKind,
    Entity,
    Measure,
    Metric,
    SemanticModel,
    Simple,
    Unit,
    Value,
    Words,
)
from semantic_layer.vocabulary.vocabulary import Vocabulary

TERMS, QUESTIONS, SEED, VALUES_OF_A_FIELD = 10_000, 300, 20261031, 100
OF_WHAT = (
    ("客户", "customers"),
    ("门店", "shops"),
    ("商品", "products"),
    ("订单", "orders"),
    ("退货", "returns"),
    ("优惠券", "coupons"),
    ("快递", "parcels"),
    ("仓库", "warehouses"),
    ("供应商", "suppliers"),
    ("活动", "campaigns"),
    ("会员", "members"),
    ("投诉", "complaints"),
    ("邮件", "mails"),
    ("广告", "advertisements"),
    ("礼品卡", "gift cards"),
    ("课程", "courses"),
    ("直播", "live shows"),
    ("预约", "bookings"),
    ("设备", "devices"),
    ("合同", "contracts"),
)
HOW = (
    ("新", "new"),
    ("活跃", "active"),
    ("沉默", "silent"),
    ("线上", "online"),
    ("线下", "offline"),
    ("夜间", "nightly"),
    ("节日", "holiday"),
    ("高端", "premium"),
    ("低价", "cheap"),
    ("进口", "imported"),
    ("本地", "local"),
    ("逾期", "overdue"),
    ("取消的", "cancelled"),
    ("推荐的", "recommended"),
    ("首次", "first"),
    ("重复", "repeated"),
    ("大额", "large"),
    ("小额", "small"),
    ("企业", "corporate"),
    ("家庭", "family"),
)
MEASURED = (
    ("数量", "number of"),
    ("金额", "amount of"),
    ("占比", "share of"),
    ("增长率", "growth of"),
    ("平均时长", "mean duration of"),
    ("成本", "cost of"),
    ("毛利", "profit from"),
    ("转化率", "conversion of"),
    ("评分", "rating of"),
    ("间隔天数", "days between"),
)


def measure(terms: int = TERMS, asked: int = QUESTIONS) -> dict[str, object]:
    """Build once, then open the built index in fresh processes, one of which asks."""
    with tempfile.TemporaryDirectory() as place:
        built = _child(place, terms, 0)
        opened = [_child(place, terms, 0) for _ in range(3)]
        questions = _child(place, terms, asked)
    if questions["why not"]:
        raise SystemExit(str(questions["why not"]))
    return {
        "size": {"terms": questions["terms"], "texts": questions["texts"]},
        "build": {"seconds": built["open, s"]},
        "start with a built index": {
            "ready to be asked, s": min(float(str(one["open, s"])) for one in opened),
            "ready to be asked, s of the processor": min(float(str(one["open, s of the processor"])) for one in opened),
            "first answer by meaning, s": min(float(str(one["first answer, s"])) for one in opened),
        },
        "question, ms": questions["question, ms"],
        "question, ms of the processor": questions["question, ms of the processor"],
    }


def _child(place: str, terms: int, asked: int) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.vocabulary", place, str(terms), str(asked)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(ended.stdout.splitlines()[-1])
    return found


def child(place: Path, terms: int, asked: int) -> dict[str, object]:
    """In a process of its own. The names exist before the clock starts; importing what meaning needs is inside."""
    index = ModelIndex(model(terms))
    vocabulary = Vocabulary.build(index)
    drawn = list(questions(asked + 1, SEED))
    begun, worked = time.perf_counter(), time.process_time()
    from semantic_layer.vocabulary.meaning import open_meaning
    from semantic_layer.vocabulary.vector import UseEncoder

    threads: list[Thread] = []

    def later(work):
        threads.append(Thread(target=work, daemon=True))
        threads[-1].start()

    ranking = open_meaning(index, vocabulary, place, UseEncoder(), seconds=time.perf_counter, later=later)
    ready, work = time.perf_counter() - begun, time.process_time() - worked
    ranking.ranked(drawn[0], 8)
    answered = time.perf_counter() - begun
    for thread in threads:
        thread.join()
    found = {
        "open, s": round(ready, 2),
        "open, s of the processor": round(work, 2),
        "first answer, s": round(answered, 2),
        "why not": ranking.why_not.en if ranking.why_not else "",
        "terms": len(ranking.terms),
        "texts": ranking.texts,
    }
    if asked:
        half = asked // 2
        for question in drawn[1:6]:
            ranking.ranked(question, 3)
        timed, on_processor = drawn[6 : 6 + half], drawn[6 + half :]
        found["question, ms"] = spread([milliseconds(lambda q=q: ranking.ranked(q, 8)) for q in timed])
        found["question, ms of the processor"] = spread(
            [cpu_milliseconds(lambda q=q: ranking.ranked(q, 8)) for q in on_processor]
        )
    ranking.close()
    return found


def model(terms: int) -> SemanticModel:
    """Two terms in five are metrics with names, other names and descriptions; the others are values of fields."""
    metrics = tuple(_metric(number) for number in range(terms * 2 // 5))
    values = terms - len(metrics)
    fields = max(1, round(values / (VALUES_OF_A_FIELD + 1)))
    shares = [values // fields + (1 if number < values % fields else 0) for number in range(fields)]
    return SemanticModel(
        name="made_up",
        words=Words(label=Text("虚构公司", "made-up company")),
        entities=(ENTITY,),
        relationships=(),
        dimensions=tuple(_field(number, count - 1) for number, count in enumerate(shares)),
        metrics=metrics,
    )


ENTITY = Entity(
    name="thing",
    words=Words(label=Text("记录", "record")),
    table="things",
    primary_key=("thing_id",),
    columns=(Column(name="thing_id", type=ColumnType.INTEGER),),
)


def _metric(number: int) -> Metric:
    (how, how_en), (what, what_en), (measured, measured_en) = _parts(number)
    series = number // (len(HOW) * len(OF_WHAT) * len(MEASURED))
    mark = f"{series + 1}" if series else ""
    words = Words(
        label=Text(f"{how}{what}{measured}{mark}", f"{measured_en} {how_en} {what_en} {mark}".strip()),
        synonyms=(f"{what}{measured}（{how}）{mark}", f"{how_en} {what_en}: {measured_en} them {mark}".strip()),
        description=Text(f"期间内{how}{what}的{measured}。", f"The {measured_en} {how_en} {what_en} in the period."),
    )
    body = Simple(measures=(Measure(entity="thing", agg=Aggregation.COUNT),))
    return Metric(name=f"metric_{number}", words=words, body=body, unit=Unit.NUMBER)


def _parts(number: int) -> tuple[tuple[str, str], tuple[str, str], tuple[str, str]]:
    rest, measured = divmod(number, len(MEASURED))
    rest, what = divmod(rest, len(OF_WHAT))
    return HOW[rest % len(HOW)], OF_WHAT[what], MEASURED[measured]


def _field(number: int, values: int) -> Dimension:
    drawn = random.Random(SEED + number)
    what, what_en = OF_WHAT[number % len(OF_WHAT)]
    return Dimension(
        name=f"field_{number}",
        entity="thing",
        words=Words(label=Text(f"{what}类别{number}", f"kind {number} of {what_en}")),
        kind=DimensionKind.CATEGORICAL,
        type=ColumnType.STRING,
        expr=f"field_{number}",
        values=tuple(_value(drawn, at) for at in range(values)),
    )


def _value(drawn: random.Random, at: int) -> Value:
    (how, how_en), (other, other_en) = drawn.sample(HOW, 2)
    what, what_en = drawn.choice(OF_WHAT)
    return Value(value=f"v{at}", label=Text(f"{how}{other}{what}{at}号", f"{how_en} {other_en} {what_en} no. {at}"))


def questions(count: int, seed: int) -> Iterator[str]:
    """In both languages in turn, each another one."""
    drawn = random.Random(seed)
    for number in range(count):
        how, what, measured = drawn.choice(HOW), drawn.choice(OF_WHAT), drawn.choice(MEASURED)
        days = 10 + number
        if number % 2:
            yield f"最近{days}天{how[0]}{what[0]}的{measured[0]}是多少"
        else:
            yield f"what was the {measured[1]} {how[1]} {what[1]} in the last {days} days"


if __name__ == "__main__":  # a fresh process of its own measurement
    print(json.dumps(child(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
