"""Traces arrive at a collector with times and kinds and nothing else; one that is down, slow or refuses harms nobody."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from opentelemetry import trace

from assistant.observability.audit import Asked, audit_in_memory
from assistant.observability.events import (
    Exported,
    NobodyWatches,
    QuestionAsked,
    QuestionRead,
    QuestionReplied,
    Watching,
    events_of,
)
from assistant.observability.observed import ObservedAudit, observer_at
from assistant.observability.traces import Traces, address_of
from semantic_layer.errors import DataError
from tests.assistant.observability.collector import Collector
from tests.assistant.observability.test_audit import PROOF

ROOT = Path(__file__).resolve().parents[3]
ASKED = Asked(
    id="q1",
    who="canary-ana",
    at=datetime(2026, 11, 1, 8, 0, 1, tzinfo=UTC),
    data_set="retail",
    question="canary-question 上海有多少客户？",
    outcome="answer",
    plan='{"canary-plan": 1}',
    sql=("SELECT 'canary-sql'",),
    rows=12,
    milliseconds=1000.0,
    roles=("canary-role",),
    conversation="canary-conversation",
    unexplained=("canary-word",),
    understood_by="model small",
    tokens=120.0,
    cost=0.25,
    currency="CNY",
    via="slack",
    interpret_ms=600.0,
    compile_ms=100.0,
    run_ms=200.0,
)


@pytest.fixture
def collector() -> Iterator[Collector]:
    running = Collector()
    yield running
    running.close()


def sent(collector: Collector, *asked: Asked) -> None:
    traces = Traces(collector.url)
    audit = ObservedAudit(audit_in_memory(), traces)
    for one in asked:
        audit.record(one)
    audit.write(PROOF)
    traces.close()


def test_a_question_is_a_trace_of_its_stages(collector: Collector) -> None:
    sent(collector, ASKED)
    assert set(collector.paths) == {"/v1/traces"}
    spans = {span.name: span for span in collector.spans}
    assert set(spans) == {"question", "understand", "compile", "run", "answer", "export"}
    question = spans["question"]
    begin = int(datetime(2026, 11, 1, 8, tzinfo=UTC).timestamp()) * 10**9
    took = {name: (s.start_time_unix_nano - begin, s.end_time_unix_nano - begin) for name, s in spans.items()}
    ms = 10**6
    assert took["question"] == (0, 1000 * ms)
    assert took["understand"] == (0, 600 * ms)
    assert took["compile"] == (600 * ms, 700 * ms)
    assert took["run"] == (700 * ms, 900 * ms)
    assert took["answer"] == (900 * ms, 1000 * ms)
    for name in ("understand", "compile", "run", "answer"):
        assert spans[name].trace_id == question.trace_id
        assert spans[name].parent_span_id == question.span_id
    assert spans["export"].trace_id != question.trace_id


def test_attributes_are_kinds_and_amounts(collector: Collector) -> None:
    sent(collector, ASKED)
    (question,) = [span for span in collector.spans if span.name == "question"]
    told = {a.key: a.value.string_value or a.value.double_value for a in question.attributes}
    assert told == {
        "qunxiang.data_set": "retail",
        "qunxiang.via": "slack",
        "qunxiang.outcome": "answer",
        "qunxiang.understood_by": "model small",
        "qunxiang.tokens": 120.0,
        "qunxiang.cost": 0.25,
        "qunxiang.currency": "CNY",
    }


def test_no_word_and_no_value_leaves(collector: Collector) -> None:
    sent(collector, ASKED, replace(ASKED, id="q2", outcome="error"))
    everything = b"".join(collector.raw)
    assert b"question" in everything
    for canary in (b"canary", "上海".encode(), b"SELECT", b"ana", PROOF.file_name.encode(), PROOF.sha256.encode()):
        assert canary not in everything


def test_an_error_is_marked(collector: Collector) -> None:
    sent(collector, replace(ASKED, outcome="error"), replace(ASKED, id="q2", outcome="refusal", refused="not_yet"))
    status = [span.status.code for span in collector.spans if span.name == "question"]
    assert status == [2, 0]  # STATUS_CODE_ERROR, STATUS_CODE_UNSET


def test_the_provider_of_the_process_is_left_alone(collector: Collector) -> None:
    before = trace.get_tracer_provider()
    sent(collector, ASKED)
    assert trace.get_tracer_provider() is before


def ours(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What we log. The capture also sees what the library logs, which a process without a handler for it never shows."""
    return [record.getMessage() for record in caplog.records if record.name.startswith("assistant.")]


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def test_a_collector_that_is_down_breaks_nothing_and_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    traces = Traces(f"http://127.0.0.1:{free_port()}", delay_ms=10)
    audit = ObservedAudit(audit_in_memory(), traces)
    with caplog.at_level(logging.WARNING):
        for number in range(30):
            audit.record(replace(ASKED, id=f"q{number}"))
        traces.close()
    assert len(audit.questions()) == 30
    assert ours(caplog) == ["The OpenTelemetry collector does not take traces; questions go on, traces are lost."]


