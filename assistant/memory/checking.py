"""Whether the plans of reviewed questions still hold: names resolve, the plan compiles, and somebody may run it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from assistant.memory.holds import issues_of
from assistant.memory.types import Fault, PairIssue, ReviewedQuestion
from assistant.replies.meanings import find
from semantic_layer.compiler.context import Compiled
from semantic_layer.compiler.funnel import compile_funnel
from semantic_layer.compiler.retention import compile_retention
from semantic_layer.errors import InvalidPlanError, Text, UserError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.authorise import authorise
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.types import Policy, User
from semantic_layer.query.acts import Act, Basket, Cluster, Measure, Predict, StartCampaign
from semantic_layer.query.codec import plan_to_json
from semantic_layer.query.plan import (
    Became,
    Card,
    Catalogue,
    Define,
    Explain,
    Export,
    Funnel,
    ListPeople,
    Overlap,
    Pin,
    Plan,
    Profile,
    Retention,
    SaveSegment,
    Step,
    WhyMember,
)
from semantic_layer.query.predicate import Among, Between, Compare
from semantic_layer.query.types import Audience, Query
from semantic_layer.query.walk import parts

_REMEMBERED = 20_000  # plans
_ONE_PERSON = Text(
    "计划里有某一位客户的编号，不能保存为审核问题。",
    "The plan holds the number of one customer, which is not kept as a reviewed question.",
)
_SAVES = Text(
    "计划每问一次就会保存一次（人群、活动或看板），不能作为审核问题。",
    "The plan saves something each time it is asked (a segment, a campaign, a board), so it is not kept as a reviewed question.",
)


class LayerCheck:
    """Resolves, compiles and authorises a plan without running it. What was found is kept, as compiling takes time."""

    def __init__(self, layer: SemanticLayer, index: ModelIndex, user: User) -> None:
        self._layer = layer
        self._index = index
        self._user = user
        self._catalog = Catalog.from_model(index.model)
        self._found: dict[str, Fault | None] = {}

    @property
    def version(self) -> str:
        return self._index.model.version

    def fault(self, plan: Plan) -> Fault | None:
        key = plan_to_json(plan)
        if key in self._found:
            return self._found[key]
        found = self._fault(plan)
        if len(self._found) > _REMEMBERED:
            self._found.clear()
        if '"in_segment"' not in key:  # segments come and go without the definitions
            self._found[key] = found
        return found

    def _fault(self, plan: Plan) -> Fault | None:
        try:
            if not plan.steps:
                raise InvalidPlanError(Text("计划是空的。", "The plan is empty."))
            for step in plan.steps:
                self._check(step)
        except UserError as error:
            return Fault(error.message, error.suggestions)
        return None

    def _check(self, step: Step) -> None:  # noqa: C901, PLR0912  # one arm for each kind of step
        if isinstance(step, Act):
            self._act(step)
            return
        match step:
            case Query():
                self._layer.statement(step, self._user)
            case ListPeople(audience=audience) | Profile(audience=audience, base=None):
                self._layer.statement(audience, self._user)
            case Profile(audience=audience, base=base):
                self._audiences(audience, base)
            case Overlap(audiences=audiences):
                self._audiences(*audiences)
            case Card() | WhyMember():
                raise InvalidPlanError(_ONE_PERSON)
            case Became(what=what, key=key, where=where):
                if key is not None:
                    raise InvalidPlanError(_ONE_PERSON)
                self._audiences(Audience(where=what), Audience(where=where))
            case SaveSegment() | Pin():
                raise InvalidPlanError(_SAVES)
            case Define(name=name):
                find(self._index, name)
            case Catalogue():
                pass  # a word to look for; whatever it is, there is an answer
            case Export(audience=audience, query=query):
                self._audiences(audience)
                if query is not None:
                    self._layer.statement(query, self._user)
            case Retention():
                self._allowed(compile_retention(step, self._layer.context))
            case Funnel():
                self._allowed(compile_funnel(step, self._layer.context))
            case Explain():
                self._explain(step)
            case _:
                assert_never(step)

    def _act(self, step: Act) -> None:
        """The people it is about can be asked for, and its fields are defined."""
        if isinstance(step, StartCampaign):
            raise InvalidPlanError(_SAVES)
        for part in parts(step):
            match part:
                case Audience():
                    self._audiences(part)
                case Measure(by=str(field)) | Basket(field=str(field)):
                    self._index.field(field)
                case Predict(where=where) | Cluster(where=where):
                    self._audiences(Audience(where=where, entity=self._index.model.customer_entity))
                case Compare(field=field) | Among(field=field) | Between(field=field):
                    self._index.field(field)
                case _:
                    pass

    def _audiences(self, *audiences: Audience | None) -> None:
        for audience in audiences:
            if audience is not None:
                self._layer.statement(audience, self._user)

    def _explain(self, step: Explain) -> None:
        for field in step.by:
            self._index.field(field)
        asked = Query(metrics=(step.metric,), where=step.where, time=step.time, compare_to=(step.compare_to,))
        self._layer.statement(asked, self._user)

    def _allowed(self, compiled: Compiled) -> None:
        authorise(
            compiled.tree,
            self._user,
            self._catalog,
            self._layer.policy,
            uses=compiled.computed,
            listed=compiled.listed,
        )


def check_pairs(
    pairs: Iterable[ReviewedQuestion], layer: SemanticLayer, index: ModelIndex, user: User
) -> tuple[PairIssue, ...]:
    """The pairs whose plans no longer hold, in order. Nothing is run."""
    return issues_of(pairs, LayerCheck(layer, index, user))


def everything(policy: Policy) -> User:
    """Who may do all that anybody may under the policy: what they may not run, nobody may."""
    return User(name="review", roles=tuple(role.name for role in policy.roles))
