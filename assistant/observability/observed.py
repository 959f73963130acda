"""An audit store that others watch: the one place where events come from."""

from __future__ import annotations

from assistant.observability.audit import Asked, AuditStore
from assistant.observability.events import NobodyWatches, Observer, event_of, events_of
from semantic_layer.errors import DataError, Text
from tools.export.proof import Proof
from tools.ledger import Verdict


class ObservedAudit:
    """An `AuditStore` that tells `observer` of what was kept, after it was kept."""

    def __init__(self, store: AuditStore, observer: Observer) -> None:
        self._store = store
        self._observer = observer

    def record(self, asked: Asked) -> None:
        self._store.record(asked)
        self._observer.observe(events_of(asked))

    def questions(self, *, who: str | None = None, limit: int | None = None) -> tuple[Asked, ...]:
        return self._store.questions(who=who, limit=limit)

    def write(self, proof: Proof) -> None:
        self._store.write(proof)
        self._observer.observe((event_of(proof),))

    def proofs(self, *, limit: int | None = None) -> tuple[Proof, ...]:
        return self._store.proofs(limit=limit)

    def verify(self) -> Verdict:
        return self._store.verify()


def observer_at(url: str) -> Observer:
    """Who watches, by the setting `otel_url`; raises `DataError` for what is no address over HTTP."""
    if not url.strip():
        return NobodyWatches()
    if not url.strip().startswith(("http://", "https://")):
        raise DataError(
            Text(
                f"QUNXIANG_OTEL_URL「{url}」不是 HTTP 地址，应像 http://127.0.0.1:4318。",
                f"QUNXIANG_OTEL_URL {url!r} is not an address over HTTP such as http://127.0.0.1:4318.",
            )
        )
    from assistant.observability.traces import Traces  # noqa: PLC0415  # half a second that few installations need

    return Traces(url)
