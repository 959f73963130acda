"""The tool by which a list of people may leave: for a purpose of the policy, after a person agreed, as a file to fetch."""

from __future__ import annotations

from assistant.channels.mcp.given import Taking
from assistant.channels.mcp.results import ExportDone
from assistant.channels.mcp.scene import Open, Scene
from assistant.channels.mcp.segments import entry_named, members, size_of
from assistant.channels.workspace import ExportColumn, ExportRequest, Purpose
from semantic_layer.errors import Language, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import Sensitivity

_SENSITIVE = Text(
    "（个人信息，是否脱敏由权限和用途决定）", " (personal; masked unless your role and the purpose allow it)"
)


def announce_export(given: Taking, scene: Scene) -> Text:
    """Who would leave, how many, for what, and with which columns."""
    place = scene.open(given.data_set)
    entry = entry_named(given.name, place)
    purpose = _purpose(given.purpose, place)
    columns = _columns(given, place)
    count, _ = size_of(members(entry), place, scene, scene.language)
    listed = Text(_listed(columns, "zh"), _listed(columns, "en"))
    return Text(
        f"导出人群名单\n人群：{entry.name}\n条件：{entry.words.zh}\n人数：{count:,}\n用途：{purpose.label.zh}\n列：{listed.zh}"
        f"\n文件：{given.format}，交给这次连接的程序",
        f"Export the people of a segment\nSegment: {entry.name}\nWho: {entry.words.en}\nPeople: {count:,}"
        f"\nPurpose: {purpose.label.en}\nColumns: {listed.en}\nFile: {given.format}, handed to the program on this connection",
    )


def export_segment(given: Taking, scene: Scene) -> ExportDone:
    """Write the file and give the address at which its asker may fetch it for an hour."""
    place = scene.open(given.data_set)
    purpose = _purpose(given.purpose, place)
    request = ExportRequest(
        format=given.format, purpose=purpose.id, columns=tuple(column.name for column in _columns(given, place))
    )
    taken = scene.taken.keep(place.port.export_segment(given.name, request, user=place.user), login=scene.account.login)
    said = Text(
        f"人群「{given.name}」已导出为 {taken.path.name}，一小时内可以作为资源取走：{taken.uri}",
        f"The segment “{given.name}” was exported to {taken.path.name}. Fetch it within an hour as the resource {taken.uri}",
    )
    return ExportDone(
        data_set=place.id,
        uri=taken.uri,
        file=taken.path.name,
        mime_type=taken.mime_type,
        bytes=taken.path.stat().st_size,
        purpose=purpose.id,
        text=said.in_(given.language or scene.language),
    )


def _purpose(words: str, place: Open) -> Purpose:
    """A purpose by its id or label; raises `UnknownNameError` with those there are."""
    known = place.port.export_purposes(user=place.user)
    said = words.strip().casefold()
    for one in known:
        if said in {one.id.casefold(), one.label.zh.casefold(), one.label.en.casefold()}:
            return one
    ids = [one.id for one in known]
    raise UnknownNameError(Text("导出用途", "purpose of an export"), words, nearest(words, ids) or ids)


def _columns(given: Taking, place: Open) -> tuple[ExportColumn, ...]:
    """The columns asked for, all when none was named; raises `UnknownNameError` with the nearest."""
    offered = {one.name: one for one in place.port.segment_columns(given.name, user=place.user)}
    for name in given.columns:
        if name not in offered:
            raise UnknownNameError(Text("列", "column"), name, nearest(name, offered) or tuple(offered))
    return tuple(offered[name] for name in given.columns) or tuple(offered.values())


def _listed(columns: tuple[ExportColumn, ...], language: Language) -> str:
    marked = _SENSITIVE.in_(language)
    words = (
        column.label.in_(language) + (marked if column.sensitivity is not Sensitivity.NONE else "")
        for column in columns
    )
    return ("、" if language == "zh" else ", ").join(words)
