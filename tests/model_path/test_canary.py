"""No value of a data table ever leaves for a model: canaries stand in every table, and 200 questions bait each way out.

Ways out are the prompt (values linked to words, also by spelling and by sound), what look-ups answer, and what the model is
told of its mistakes. A value that the question itself types goes along with the question, and nothing else does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

from assistant.answer import Answer
from assistant.core import Assistant
from assistant.settings import Settings
from tests.assistant.interpreters.openai_server import OpenAIServer, Seen, Step, calls, says
from tests.model_path.scene import Scene
from tests.model_path.scripts import LAST_MONTH, condition, form, people, planned, query
from tests.model_path.shop import PLANTED, open_shop, write_shop

MARKS = ("quillmark", "蓝鲸密语", "13700077")
NEAR = ("Quilmark", "quill mrk", "蓝京密语", "藍鯨密", "lanjing miyu", "1370007")  # as people mistype them

OPENINGS = {
    "zh": ("帮我瞅瞅", "麻烦捋捋", "给咱盘盘", "快快唠唠", "劳驾扒拉扒拉"),
    "en": ("gimme a rundown of", "how goes", "kindly dig up", "what gives with", "yo whassup with"),
}
TIMES = {"zh": ("今年", "上个月", "最近30天", ""), "en": ("this year", "last month", "in the last 30 days", "")}
ENDINGS = {
    "zh": (
        "那伙人捞了几多铜板",
        "蓝京密语那片的银子",
        "爱好是lanjing miyu的娃",
        "各渠道嚯嚯的劲头",
        "手机1370007那位败了几个子儿",
    ),
    "en": (
        "the dough from Quilmark",
        "moolah by channel",
        "folks into quill mrk",
        "loot of hobby Quilmarkk",
        "whoever rang 1370007",
    ),
}
QUESTIONS = [
    (language, " ".join(part for part in parts if part) if language == "en" else "".join(parts))
    for language in ("zh", "en")
    for parts in product(OPENINGS[language], TIMES[language], ENDINGS[language])
]
FIELDS = [f"{'order' if t == 'orders' else t[:-1]}.{c}" for t, columns in PLANTED.items() for c in columns]
LOOKS = (
    *(
        ("sample_values", {"field": field})
        for field in (*FIELDS, "customer.town", "town.town", "order.channel", "order.id")
    ),
    *(("search_vocabulary", {"words": near}) for near in (*NEAR, "hobby", "优惠券", "name")),
    *(
        ("count_audience", {"audience": people({"is": "compare", "field": field, "op": op, "value": near})["audience"]})
        for field in ("customer.hobby", "customer.name", "customer.nickname", "customer.phone", "town.region")
        for op, near in (("=", NEAR[0]), ("contains", "Quil"), ("!=", "x"), ("~", ".*"))
    ),
)
WRONG = [
    query("sales", where=condition(field, near), time=LAST_MONTH)
    for field, near in product(("customer.hobby", "order.coupon", "town.region", "customer.name"), NEAR[:4])
]


def canary(table: str, column: str, row: int) -> str:
    if column == "phone":
        return f"{MARKS[2]}{row:03}"
    mark = MARKS[row % 2]
    return (
        f"{mark}{table}{column}"
        if column in {"hobby", "region", "coupon", "topic"}
        else f"{mark} {table} {column} {row}"
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Assistant, Settings]:
    place = tmp_path_factory.mktemp("canaries")
    return open_shop(write_shop(place / "corner", canary), place / "home")


def found_in(requests: Sequence[Seen]) -> set[str]:
    """The canaries in what was sent: headers, the address, the body as bytes and as what it says."""
    found = set()
    for seen in requests:
        said = json.dumps(seen.body, ensure_ascii=False)
        sent = f"{seen.path} {dict(seen.headers)} {seen.raw.decode()} {said}".casefold()
        found |= {mark for mark in MARKS if mark in sent}
    return found


def baits(scene_form: str, place: int) -> tuple[Step, Step]:
    """What the model answers: first something that asks to be told more, then no."""
    if scene_form == "brief":
        return says(json.dumps({"asked": NEAR[place % len(NEAR)], "A": NEAR[0], "B": NEAR[2]})), says("{}")
    no = form("refusal", reason="no")
    if scene_form == "tools":
        taken = [LOOKS[(place * 3 + n) % len(LOOKS)] for n in range(3)]
        return calls(*taken), calls(("reading", no))
    return says(planned(WRONG[place % len(WRONG)], words={})), says(no)


WAYS: dict[str, dict[str, Any]] = {
    "tools": {"model_profile": "tools", "model_form": "plan"},
    "plan": {"model_profile": "schema", "model_form": "plan"},
    "brief": {"model_profile": "text", "model_form": "brief"},
}


@pytest.fixture(scope="module")
def scenes(shop: tuple[Assistant, Settings], server: OpenAIServer) -> dict[str, Scene]:
    return {name: Scene.over(*shop, server, **changes) for name, changes in WAYS.items()}


def test_there_are_two_hundred_questions() -> None:
    assert len({text for _, text in QUESTIONS}) == 200
    assert not any(mark in text.casefold() for _, text in QUESTIONS for mark in MARKS)


@pytest.mark.parametrize("part", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 10))])
def test_no_canary_leaves(scenes: dict[str, Scene], part: int) -> None:
    """Seven of ten questions with look-ups, two with wrong plans that are told to be mended, one in the short form."""
    sent = 0
    for place, (_, text) in enumerate(QUESTIONS[part::10]):
        way = ("tools", "tools", "plan", "tools", "tools", "brief", "tools", "tools", "plan", "tools")[place % 10]
        asked = scenes[way].ask(text, *baits(way, place + 20 * part))
        assert asked.requests, text
        assert found_in(asked.requests) == set(), text
        sent += len(asked.requests)
    assert sent > 30  # most took two requests


def test_every_look_up_keeps_them_in(scenes: dict[str, Scene]) -> None:
    for start in range(0, len(LOOKS), 6):
        asked = scenes["tools"].ask(QUESTIONS[0][1], calls(*LOOKS[start : start + 6]), calls(("reading", "{}")))
        told = [m["content"] for m in asked.requests[1].body["messages"] if m["role"] == "tool"]
        assert len(told) == len(LOOKS[start : start + 6])
        assert found_in(asked.requests) == set(), told


def test_a_value_that_is_typed_goes_with_the_question_and_brings_no_other(scenes: dict[str, Scene]) -> None:
    typed = "gimme the moolah of hobby 蓝鲸密语customershobby last month"
    for scene in scenes.values():
        asked = scene.ask(typed, says("{}"))
        assert found_in(asked.requests) == {"蓝鲸密语"}
        said = asked.requests[0].raw.decode()
        assert "密语 customers" not in said
        assert "region" not in said[said.find("蓝鲸密语") : said.find("蓝鲸密语") + 30]


def test_the_canaries_are_there(shop: tuple[Assistant, Settings]) -> None:
    """They stand in every table, and whoever may see them does, so they could have been sent."""
    opened, _ = shop
    with opened.resources.layer.engine._cursor() as cursor:
        for table, columns in PLANTED.items():
            for column in columns:
                rows = cursor.execute(f"SELECT {column} FROM {table}").fetchall()
                assert rows
                assert all(any(mark in str(cell) for mark in MARKS) for (cell,) in rows)
    shown = opened.ask("各爱好的销售额")
    assert isinstance(shown, Answer)
    assert shown.table is not None
    assert {row[0] for row in shown.table.rows} == {"quillmarkcustomershobby", "蓝鲸密语customershobby"}
