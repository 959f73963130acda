"""The commands about saved segments: list, show, refresh, changes, import of a list, overlap."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from assistant.channels.cli_here import Here
from assistant.channels.cli_opened import AsJson, Data, InLanguage
from assistant.channels.cli_output import say_json, show_progress
from assistant.living.definitions import A_LIST, OUT_OF_SIGHT, definition_words, may_be_told
from assistant.replies.restated import predicate_text
from assistant.replies.segment_changes import changes_remarks, living_of
from semantic_layer.errors import DataError, Text, UnknownNameError, UserError
from semantic_layer.model.nearest import nearest
from semantic_layer.query.predicate import Predicate
from semantic_layer.query.time import Grain, Rolling
from tools import numbers
from tools.segments.given import of_file
from tools.segments.identifiers import Identifiers
from tools.segments.importing import report_csv, report_text
from tools.segments.living import LivingSegments, LivingState
from tools.segments.stories import lines_of, story

app = typer.Typer(
    no_args_is_help=True,
    help="Saved segments as they live: sizes, who came and left and why, overlap, and lists that come in.\n\n"
    "Example: qunxiang segments list --data retail",
)

Name = Annotated[str, typer.Argument(help="name of a segment")]
_MARKS: Final = {
    "failed": Text("更新失败", "failed"),
    "stale": Text("已过时", "out of date"),
    "never": Text("未更新过", "never looked at"),
    "list": Text("固定名单", "fixed list"),
    "fresh": Text("最新", "up to date"),
}


class Segments(Here):
    """The segments of one open data set, for the person at this machine."""

    @property
    def living(self) -> LivingSegments:
        return living_of(self.assistant.resources)

    def state(self, name: str) -> LivingState:
        """A segment that this person may use. Raises `UnknownNameError` with the nearest names."""
        states = {one.segment.name: one for one in self.living.states(self.assistant.user)}
        if name not in states:
            raise UnknownNameError(Text("人群", "segment"), name, nearest(name, list(states)))
        return states[name]

    def words(self, state: LivingState) -> Text:
        if state.segment.frozen:
            return A_LIST
        resources, audience = self.assistant.resources, state.segment.audience
        told = may_be_told(audience, self.assistant.user, resources)
        return definition_words(audience, resources) if told else OUT_OF_SIGHT


@app.command("list")
def list_(data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """List the segments that you may use, with size, state, rhythm and owner.

    Exit codes: 0 listed, 1 refused, 2 the data set cannot be read.

    Example: qunxiang segments list --data retail
    """
    here = Segments(data, language, as_json=as_json)
    try:
        states = here.living.states(here.assistant.user)
    except UserError as error:
        raise here.failed(error) from error
    if as_json:
        say_json([_as_data(one, here) for one in states])
        return
    for one in states:
        folder = f"{one.segment.arrangement.folder}/" if one.segment.arrangement.folder else ""
        size = _number(one.size)
        said = _MARKS[_mark(one)].in_(language)
        typer.echo(f"{folder}{one.segment.name}  {size}  {said}  {one.segment.arrangement.rhythm}  {one.segment.owner}")


@app.command()
def show(name: Name, data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Show one segment: its definition, size, state, rhythm, and who sees it.

    Exit codes: 0 shown, 1 there is no such segment, 2 the data set cannot be read.

    Example: qunxiang segments show "Shanghai win-back" --json
    """
    here = Segments(data, language, as_json=as_json)
    try:
        state = here.state(name)
    except UserError as error:
        raise here.failed(error) from error
    found = _as_data(state, here)
    if as_json:
        say_json(found)
        return
    for key, value in found.items():
        typer.echo(f"{key}: {value}")


