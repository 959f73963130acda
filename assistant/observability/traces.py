"""Events as traces for an OpenTelemetry collector: one trace a question, with the spans understand, compile, run and answer.

What leaves is listed in `_about`: kinds, names of the data set and of the model, times, tokens and cost. Words of a question
and values of the data cannot, since no event holds any. Sending happens in a thread of its own, from a queue that forgets
what it cannot hold, so that a collector that is slow or down is never noticed by a question.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Final, assert_never

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Status, StatusCode

from assistant.observability.events import Event, Exported, QuestionAsked, QuestionRead, QuestionReplied

_PATH: Final = "/v1/traces"
_SECONDS: Final = 3.0  # for one batch; also the most that a closing process waits for it
_QUEUE: Final = 4096  # spans, about eight hundred questions
_DELAY_MS: Final = 2000.0
_LIBRARY: Final = "opentelemetry"
_log: Final = logging.getLogger(__name__)

About = dict[str, str | float]


class Traces:
    """An `Observer` that sends to the collector at `url`, its base address or that of its traces."""

    def __init__(self, url: str, *, delay_ms: float = _DELAY_MS) -> None:
        _quiet()
        self._exporter = _Told(OTLPSpanExporter(endpoint=address_of(url), timeout=_SECONDS))
        # A provider of our own: what another library does with the one of the process is none of our business.
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,
            resource=Resource({"service.name": "qunxiang", "service.version": _version()}),
            span_limits=SpanLimits(max_attribute_length=200),
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                self._exporter,
                max_queue_size=_QUEUE,
                schedule_delay_millis=delay_ms,
                max_export_batch_size=512,
                export_timeout_millis=_SECONDS * 1000,
            )
        )
        self._tracer = self._provider.get_tracer("qunxiang")

    def observe(self, events: Sequence[Event]) -> None:
        asked: QuestionAsked | None = None
        read: QuestionRead | None = None
        for event in events:
            match event:
                case QuestionAsked():
                    asked = event
                case QuestionRead():
                    read = event
                case QuestionReplied():
                    if asked is not None and read is not None:
                        self._question(asked, read, event)
                case Exported():
                    self._export(event)
                case _:
                    assert_never(event)

    def close(self) -> None:
        self._provider.shutdown()

    def _question(self, asked: QuestionAsked, read: QuestionRead, replied: QuestionReplied) -> None:
        end = asked.at + timedelta(milliseconds=replied.milliseconds)
        compiled = read.at + timedelta(milliseconds=replied.compile_ms)
        ran = compiled + timedelta(milliseconds=replied.run_ms)
        whole = self._tracer.start_span(
            "question", context=Context(), start_time=_nanoseconds(asked.at), attributes=_about(asked, read, replied)
        )
        if replied.outcome == "error":
            whole.set_status(Status(StatusCode.ERROR))
        inside = trace.set_span_in_context(whole, Context())
        for name, begins, ends in (
            ("understand", asked.at, read.at),
            ("compile", read.at, compiled),
            ("run", compiled, ran),
            ("answer", ran, max(ran, end)),
        ):
            part = self._tracer.start_span(name, context=inside, start_time=_nanoseconds(begins))
            part.end(_nanoseconds(ends))
        whole.end(_nanoseconds(max(ran, end)))

    def _export(self, event: Exported) -> None:
        about: About = {
            "qunxiang.data_set": event.data_set,
            "qunxiang.export.what": event.what,
            "qunxiang.export.format": event.format,
        }
        at = _nanoseconds(event.at)
        self._tracer.start_span("export", context=Context(), start_time=at, attributes=about).end(at)


class _Told(SpanExporter):
    """Says once in the log when the collector stops taking what it is sent, and once when it takes it again."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self._fails = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._inner.export(spans)
        fails = result is not SpanExportResult.SUCCESS
        if fails and not self._fails:
            _log.warning("The OpenTelemetry collector does not take traces; questions go on, traces are lost.")
        if self._fails and not fails:
            _log.warning("The OpenTelemetry collector takes traces again.")
        self._fails = fails
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


def address_of(url: str) -> str:
    """Where traces go at a collector, whose base address or whole address was given."""
    base = url.strip().rstrip("/")
    return base if base.endswith(_PATH) else base + _PATH


def _about(asked: QuestionAsked, read: QuestionRead, replied: QuestionReplied) -> About:
    about: About = {
        "qunxiang.data_set": asked.data_set,
        "qunxiang.via": asked.via,
        "qunxiang.outcome": replied.outcome,
        "qunxiang.refused": replied.refused,
        "qunxiang.understood_by": read.by,
    }
    if read.tokens:
        about |= {"qunxiang.tokens": read.tokens, "qunxiang.cost": read.cost, "qunxiang.currency": read.currency}
    return {name: value for name, value in about.items() if value != ""}


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1000


def _quiet() -> None:
    """The library logs every batch that fails, and Python prints such lines where nobody set up logging. We say it once."""
    library = logging.getLogger(_LIBRARY)
    if not any(isinstance(handler, logging.NullHandler) for handler in library.handlers):
        library.addHandler(logging.NullHandler())
    library.propagate = False


def _version() -> str:
    try:
        return version("qunxiang")
    except PackageNotFoundError:
        return "0"
