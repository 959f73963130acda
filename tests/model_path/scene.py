"""An open data set whose questions a scripted model at the other end of real HTTP may read, and what each question took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.answer import Answer, Clarification, Finished, Refusal, Reply
from assistant.core import Assistant
from assistant.datasets import source_of
from assistant.interpreters.base import Context, NotUnderstood
from assistant.interpreters.cascade import Read
from assistant.memory.sql_store import SqlFeedbackStore
from assistant.observability.audit import Asked as Kept
from assistant.opening_readers import Around, readers_over, reviewed_over
from assistant.settings import Settings
from semantic_layer.engines.base import Cancel
from semantic_layer.policy.types import User
from tests.assistant.interpreters.openai_server import OpenAIServer, Seen, Step, Talk
from tests.model_path.scripts import Case
from tools.storage import open_storage

MODEL = "scripted-model"
KEY = "sk-scripted-0123456789"
CALLS = 2  # requests with an answer that one question may take
BY_MODEL = {"zh": f"模型理解（{MODEL}）", "en": f"understood by a model ({MODEL})"}
BY_RULES = {"zh": "规则理解", "en": "understood by rules"}
NO_HELP = {"zh": "模型没有帮上忙", "en": "The model could not help"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question: the reply, who read it, what the audit keeps, and the requests that were made."""

    reply: Reply
    read: Read | None
    kept: Kept
    requests: Sequence[Seen]
    answered: int

    @property
    def answer(self) -> Answer:
        assert isinstance(self.reply, Answer), self.reply
        return self.reply

    @property
    def clarification(self) -> Clarification:
        assert isinstance(self.reply, Clarification), self.reply
        return self.reply

    @property
    def refusal(self) -> Refusal:
        assert isinstance(self.reply, Refusal), self.reply
        return self.reply

    @property
    def told(self) -> str:
        """The notes, in the language of the question."""
        return " ".join(note.meaning.in_(self.reply.language) for note in self.reply.notes)


class _Listening:
    """A reader that keeps what it read."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.last: Read | None = None

    def read(self, *given: Any, **named: Any) -> Read:
        self.last = None
        self.last = self.reader.read(*given, **named)
        return self.last


class Scene:
    """Asks questions of `assistant`, a script for each, and holds every one of them to the number of requests."""

    def __init__(self, assistant: Assistant, server: OpenAIServer, retries: int) -> None:
        self.server = server
        self._listening = _Listening(assistant.resources.reader)
        self.assistant = Assistant(replace(assistant.resources, reader=self._listening), user=assistant.user)
        self._retries = retries

    @classmethod
    def over(cls, opened: Assistant, settings: Settings, server: OpenAIServer, **changes: Any) -> Scene:
        """The data of `opened`, read as `settings` with `changes` say."""
        named = {
            "mode": "full",
            "model_name": MODEL,
            "model_key": KEY,
            "model_profile": "schema",
            "model_form": "plan",
            "model_trust": "answer",
        }
        told = Settings(**(settings.model_dump(exclude_unset=True) | {"model_url": server.url} | named | changes))
        here = opened.resources
        around = Around(
            segments=here.segments,
            audit=here.audit,
            feedback=SqlFeedbackStore(open_storage(told.address_of_state())),
            progress=lambda *_: None,
        )
        assert here.ranking is not None
        source = source_of(told.data, told.people)
        readers = readers_over(
            here.layer,
            here.interpreter,
            here.vocabulary,
            here.ranking,
            around,
            told,
            source,
            reviewed_over(here.layer, told, source),
        )
        resources = replace(here, reader=readers.cascade, memory=readers.memory, model=readers.model)
        return cls(Assistant(resources, user=opened.user), server, told.model_retries)

    def ask(
        self,
        text: str,
        *script: Step,
        cancel: Cancel | None = None,
        ask_model: bool = False,
        user: User | None = None,
    ) -> Asked:
        """The first whole reply to a question of its own."""
        answered: list[int] = []
        self.server.says(*(_counted(step, answered) for step in script))
        for event in self.assistant.stream(text, cancel=cancel, ask_model=ask_model, user=user):
            if isinstance(event, Finished):
                reply = event.reply
                break
        kept = self.assistant.resources.audit.questions(limit=1)[0]
        asked = Asked(
            reply=reply,
            read=self._listening.last,
            kept=kept,
            requests=tuple(self.server.requests),
            answered=len(answered),
        )
        assert asked.answered <= CALLS
        assert len(asked.requests) <= CALLS + self._retries
        assert kept.id == reply.id
        return asked

    def rules(self, text: str) -> Any:
        """What the rules alone make of it."""
        return self.assistant.resources.interpreter.interpret(text, Context())

    def oracle(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a statement that was written by hand."""
        with self.assistant.resources.layer.engine._cursor() as cursor:
            return cursor.execute(sql).fetchall()


def by_model(asked: Asked, *, requests: int = 1) -> Asked:
    """The same, when a model read it in so many requests, and is said to have, on the page and in the audit."""
    language = asked.reply.language
    assert asked.reply.understood_by.in_(language) == BY_MODEL[language], asked.reply
    assert asked.kept.understood_by == f"model {MODEL}"
    assert asked.kept.tokens == 120 * asked.answered  # the server tells 100 in and 20 out
    assert len(asked.requests) == requests
    return asked


IN_ENGLISH = {
    "天猫": "Tmall",
    "京东": "JD.com",
    "小程序": "mini program",
    "APP": "app",
    "官网": "website",
    "门店": "shop",
}


def figures(asked: Asked) -> list[tuple[Any, ...]]:
    """The rows of an answer as an oracle gives them: groupings and the first metric, or the number of people."""
    answer = asked.answer
    if answer.table is None:
        assert answer.headline is not None
        return [(int(answer.headline.exact.replace(",", "")),)]
    width = sum(column.role == "group" for column in answer.table.columns) + 1
    return [tuple(row[:width]) for row in answer.table.rows]


def right(asked: Asked, scene: Scene, case: Case, *, requests: int = 1) -> Asked:
    expected = scene.oracle(case.sql)
    if asked.reply.language == "en":
        expected = [(*(IN_ENGLISH.get(cell, cell) for cell in row),) for row in expected]
    assert figures(by_model(asked, requests=requests)) == expected
    return asked


def fell_back(asked: Asked, scene: Scene, text: str, why: str, *, requests: int = 1) -> Asked:
    """The same, when the rules' question back was given, saying that the model did not help and why."""
    reply = asked.clarification
    assert isinstance(scene.rules(text), NotUnderstood)
    assert reply.unexplained
    assert all(said in text for said in reply.unexplained)
    assert reply.understood_by.in_(reply.language) == BY_RULES[reply.language]
    assert NO_HELP[reply.language] in asked.told
    assert why in asked.told, asked.told
    assert KEY not in asked.told
    assert asked.kept.outcome == "clarification"
    assert asked.kept.understood_by == f"rules {MODEL}"
    assert len(asked.requests) == requests
    return asked


def _counted(step: Step, answered: list[int]) -> Step:
    """The step; a response with status 200 that was begun is an answer, whatever becomes of it."""

    def counted(talk: Talk) -> None:
        send, begin = talk.send, talk.begin_stream

        def sent(status: int, *given: Any, **named: Any) -> None:
            answered.extend([1] * (status == 200))
            send(status, *given, **named)

        def begun() -> None:
            answered.append(1)
            begin()

        talk.send, talk.begin_stream = sent, begun  # type: ignore[method-assign]
        step(talk)

    return counted