@app.command()
def refresh(
    names: Annotated[list[str] | None, typer.Argument(help="segments; all that you may use when absent")] = None,
    data: Data = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Look at segments now, those that they rest on first.

    Exit codes: 0 all were looked at, 1 refused or some did not succeed, 2 the data set cannot be read.

    Example: qunxiang segments refresh "Shanghai win-back"
    """
    here = Segments(data, language, as_json=as_json)
    try:
        seen = [one.segment.name for one in here.living.states(here.assistant.user)]
        wanted = [here.state(name).segment.name for name in names] if names else seen
        done = here.living.refresh(wanted, progress=show_progress)
    except UserError as error:
        raise here.failed(error) from error
    get = here.assistant.resources.segments.get
    failed = {get(one.segment_id).name: one.why for one in done.failed}
    if as_json:
        looks = [{"name": get(one.segment_id).name, "size": one.size} for one in done.looks]
        whys = {name: why.in_(language) for name, why in failed.items()}
        say_json({"looked_at": looks, "up_to_date": list(done.unchanged), "failed": whys})
    else:
        here.say(
            Text(
                f"更新了 {len(done.looks)} 个人群，{len(done.unchanged)} 个没有变化。",
                f"{len(done.looks)} looked at, {len(done.unchanged)} up to date.",
            )
        )
        for name, why in failed.items():
            typer.echo(f"{name}: {why.in_(language)}")
    raise typer.Exit(1 if failed else 0)


@app.command()
def changes(
    name: Name,
    days: Annotated[int, typer.Option(min=1, help="how many days, ending on the data's last")] = 7,
    data: Data = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Tell who came into a segment and who left, and why.

    Exit codes: 0 told, 1 refused, 2 the data set cannot be read.

    Example: qunxiang segments changes "Shanghai win-back" --days 30
    """
    here = Segments(data, language, as_json=as_json)
    resources = here.assistant.resources

    def said(part: Predicate) -> Text:
        return Text(*(predicate_text(part, resources.index, resources.calendar, one) for one in ("zh", "en")))

    try:
        span = resources.calendar.resolve(Rolling(days, Grain.DAY))
        found = here.living.past.movements(name, span, here.assistant.user)
    except UserError as error:
        raise here.failed(error) from error
    lines = lines_of(found, said)
    remarks = [one.in_(language) for one in changes_remarks(found)]
    if as_json:
        rows = [
            {"side": one.side, "cause": one.cause, "people": one.people, "why": one.why.in_(language)} for one in lines
        ]
        head = {"name": found.segment.name, "from": found.span.start, "to": found.span.end}
        say_json({**head, "before": found.before, "after": found.after, "lines": rows, "remarks": remarks})
        return
    here.say(story(found, lines))
    for remark in remarks:
        typer.echo(remark)


@app.command("import")
def import_(
    name: Annotated[str, typer.Argument(help="name of the list to make")],
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or TXT with identifiers")],
    by: Annotated[
        str, typer.Option("--field", help="identifier, such as customer.member_no; the first when absent")
    ] = "",
    report: Annotated[Path | None, typer.Option(help="where every row that did not count is written")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check only; save nothing")] = False,
    data: Data = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Save the customers that a file names as a list, and say what became of every row.

    Exit codes: 0 every row named a customer, 1 refused or some rows did not, 2 the file or the data set cannot be read.

    Example: qunxiang segments import "old friends" friends.csv --field customer.member_no --report rest.csv
    """
    here = Segments(data, language, as_json=as_json)
    try:
        identifiers = Identifiers(here.assistant.resources.layer)
        dimension = identifiers.field(by) if by else identifiers.fields()[0]
        given = of_file(file.name, _read(file), dimension)
        found = here.living.lists.match(given, dimension.qualified, here.assistant.user)
        if report is not None:
            report.write_text(report_csv(found, language), encoding="utf-8-sig", newline="")
        saved = bool(found.keys) and not dry_run
        if saved:
            here.living.lists.freeze(name, found.keys, here.assistant.user)
    except UserError as error:
        raise here.failed(error) from error
    except OSError as error:
        raise here.failed(_unwritable(report, error)) from error
    if as_json:
        counts = {"rows": found.rows, "matched": found.matched, "customers": len(found.keys), "saved": saved}
        say_json({**counts, "unmatched": [one.row for one in found.unmatched], "doubtful": [one.row for one in found.doubtful],
                  "repeated": [one.row for one in found.repeated], "blank": list(found.blank)})  # fmt: skip
    else:
        here.say(report_text(found))
    raise typer.Exit(0 if found.whole and found.keys else 1)


@app.command()
def overlap(
    names: Annotated[list[str], typer.Argument(help="two segments or more")],
    data: Data = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Print how many people each two segments share; on the diagonal how many are in the one.

    Exit codes: 0 printed, 1 refused, 2 the data set cannot be read.

    Example: qunxiang segments overlap "Shanghai win-back" "Shanghai active"
    """
    here = Segments(data, language, as_json=as_json)
    try:
        found = here.living.overlap(names, here.assistant.user)
    except UserError as error:
        raise here.failed(error) from error
    if as_json:
        say_json({"names": found.names, "counts": found.counts})
        return
    heads = ["", *found.names]
    rows = [[name, *map(_number, row)] for name, row in zip(found.names, found.counts, strict=True)]
    for row in (heads, ["---"] * len(heads), *rows):
        typer.echo(_line(row))


def _as_data(state: LivingState, here: Segments) -> dict[str, object]:
    segment, kept = state.segment, state.segment.arrangement
    return {
        "name": segment.name,
        "definition": here.words(state).in_(here.language),
        "size": state.size,
        "state": _mark(state),
        "why": (state.failure.why if state.failure is not None else state.stale or Text("", "")).in_(here.language),
        "as_of": state.as_of,
        "looked_at": state.looked_at,
        "folder": kept.folder,
        "rhythm": kept.rhythm.value,
        "owner": segment.owner,
        "sharing": kept.sharing,
        "shared_with": list(kept.shared_with),
        "version": segment.version,
    }


def _mark(state: LivingState) -> str:
    if state.segment.frozen:
        return "list"
    if state.failure is not None:
        return "failed"
    if state.looked_at is None:
        return "never"
    return "stale" if state.stale is not None else "fresh"


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DataError(
            Text(f"读不到文件「{file}」：{error.strerror}。", f"The file {file} cannot be read: {error.strerror}.")
        ) from error


def _unwritable(report: Path | None, error: OSError) -> DataError:
    return DataError(Text(f"写不了「{report}」：{error.strerror}。", f"{report} cannot be written: {error.strerror}."))


def _number(count: int | None) -> str:
    return numbers.NOTHING if count is None else f"{count:,}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
