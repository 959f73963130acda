"""What every destination keeps to. Each check takes a `Subject`: a destination, and a look at the place behind it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from tools.destinations.types import Destination, Fate, Message


@dataclass
class Subject:
    """`arrived` gives the ids that the place has, one entry for each time that a person would notice."""

    destination: Destination
    arrived: Callable[[], list[str]]
    message: Callable[[int], Message]
    refused: Message | None = None  # one that the place will never take
    go_away: Callable[[], None] | None = None  # makes the place unreachable
    secrets: tuple[str, ...] = field(default=())


def it_has_a_name_in_both_languages(subject: Subject) -> None:
    destination = subject.destination
    assert destination.name
    assert destination.label.zh
    assert destination.label.en
    assert destination.ability.batch >= 1
    assert destination.ability.at_once >= 1


def nothing_stands_in_the_way(subject: Subject) -> None:
    assert subject.destination.check() == ()
    assert subject.arrived() == []


def a_preview_sends_nothing_and_shows_no_address(subject: Subject) -> None:
    messages = [subject.message(1), subject.message(2)]
    shown = subject.destination.preview(messages)
    assert subject.arrived() == []
    assert shown.strip()
    for message in messages:
        assert message.address not in shown
    for secret in subject.secrets:
        assert secret not in shown


def each_message_gets_its_receipt_in_order(subject: Subject) -> None:
    messages = [subject.message(number) for number in (3, 1, 2)]
    receipts = subject.destination.send(messages)
    assert [one.id for one in receipts] == [one.id for one in messages]
    assert {one.fate for one in receipts} == {Fate.ACCEPTED}
    assert sorted(subject.arrived()) == sorted(one.id for one in messages)


def no_messages_are_no_trouble(subject: Subject) -> None:
    assert subject.destination.send([]) == ()
    assert subject.arrived() == []


def one_that_is_refused_takes_no_other_with_it(subject: Subject) -> None:
    if subject.refused is None:
        return
    messages = [subject.message(1), subject.refused, subject.message(2)]
    receipts = subject.destination.send(messages)
    assert [one.fate for one in receipts] == [Fate.ACCEPTED, Fate.REFUSED, Fate.ACCEPTED]
    why = receipts[1].why
    assert why.zh
    assert why.en
    assert subject.refused.id not in subject.arrived()


def who_remembers_takes_an_id_once(subject: Subject) -> None:
    if not subject.destination.ability.remembers:
        return
    first = subject.destination.send([subject.message(1), subject.message(2)])
    again = subject.destination.send([subject.message(1), subject.message(2), subject.message(3)])
    assert {one.fate for one in (*first, *again)} == {Fate.ACCEPTED}
    assert sorted(subject.arrived()) == sorted(subject.message(number).id for number in (1, 2, 3))


def a_place_that_is_away_raises_nothing(subject: Subject) -> None:
    if subject.go_away is None:
        return
    subject.destination.close()
    subject.go_away()
    receipts = subject.destination.send([subject.message(1)])
    assert [(one.fate, one.down) for one in receipts] == [(Fate.AGAIN, True)]
    problems = subject.destination.check()
    assert problems
    assert all(problem.zh and problem.en for problem in problems)
    assert subject.arrived() == []


def no_secret_is_told(subject: Subject) -> None:
    """Not in what is returned, and not in any log, however talkative."""
    logged: list[str] = []
    handler = logging.Handler()
    # The stand-in for a mail server runs in this process, and logs what it is told.
    handler.emit = lambda record: logged.append(record.getMessage() if record.name != "mail.log" else "")  # type: ignore[method-assign]
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        receipts = subject.destination.send([subject.message(1)])
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    told = "".join([repr(subject.destination), repr(receipts), repr(subject.destination.ability), *logged])
    for hidden in (*subject.secrets, subject.message(1).address):
        assert hidden not in told


def it_closes_as_often_as_one_likes(subject: Subject) -> None:
    subject.destination.close()
    subject.destination.send([subject.message(1)])
    subject.destination.close()
    subject.destination.close()


CHECKS = (
    it_has_a_name_in_both_languages,
    nothing_stands_in_the_way,
    a_preview_sends_nothing_and_shows_no_address,
    each_message_gets_its_receipt_in_order,
    no_messages_are_no_trouble,
    one_that_is_refused_takes_no_other_with_it,
    who_remembers_takes_an_id_once,
    a_place_that_is_away_raises_nothing,
    no_secret_is_told,
    it_closes_as_often_as_one_likes,
)
