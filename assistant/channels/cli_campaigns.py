"""The commands about campaigns: list, show, the steps of their way, sending from here, responses, effect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from assistant.acting import sender_over
from assistant.channels.acting_ports import ActingPorts
from assistant.channels.cli_here import Here
from assistant.channels.cli_opened import AsJson, Data, InLanguage
from assistant.channels.cli_output import say_json, show_progress
from assistant.outreach.endings import said_of
from assistant.replies.campaign_words import in_words, needed_next
from semantic_layer.errors import DataError, NotYetError, Text, UserError
from semantic_layer.query.acts import Measure
from semantic_layer.query.plan import Plan
from tools.campaigns import Campaign, CampaignDesk
from tools.effect.intake import from_csv

app = typer.Typer(
    no_args_is_help=True,
    help="Campaigns: what is planned, waits and was sent, and what it did. They are drafted by words, in the chat.\n\n"
    "Example: qunxiang campaigns list --data retail",
)

Name = Annotated[str, typer.Argument(help="name of a campaign")]
Note = Annotated[str, typer.Option(help="reason, which stays in the history")]


class Campaigns(Here):
    """The campaigns of one open data set, for the person at this machine."""

    @property
    def desk(self) -> CampaignDesk:
        found = self.assistant.resources.campaigns
        if found is None:
            raise NotYetError(Text("营销活动", "campaigns"))
        return found

    def told(self, campaign: Campaign) -> Text:
        zone = ZoneInfo(self.desk.layer.index.model.conventions.time_zone)
        said, following = in_words(campaign), needed_next(campaign, self.assistant.user.name, (), zone)
        return Text(f"{said.zh}。{following.zh}。", f"{said.en}. {following.en}.")

    def step(self, name: str, do: Callable[[CampaignDesk, Campaign], Campaign]) -> None:
        """One step of a campaign's way, and where it is then."""
        try:
            changed = do(self.desk, self.desk.find(name, self.assistant.user))
        except UserError as error:
            raise self.failed(error) from error
        self.report(changed)

    def report(self, campaign: Campaign) -> None:
        if self.as_json:
            say_json(_as_data(campaign))
        else:
            self.say(self.told(campaign))


