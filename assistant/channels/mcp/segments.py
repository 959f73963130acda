"""The tools over saved segments. Those that change something first say what, about how many people, and under which name."""

from __future__ import annotations

from typing import Literal, assert_never

from assistant.answer import Answer, Clarification, Refusal
from assistant.channels.mcp.asking import first, readable_plan
from assistant.channels.mcp.given import InDataSet, NewName, NewSegment, Segment
from assistant.channels.mcp.results import SegmentCount, SegmentDone, SegmentsTold, SegmentTold
from assistant.channels.mcp.scene import Open, Scene
from assistant.channels.workspace import SegmentEntry
from semantic_layer.errors import InvalidPlanError, Language, Text, UnknownNameError, UserError
from semantic_layer.model.nearest import nearest
from semantic_layer.query.codec import Json
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import InSegment
from semantic_layer.query.types import Audience

_NO_PEOPLE = Text(
    "这个计划不是关于一群人的，不能保存为人群。请用 ask 问出一群人，再用那个回答的 plan。",
    "This plan is not about people and cannot be saved as a segment. Ask for people with ask, and use the plan of that answer.",
)


def list_segments(given: InDataSet, scene: Scene) -> SegmentsTold:
    """The saved segments that the caller may see."""
    place = scene.open(given.data_set)
    language = given.language or scene.language
    entries = place.port.segments.list(user=place.user)
    return SegmentsTold(data_set=place.id, segments=tuple(segment_told(one, language) for one in entries))


def count_segment(given: Segment, scene: Scene) -> SegmentCount:
    """How many people of a segment the caller may see today. The count that is kept with the segment stays as it is."""
    place = scene.open(given.data_set)
    entry = entry_named(given.name, place)
    language = given.language or scene.language
    count, text = size_of(members(entry), place, scene, language)
    return SegmentCount(data_set=place.id, name=entry.name, count=count, as_of=str(place.port.as_of), text=text)


def announce_save(given: NewSegment, scene: Scene) -> Text:
    """What would be saved, in words."""
    place = scene.open(given.data_set)
    _, count, words = _people_of(given.plan, place, scene)
    title = place.port.title
    return Text(
        f"保存人群\n名称：{given.name}\n数据集：{title.zh}\n人数：{count:,}\n条件：{words.zh}",
        f"Save a segment\nName: {given.name}\nData set: {title.en}\nPeople: {count:,}\nWho: {words.en}",
    )


def save_segment(given: NewSegment, scene: Scene) -> SegmentDone:
    """Save the people of a plan."""
    place = scene.open(given.data_set)
    audience, _, _ = _people_of(given.plan, place, scene)
    entry = place.port.segments.save(audience, given.name, user=place.user)
    said = Text(f"已保存人群「{entry.name}」。", f"Saved the segment “{entry.name}”.")
    return _done("saved", entry, said, place, given.language or scene.language)


def announce_rename(given: NewName, scene: Scene) -> Text:
    """Which segment would get which name."""
    entry = entry_named(given.name, scene.open(given.data_set))
    return Text(
        f"人群改名\n现在的名称：{entry.name}\n新名称：{given.new_name}\n{_who(entry).zh}",
        f"Rename a segment\nName now: {entry.name}\nNew name: {given.new_name}\n{_who(entry).en}",
    )


def rename_segment(given: NewName, scene: Scene) -> SegmentDone:
    """Give a segment another name."""
    place = scene.open(given.data_set)
    entry = place.port.segments.rename(given.name, given.new_name, user=place.user)
    said = Text(
        f"人群「{given.name}」已改名为「{entry.name}」。", f"The segment “{given.name}” is now called “{entry.name}”."
    )
    return _done("renamed", entry, said, place, given.language or scene.language)


def announce_delete(given: Segment, scene: Scene) -> Text:
    """Which segment would go."""
    entry = entry_named(given.name, scene.open(given.data_set))
    return Text(
        f"删除人群\n名称：{entry.name}\n{_who(entry).zh}", f"Delete a segment\nName: {entry.name}\n{_who(entry).en}"
    )


