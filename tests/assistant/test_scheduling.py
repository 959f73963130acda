"""Jobs run at their times, one fault does not end the others, and a stopped schedule starts nothing."""

from __future__ import annotations

import threading
from datetime import UTC

from assistant.scheduling import At, BackgroundSchedule, Every, Job, ScheduleByHand


def test_a_fault_in_one_job_does_not_end_another() -> None:
    ran, again = threading.Event(), threading.Event()

    def works() -> None:
        (again if ran.is_set() else ran).set()

    def fails() -> None:
        raise RuntimeError("bug")

    schedule = BackgroundSchedule(UTC)
    schedule.start(
        (
            Job(name="fails", when=Every(1 / 60), run=fails),
            Job(name="works", when=Every(1 / 60), run=works),
            Job(name="monthly", when=At(hour=3, day=1), run=works),
        )
    )
    try:
        assert ran.wait(10)
        assert again.wait(10)
        monthly = schedule.next_times()["monthly"]
        assert (monthly.day, monthly.hour, monthly.minute) == (1, 3, 0)
    finally:
        schedule.stop()
    assert schedule.next_times() == {}


def test_the_fake_runs_what_it_is_told() -> None:
    done: list[str] = []
    schedule = ScheduleByHand()
    schedule.start((Job(name="tags", when=At(hour=2), run=lambda: done.append("tags")),))
    schedule.run("tags")
    assert done == ["tags"]
