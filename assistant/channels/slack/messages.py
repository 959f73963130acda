"""A reply as a message of Slack, and the plans that stand behind its buttons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, assert_never

from assistant.answer import Answer, Chip, Clarification, Refusal, Reply, Section
from assistant.channels.slack import blocks as kit
from assistant.channels.slack.blocks import Block, Choice, Message
from assistant.channels.slack.values import Offer
from assistant.channels.slack.words import say
from assistant.interpreters.base import Note, NoteKind
from semantic_layer.errors import Language
from semantic_layer.table import Table

FOLLOW_UPS: Final = 3
MOST_CHIPS: Final = 10
MOST_OPTIONS: Final = 20
SECTIONS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a message says around a reply. `kept` names the reply behind the buttons; `quoted` repeats a question that nobody has seen.

    `direct` is for the asker alone: only there people are listed and files can be had.
    """

    kept: str
    as_of: date
    currency: str
    direct: bool
    base_url: str = ""
    quoted: str = ""
    about_people: bool = False  # can be saved as a segment
    tail: tuple[Block, ...] = ()


class Offers:
    """The plans behind the buttons of one message, numbered as they are drawn."""

    def __init__(self, kept: str) -> None:
        self._kept = kept
        self.made: list[Offer] = []

    def add(self, offer: Offer) -> str:
        """The value of the button that stands for it."""
        self.made.append(offer)
        return f"{self._kept}:{len(self.made) - 1}"


def compose(reply: Reply, frame: Frame) -> tuple[Message, tuple[Offer, ...]]:
    """The message, at most as long as Slack takes, and its offers in the order of their numbers."""
    offers = Offers(frame.kept)
    quoted = [kit.context(frame.quoted)] if frame.quoted else []
    head = [*quoted, *_notes(reply)]
    body = list(_body(reply, frame, offers))
    foot = [*_footer(reply, frame), *frame.tail]
    room = kit.BLOCKS - len(head) - len(foot)
    if len(body) > room:
        body = [*body[: room - 1], kit.context(say(reply.language, "cut"))]
    return kit.message(_in_short(reply), [*head, *body, *foot]), tuple(offers.made)


def _in_short(reply: Reply) -> str:
    match reply:
        case Answer():
            return reply.text
        case Clarification():
            return reply.question
        case Refusal():
            return reply.reason
        case _:
            assert_never(reply)


def _notes(reply: Reply) -> Iterator[Block]:
    """What was left unused comes first, then how words were read."""
    language = reply.language
    unused = [note.words for note in reply.notes if note.kind is NoteKind.UNUSED]
    comma = say(language, "comma")
    if unused:
        yield kit.section(f"⚠ {say(language, 'not_used')}{comma.join(unused)}")
    if isinstance(reply, Clarification) and reply.unexplained:
        yield kit.section(f"⚠ {say(language, 'not_understood')}{comma.join(reply.unexplained)}")
    rest = [_note(note, language) for note in reply.notes if note.kind is not NoteKind.UNUSED]
    if rest:
        yield kit.context(*rest)


def _note(note: Note, language: Language) -> str:
    meaning = note.meaning.in_(language)
    if not note.words:
        return meaning
    key = "read_as" if note.kind is NoteKind.UNDERSTOOD_AS else "by_default"
    return say(language, key, words=note.words, meaning=meaning)


def _body(reply: Reply, frame: Frame, offers: Offers) -> Iterator[Block]:
    match reply:
        case Answer():
            yield from _answer(reply, frame, offers)
        case Clarification():
            yield kit.section(reply.question)
            yield from _options(reply, offers)
            yield from _suggestions(reply.suggestions, reply.language)
        case Refusal():
            yield kit.section(reply.reason)
            yield from _suggestions(reply.suggestions, reply.language)
        case _:
            assert_never(reply)


def _options(reply: Clarification, offers: Offers) -> Iterator[Block]:
    shown = reply.options[:MOST_OPTIONS]
    buttons = [
        kit.button(f"{option.label} · {option.count}", f"run:{index}", offers.add(Offer(option.label, option.plan)))
        for index, option in enumerate(shown)
    ]
    yield from kit.actions(buttons)
    if len(reply.options) > len(shown):
        yield kit.context(say(reply.language, "more_buttons", n=len(reply.options) - len(shown)))
    if buttons:
        yield kit.context(say(reply.language, "choose"))


def _suggestions(suggestions: tuple[str, ...], language: Language) -> Iterator[Block]:
    if suggestions:
        yield kit.context(say(language, "suggestions"))
        yield from kit.actions(samples(suggestions))


def samples(questions: tuple[str, ...]) -> list[Block]:
    """Questions as buttons; pressing one asks it."""
    return [kit.button(text, f"sample:{index}", kit.cut(text, 1900)) for index, text in enumerate(questions[:5])]


def _answer(answer: Answer, frame: Frame, offers: Offers) -> Iterator[Block]:
    if answer.headline is not None and answer.headline.value:
        head = answer.headline
        change = f" · {head.change}" if head.change else ""
        yield kit.header(f"{head.value} {head.label}{change}".strip())
    yield kit.section(answer.text)
    yield from _chips(answer.chips, answer.language, offers)
    yield from _emptied(answer, offers)
    yield from _steps(answer)
    yield from _tables(answer, frame)
    for section in answer.sections[:SECTIONS]:
        yield from _section(section, answer.language)
    yield from _next(answer, offers)
    yield from kit.actions(_buttons(answer, frame))


