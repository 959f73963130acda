"""A data set with declared sources, from its files and events to answers: the small company, every figure counted by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from assistant.answer import Answer
from assistant.bootstrap import open_resources, share
from assistant.core import Assistant
from assistant.settings import Settings
from assistant.sourced import SourcedData
from semantic_layer.engines.base import Cancel
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.engines.version import Version
from semantic_layer.errors import DataError
from semantic_layer.policy.authorise import AuthorisedSql, authorise
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.parse import parse_statement
from semantic_layer.policy.types import User
from tests.semantic_layer.ingestion.pipeline.company import MALL_LATER, MODEL, write_company

pytestmark = pytest.mark.slow  # each opening loads the company and tells its people apart

ADMIN, MARKETER = User(name="ana", roles=("admin",)), User(name="mia", roles=("marketer",))
KEY = "a key of some length"
PHONES = ("13822334455", "13922334466", "13712340000")
VISITS = """- name: visit
  label: {zh: 到店, en: visit}
  verbs: [到店, visited]
  source: visits
  primary_key: [visit_id]
  time: visited_at
  columns:
    visit_id: string
    customer_key: integer
    visited_at: timestamp
    phone: {type: string, sensitivity: contact}
  fields:
  - {name: visited_at, label: {zh: 到店时间, en: visit time}, kind: time}
relationships:
- {name: visitor, from: visit, to: customer, from_columns: [customer_key], to_columns: [customer_key]}
"""
METRIC = """metrics:
- name: visits
  label: {zh: 到店次数, en: visits}
  entity: visit
  agg: count
  unit: count
"""
TAG = """- name: regular_visitor
  label: {zh: 常客, en: regular}
  description: {zh: 到店两次以上。, en: Visited twice or more.}
  kind: rule
  category: behaviour
  inputs: {n: {metric: visits}}
  when: n >= 2
"""
EVENTS = """- name: door
  label: {zh: 门店事件, en: door}
  kind: events
  into: visits
  key: [event_id]
  columns: {phone: phone, time: visited_at}
