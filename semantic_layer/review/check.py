"""All checks of one folder of definitions: first against each other, then against the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from semantic_layer.compiler.uses import Uses
from semantic_layer.errors import Issue, Text, UserError
from semantic_layer.model.load import Loaded
from semantic_layer.policy.types import Policy
from semantic_layer.query.types import Audience
from semantic_layer.review.data import Data
from semantic_layer.review.duplicates import check_duplicates
from semantic_layer.review.findings import Finding, Findings, Place, of_issue, ordered
from semantic_layer.review.histories import check_histories
from semantic_layer.review.keys import check_keys, check_relationships
from semantic_layer.review.named import named_by_policy, named_by_segments
from semantic_layer.review.tables import check_tables
from semantic_layer.review.tags import check_tags
from semantic_layer.review.times import check_times
from semantic_layer.review.usage import check_deprecated, check_unused
from semantic_layer.review.values import check_values
from semantic_layer.review.words import check_words

DATA_CHECKS: tuple[tuple[str, Callable[[Data, Findings], None]], ...] = (
    ("columns", check_tables),
    ("keys", check_keys),
    ("relationships", check_relationships),
    ("histories", check_histories),
    ("values", check_values),
    ("times", check_times),
    ("tags", check_tags),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What was found, and what was looked at. `with_data` says whether there was data to hold the definitions against."""

    findings: tuple[Finding, ...]
    entities: int
    fields: int
    metrics: int
    tags: int
    with_data: bool

    @property
    def has_errors(self) -> bool:
        return any(finding.severity == "error" for finding in self.findings)


def check(
    loaded: Loaded,
    issues: Sequence[Issue],
    data: Data | None = None,
    *,
    policy: Policy | None = None,
    segments: Mapping[str, Audience] | None = None,
) -> CheckReport:
    """Every finding. Definitions with errors are not held against data. What segments and the policy name is in use."""
    found = [of_issue(issue) for issue in issues]
    sound = not any(issue.severity == "error" for issue in issues)
    if sound:
        found += _among_themselves(loaded, policy, segments or {})
        if data is not None:
            found += _against(data, loaded)
    model = loaded.model
    return CheckReport(
        findings=ordered(found),
        entities=len(model.entities),
        fields=len(model.dimensions),
        metrics=len(model.metrics),
        tags=len(model.tags),
        with_data=sound and data is not None,
    )


def _among_themselves(loaded: Loaded, policy: Policy | None, segments: Mapping[str, Audience]) -> list[Finding]:
    model = loaded.model
    uses = Uses(model)
    by_segments = named_by_segments(segments, uses)
    by_policy = named_by_policy(policy, uses) if policy is not None else ()
    unused, deprecated, same, words = (
        Findings(rule, loaded.sources) for rule in ("unused", "deprecated", "same meaning", "same word")
    )
    check_unused(model, uses, unused, [*by_policy, *(ref for ref, _ in by_segments)])
    check_deprecated(model, uses, deprecated, by_segments)
    check_duplicates(model, same)
    check_words(model, words)
    return [*unused.found, *deprecated.found, *same.found, *words.found]


def _against(data: Data, loaded: Loaded) -> list[Finding]:
    found: list[Finding] = []
    for rule, run in DATA_CHECKS:
        findings = Findings(rule, loaded.sources)
        try:
            run(data, findings)
        except UserError as error:
            findings.add(
                "warning",
                Place(kind="model", name=""),
                Text(
                    f"检查「{rule}」没有完成：{error.message.zh}",
                    f"The check of {rule} could not be finished: {error.message.en}",
                ),
                Text("排除原因后请再检查一次。", "Remove the cause, then check again."),
            )
        found += findings.found
    return found