def _chips(chips: tuple[Chip, ...], language: Language, offers: Offers) -> Iterator[Block]:
    """A menu for a chip that can be changed, a button for one that can only be taken away; the rest in words."""
    fixed = [chip.label for chip in chips if chip.removed is None and not chip.options]
    if fixed:
        yield kit.context(say(language, "conditions", what=say(language, "comma").join(fixed)))
    changeable = [chip for chip in chips if chip.removed is not None or chip.options]
    drawn = [_chip(chip, index, language, offers) for index, chip in enumerate(changeable[:MOST_CHIPS])]
    yield from kit.actions(drawn)
    if len(changeable) > MOST_CHIPS:
        rest = say(language, "comma").join(chip.label for chip in changeable[MOST_CHIPS:])
        yield kit.context(say(language, "conditions", what=rest))


def _chip(chip: Chip, index: int, language: Language, offers: Offers) -> Block:
    removed = None if chip.removed is None else Offer(say(language, "removed", what=chip.label), chip.removed)
    if not chip.options and removed is not None:
        return kit.button(f"{chip.label} ✕", f"run:{index}", offers.add(removed))
    choices = [Choice(option.label, offers.add(Offer(option.label, option.plan))) for option in chip.options[:50]]
    if removed is not None:
        choices.insert(0, Choice(f"✕ {say(language, 'remove', what=chip.label)}", offers.add(removed)))
    return kit.menu(chip.label, f"pick:{index}", choices)


def _emptied(answer: Answer, offers: Offers) -> Iterator[Block]:
    if not answer.emptied_by:
        return
    language = answer.language
    yield kit.section(say(language, "emptied", what=answer.emptied_by))
    yield from kit.actions(
        [
            kit.button(
                say(language, "people_count", what=one.label, n=f"{one.count:,}"),
                f"run:relax-{index}",
                offers.add(Offer(one.label, one.plan)),
            )
            for index, one in enumerate(answer.relaxations[:5])
        ]
    )


def _steps(answer: Answer) -> Iterator[Block]:
    if len(answer.waterfall) > 1:
        said = " → ".join(f"{step.label} {step.count:,}" for step in answer.waterfall)
        yield kit.context(say(answer.language, "steps", what=said))
    if answer.profile is not None and answer.profile.findings:
        yield kit.section("\n".join(f"• {one.in_(answer.language)}" for one in answer.profile.findings[:3]))


def _tables(answer: Answer, frame: Frame) -> Iterator[Block]:
    """Slack takes one table a message: the numbers, else the people."""
    if answer.table is not None and answer.table.rows:
        yield from _table(answer.table, "first_rows", answer.language, frame)
    elif frame.direct and answer.people is not None and answer.people.rows:
        yield from _table(answer.people, "first_people", answer.language, frame)


def _table(table: Table, note: str, language: Language, frame: Frame) -> Iterator[Block]:
    yield kit.table(table, language, frame.currency)
    shown, total = min(len(table.rows), kit.ROWS), max(len(table.rows), table.total_rows or 0)
    if total > shown:
        yield kit.context(say(language, note, shown=shown, total=f"{total:,}"))
    if len(table.columns) > kit.COLUMNS:
        yield kit.context(say(language, "first_columns", shown=kit.COLUMNS, total=len(table.columns)))


def _section(section: Section, language: Language) -> Iterator[Block]:
    lines = [f"{name}：{value}" if language == "zh" else f"{name}: {value}" for name, value in section.lines]
    if section.table is not None:
        lines += [" | ".join(str(cell) for cell in row) for row in section.table.rows[: kit.ROWS]]
    yield kit.section("\n".join([f"▪ {section.title}", *lines]))


def _next(answer: Answer, offers: Offers) -> Iterator[Block]:
    buttons = [
        kit.button(one.label, f"run:next-{index}", offers.add(Offer(one.label, one.plan)))
        for index, one in enumerate(answer.follow_ups[:FOLLOW_UPS])
    ]
    if buttons:
        yield kit.context(say(answer.language, "follow_ups"))
        yield from kit.actions(buttons)


def _buttons(answer: Answer, frame: Frame) -> list[Block]:
    language, kept = answer.language, frame.kept
    made = [kit.button(say(language, "how"), "how", kept)]
    if frame.about_people:
        made.append(kit.button(say(language, "save"), "save", kept))
    if frame.direct and (frame.about_people or answer.table is not None):
        made.append(kit.button(say(language, "export"), "export", kept))
    if frame.base_url:
        made.append(kit.button(say(language, "open"), "open", url=frame.base_url))
    made.append(kit.button(say(language, "good"), "good", kept))
    made.append(kit.button(say(language, "bad"), "bad", kept))
    return made


def _footer(reply: Reply, frame: Frame) -> Iterator[Block]:
    language = reply.language
    as_of = reply.as_of if isinstance(reply, Answer) and reply.as_of is not None else frame.as_of
    facts = [reply.understood_by.in_(language), say(language, "as_of", date=as_of.isoformat())]
    if reply.timing.total:
        facts.append(say(language, "took", n=f"{reply.timing.total / 1000:.1f}"))
    yield kit.context(" · ".join(facts))


def working(language: Language, said: str, key: str) -> Message:
    """A question is being worked on; whoever asked may stop it."""
    stop = kit.button(say(language, "stop"), "stop", key)
    return kit.message(said, [kit.context(said), *kit.actions([stop])])


def notice(said: str) -> Message:
    """A few plain words."""
    return kit.message(said, [kit.section(said)])


def sent_privately(language: Language, key: str, user: str, why: str) -> Block:
    """A line for all to see: who got the rest, and why it is not here."""
    return kit.mention(say(language, key), user, say(language, "after_name", why=why))


def with_tail(frame: Frame, *tail: Block) -> Frame:
    return replace(frame, tail=(*frame.tail, *tail))
