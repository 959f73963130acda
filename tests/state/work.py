"""The load of the durability test, in a process of its own: people save, say and ask, and each is told when it is kept.

Run as `python -m tests.state.work`; each line on its input is the address of a database and a number that makes ids its own.
A fork then works until it is killed, so that imports are paid once. A line `<what> <id>` on its output means that the store
had returned. `WORK` is where further doors, such as HTTP, are added.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Final

from assistant.memory.sql_store import SqlFeedbackStore
from assistant.memory.types import Feedback, FeedbackKind
from assistant.observability.audit import Asked, sql_audit
from semantic_layer.errors import DataError
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience
from tools.segments import SavedSegments, SqlSegmentStore
from tools.storage import Storage, open_storage

AT: Final = datetime(2026, 11, 1, 8, tzinfo=UTC)
AUDIENCE: Final = Audience(where=Compare("customer.city", "=", "上海"))


def save(storage: Storage, own: str) -> None:
    saved = SavedSegments(SqlSegmentStore(storage), "retail", clock=lambda: AT, new_id=lambda: own)
    saved.save(own, AUDIENCE, by="ana", count=1)


def say(storage: Storage, own: str) -> None:
    said = Feedback(
        id=own,
        at=AT,
        who="ana",
        data_set="retail",
        kind=FeedbackKind.THUMB,
        answer=own,
        question=f"问题 {own}",
        language="zh",
        plan="{}",
        good=True,
        understood_by="rules",
    )
    SqlFeedbackStore(storage).write(said, None)


def ask(storage: Storage, own: str) -> None:
    sql_audit(storage).record(
        Asked(id=own, who="ana", at=AT, data_set="retail", question=f"问题 {own}", outcome="answer")
    )


Act = Callable[[Storage, str], None]
WORK: Final[Mapping[str, Act]] = {"segment": save, "feedback": say, "audit": ask}


def kept(storage: Storage) -> dict[str, set[str]]:
    """What is in the database, by the same names."""
    return {
        "segment": {segment.id for segment in SqlSegmentStore(storage).load("retail")},
        "feedback": {said.id for said in SqlFeedbackStore(storage).feedback("retail")},
        "audit": {asked.id for asked in sql_audit(storage).questions()},
    }


def work(url: str, round_: str) -> None:
    """Until killed: two threads of each kind, sharing one engine as in the product."""
    storage = open_storage(url)

    def go_on(what: str, act: Act, thread: int) -> None:
        for number in count():
            own = f"{what[0]}{round_}-{thread}-{number}"
            try:
                act(storage, own)
            except DataError as error:
                os.write(2, f"{error}\n".encode())
                threading.Event().wait()  # nothing is acknowledged any more, and the worker waits to be killed
            os.write(1, f"{what} {own}\n".encode())  # one write, so that lines of threads do not mix

    workers = [
        threading.Thread(target=go_on, args=(what, act, thread)) for thread in range(2) for what, act in WORK.items()
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def main() -> None:
    for line in sys.stdin:
        url, round_ = line.split()
        child = os.fork()
        if child == 0:
            work(url, round_)
            os._exit(1)
        os.write(1, f"started {child}\n".encode())
        os.waitpid(child, 0)
        os.write(1, b"ended -\n")


if __name__ == "__main__":
    main()
