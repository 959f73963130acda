"""The seam to a check of plans: whether one holds under the definitions there are now. With its fake."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from assistant.memory.types import Fault, PairIssue, ReviewedQuestion
from semantic_layer.query.codec import plan_to_json
from semantic_layer.query.plan import Plan


class PlanCheck(Protocol):
    """Tells what is wrong with a plan under one state of the definitions; `version` names that state."""

    @property
    def version(self) -> str: ...

    def fault(self, plan: Plan) -> Fault | None: ...


class AnyPlan:
    """The fake: plans hold unless `faults` says otherwise, by their JSON."""

    def __init__(self, version: str = "1", **faults: Fault) -> None:
        self.version = version
        self.faults: dict[str, Fault] = dict(faults)

    def fault(self, plan: Plan) -> Fault | None:
        return self.faults.get(plan_to_json(plan))


def issues_of(pairs: Iterable[ReviewedQuestion], check: PlanCheck) -> tuple[PairIssue, ...]:
    """The pairs whose plans do not hold, in order."""
    found = ((pair, check.fault(pair.plan)) for pair in pairs)
    return tuple(PairIssue(pair=pair, fault=fault) for pair, fault in found if fault is not None)