"""
TAGGED = "SELECT customer_key FROM customer_tags WHERE regular_visitor ORDER BY customer_key"
VISITED = "SELECT customer_key, COUNT(*) AS n FROM visits GROUP BY customer_key ORDER BY customer_key"
CONTACT = "SELECT phone FROM customers WHERE customer_key = 1"


def quiet(_stage: str, _done: int, _of: int) -> None:
    pass


def with_events(folder: Path) -> Path:
    """The company with a door that sends events."""
    write_company(folder)
    model = MODEL.replace("relationships:\n", VISITS).replace("metrics:\n", METRIC) + TAG
    (folder / "model" / "shop.yml").write_text(model.lstrip("\n"), encoding="utf-8")
    with (folder / "sources" / "systems.yml").open("a", encoding="utf-8") as file:
        file.write(EVENTS)
    return folder


class Opened:
    """The company, open for questions and for its owner."""

    def __init__(self, folder: Path, home: Path, **settings: object) -> None:
        self.folder = folder
        self.settings = Settings(data=str(folder), home=home, role="admin", mode="offline", **settings)  # type: ignore[arg-type]
        self.shared = share(self.settings)
        self.assistant = self._assistant()

    def _assistant(self) -> Assistant:
        resources, user = open_resources(self.settings, shared=self.shared, by_meaning=False)
        return Assistant(resources, user=user)

    def reopen(self) -> None:
        self.engine.close()
        self.assistant = self._assistant()

    @property
    def data(self) -> SourcedData:
        (one,) = self.shared.sets.opened().values()
        return one

    @property
    def engine(self) -> DuckDBEngine:
        engine = self.assistant.resources.layer.engine
        assert isinstance(engine, DuckDBEngine)
        return engine

    def load(self) -> None:
        self.data.house.load((), by="ana", progress=quiet, cancel=Cancel())

    def answer(self, question: str, user: User = ADMIN) -> Answer:
        reply = self.assistant.ask(question, user=user)
        assert isinstance(reply, Answer), reply
        return reply

    def send(self, number: int, phone: str) -> None:
        event = {"event_id": f"e{number}", "time": f"2026-10-05T0{number}:00:00+08:00", "phone": phone}
        assert self.data.intake().accept("door", [event]).refused == ()

    def sql(self, text: str, user: User) -> AuthorisedSql:
        layer = self.assistant.resources.layer
        return authorise(parse_statement(text), user, Catalog.from_model(layer.index.model), layer.policy)

    def rows(self, text: str, user: User = ADMIN) -> tuple[tuple[object, ...], ...]:
        return self.engine.run(self.sql(text, user)).rows

    def version(self) -> Version:
        version = self.engine.version()
        assert version is not None
        return version

    def close(self) -> None:
        self.engine.close()
        self.shared.close()


@pytest.fixture
def opening(tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    made: list[Opened] = []

    def opened(folder: Path, **settings: object) -> Opened:
        made.append(Opened(folder, tmp_path / "home", **settings))
        return made[-1]

    yield opened
    for one in made:
        one.close()


def within(seconds: float, seen: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not seen():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def test_the_first_opening_loads_and_later_loads_are_seen(opening: Callable[..., Opened], tmp_path: Path) -> None:
    house = opening(write_company(tmp_path / "shop"))
    assert "466.40" in house.answer("销售额是多少").text  # 100.50 + 200 + 50 + 60 + 31 + 15 + 9.90
    assert "1" in house.answer("复购客户有多少人").text
    (house.folder / "raw" / "mall_02.csv").write_text(MALL_LATER, encoding="utf-8")
    house.load()
    house.reopen()  # as the workspace does when a load was published
    assert "547.40" in house.answer("销售额是多少").text  # 31 became 32, and 80 came


def test_a_load_that_fails_leaves_the_version_and_every_answer_says_so(
    opening: Callable[..., Opened], tmp_path: Path
) -> None:
    house = opening(write_company(tmp_path / "shop"))
    sources = house.folder / "sources" / "systems.yml"
    good = sources.read_text(encoding="utf-8")
    (house.folder / "raw" / "till.csv").unlink()
    house.load()
    answer = house.answer("销售额是多少")
    assert "466.40" in answer.text
    assert any("till.csv" in note.meaning.zh for note in answer.notes), answer.notes
    (house.folder / "raw" / "till.csv").write_bytes(
        "小票,会员号,时间,金额\nT1,M00000003,2026-10-02 10:00:00,15.00\n".encode("gb18030")
    )
    sources.write_text(good, encoding="utf-8")
    house.load()
    assert not any("till.csv" in note.meaning.zh for note in house.answer("销售额是多少").notes)


def test_changed_definitions_are_published_at_the_next_opening(opening: Callable[..., Opened], tmp_path: Path) -> None:
    first = opening(write_company(tmp_path / "shop"))
    path = first.folder / "model" / "shop.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("when: n >= 2", "when: n >= 1"), encoding="utf-8")
    before = first.engine.version()
    first.close()
    again = opening(first.folder)
    version = again.engine.version()
    assert before is not None
    assert version is not None
    assert version.definition != before.definition
    assert "5" in again.answer("复购客户有多少人").text  # all but 赵强; nobody knows whose T2 is


def test_events_are_seen_at_once_and_once_for_ever(opening: Callable[..., Opened], tmp_path: Path) -> None:
    house = opening(with_events(tmp_path / "shop"))
    assert house.rows("SELECT COUNT(*) FROM visits") == ((0,),)
    house.send(1, PHONES[0])
    house.send(2, PHONES[0])
    house.send(3, PHONES[1])
    assert house.data.start_stream()
    assert within(20, lambda: house.rows(TAGGED) == ((1,),))  # 张伟 came twice
    assert house.rows(VISITED) == ((1, 2), (2, 1))
    house.load()
    assert within(20, lambda: house.version().delta is None)
    assert house.rows(VISITED) == ((1, 2), (2, 1))
    house.send(4, PHONES[1])
    assert within(20, lambda: house.rows(TAGGED) == ((1,), (2,)))
    assert house.rows(VISITED) == ((1, 2), (2, 2))
    house.data.refresh_tags(progress=quiet)
    house.load()
    house.load()
    assert house.rows(VISITED) == ((1, 2), (2, 2))
    assert house.rows("SELECT COUNT(*) FROM visits") == ((4,),)


def test_events_that_come_during_a_load_are_seen_meanwhile_and_stay(
    opening: Callable[..., Opened], tmp_path: Path
) -> None:
    house = opening(with_events(tmp_path / "shop"))
    house.data.start_stream()
    house.send(1, PHONES[0])
    assert within(20, lambda: house.rows(VISITED) == ((1, 1),))
    came: list[str] = []

    def sending(stage: str, _done: int, _of: int) -> None:
        """At two points of the load, one after the events were landed, wait until what was sent can be read."""
        if stage in ("golden", "customer_tags") and stage not in came:
            came.append(stage)
            house.send(1 + len(came), PHONES[0])
            assert within(20, lambda: house.rows(VISITED) == ((1, 1 + len(came)),)), stage

    house.data.house.load((), by="ana", progress=sending, cancel=Cancel())
    assert came == ["golden", "customer_tags"]
    assert house.rows(VISITED) == ((1, 3),)
    house.load()
    assert house.rows(VISITED) == ((1, 3),)
    assert house.rows(TAGGED) == ((1,),)


def test_personal_columns_are_sealed_in_every_file_that_is_published(
    opening: Callable[..., Opened], tmp_path: Path
) -> None:
    house = opening(with_events(tmp_path / "shop"), at_rest="encrypted", data_key=SecretStr(KEY))
    house.data.start_stream()
    house.send(1, PHONES[0])
    house.send(2, PHONES[0])
    assert within(20, lambda: house.rows(TAGGED) == ((1,),))
    version = house.version()
    assert version.delta is not None
    files = [path for path in version.base.parent.iterdir() if path.suffix in (".duckdb", ".delta")]
    published = [path for path in files if path.name != "warehouse.duckdb"]  # the warehouse holds what sources say
    assert {version.base, version.delta} <= set(published)
    for path in published:
        content = path.read_bytes()
        assert not [phone for phone in PHONES if phone.encode() in content], path
        assert "孙小小".encode() not in content, path
    assert house.rows(CONTACT, MARKETER) != ((PHONES[0],),)
    assert house.rows(CONTACT, MARKETER)[0][0].startswith("138")
    assert house.rows(CONTACT) == ((PHONES[0],),)
    assert house.rows("SELECT DISTINCT phone FROM visits") == ((PHONES[0],),)


def test_without_the_key_all_but_personal_columns_is_read(opening: Callable[..., Opened], tmp_path: Path) -> None:
    house = opening(write_company(tmp_path / "shop"), at_rest="encrypted", data_key=SecretStr(KEY))
    bare = DuckDBEngine.open_version(house.version().base.parent)
    assert bare.run(house.sql("SELECT COUNT(*) FROM orders", ADMIN)).rows == ((7,),)
    with pytest.raises(DataError) as refused:
        bare.run(house.sql(CONTACT, ADMIN))
    assert "QUNXIANG_DATA_KEY" in refused.value.message.zh
    bare.close()


def test_another_way_of_sealing_is_published_at_the_next_opening(
    opening: Callable[..., Opened], tmp_path: Path
) -> None:
    first = opening(write_company(tmp_path / "shop"))
    assert first.rows(CONTACT) == ((PHONES[0],),)
    first.close()
    again = opening(first.folder, at_rest="hashed", data_key=SecretStr(KEY))
    assert str(again.rows(CONTACT)[0][0]).startswith("mac1:")
    assert not str(again.rows(CONTACT, MARKETER)[0][0]).endswith(str(again.rows(CONTACT)[0][0])[-8:])
