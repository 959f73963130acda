"""Takes deliveries: each once, quickly, and into a bounded queue; what it acknowledges is remembered before."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from assistant.channels.slack.api import SlackRefusedError
from assistant.channels.slack.asking import Asking
from assistant.channels.slack.blocks import Block, Json
from assistant.channels.slack.desk import Desk
from assistant.channels.slack.intake import Delivery, read
from assistant.channels.slack.lanes import Lanes
from assistant.channels.slack.ordering import Ordering, is_question, job_of
from assistant.channels.slack.pressing import HELD, Pressing
from assistant.channels.slack.values import Form, Home, Job, Lost, Order, Press
from assistant.channels.slack.words import fill
from assistant.interpreters.language import language_of

LOG: Final = logging.getLogger(__name__)
WORKERS: Final = 4
MOST_JOBS: Final = 60
QUICK_WORKERS: Final = 6  # some of them compute
MOST_QUICK: Final = 200
TIDY_EVERY: Final = timedelta(hours=6)


class Counter:
    """Where deliveries come in. `on_lost` hears that the app was removed."""

    def __init__(self, desk: Desk, *, on_lost: Callable[[str], None]) -> None:
        self._desk = desk
        self._on_lost = on_lost
        self._asking = Asking(desk)
        self._pressing = Pressing(desk, self._asking)
        self._ordering = Ordering(desk, self._asking)
        self._questions = Lanes("slack-question", workers=WORKERS, most=MOST_JOBS)
        self._tidied = desk.clock()
        self._quick = Lanes("slack-quick", workers=QUICK_WORKERS, most=MOST_QUICK)

    def start(self) -> None:
        """Be ready to take deliveries."""
        self._quick.start()
        self._questions.start()

    def resume(self, opened: datetime) -> None:
        """Go on with what an earlier process left when this one `opened` its door, and forget what is too old."""
        self._tidied = opened
        self._desk.store.tidy(now=opened)
        for left in self._desk.store.resume(before=opened):
            self._ask(Job.unpacked(left.job, left.message))

    def stop(self, seconds: float) -> None:
        self._desk.running.close()
        self._questions.stop(seconds)
        self._quick.stop(seconds)

    def take(self, body: Mapping[str, Json]) -> str:
        """Act on what Slack delivered; what to answer at once, as JSON, or nothing. Raises `DataError`: deliver it again."""
        delivery = read(body, self._desk.us)
        if delivery is None:
            return ""
        job, now = self._job(delivery), self._desk.clock()
        if not self._desk.store.take(delivery.keys, job.packed() if job is not None else "", at=now):
            return ""
        if now - self._tidied > TIDY_EVERY:
            self._tidied = now
            self._soon(lambda: self._desk.store.tidy(now=now))
        if job is not None:
            self._ask(job)
            return ""
        return self._act(delivery)

    def _job(self, delivery: Delivery) -> Job | None:
        """The question in a delivery, if it is one."""
        match delivery.content:
            case Job() as job:
                return job
            case Order() as order:
                return job_of(order) if is_question(order) else None
            case Press() as press:
                return self._pressed_job(press)
            case Form() | Home() | Lost():
                return None
            case unreachable:
                assert_never(unreachable)

    def _pressed_job(self, press: Press) -> Job | None:
        """A plan or a sample behind a button."""
        act = press.act.partition(":")[0]
        if act not in ("run", "pick", "sample"):
            return None
        direct = press.place.direct
        thread = press.place.thread or ("" if direct else press.message)
        place = replace(press.place, thread=thread)
        if act == "sample":
            return Job(key=press.key, place=place, user=press.user, text=press.value, quoted=True, follows=True)
        return Job(key=press.key, place=place, user=press.user, offer=press.value or ":", follows=True)

    def _ask(self, job: Job) -> None:
        cancel = self._desk.running.begin(job.key, job.user)
        lane = f"{job.place.channel or job.user}:{job.place.thread or ('' if job.place.direct else job.key)}"
        ahead = self._questions.submit(lane, lambda: self._asking.run(job, cancel))
        if ahead is None:
            self._desk.running.end(job.key)
            self._desk.store.done(job.key)
            self._soon(lambda: self._tell(job, "busy"))
        elif ahead == 1:
            self._soon(lambda: self._tell(job, "waiting_one"))
        elif ahead > 1:
            self._soon(lambda: self._tell(job, "waiting", ahead))

    def _tell(self, job: Job, key: str, n: int = 0) -> None:
        self._asking.tell(job.place, job.user, fill(key, n=n), language_of(job.text) if job.text else "zh")

    def _act(self, delivery: Delivery) -> str:
        match delivery.content:
            case Press() as press if press.act in HELD:
                self._soon(lambda: self._pressing.press(press))
            case Order() as order:
                self._soon(lambda: self._ordering.obey(order))
            case Home() as home:
                self._soon(lambda: self._home(home))
            case Lost(code=code):
                self._on_lost(code)
            case Form() as form:
                self._soon(lambda: self._pressing.send(form))
                return _replaced(self._pressing.waiting(form))
            case _:
                pass
        return ""

    def _home(self, home: Home) -> None:
        with contextlib.suppress(SlackRefusedError):
            self._ordering.home(home)

    def _soon(self, work: Callable[[], None]) -> None:
        if self._quick.submit(self._desk.new_id(), work) is None:
            LOG.warning("too much to do in Slack: a button or note was dropped")


def _replaced(view: Block) -> str:
    return json.dumps({"response_action": "update", "view": view}, ensure_ascii=False)