@app.command("list")
def list_(data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """List the campaigns of a data set, newest first.

    Exit codes: 0 listed, 1 refused, 2 the data set cannot be read.

    Example: qunxiang campaigns list --data retail
    """
    here = Campaigns(data, language, as_json=as_json)
    try:
        found = here.desk.list(here.assistant.user)
    except UserError as error:
        raise here.failed(error) from error
    if as_json:
        say_json([_as_data(one) for one in found])
        return
    for one in found:
        typer.echo(f"{one.name}  {one.state}  {one.channel}  {one.owner}")


@app.command()
def show(name: Name, data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Show where a campaign is and what it waits for.

    Exit codes: 0 shown, 1 refused or unknown, 2 the data set cannot be read.

    Example: qunxiang campaigns show "Spring SMS"
    """
    Campaigns(data, language, as_json=as_json).step(name, lambda _, found: found)


@app.command()
def submit(name: Name, data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Ask for approval by a second person.

    Exit codes: 0 submitted, 1 refused with what stands in the way, 2 the data set cannot be read.

    Example: qunxiang campaigns submit "Spring SMS"
    """
    here = Campaigns(data, language, as_json=as_json)
    here.step(name, lambda desk, found: desk.submit(found.id, here.assistant.user))


@app.command()
def approve(name: Name, note: Note = "", data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Approve a campaign of somebody else, as it is now.

    Exit codes: 0 approved, 1 refused, 2 the data set cannot be read.

    Example: qunxiang campaigns approve "Spring SMS"
    """
    here = Campaigns(data, language, as_json=as_json)
    here.step(name, lambda desk, found: desk.approve(found.id, here.assistant.user, note=note, revision=found.revision))


@app.command()
def pause(name: Name, data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Let nothing more leave until it is resumed.

    Exit codes: 0 paused, 1 refused, 2 the data set cannot be read.

    Example: qunxiang campaigns pause "Spring SMS"
    """
    here = Campaigns(data, language, as_json=as_json)
    here.step(name, lambda desk, found: desk.pause(found.id, here.assistant.user))


@app.command()
def resume(name: Name, data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Let a paused campaign go on; `send` sends the rest from here.

    Exit codes: 0 resumed, 1 refused, 2 the data set cannot be read.

    Example: qunxiang campaigns resume "Spring SMS"
    """
    here = Campaigns(data, language, as_json=as_json)
    here.step(name, lambda desk, found: desk.resume(found.id, here.assistant.user))


@app.command()
def stop(name: Name, note: Note = "", data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Stop a campaign at once and for good.

    Exit codes: 0 stopped, 1 refused, 2 the data set cannot be read.

    Example: qunxiang campaigns stop "Spring SMS" --note "wrong text"
    """
    here = Campaigns(data, language, as_json=as_json)
    here.step(name, lambda desk, found: desk.stop(found.id, here.assistant.user, note=note))


@app.command()
def send(name: Name, data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Start an approved campaign, or go on with one that was interrupted, and send what is due from here.

    Exit codes: 0 sent as far as it is due, 1 refused, 2 the data set or the destination cannot be used.

    Example: qunxiang campaigns send "Spring SMS"
    """
    here = Campaigns(data, language, as_json=as_json)
    try:
        desk, user = here.desk, here.assistant.user
        campaign = desk.find(name, user)
        if campaign.sent_at is None:
            campaign = desk.start(campaign.id, user)
        else:
            desk.may_send(user)
        with here.shared.destinations as destinations:
            sent = sender_over(desk, here.shared.storage, link=_acting(here).unsubscribing.link).send(
                campaign.id,
                destinations.named(campaign.destination),
                progress=lambda done, of: show_progress(campaign.name, done, of),
            )
        here.say(said_of(sent))
    except UserError as error:
        raise here.failed(error) from error


@app.command()
def responses(
    file: Annotated[Path, typer.Argument(help="CSV: id, kind, at, campaign, key, or message")],
    data: Data = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Take in what customers did after a campaign. The same file twice counts once.

    Exit codes: 0 taken in, 1 refused, 2 the file or the data set cannot be read.

    Example: qunxiang campaigns responses clicks.csv --data retail
    """
    here = Campaigns(data, language, as_json=as_json)
    try:
        acting = _acting(here)
        taken = acting.campaigns.hear(from_csv(_content(file), acting.campaigns.zone), here.assistant.user)
    except UserError as error:
        raise here.failed(error) from error
    if as_json:
        say_json({"new": taken.new, "known": taken.known, "aside": taken.aside, "unread": len(taken.faults)})
        return
    here.say(
        Text(
            f"新增 {taken.new} 条，已有 {taken.known} 条，{taken.aside} 条的客户不认识，{len(taken.faults)} 条读不懂。",
            f"{taken.new} new, {taken.known} known, {taken.aside} of unknown people, {len(taken.faults)} unreadable.",
        )
    )
    for fault in taken.faults:
        typer.echo(f"{file.name}:{fault.place}: {fault.message.in_(language)}")


@app.command()
def effect(name: Name, data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Print what a campaign did, with its interval, or why that cannot be known.

    Exit codes: 0 printed, 1 refused or unknown, 2 the data set cannot be read.

    Example: qunxiang campaigns effect 2026年8月挽回活动 --data retail
    """
    here = Campaigns(data, language, as_json=as_json)
    reply = here.assistant.run(Plan((Measure(campaign=name),)), language=language)
    said = getattr(reply, "text", "") or getattr(reply, "question", "") or getattr(reply, "reason", "")
    if as_json:
        say_json({"campaign": name, "text": said})
    else:
        typer.echo(said)
    if not hasattr(reply, "text"):
        raise typer.Exit(1)


def _acting(here: Campaigns) -> ActingPorts:
    return ActingPorts(here.settings.data, lambda: here.assistant.resources, lambda _: None, here.settings, here.shared)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DataError(
            Text(f"读不到文件「{file}」：{error.strerror}。", f"{str(file)!r} cannot be read: {error.strerror}.")
        ) from error


def _as_data(campaign: Campaign) -> dict[str, object]:
    return {
        "id": campaign.id,
        "name": campaign.name,
        "state": campaign.state.value,
        "channel": campaign.channel,
        "destination": campaign.destination,
        "owner": campaign.owner,
        "holdout": campaign.holdout,
        "approved_by": campaign.approved_by,
        "revision": campaign.revision,
        "sent_at": campaign.sent_at,
    }