def delete_segment(given: Segment, scene: Scene) -> SegmentDone:
    """Delete a segment. It can be taken back on the page."""
    place = scene.open(given.data_set)
    entry = entry_named(given.name, place)
    place.port.segments.delete(entry.name, user=place.user)
    said = Text(
        f"人群「{entry.name}」已删除，可以在「人群」页恢复。",
        f"The segment “{entry.name}” is deleted. It can be restored under Segments on the page.",
    )
    return _done("deleted", entry, said, place, given.language or scene.language)


def entry_named(name: str, place: Open) -> SegmentEntry:
    """A saved segment that the caller may see; raises `UnknownNameError` with the nearest names."""
    entries = {one.name: one for one in place.port.segments.list(user=place.user)}
    if name not in entries:
        raise UnknownNameError(Text("人群", "segment"), name, nearest(name, entries))
    return entries[name]


def members(entry: SegmentEntry) -> Plan:
    """The plan of the people in a segment."""
    return Plan((ListPeople(Audience(where=InSegment(entry.name), entity=entry.audience.entity)),))


def size_of(plan: Plan, place: Open, scene: Scene, language: Language) -> tuple[int, str]:
    """How many people the caller sees in a plan, and the sentence that says so; raises the `UserError` of a refusal."""
    answer = _answered(plan, place, scene, language)
    return _count_in(answer), answer.text


def segment_told(entry: SegmentEntry, language: Language) -> SegmentTold:
    """A segment as data."""
    return SegmentTold(
        name=entry.name,
        meaning=entry.words.in_(language),
        count=entry.count,
        counted_at="" if entry.counted_at is None else entry.counted_at.date().isoformat(),
        owner=entry.owner,
        updated_at=entry.updated_at.isoformat(),
        version=entry.version,
    )


def _people_of(data: Json, place: Open, scene: Scene) -> tuple[Audience, int, Text]:
    """The people of a plan, how many the caller sees, and who they are in words."""
    plan = readable_plan(data)
    answer = _answered(plan, place, scene, scene.language)
    audience = place.port.audience_of(answer)
    if audience is None:
        raise InvalidPlanError(_NO_PEOPLE)
    words = place.port.restated(answer) or answer.text
    return audience, _count_in(answer), Text(words, words)


def _answered(plan: Plan, place: Open, scene: Scene, language: Language) -> Answer:
    reply = first(
        place.port.run_plan(
            plan,
            user=place.user,
            conversation=f"mcp:{scene.account.login}:{scene.new_id()}",
            language=language,
            cancel=scene.cancel,
        ),
        scene,
    )
    match reply:
        case Answer():
            return reply
        case Clarification(question=said) | Refusal(reason=said):
            raise UserError(Text(said, said), suggestions=reply.suggestions)
        case _:
            assert_never(reply)


def _count_in(answer: Answer) -> int:
    """How many people an answer counts; raises `InvalidPlanError` when it counts none."""
    if answer.waterfall:
        return answer.waterfall[-1].count
    digits = "" if answer.headline is None else answer.headline.exact.replace(",", "")
    if not digits.isdecimal():
        raise InvalidPlanError(_NO_PEOPLE)
    return int(digits)


def _who(entry: SegmentEntry) -> Text:
    """How many and who, by the last recount."""
    count = Text("未知", "unknown") if entry.count is None else Text(f"{entry.count:,}", f"{entry.count:,}")
    return Text(
        f"人数：{count.zh}\n条件：{entry.words.zh}\n负责人：{entry.owner}",
        f"People: {count.en}\nWho: {entry.words.en}\nOwner: {entry.owner}",
    )


def _done(
    done: Literal["saved", "renamed", "deleted"], entry: SegmentEntry, said: Text, place: Open, language: Language
) -> SegmentDone:
    return SegmentDone(data_set=place.id, done=done, segment=segment_told(entry, language), text=said.in_(language))
