"""Reading with a model: two calls at most, the reasons in the second, all inside the time, and nothing raised."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.interpreters.base import Ambiguous, Context, Declined, NoteKind, NotUnderstood, RefusalKind, Understood
from assistant.interpreters.grammar.interpreter import GrammarInterpreter
from assistant.interpreters.llm.brief_form import BriefForm
from assistant.interpreters.llm.client import (
    Completion,
    FailureKind,
    ModelError,
    Profile,
    Request,
    ScriptedModel,
    Tool,
    Usage,
)
from assistant.interpreters.llm.drafts import Drafted
from assistant.interpreters.llm.interpreter import ModelInterpreter, Parts
from assistant.interpreters.llm.material import Gatherer
from assistant.interpreters.llm.plan_form import PlanForm
from assistant.interpreters.names import Gloss, Names
from assistant.interpreters.spans import Gaps
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.codec import encode
from semantic_layer.query.plan import Plan
from semantic_layer.query.predicate import Compare
from semantic_layer.query.time import Calendar, Grain
from semantic_layer.query.types import Query
from semantic_layer.vocabulary.terms import MetricTerm
from tests.assistant.interpreters.reading_scene import Clock, ReviewedNear, ScriptedRanks, gaps_over

ASKED = "上月上海卖掉的钱"
NEAR = [(MetricTerm("sales"), 0.8), (MetricTerm("refunds"), 0.5)]
TAKEN = [{"said": "卖掉的钱", "means": "sales"}]
SHANGHAI, LAST_MONTH = Compare("customer.city", "=", "上海"), Calendar(Grain.MONTH, -1)
SALES = Plan((Query(metrics=("sales",), where=SHANGHAI, time=LAST_MONTH),))
REFUNDS = Plan((Query(metrics=("refunds",), where=SHANGHAI, time=LAST_MONTH),))
ALL_TIME = Plan((Query(metrics=("sales",), where=SHANGHAI),))
EVERYWHERE = Plan((Query(metrics=("sales",), time=LAST_MONTH),))
LOOK = Tool(name="look", description="", parameters={}, run=lambda _: "")


def written(plan: Plan) -> dict[str, object]:
    return {key: value for key, value in encode(plan).items() if key != "is"}


def answer(plan: Plan | None = SALES, **changes: object) -> str:
    said = {"kind": "plan", "words": TAKEN, "plan": written(plan) if plan else None, **changes}
    return json.dumps(said, ensure_ascii=False)


RIGHT = answer()


@pytest.fixture(scope="module")
def gaps(retail_index: ModelIndex) -> Gaps:
    return gaps_over(retail_index)


@pytest.fixture
def interpreter(retail_index: ModelIndex, gaps: Gaps):
    def made(client, *, clock: Clock | None = None, budget: float = 20.0, faulty: Plan | None = None, form=None):
        def faults(plan: Plan) -> Text | None:
            return Text("这里没有这个指标。", "There is no such metric here.") if plan == faulty else None

        parts = Parts(
            gaps=gaps,
            gatherer=Gatherer(retail_index, ScriptedRanks({ASKED: NEAR, "卖掉的钱": NEAR}), ReviewedNear()),
            form=form or PlanForm(),
            faults=faults,
            tools=lambda material, user: (LOOK,),
            index=retail_index,
            seconds=clock or Clock(),
        )
        return ModelInterpreter(client, parts, budget=budget)

    return made


# ---- one call


def test_a_right_answer_is_understood_with_what_words_were_taken_for(interpreter) -> None:
    client = ScriptedModel((RIGHT,))
    found = interpreter(client).read(ASKED, Context())
    assert isinstance(found.outcome, Understood)
    assert found.outcome.reading.plan == SALES
    assert [(n.kind, n.words, n.meaning) for n in found.outcome.reading.notes] == [
        (NoteKind.UNDERSTOOD_AS, "卖掉的钱", Text("销售额", "sales"))
    ]
    assert (found.model, found.usage.calls, found.failed, found.kind) == ("scripted", 1, None, None)
    (request,) = client.requests
    assert (request.calls, request.seconds, request.earlier, request.tools) == (2, 20.0, (), (LOOK,))
    assert ASKED in request.user
    assert request.schema["type"] == "object"


def test_words_that_the_model_says_nothing_about_are_asked_back_about(interpreter) -> None:
    found = interpreter(ScriptedModel((answer(words=[]),))).read(ASKED, Context())
    assert isinstance(found.outcome, NotUnderstood)
    assert found.outcome.unexplained == ("卖掉的钱",)
    assert [r.plan for r in found.outcome.nearest] == [SALES]
    assert found.outcome.why.en.endswith("is that right?")


class Unsure(PlanForm):
    """Finds a reading that no second witness backs, and another."""

    def read(self, answer, text, material):
        gloss = Gloss(said="卖掉的钱", term=MetricTerm("sales"), label=Text("销售额", "sales"), named=True)
        return Drafted(plan=SALES, glosses=(gloss,), backed=False, instead=(REFUNDS,))


def test_a_reading_without_a_second_witness_is_offered_not_taken(interpreter) -> None:
    found = interpreter(ScriptedModel((RIGHT,)), form=Unsure()).read(ASKED, Context())
    assert isinstance(found.outcome, NotUnderstood)
    assert found.outcome.unexplained == ("卖掉的钱",)
    assert [r.plan for r in found.outcome.nearest] == [SALES, REFUNDS]


def test_a_refusal_with_a_reason_declines_and_one_without_is_not_understood(interpreter) -> None:
    told = interpreter(ScriptedModel((answer(None, kind="refusal", reason="这里没有天气。"),))).read(ASKED, Context())
    assert isinstance(told.outcome, Declined)
    assert told.outcome.kind is RefusalKind.OUT_OF_SCOPE
    assert "这里没有天气。" in told.outcome.reason.zh
    bare = interpreter(ScriptedModel((answer(None, kind="refusal", reason=None),))).read(ASKED, Context())
    assert bare.outcome == NotUnderstood(unexplained=("卖掉的钱",), language="zh")


def test_a_model_cannot_slip_in_figures(interpreter) -> None:
    """What it says in words is quoted only without numbers of its own."""
    said = (
        interpreter(ScriptedModel((answer(None, kind="refusal", reason="上月是 4200 元。"),)))
        .read(ASKED, Context())
        .outcome
    )
    assert isinstance(said, Declined)
    assert "4200" not in said.reason.zh + said.reason.en


def test_a_question_back_offers_the_plans_that_hold(interpreter) -> None:
    said = answer(
        None, kind="clarification", question="哪一个？", options=[written(p) for p in (SALES, REFUNDS, SALES)]
    )
    found = interpreter(ScriptedModel((said,)), faulty=EVERYWHERE).read(ASKED, Context())
    assert isinstance(found.outcome, Ambiguous)
    assert [r.plan for r in found.outcome.readings] == [SALES, REFUNDS]
    assert found.outcome.question.zh == "哪一个？"
    silent = interpreter(ScriptedModel((said.replace("哪一个？", ""),)), faulty=SALES).read(ASKED, Context())
    assert isinstance(silent.outcome, Ambiguous)
    assert [r.plan for r in silent.outcome.readings] == [REFUNDS]
    assert silent.outcome.question.en == "The question can mean several things. Which one do you mean?"


# ---- the second call


@pytest.mark.parametrize(
    ("said", "issue"),
    [
        ("SELECT sum(net_amount) FROM orders", "There is no JSON object in the answer."),
        ("", "There is no JSON object in the answer."),
        (answer(plan=None), "$: expected an object."),
        (answer(kind="sql"), "kind: 'sql' is not known; allowed: plan, clarification, refusal."),
        (answer(REFUNDS), "There is no such metric here."),
        (answer(EVERYWHERE), "The plan leaves out what the question says: '上海'."),
        (answer(ALL_TIME), "The plan leaves out what the question says: '上月'."),
        (answer(None, kind="clarification", options=[written(REFUNDS)]), "options: none of the plans holds"),
        (answer(None, kind="clarification", options=[]), "options: none of the plans holds"),
    ],
)
def test_what_cannot_be_used_is_asked_for_once_more_with_the_reason(interpreter, said: str, issue: str) -> None:
    client = ScriptedModel((said, RIGHT))
    found = interpreter(client, faulty=REFUNDS).read(ASKED, Context())
    assert isinstance(found.outcome, Understood)
    assert found.outcome.reading.plan == SALES
    assert found.usage.calls == len(client.requests) == 2
    first, second = client.requests
    (exchange,) = second.earlier
    assert exchange.answer == said
    assert issue in exchange.issues
    assert (second.calls, second.tools) == (1, ())
    assert (second.system, second.user, second.schema) == (first.system, first.user, first.schema)


def test_a_time_that_nobody_said_is_a_reason(interpreter) -> None:
    client = ScriptedModel((answer(SALES), answer(ALL_TIME)))
    found = interpreter(client).read("上海卖掉的钱", Context())
    assert "a time that the question does not say" in client.requests[1].earlier[0].issues
    assert isinstance(found.outcome, Understood)


def test_after_two_answers_that_cannot_be_used_it_is_over(interpreter) -> None:
    client = ScriptedModel(("SELECT 1", answer(EVERYWHERE), RIGHT))
    found = interpreter(client).read(ASKED, Context())
    assert found.outcome is None
    assert found.failed == Text("模型的回答不能用", "the model's answer could not be used")
    assert found.usage.calls == len(client.requests) == 2


class Looking:
    """A model that used up two calls before it answered, as tools do."""

    name = "looking"
    profile = Profile.TOOLS

    def __init__(self, text: str, calls: int) -> None:
        self._completion = Completion(text=text, usage=Usage(calls=calls))
        self.requests: list[Request] = []

    def complete(self, request: Request) -> Completion:
        self.requests.append(request)
        return self._completion


def test_looking_up_uses_up_the_call_to_repair(interpreter) -> None:
    client = Looking("SELECT 1", 2)
    found = interpreter(client).read(ASKED, Context())
    assert (found.outcome, found.usage.calls, len(client.requests)) == (None, 2, 1)


def test_an_endpoint_that_counts_nothing_gets_no_more_calls(interpreter) -> None:
    client = Looking("SELECT 1", 0)
    found = interpreter(client).read(ASKED, Context())
    assert (found.outcome, found.usage.calls, len(client.requests)) == (None, 2, 2)


# ---- time, stopping, failing


def test_the_second_call_has_what_is_left_of_the_time(interpreter) -> None:
    clock = Clock()

    class Slow(ScriptedModel):
        def complete(self, request: Request) -> Completion:
            clock.pass_(7.5)
            return super().complete(request)

    client = Slow(("SELECT 1", RIGHT))
    interpreter(client, clock=clock, budget=20.0).read(ASKED, Context())
    assert [r.seconds for r in client.requests] == [20.0, 12.5]


def test_when_the_time_is_over_the_second_call_may_only_fail_at_once(interpreter) -> None:
    clock = Clock()

    class Slow(ScriptedModel):
        def complete(self, request: Request) -> Completion:
            clock.pass_(30.0)
            return super().complete(request)

    client = Slow(("SELECT 1", RIGHT))
    interpreter(client, clock=clock, budget=20.0).read(ASKED, Context())
    assert client.requests[1].seconds == 0.1


def test_the_way_to_stop_goes_along(interpreter) -> None:
    client, stop = ScriptedModel(("SELECT 1", RIGHT)), Cancel()
    interpreter(client).read(ASKED, Context(cancel=stop))
    assert [r.cancel for r in client.requests] == [stop, stop]


@pytest.mark.parametrize("kind", list(FailureKind))
@pytest.mark.parametrize("before", [(), ("SELECT 1",)])
def test_every_failure_is_told_and_none_is_raised(interpreter, kind: FailureKind, before: tuple[str, ...]) -> None:
    message = Text("模型没有回答。", "The model did not answer.")
    error = ModelError(kind, message, usage=Usage(tokens_in=40))
    client = ScriptedModel((*before, error, RIGHT))
    found = interpreter(client).read(ASKED, Context())
    assert (found.outcome, found.failed, found.kind) == (None, message, kind)
    assert (found.usage.calls, found.usage.tokens_in, found.model) == (len(before), 40, "scripted")
    assert len(client.requests) == len(before) + 1


def test_a_question_in_english_is_told_its_faults_in_english(interpreter) -> None:
    client = ScriptedModel(("", ""))
    interpreter(client).read("what did we flog in Shanghai", Context())
    assert client.requests[1].earlier[0].issues.startswith("That cannot be used:")
    client = ScriptedModel(("", ""))
    interpreter(client).read(ASKED, Context())
    assert client.requests[1].earlier[0].issues.startswith("这份回答不能用：")


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
keys = st.sampled_from(
    ("kind", "plan", "steps", "words", "options", "reason", "question", "is", "said", "means", "asked")
)
anything = st.recursive(
    scalars | st.sampled_from(("plan", "clarification", "refusal", "query", "销售额", "都不是")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=anything, second=anything, changed=keys)
def test_whatever_a_model_says_nothing_is_raised_and_two_calls_are_enough(
    interpreter, retail_index: ModelIndex, retail_interpreter: GrammarInterpreter, first, second, changed: str
) -> None:
    changed_answer = json.dumps({**json.loads(RIGHT), changed: second})
    brief = BriefForm(Names(retail_index, ScriptedRanks({ASKED: NEAR, "卖掉的钱": NEAR})), retail_interpreter)
    for form in (PlanForm(), brief):
        for script in ((json.dumps(first), changed_answer), (str(second), json.dumps(first))):
            client = ScriptedModel((*script, RIGHT))
            found = interpreter(client, form=form).read(ASKED, Context())
            assert len(client.requests) == found.usage.calls <= 2
            assert (found.outcome is None) == (found.failed is not None)


def test_a_short_turn_after_an_answer_is_only_offered(interpreter) -> None:
    """The model does not know what it would change; a question that is as long as a whole one is read for itself."""
    short = interpreter(ScriptedModel((RIGHT,))).read(ASKED, Context(plan=REFUNDS))
    assert isinstance(short.outcome, NotUnderstood)
    assert [r.plan for r in short.outcome.nearest] == [SALES]
    long = "麻烦帮忙查一下我们公司上月上海卖掉的钱一共有多少"
    client = ScriptedModel((RIGHT,))
    read = interpreter(client).read(long, Context(plan=REFUNDS))
    assert read.outcome is not None
    assert interpreter(ScriptedModel((RIGHT,))).read(long, Context()).outcome == read.outcome
