"""Boards that need no data: the same rules over memory, with numbers that are made up and work that is done at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from assistant.answer import Headline
from assistant.boards.desk import BoardDesk
from assistant.boards.looking import Directory, Lookout
from assistant.boards.pictures import Drawing, Pictures
from assistant.boards.port import Content
from assistant.boards.working import Works
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import DataError, Language, Text
from semantic_layer.model.types import Unit
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import Policy, RolePolicy, RowFilter, User
from semantic_layer.query.codec import Json
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.types import ByField, Query
from semantic_layer.table import ResultColumn, Table
from tools.boards.room import BoardRoom, room_of
from tools.boards.store import BoardsInMemory
from tools.chart import choose_chart
from tools.export.proof import Proof

AS_OF: Final = date(2026, 10, 31)
POLICY: Final = Policy(
    roles=(
        RolePolicy(name="analyst"),
        RolePolicy(name="marketer"),
        RolePolicy(
            name="region_east",
            row_filters=(RowFilter(entity="customer", where="region = '华东'"),),
            export=False,
        ),
    )
)
_REGIONS: Final = (("华东", "East", 82_400.0), ("华南", "South", 42_400.0), ("华北", "North", 37_000.0))


class AtOnce(Executor):
    """Does what it is given before it says that it has it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@dataclass(slots=True)
class ScriptedNumbers:
    """A `Numbers` whose people are 214 and whose sales are of three regions; `region_east` sees one of them.

    `data` is the version that it says; while `broken` nothing can be computed.
    """

    folder: Path
    policy: Policy = POLICY
    data: str = "1"
    broken: bool = False
    computed: list[tuple[str, str]] = field(default_factory=list)  # whom for, and what
    proofs: list[Proof] = field(default_factory=list)
    definitions: str = "scripted"
    as_of: date = AS_OF
    currency: str = "CNY"

    @property
    def exports(self) -> Path:
        return self.folder

    def version(self) -> str:
        return self.data

    def reader(self, user: User) -> str:
        return rights_of(user, self.policy).digest

    def refuse(self, plan: Plan) -> None:
        """Nothing here lists single persons."""

    def compute(self, plan: Plan, *, title: str, user: User, language: Language, cancel: Cancel) -> Content:
        partial = bool(rights_of(user, self.policy).partial)
        self.computed.append((user.name, title))
        if self.broken:
            raise DataError(Text("数据暂时读不了，请稍后刷新。", "The data cannot be read just now; refresh later."))
        step = plan.steps[0]
        if isinstance(step, ListPeople):
            return _people(98 if partial else 214, language)
        return _sales(_REGIONS[:1] if partial else _REGIONS, step if isinstance(step, Query) else None, language)

    def prove(self, proof: Proof) -> None:
        self.proofs.append(proof)


def _people(count: int, language: Language) -> Content:
    said = Text(f"这样的客户共 {count} 人。", f"There are {count} such customers.").in_(language)
    headline = Headline(value=str(count), exact=str(count), label=Text("人", "people").in_(language))
    return Content(text=said, as_of=AS_OF, headline=headline, restated=said, value=float(count))


def _sales(regions: tuple[tuple[str, str, float], ...], query: Query | None, language: Language) -> Content:
    asked = query or Query(metrics=("sales",), by=(ByField("store.region"),))
    columns = (
        ResultColumn(name="region", label=Text("大区", "Region"), role="group", source="store.region"),
        ResultColumn(name="sales", label=Text("销售额", "Sales"), role="metric", source="sales", unit=Unit.CURRENCY),
    )
    rows = tuple((Text(zh, en).in_(language), amount) for zh, en, amount in regions)
    table = Table(columns, rows)
    best = rows[0][0]
    return Content(
        text=Text(f"销售额最高的是{best}。", f"{best} has the highest sales.").in_(language),
        as_of=AS_OF,
        chart=choose_chart(table, asked, language, subtitle=Text("上个月", "last month").in_(language)),
        table=table,
        restated=Text("上个月各大区销售额", "sales by region last month").in_(language),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedBoards:
    """The parts of scripted boards, for tests that look behind the desk."""

    desk: BoardDesk
    room: BoardRoom
    lookout: Lookout
    numbers: ScriptedNumbers
    store: BoardsInMemory


def scripted_boards(
    data_set: str,
    folder: Path,
    directory: Directory,
    *,
    clock: Callable[[], datetime],
    note: Callable[[str], None] = lambda _: None,
    executor: Executor | None = None,
    picture: Drawing | None = None,
) -> ScriptedBoards:
    """Boards in memory. Ids are b1, b2, …; tokens t1, t2, …; `note` hears what would go into the ledger."""
    numbers, store, ids, tokens = ScriptedNumbers(folder), BoardsInMemory(), itertools.count(1), itertools.count(1)

    def new_id() -> str:
        return f"b{next(ids)}"

    def knows(login: str) -> bool:
        account = directory.account(login)
        return account is not None and bool(account.roles_in(data_set))

    def told(user: User, what: str, about: Mapping[str, Json]) -> None:
        note(f"{user.name} {what} {dict(about)}")

    room = room_of(store, data_set, clock=clock, new_id=new_id, new_token=lambda: f"t{next(tokens)}", knows=knows)
    pictures = Pictures(picture) if picture is not None else Pictures()
    lookout = Lookout(room=room, numbers=numbers, directory=directory, clock=clock, pictures=pictures)
    works = Works(lookout, now=clock, seconds=lambda: 0.0, new_id=new_id, executor=executor or AtOnce())
    desk = BoardDesk(lookout, works, base="http://127.0.0.1:7860", note=told)
    return ScriptedBoards(desk=desk, room=room, lookout=lookout, numbers=numbers, store=store)