def test_a_collector_that_comes_back_is_used_again(collector: Collector, caplog: pytest.LogCaptureFixture) -> None:
    collector.answers = 400
    traces = Traces(collector.url, delay_ms=10)
    with caplog.at_level(logging.WARNING):
        traces.observe(events_of(ASKED))
        traces._provider.force_flush()
        collector.answers = 200
        traces.observe(events_of(replace(ASKED, id="q2")))
        traces._provider.force_flush()
    traces.close()
    assert [said.split("collector ")[1][:9] for said in ours(caplog)] == ["does not ", "takes tra"]


def test_nobody_waits_for_a_collector_that_hangs(collector: Collector) -> None:
    """While it hangs, more questions are observed than the queue holds: all return, the oldest are forgotten."""
    collector.let_go.clear()
    traces = Traces(collector.url, delay_ms=1)
    done = threading.Event()

    def ask() -> None:
        for number in range(1200):
            traces.observe(events_of(replace(ASKED, id=f"q{number}")))
        done.set()

    threading.Thread(target=ask, daemon=True).start()
    assert done.wait(30)
    assert collector.raw == []  # nothing was let through meanwhile
    collector.let_go.set()
    traces.close()


def test_nothing_is_printed_and_the_process_ends(tmp_path: Path) -> None:
    code = f"""
from assistant.observability.traces import Traces
from assistant.observability.events import events_of
from tests.assistant.observability.test_traces import ASKED
traces = Traces("http://127.0.0.1:{free_port()}", delay_ms=1)
traces.observe(events_of(ASKED))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == ""
    assert done.stderr.strip() in {
        "",
        "The OpenTelemetry collector does not take traces; questions go on, traces are lost.",
    }


def test_nothing_is_sent_without_an_address() -> None:
    assert isinstance(observer_at(" "), NobodyWatches)


def test_what_is_no_address_is_told() -> None:
    with pytest.raises(DataError, match="such as http"):
        observer_at("collector:4318")


@pytest.mark.parametrize(
    "url", ["http://c:4318", "http://c:4318/", "http://c:4318/v1/traces", " http://c:4318/v1/traces/ "]
)
def test_base_and_whole_addresses_mean_the_same(url: str) -> None:
    assert address_of(url) == "http://c:4318/v1/traces"


def test_events_come_after_the_entry_was_kept() -> None:
    watching = Watching()
    audit = ObservedAudit(audit_in_memory(), watching)
    audit.record(ASKED)
    audit.write(PROOF)
    asked, read, replied, exported = watching.seen
    assert isinstance(asked, QuestionAsked)
    assert asked == QuestionAsked(id="q1", at=datetime(2026, 11, 1, 8, tzinfo=UTC), data_set="retail", via="slack")
    assert isinstance(read, QuestionRead)
    assert (read.by, read.milliseconds, read.tokens, read.cost, read.currency) == (
        "model small", 600.0, 120.0, 0.25, "CNY",
    )  # fmt: skip
    assert isinstance(replied, QuestionReplied)
    assert (replied.outcome, replied.compile_ms, replied.run_ms) == ("answer", 100.0, 200.0)
    assert exported == Exported(id="e1", at=PROOF.at, data_set="retail", what="people", format="xlsx")
    assert audit.verify().entries == 2
    assert audit.questions() == (ASKED,)
    assert audit.proofs() == (PROOF,)
