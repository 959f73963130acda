"""Living segments that are made up: what tests and a first look at the page run on."""

# a fake takes what its protocol gives

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from pyroaring import BitMap

from assistant.living.port import (
    ABOUT,
    Changes,
    Identifier,
    ListGiven,
    LivingRow,
    Moved,
    Standing,
    Version,
)
from assistant.stewardship.scripted_tasks import ScriptedTasks
from assistant.stewardship.types import Task
from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.errors import InvalidPlanError, Language, Text, UnknownNameError
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import InSegment
from semantic_layer.query.time import Rolling, Span, TimeRange
from semantic_layer.query.types import Audience
from tools.segments.flows import Overlaps
from tools.segments.given import pasted
from tools.segments.identifiers import Known
from tools.segments.importing import Report, matched, report_csv
from tools.segments.listing import Into
from tools.segments.membership import Cause
from tools.segments.past import Point, Trend
from tools.segments.sharing import check_arrangement, usable_folder
from tools.segments.stories import Line
from tools.segments.types import Arrangement, NotTheirsError, Segment

TODAY: Final = date(2026, 10, 31)
SIZES: Final = (190, 196, 201, 205, 214)
MEMBERS: Final = tuple((f"M{number:04}", number) for number in range(1, 301))
"""The customers there are, by their member numbers."""


class Entry(Protocol):
    """A saved segment as the list of names knows it."""

    @property
    def name(self) -> str: ...

    @property
    def words(self) -> Text: ...

    @property
    def count(self) -> int | None: ...

    @property
    def owner(self) -> str: ...


class Entries(Protocol):
    """Where the names and rules of segments are kept."""

    def list(self, *, user: User) -> Sequence[Entry]: ...

    def save(self, audience: Audience, name: str, *, user: User) -> Entry: ...


