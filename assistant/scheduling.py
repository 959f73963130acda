"""Work at set times: refreshing tags, looking into watched folders, the monthly check, rows whose time is over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final, Protocol

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

_LOG: Final = logging.getLogger(__name__)
_LATE_SECONDS: Final = 3600  # a machine that slept still does what it missed within the hour


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again, `minutes` apart; the first time after that long."""

    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """At an hour of each day, or of one day of each month."""

    hour: int
    minute: int = 0
    day: int | None = None


When = Every | At


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to be done at its times, never twice at once. What it raises is logged and does not end the schedule."""

    name: str
    when: When
    run: Callable[[], None]


class Schedule(Protocol):
    """The seam to whatever keeps the time."""

    def start(self, jobs: tuple[Job, ...]) -> None: ...

    def next_times(self) -> dict[str, datetime]:
        """When each job runs next."""
        ...

    def stop(self) -> None:
        """Wait for what runs, then start nothing more."""
        ...


class BackgroundSchedule:
    """A `Schedule` in threads of this process."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self._zone = zone
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": _LATE_SECONDS}
        self._scheduler = BackgroundScheduler(timezone=zone, job_defaults=defaults)

    def start(self, jobs: tuple[Job, ...]) -> None:
        for job in jobs:
            self._scheduler.add_job(_guarded(job), self._trigger(job.when), id=job.name, replace_existing=True)
        self._scheduler.start()

    def next_times(self) -> dict[str, datetime]:
        return {job.id: job.next_run_time for job in self._scheduler.get_jobs() if job.next_run_time is not None}

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _trigger(self, when: When) -> IntervalTrigger | CronTrigger:
        match when:
            case Every():
                return IntervalTrigger(seconds=int(when.minutes * 60), timezone=self._zone)
            case At():
                return CronTrigger(hour=when.hour, minute=when.minute, day=when.day, timezone=self._zone)


class ScheduleByHand:
    """The fake: jobs run when a test says so."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}

    def start(self, jobs: tuple[Job, ...]) -> None:
        self.jobs = {job.name: job for job in jobs}

    def next_times(self) -> dict[str, datetime]:
        return {}

    def stop(self) -> None:
        self.jobs = {}

    def run(self, name: str) -> None:
        _guarded(self.jobs[name])()


def _guarded(job: Job) -> Callable[[], None]:
    def run() -> None:
        try:
            job.run()
        except Exception:  # noqa: BLE001  # one fault must not end the others; it is logged
            _LOG.exception("%s broke off", job.name)

    return run
