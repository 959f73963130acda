"""What a person can do on the Segments page beyond names. The port looks at the rights again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, get_args

from assistant.channels.gradio.asking import Action, GoneError, run_plan
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.segments_lists import import_actions
from assistant.channels.gradio.segments_one import DAYS, PARTS
from assistant.channels.gradio.segments_state import Place, SegmentsView
from assistant.channels.gradio.segments_words import asked, told
from assistant.channels.gradio.session import Session
from assistant.living.port import LivingPort
from semantic_layer.errors import InvalidPlanError, UserError
from semantic_layer.query.acts import Apart, SegmentChange, SegmentFlow, SegmentTrend, StartCampaign
from semantic_layer.query.plan import ListPeople, Plan, Step, WhyMember
from semantic_layer.query.predicate import And, InSegment
from semantic_layer.query.time import Grain, Rolling, Span, TimeRange
from semantic_layer.query.types import Audience
from tools.segments.listing import Into
from tools.segments.types import Arrangement, Rhythm, Sharing

MOST_CHOSEN: Final = 20
"""Segments of one matrix: more cannot be read."""

PortOf = Callable[[Session], LivingPort | None]
ViewOf = Callable[[Session], SegmentsView]


def actions(port_of: PortOf, view_of: ViewOf) -> Mapping[str, Action]:
    """The actions over the living segments and the view of a session."""
    here = Actions(port_of, view_of)
    return MappingProxyType(
        {
            "segments-search": here.search,
            "segments-refresh": here.refresh,
            "segments-compare": here.compare,
            "segments-overlap-close": here.close_overlap,
            "segments-both": here.both,
            "segment-show": here.show,
            "segment-close": here.close,
            "segment-part": here.part,
            "segment-days": here.days,
            "segment-dates": here.dates,
            "segment-ask-trend": here.ask_trend,
            "segment-ask-change": here.ask_change,
            "segment-why": here.why,
            "segment-campaign": here.campaign,
            "segment-arrange": here.arrange,
            "segment-freeze": here.freeze,
            "segment-into": here.into,
            **import_actions(here.port, view_of),
        }
    )


@dataclass(frozen=True, slots=True)
class Actions:
    """Each changes the view of a session, or asks a plan under Ask."""

    port_of: PortOf
    view_of: ViewOf

    def port(self, session: Session) -> LivingPort:
        found = self.port_of(session)
        if found is None:
            raise GoneError
        return found

    # ---- the list

    def search(self, session: Session, payload: Payload) -> Iterator[None]:
        self.view_of(session).search = payload.text("text").strip()
        yield

    def refresh(self, session: Session, payload: Payload) -> Iterator[None]:
        self.port(session).refresh(payload.text("ref"), user=session.user)
        yield

    def compare(self, session: Session, payload: Payload) -> Iterator[None]:
        """Overlap stands on the page; movement and difference are questions."""
        view, how = self.view_of(session), payload.text("how")
        view.chosen = names = payload.texts("name")
        view.overlaps = None
        view.settle()
        fault = _wrong_choice(names, how)
        if fault:
            view.complain("compare", told(fault, session.language, n=MOST_CHOSEN))
            yield
            return
        if how == "flow":
            yield from _ask(session, SegmentFlow(segments=names), "asked_flow", names="、".join(names))
        elif how == "apart":
            first, second = (_members(name) for name in names)
            yield from _ask(session, Apart(first=first, second=second), "asked_apart", a=names[0], b=names[1])
        else:
            try:
                view.overlaps = self.port(session).overlap(names, user=session.user)
            except UserError as error:
                view.complain("compare", error.message.in_(session.language))
            yield

    def close_overlap(self, session: Session, _: Payload) -> Iterator[None]:
        self.view_of(session).overlaps = None
        yield

    def both(self, session: Session, payload: Payload) -> Iterator[None]:
        first, second = payload.text("ref"), payload.text("text")
        step = ListPeople(Audience(where=And((InSegment(first), InSegment(second)))))
        return _ask(session, step, "in_both", a=first, b=second)

    # ---- one segment

    def show(self, session: Session, payload: Payload) -> Iterator[None]:
        port, view, name = self.port(session), self.view_of(session), payload.text("ref")
        if not any(row.name == name for row in port.rows(user=session.user)):
            raise GoneError
        _turn_to(view, name)
        view.search, view.chosen, view.overlaps = "", (), None
        yield from self._filled(session)

    def close(self, session: Session, _: Payload) -> Iterator[None]:
        _turn_to(self.view_of(session), "")
        yield

    def part(self, session: Session, payload: Payload) -> Iterator[None]:
        view = self.view_of(session)
        view.part = next((part for part in PARTS if part == payload.text("ref")), view.part)
        view.settle()
        yield from self._filled(session)

    def days(self, session: Session, payload: Payload) -> Iterator[None]:
        view, wanted = self.view_of(session), payload.number("ref")
        if wanted not in DAYS:
            raise GoneError
        view.days, view.first, view.last, view.changes = wanted, "", "", None
        yield from self._filled(session)

    def dates(self, session: Session, payload: Payload) -> Iterator[None]:
        view = self.view_of(session)
        view.first, view.last = payload.text("first"), payload.text("last")
        view.days, view.changes = 0, None
        yield from self._filled(session)

    def _filled(self, session: Session) -> Iterator[None]:
        """What the open part shows, worked out once; the page is drawn before, so that it is seen to be under way."""
        view, port = self.view_of(session), self.port(session)
        name, missing = view.opened, view.trend is None if view.part == "size" else view.changes is None
        if not name or view.part not in ("size", "people") or not missing:
            yield
            return
        view.busy = True
        view.settle()
        yield
        try:
            if view.part == "size":
                view.trend = port.trend(name, user=session.user)
            else:
                view.changes = port.changes(name, _period(view), user=session.user)
        except UserError as error:
            view.complain("changes", error.message.in_(session.language))
        finally:
            view.busy = False
        yield

    def ask_trend(self, session: Session, payload: Payload) -> Iterator[None]:
        name = payload.text("ref")
        return _ask(session, SegmentTrend(segments=(name,)), "asked_trend", name=name)

    def ask_change(self, session: Session, payload: Payload) -> Iterator[None]:
        name, time = payload.text("ref"), _period(self.view_of(session))
        if payload.text("text") == "left":
            return _ask(session, SegmentChange(segment=name, time=time, side="left"), "asked_left", name=name)
        return _ask(session, SegmentChange(segment=name, time=time, side="entered"), "asked_entered", name=name)

    def why(self, session: Session, payload: Payload) -> Iterator[None]:
        name, key = payload.text("ref"), payload.text("key").strip()
        if not key:
            self.view_of(session).complain("why", told("why_needed", session.language))
            yield
            return
        yield from _ask(session, WhyMember(key=key, audience=_members(name)), "asked_why", customer=key, name=name)

    def campaign(self, session: Session, payload: Payload) -> Iterator[None]:
        """A draft under Ask, with all that it would do; nothing is sent."""
        name = payload.text("ref")
        return _ask(session, StartCampaign(audience=_members(name)), "asked_campaign", name=name)

    # ---- changing one

    def arrange(self, session: Session, payload: Payload) -> Iterator[None]:
        typed = {key: payload.text(key) for key in ("folder", "rhythm", "sharing", "with", "at_least", "at_most")}

        def work(port: LivingPort) -> str:
            port.arrange(payload.text("ref"), _arrangement(typed), user=session.user)
            return told("arranged", session.language)

        return self._changed(session, "arrange", typed, work)

    def freeze(self, session: Session, payload: Payload) -> Iterator[None]:
        typed = {"name": payload.text("name").strip()}

        def work(port: LivingPort) -> str:
            if not typed["name"]:
                raise InvalidPlanError(asked("name_needed"))
            made = port.freeze(typed["name"], _members(payload.text("ref")), user=session.user)
            return told("frozen", session.language, name=made.name)

        return self._changed(session, "freeze", typed, work)

    def into(self, session: Session, payload: Payload) -> Iterator[None]:
        def work(port: LivingPort) -> str:
            name, other = payload.text("ref"), payload.text("other")
            into = next((one for one in Into if one.value == payload.text("into")), None)
            if into is None:
                raise GoneError
            changed = port.save_into(name, _members(other), into, user=session.user)
            return told("into_done", session.language, name=changed.name)

        return self._changed(session, "into", {}, work)

    def _changed(
        self, session: Session, at: Place, typed: dict[str, str], work: Callable[[LivingPort], str]
    ) -> Iterator[None]:
        """Do it and say so; what is wrong stands at the form, with what was typed."""
        view = self.view_of(session)
        try:
            said = work(self.port(session))
        except UserError as error:
            view.complain(at, error.message.in_(session.language), **typed)
        else:
            view.settle()
            view.trend = view.changes = None
            session.notify(said)
        yield


def _turn_to(view: SegmentsView, name: str) -> None:
    view.opened, view.part, view.trend, view.changes, view.importing = name, "size", None, None, None
    view.days, view.first, view.last, view.busy = DAYS[0], "", "", False
    view.settle()


def _ask(session: Session, step: Step, question: str, /, **values: object) -> Iterator[None]:
    """A plan as a question, so that everything that can be done with an answer can be done with it."""
    session.page = "ask"
    return run_plan(session, Plan((step,)), asked(question, **values), session.language)


def _members(name: str) -> Audience:
    return Audience(where=InSegment(name))


def _wrong_choice(names: tuple[str, ...], how: str) -> str:
    """The words for what is wrong with a choice; empty when nothing is."""
    if how == "apart" and len(names) != 2:  # the one and the other
        return "need_just_two"
    if len(names) < 2:  # nothing to compare
        return "need_two"
    return "most_chosen" if len(names) > MOST_CHOSEN else ""


def _period(view: SegmentsView) -> TimeRange:
    """The days that are chosen; raises `InvalidPlanError` for what is no date."""
    if view.days:
        return Rolling(view.days, Grain.DAY)
    try:
        first, last = date.fromisoformat(view.first), date.fromisoformat(view.last)
    except ValueError:
        raise InvalidPlanError(asked("day_form")) from None
    return Span(first, last)


def _arrangement(typed: Mapping[str, str]) -> Arrangement:
    sharing: Sharing | None = next((one for one in get_args(Sharing) if one == typed["sharing"]), None)
    if sharing is None:
        raise GoneError
    people = tuple(name.strip() for name in re.split(r"[,，、;；\n]", typed["with"]) if name.strip())
    return Arrangement(
        folder=typed["folder"],
        sharing=sharing,
        shared_with=people if sharing == "named" else (),
        rhythm=next((one for one in Rhythm if one.value == typed["rhythm"]), Rhythm.MANUAL),
        at_least=_bound(typed["at_least"]),
        at_most=_bound(typed["at_most"]),
    )


def _bound(text: str) -> int | None:
    plain = re.sub(r"[\s,，]", "", text)
    if not plain:
        return None
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 12):  # digits of any real size
        raise InvalidPlanError(asked("bound_form"))
    return int(plain)
