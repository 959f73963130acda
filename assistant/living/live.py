"""The living segments of an open data set, as its page needs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pyroaring import BitMap

from assistant.living.definitions import A_LIST, OUT_OF_SIGHT, definition_words, may_be_told
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
from assistant.replies.restated import predicate_text
from assistant.replies.segment_changes import changes_remarks, living_of
from assistant.resources import Resources
from assistant.stewardship.task_board import Progress, TaskBoard
from assistant.stewardship.types import Task
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, DataError, Language, NotAllowedError, Text
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.small_groups import least_people
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import InSegment, Predicate
from semantic_layer.query.time import TimeRange
from semantic_layer.query.types import Audience
from tools.segments.drift import alert_text
from tools.segments.flows import Overlaps
from tools.segments.given import of_file, pasted
from tools.segments.identifiers import Identifiers
from tools.segments.importing import Report, report_csv
from tools.segments.listing import Into
from tools.segments.lists import as_bitmap
from tools.segments.living import LivingSegments, LivingState
from tools.segments.membership import MembershipStore
from tools.segments.past import Trend
from tools.segments.refresh import Refreshed
from tools.segments.rights import who_of
from tools.segments.stories import lines_of, story
from tools.segments.types import Arrangement, Segment, Who
from tools.segments.views import Sight

SPARK: Final = 12
"""Looks whose sizes stand beside a segment in the list."""
_MOST_KEPT: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLiving:
    """A `LivingPort`. `resources` gives the data set as it is open now; `looks` is where its looks are kept."""

    resources: Callable[[], Resources]
    looks: Callable[[], MembershipStore]
    board: TaskBoard
    last_moves: dict[tuple[str, int], tuple[BitMap, BitMap]] = field(default_factory=dict)  # by segment and look

    def watches(self) -> bool:
        return self.resources().living is not None

    def rows(self, *, user: User) -> tuple[LivingRow, ...]:
        resources = self.resources()
        who, sight = who_of(user, resources.layer.policy), _sight(resources, user)
        return tuple(self._row(state, who, sight) for state in living_of(resources).states(user))

    def versions(self, name: str, *, user: User) -> tuple[Version, ...]:
        resources = self.resources()
        who = who_of(user, resources.layer.policy)
        segment = resources.segments.named(name, who)
        found = []
        for change in resources.segments.history(segment.id):
            if change.what == "recounted":
                continue
            listed = isinstance(change.audience.where, InSegment) and change.audience.where.name == change.name
            told = may_be_told(change.audience, user, resources)
            words = A_LIST if listed else definition_words(change.audience, resources)
            found.append(
                Version(
                    version=change.version,
                    at=change.at,
                    by=change.by,
                    what=change.what,
                    name=change.name,
                    words=words if listed or told else None,
                    count=change.count if change.counted_under and change.counted_under == who.rights else None,
                )
            )
        return tuple(reversed(found))

    def trend(self, name: str, *, user: User) -> Trend:
        (found,) = living_of(self.resources()).past.trend((name,), None, user)
        return found

    def changes(self, name: str, time: TimeRange, *, user: User) -> Changes:
        resources = self.resources()
        found = living_of(resources).past.movements(name, resources.calendar.resolve(time), user)

        def said(part: Predicate) -> Text:
            return Text(*(predicate_text(part, resources.index, resources.calendar, one) for one in ("zh", "en")))

        lines = lines_of(found, said)
        return Changes(span=found.span, story=story(found, lines), lines=lines, remarks=changes_remarks(found))

    def overlap(self, names: Sequence[str], *, user: User) -> Overlaps:
        return living_of(self.resources()).overlap(names, user)

    def identifiers(self, *, user: User) -> tuple[Identifier, ...]:
        layer = self.resources().layer
        try:
            rights = rights_of(user, layer.policy)
        except NotAllowedError:
            return ()
        return tuple(
            Identifier(one.qualified, one.words.label)
            for one in Identifiers(layer).fields()
            if rights.may_see(one.sensitivity) and layer.may_use(one.qualified, user)
        )

    def refresh(self, name: str, *, user: User) -> Task:
        resources = self.resources()
        living, who = living_of(resources), who_of(user, resources.layer.policy)
        seen = resources.segments.visible(who)
        wanted = [resources.segments.named(name, who).name] if name else [one.name for one in seen]

        def work(progress: Progress, cancel: Cancel) -> Text:
            return refreshed_text(living.refresh(wanted, progress=progress, cancel=cancel), resources)

        label = (
            Text(f"更新人群「{name}」", f"Refresh “{name}”") if name else Text("更新全部人群", "Refresh all segments")
        )
        return self.board.start(label, work, by=user.name, about=f"{ABOUT}{name}")

    def arrange(self, name: str, arrangement: Arrangement, *, user: User) -> Segment:
        resources = self.resources()
        who = who_of(user, resources.layer.policy)
        return resources.segments.arrange(resources.segments.named(name, who).id, arrangement, by=who)

    def freeze(self, name: str, people: Audience | BitMap, *, user: User) -> Segment:
        return self._living().lists.freeze(name, people, user)

    def save_into(self, name: str, people: Audience | BitMap, into: Into, *, user: User) -> Segment:
        return self._living().lists.save_into(name, people, into, user)

    def match(self, given: ListGiven, field: str, *, user: User) -> Report:
        resources = self.resources()
        dimension = Identifiers(resources.layer).field(field)
        values = of_file(given.file, given.content, dimension) if given.file else pasted(given.text)
        return living_of(resources).lists.match(values, field, user)

    def report_file(self, report: Report, language: Language) -> Path:
        resources = self.resources()
        target = resources.exports / f"{resources.source or 'list'}-report-{resources.new_id()}.csv"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(report_csv(report, language), encoding="utf-8-sig", newline="")
        except OSError as error:
            raise DataError(
                Text(f"报告写不出来：{error.strerror}。", f"The report cannot be written: {error.strerror}.")
            ) from error
        return target

    # ---- parts

    def _living(self) -> LivingSegments:
        return living_of(self.resources())

    def _row(self, state: LivingState, who: Who, sight: Sight) -> LivingRow:
        segment = state.segment
        looks = self.looks().sizes(segment.id)
        standing, why = _standing(state, looked=bool(looks))
        sizes: tuple[int, ...] = ()
        moved = None
        if state.looked_at is not None:
            if sight.people is None:
                sizes = tuple(one.size for one in looks[-SPARK:] if one.size == 0 or one.size >= sight.least)
            if len(looks) > 1:
                moved = self._moved(segment.id, looks[-1].serial, sight)
        return LivingRow(
            name=segment.name,
            owner=segment.owner,
            standing=standing,
            arrangement=segment.arrangement,
            size=state.size,
            sizes=sizes,
            moved=moved,
            looked_at=state.looked_at,
            as_of=state.as_of,
            why=why,
            alert=alert_text(segment.name, state.alert) if state.alert is not None else None,
            may_change=who.manages or who.name == segment.owner,
        )

    def _moved(self, segment_id: str, serial: int, sight: Sight) -> Moved:
        """What the last look found, read once for each look."""
        if (segment_id, serial) not in self.last_moves:
            last = self.looks().snapshots(segment_id)[-1]
            if len(self.last_moves) >= _MOST_KEPT:
                self.last_moves.clear()
            self.last_moves[segment_id, serial] = (last.people("entered"), last.people("left"))
        entered, left = self.last_moves[segment_id, serial]
        return Moved(entered=sight.count(entered), left=sight.count(left))


def refreshed_text(done: Refreshed, resources: Resources) -> Text:
    """What a refresh did, in words. Raises `CancelledError` for one that was stopped, `DataError` where nothing succeeded."""
    known = len(done.looks) + len(done.unchanged)
    counts = Text(
        f"更新了 {len(done.looks)} 个人群，{len(done.unchanged)} 个没有变化。",
        f"{len(done.looks)} looked at, {len(done.unchanged)} up to date.",
    )
    if done.cancelled:
        raise CancelledError(Text(f"已停止：{counts.zh}", f"Stopped: {counts.en}"))
    if not done.failed:
        return counts
    first = done.failed[0]
    name = resources.segments.get(first.segment_id).name
    failed = Text(
        f"{len(done.failed)} 个没有成功，例如「{name}」：{first.why.zh}",
        f"{len(done.failed)} did not succeed, such as “{name}”: {first.why.en}",
    )
    if not known:
        raise DataError(failed)
    return Text(f"{counts.zh}{failed.zh}", f"{counts.en} {failed.en}")


def _standing(state: LivingState, *, looked: bool) -> tuple[Standing, Text | None]:
    if looked and state.looked_at is None:
        return Standing.HIDDEN, OUT_OF_SIGHT
    if state.segment.frozen:
        return Standing.LIST, None
    if state.failure is not None:
        return Standing.FAILED, state.failure.why
    if state.looked_at is None:
        return Standing.NEVER, None
    return (Standing.STALE, state.stale) if state.stale is not None else (Standing.FRESH, None)


def _sight(resources: Resources, user: User) -> Sight:
    """Whom this person may see, and how few are too few to be told."""
    layer = resources.layer
    rights = rights_of(user, layer.policy)
    least = least_people(rights, layer.index.model.conventions.minimum_group)
    if not rights.partial:
        return Sight(least=least)
    everybody = Audience(entity=layer.index.model.customer_entity)
    return Sight(people=as_bitmap(layer.key_array(everybody, user)), least=least)