@dataclass(slots=True, kw_only=True)
class ScriptedLiving:
    """A `LivingPort` over the names of `segments`. A look takes the time of `tasks` and always finds 12 more and 3 fewer."""

    segments: Entries
    tasks: ScriptedTasks
    clock: Callable[[], datetime]
    folder: Path
    kept: dict[str, LivingRow] = field(default_factory=dict)
    people: dict[str, BitMap] = field(default_factory=dict)
    reports: int = 0

    def watches(self) -> bool:
        return True

    def rows(self, *, user: User) -> tuple[LivingRow, ...]:
        self.tasks.look()
        found = [
            replace(
                self._kept(entry.name, entry.owner),
                size=self._kept(entry.name, entry.owner).size or entry.count,
                may_change=entry.owner == user.name,
            )
            for entry in self.segments.list(user=user)
        ]
        return tuple(sorted(found, key=lambda row: (row.arrangement.folder, row.name)))

    def versions(self, name: str, *, user: User) -> tuple[Version, ...]:
        row = self._row(name, user)
        words = next(entry.words for entry in self.segments.list(user=user) if entry.name == name)
        return (
            Version(version=1, at=self.clock(), by=row.owner, what="saved", name=name, words=words, count=row.size),
        )

    def trend(self, name: str, *, user: User) -> Trend:
        self._row(name, user)
        days = [TODAY - timedelta(days=7 * back) for back in range(len(SIZES))][::-1]
        points = tuple(
            Point(day=day, size=size, recorded=place > 1)
            for place, (day, size) in enumerate(zip(days, SIZES, strict=True))
        )
        return Trend(segment=self._segment(name, user), points=points, since=days[2])

    def changes(self, name: str, time: TimeRange, *, user: User) -> Changes:
        self._row(name, user)
        start = TODAY - timedelta(days=time.count - 1) if isinstance(time, Rolling) else TODAY
        end = TODAY
        if isinstance(time, Span):
            start, end = time.start or TODAY, time.end or TODAY
        if start > end:
            raise InvalidPlanError(Text("开始日晚于结束日。", "The first day is after the last."))
        lines = (
            Line(
                side="entered",
                cause=Cause.BEHAVIOUR,
                conditions=(),
                people=12,
                why=Text("因为新的动作满足了「流失风险：高」", "came to meet “churn risk: high” by what they did"),
            ),
            Line(
                side="left", cause=Cause.CHANGED, conditions=(), people=None,
                why=Text("因为资料变更或数据更正", "because a record was changed or corrected"),
            ),
        )  # fmt: skip
        story = Text(
            f"「{name}」{start} 到 {end}：期初 205 人，新增 12 人，离开 3 人，期末 214 人。",
            f"“{name}”, {start} to {end}: 205 people before, 12 people came in, 3 people left, 214 people at the end.",
        )
        return Changes(span=DateSpan(start, end), story=story, lines=lines)

    def overlap(self, names: Sequence[str], *, user: User) -> Overlaps:
        for name in names:
            self._row(name, user)
        size = range(len(names))
        return Overlaps(names=tuple(names), counts=tuple(tuple(214 if a == b else 87 for b in size) for a in size))

    def identifiers(self, *, user: User) -> tuple[Identifier, ...]:
        return (
            Identifier("customer.member_no", Text("会员号", "member number")),
            Identifier("customer.phone", Text("手机号", "phone")),
        )

    def refresh(self, name: str, *, user: User) -> Task:
        before = (self._row(name, user),) if name else self.rows(user=user)

        def finish() -> Text:
            for row in before:
                size = (row.size or 0) + 9
                self.kept[row.name] = replace(
                    row, standing=Standing.FRESH, size=size, sizes=(*SIZES, size), moved=Moved(entered=12, left=3),
                    looked_at=self.clock(), as_of=TODAY, why=None,
                )  # fmt: skip
            return Text(f"更新了 {len(before)} 个人群。", f"{len(before)} looked at.")

        label = (
            Text(f"更新人群「{name}」", f"Refresh “{name}”") if name else Text("更新全部人群", "Refresh all segments")
        )
        return self.tasks.start(label, Text("正在更新…", "Looking…"), finish, user=user, about=f"{ABOUT}{name}")

    def arrange(self, name: str, arrangement: Arrangement, *, user: User) -> Segment:
        row = self._theirs(name, user)
        arranged = replace(arrangement, folder=usable_folder(arrangement.folder))
        check_arrangement(arranged)
        self.kept[name] = replace(row, arrangement=arranged)
        return self._segment(name, user)

    def freeze(self, name: str, people: Audience | BitMap, *, user: User) -> Segment:
        audience = people if isinstance(people, Audience) else Audience(where=InSegment(name))
        entry = self.segments.save(audience, name, user=user)
        size = len(people) if isinstance(people, BitMap) else 214
        self.people[entry.name] = people if isinstance(people, BitMap) else BitMap(range(1, 215))
        self.kept[entry.name] = LivingRow(
            name=entry.name, owner=entry.owner, standing=Standing.LIST, arrangement=Arrangement(), size=size
        )
        return self._segment(entry.name, user)

    def save_into(self, name: str, people: Audience | BitMap, into: Into, *, user: User) -> Segment:
        row = self._theirs(name, user)
        if isinstance(people, BitMap):
            if row.standing is not Standing.LIST:
                raise InvalidPlanError(
                    Text(
                        f"「{name}」是按规则变动的人群，不能加入名单。",
                        f"{name!r} goes by a rule; no list can be added.",
                    )
                )
            old = self.people.get(name, BitMap())
            new = {Into.ADD: old | people, Into.REMOVE: old - people, Into.REPLACE: people}[into]
            self.people[name] = new
            self.kept[name] = replace(row, size=len(new))
        return self._segment(name, user)

    def match(self, given: ListGiven, field: str, *, user: User) -> Report:
        values = pasted(given.text or given.content.decode("utf-8"))
        return matched(values, Known(MEMBERS), field)

    def report_file(self, report: Report, language: Language) -> Path:
        self.reports += 1
        target = self.folder / f"report-{self.reports}.csv"
        target.write_text(report_csv(report, language), encoding="utf-8-sig", newline="")
        return target

    # ---- parts

    def _kept(self, name: str, owner: str) -> LivingRow:
        never = LivingRow(name=name, owner=owner, standing=Standing.NEVER, arrangement=Arrangement())
        return replace(self.kept.get(name, never), name=name, owner=owner)

    def _row(self, name: str, user: User) -> LivingRow:
        for row in self.rows(user=user):
            if row.name == name:
                return row
        raise UnknownNameError(Text("人群", "segment"), name)

    def _theirs(self, name: str, user: User) -> LivingRow:
        row = self._row(name, user)
        if not row.may_change:
            raise NotTheirsError(name, row.owner)
        return row

    def _segment(self, name: str, user: User) -> Segment:
        row = self._row(name, user)
        return Segment(
            id=name,
            data_set="scripted",
            name=name,
            audience=Audience(where=InSegment(name)),
            owner=row.owner,
            created_at=self.clock(),
            updated_at=self.clock(),
            frozen=row.standing is Standing.LIST,
            arrangement=row.arrangement,
        )
