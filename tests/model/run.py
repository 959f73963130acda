"""Asks the questions that the rules alone do not answer, of an assistant with or without a language model, and scores it.

python -m tests.model.run [--url URL] [--model NAME] [--mode full] [--limit N] [--output build/model.json]

Prints a table and writes the figures as JSON, with a line a question beside them (.jsonl). Settings come from the
environment, as always; those it leaves open are the ones of the tests. Without an address no model is asked.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, assert_never

from assistant.answer import Answer, Clarification, Refusal, Reply
from assistant.bootstrap import open_assistant, prepare_data
from assistant.core import Assistant
from assistant.settings import Settings
from semantic_layer.query.codec import plan_to_json
from tests.model.scoring import Company, Judgement, Question, Verdict, judge, questions, right_rows

ROOT = Path(__file__).resolve().parents[2]
WARMING = ("随便说点没有意义的东西", "say something that means nothing")
COLUMNS = ("declined", "right", "wrong", "asked", "asked_right_first", "refused", "p50_s", "p95_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One question, what was replied, and how long it took."""

    question: Question
    judgement: Judgement
    seconds: float
    told: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.question.id,
            "language": self.question.language,
            "kind": self.question.kind,
            "question": self.question.text,
            "verdict": self.judgement.verdict.value,
            "first_right": self.judgement.first_right,
            "seconds": round(self.seconds, 3),
            **self.told,
        }


def settings_for(url: str, model: str, mode: str, state: Path) -> Settings:
    """What the environment says, then the model, then what the tests use."""
    said = Settings()
    wanted: dict[str, Any] = {
        "data": "retail",
        "home": ROOT / "build" / "test-home",
        "role": "admin",
        "state_url": f"sqlite:///{state}",
    }
    left_open = {name: value for name, value in wanted.items() if name not in said.model_fields_set}
    asked = {"model_url": url, "model_name": model, "mode": mode} if url else {}
    return said.model_copy(update=left_open | asked)


def spread(every: Sequence[Question], limit: int | None) -> tuple[Question, ...]:
    """At most `limit` questions, half in each language, taken evenly over the file."""
    if limit is None or limit >= len(every):
        return tuple(every)
    picked: list[Question] = []
    for language, share in (("zh", (limit + 1) // 2), ("en", limit // 2)):
        own = [question for question in every if question.language == language]
        picked += [own[i * len(own) // share] for i in range(min(share, len(own)))]
    return tuple(picked)


def outcomes(assistant: Assistant, asked: Sequence[Question], snapshot: Path) -> Iterator[Outcome]:
    """Each question on its own."""
    right, reads = right_rows(snapshot), Company(assistant)
    for question in asked:
        started = time.perf_counter()
        reply = assistant.ask(question.text)
        seconds = time.perf_counter() - started
        judgement = judge(reply, question, [right[name] for name in question.oracles], reads)
        yield Outcome(question=question, judgement=judgement, seconds=seconds, told=_told(reply))


def _told(reply: Reply) -> dict[str, Any]:
    match reply:
        case Answer():
            return {"reply": reply.text, "plan": json.loads(plan_to_json(reply.plan))}
        case Clarification():
            return {"reply": reply.question, "options": [f"{o.label} | {o.count}" for o in reply.options]}
        case Refusal():
            return {"reply": reply.reason}
        case _:
            assert_never(reply)


def wait_for_model(assistant: Assistant) -> None:
    """Until a model that is served on this machine answers; then its first words are asked for, which take longest."""
    model = assistant.resources.model
    if model is None:
        return
    model.wait()
    print(model.said().en)
    for text in WARMING:
        assistant.ask(text)


def figures(found: Sequence[Outcome]) -> dict[str, float]:
    """How many of each verdict, and how long half and nineteen in twenty of them took at most, in seconds."""
    verdicts = [one.judgement.verdict for one in found]
    times = sorted(one.seconds for one in found)
    return {
        "declined": len(found),
        "right": verdicts.count(Verdict.RIGHT),
        "wrong": verdicts.count(Verdict.WRONG),
        "asked": verdicts.count(Verdict.ASKED),
        "asked_right_first": sum(one.judgement.first_right for one in found),
        "refused": verdicts.count(Verdict.DECLINED),
        "p50_s": _at(times, 0.5),
        "p95_s": _at(times, 0.95),
    }


def _at(times: Sequence[float], part: float) -> float:
    """The smallest time that `part` of the questions did not exceed; 0 when there are none."""
    return round(times[math.ceil(part * len(times)) - 1], 3) if times else 0.0


def main(words: Sequence[str] | None = None) -> int:
    told = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    told.add_argument("--url", default="", help="address of the model's service; without it no model is asked")
    told.add_argument("--model", default="", help="name of the model")
    told.add_argument("--mode", default="full", choices=("offline", "careful", "full"))
    told.add_argument("--limit", type=int, help="ask this many, spread evenly")
    told.add_argument("--output", type=Path, default=ROOT / "build" / "model.json")
    given = told.parse_args(words)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    found: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder, given.output.with_suffix(".jsonl").open("w", encoding="utf-8") as log:
        settings = settings_for(given.url, given.model, given.mode, Path(folder) / "state.sqlite")
        snapshot = prepare_data(settings)
        assistant = open_assistant(settings)
        wait_for_model(assistant)
        every = tuple(question for question in questions() if not assistant.understands(question.text))
        print(
            f"{len(questions()) - len(every)} of {len(questions())} questions are read by the rules; they are left out"
        )
        for outcome in outcomes(assistant, spread(every, given.limit), snapshot):
            found.append(outcome)
            print(json.dumps(outcome.as_json(), ensure_ascii=False), file=log, flush=True)
    by_language = {name: figures([one for one in found if one.question.language == name]) for name in ("zh", "en")}
    groups = by_language | {"total": figures(found)}
    print(f"{'':6}" + "".join(f"{name:>18}" for name in COLUMNS))
    for name, row in groups.items():
        print(f"{name:6}" + "".join(f"{row[column]:>18}" for column in COLUMNS))
    model = given.model or ("" if assistant.resources.model is None else assistant.resources.model.model)
    report = {
        "model": model,
        "trust": settings.model_trust,
        "date": datetime.now(tz=UTC).date().isoformat(),
        "cores": os.cpu_count(),
        **groups,
    }
    given.output.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
