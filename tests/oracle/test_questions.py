"""The example questions, in both languages, against answers written by hand in SQL over the loaded tables."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from assistant.answer import Answer, Clarification, Refusal, Reply
from assistant.core import Assistant
from assistant.interpreters.base import NoteKind
from assistant.replies.foreseen import keys_foreseen
from assistant.resources import Asked
from semantic_layer.query.acts import Basket, Cluster, Measure, Predict, SegmentChange, StartCampaign
from semantic_layer.query.codec import decode_step
from semantic_layer.query.plan import Catalogue, Explain, Funnel, ListPeople, Overlap, Profile, Retention, WhyMember
from semantic_layer.query.time import Comparison
from semantic_layer.query.types import Query

HERE = Path(__file__).parent
ROWS = yaml.safe_load((HERE / "questions.yml").read_text(encoding="utf-8"))
CASES = [(row, language) for row in ROWS for language in ("zh", "en") if language in row]


@pytest.fixture(scope="module")
def oracle(retail_snapshot: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every named answer of `oracles.sql`, computed once."""
    text = (HERE / "oracles.sql").read_text(encoding="utf-8")
    blocks = re.findall(r"-- (name|view): (\w+)\n(.*?)(?=\n-- (?:name|view):|\Z)", text, re.DOTALL)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{retail_snapshot}' AS demo (READ_ONLY)")
        connection.execute("SET search_path = 'demo.main,memory.main'")
        for kind, name, body in blocks:
            if kind == "view":
                connection.execute(f"CREATE TABLE memory.main.{name} AS {body}")
        return {name: connection.execute(body).fetchall() for kind, name, body in blocks if kind == "name"}


@pytest.mark.parametrize(("row", "language"), CASES, ids=[f"{row['id']}-{language}" for row, language in CASES])
def test_example_question(
    row: dict[str, Any], language: str, assistant: Assistant, oracle: dict[str, list[tuple[Any, ...]]]
) -> None:
    conversation = f"{row['id']}-{language}"
    keep_segment(row, language, assistant)
    for turn in row.get("before", {}).get(language, []):
        earlier = assistant.ask(turn, conversation=conversation)
        assert isinstance(earlier, Answer), earlier
    reply = assistant.ask(row[language], conversation=conversation)
    if "refusal" in row:
        assert isinstance(reply, Refusal), reply
        assert reply.kind == row["refusal"]
    elif "options" in row:
        check_options(reply, [oracle[name] for name in row["options"]], assistant)
    elif "offers" in row:
        assert isinstance(reply, Clarification), reply
        assert row["offers"][language] in " ".join(reply.suggestions) + reply.question
    elif "unexplained" in row:
        assert isinstance(reply, Clarification), reply
        assert any(row["unexplained"] in words for words in reply.unexplained)
    elif "asks" in row:
        assert isinstance(reply, Clarification), reply
        assert reply.options
    else:
        assert isinstance(reply, Answer), reply
        check_answer(row, reply, assistant, oracle)


def check_answer(
    row: dict[str, Any], reply: Answer, assistant: Assistant, oracle: dict[str, list[tuple[Any, ...]]]
) -> None:
    step = reply.plan.steps[0]
    layer, user = assistant.resources.layer, assistant.user
    if "sql" in row and row.get("people"):
        assert isinstance(step, ListPeople), step
        assert sorted(layer.keys(step.audience, user)) == sorted(key for (key,) in oracle[row["sql"]])
    elif "sql" in row:
        assert isinstance(step, Query), step
        found = layer.run(step, user).table.rows
        expected = oracle[row["sql"]]
        assert same(found, expected, ordered=row.get("ordered", False)), (found, expected)
    if "cohorts" in row:
        assert isinstance(step, Retention), step
        found = layer.retention(step, user).table.rows
        assert same(found, oracle[row["cohorts"]], ordered=True), (found, oracle[row["cohorts"]])
    if "funnel" in row:
        assert isinstance(step, Funnel), step
        found = layer.funnel(step, user).table.rows
        assert same(found, oracle[row["funnel"]], ordered=True), (found, oracle[row["funnel"]])
    if "fell" in row:
        check_reason(row, reply, oracle[row["fell"]])
    if "step" in row:
        assert step == decode_step(row["step"])
    check_people(row, reply, assistant, oracle)
    check_acts(row, reply, assistant, oracle)
    check_told(row, reply)


def keep_segment(row: dict[str, Any], language: str, assistant: Assistant) -> None:
    """The segment that a question is about, saved by words unless an earlier question did."""
    turns = row.get("segment", {}).get(language, [])
    if turns and re.findall('"(.+)"', turns[-1])[0] not in assistant.resources.segments.names():
        for turn in turns:
            assert isinstance(assistant.ask(turn, conversation=f"segment-{language}"), Answer)


def check_acts(
    row: dict[str, Any], reply: Answer, assistant: Assistant, oracle: dict[str, list[tuple[Any, ...]]]
) -> None:
    """What follows from answers: movements, drafts, effects, groups, baskets, predictions."""
    step = reply.plan.steps[0]
    if "moved" in row:
        before, came, left, after = oracle[row["moved"]][0]
        assert isinstance(step, SegmentChange), step
        assert reply.headline is not None
        assert reply.headline.value == str(came)
        assert [int(one) for one in re.findall(r"(\d+) (?:人|people|person)", reply.text)[:4]] == [
            before,
            came,
            left,
            after,
        ]
    if "draft" in row:
        matched, disagree = oracle[row["draft"]][0]
        assert isinstance(step, StartCampaign), step
        assert (step.holdout, step.spare_days, step.channel) == (row["holdout"], row["spare_days"], row["channel"])
        assert reply.table is not None
        assert [left for _, _, left, _ in reply.table.rows[:2]] == [matched, matched - disagree]
    if "effect" in row:
        check_effect(row, reply, oracle[row["effect"]][0])
    if "groups" in row:
        assert isinstance(step, Cluster), step
        assert reply.table is not None
        *groups, everybody = reply.table.values("people")
        assert sum(groups) == everybody == oracle[row["groups"]][0][0]
    if "together" in row:
        assert isinstance(step, Basket), step
        assert reply.table is not None
        known = dict(oracle[row["together"]])
        names = {value.label.en: value.value for value in assistant.resources.index.field("product.category").values}
        found = {names.get(str(thing), thing): both for thing, both, *_ in reply.table.rows}
        assert found
        assert found == {name: known[str(name)] for name in found}
    if "predicts" in row:
        check_prediction(row, reply, assistant, oracle)


def check_effect(row: dict[str, Any], reply: Answer, counts: tuple[Any, ...]) -> None:
    """Rates of the planned groups as counted by hand; the interval holds the planted effect, or none."""
    assert isinstance(reply.plan.steps[0], Measure), reply.plan
    assert reply.table is not None
    _, treated, rate, control, base, _, low, high, _ = reply.table.rows[0]
    people, bought, held, held_bought = counts
    assert (treated, control) == (people, held)
    assert math.isclose(float(rate), bought / people)
    assert math.isclose(float(base), held_bought / held)
    assert (float(low) <= 0 <= float(high)) is not row["proven"]
    assert float(low) <= row.get("lift", 0.0) <= float(high)


def check_prediction(
    row: dict[str, Any], reply: Answer, assistant: Assistant, oracle: dict[str, list[tuple[Any, ...]]]
) -> None:
    step = reply.plan.steps[0]
    assert isinstance(step, Predict), step
    assert step.target == row["predicts"]
    asked = Asked(text="", language=reply.language, user=assistant.user, plan=reply.plan)
    keys = [int(key) for key in keys_foreseen(step, asked, assistant.resources).keys]
    assert reply.people is not None
    assert len(keys) >= row["most"]
    if "among" in row:
        assert len(keys) == row["most"]
        spent_most = {key for (key,) in oracle[row["among"]]}
        assert len(spent_most.intersection(keys)) > row["most"] / 2


def check_people(
    row: dict[str, Any], reply: Answer, assistant: Assistant, oracle: dict[str, list[tuple[Any, ...]]]
) -> None:
    """Answers about groups of people: portraits, overlaps, saved segments, one member."""
    step = reply.plan.steps[0]
    layer, user = assistant.resources.layer, assistant.user
    if "listed" in row:
        assert isinstance(step, Catalogue)
        assert reply.table is not None
        labels = {tag.words.label.zh: tag.words.label.in_(reply.language) for tag in layer.index.model.tags}
        assert {labels[name] for name in row["listed"]} <= set(reply.table.values("label"))
    if "profile" in row:
        assert isinstance(step, Profile)
        assert reply.profile is not None
        sizes = oracle[row["profile"]][0]
        assert reply.profile.size == sizes[0]
        assert len(sizes) == 1 or reply.profile.base_size == sizes[1]
    if "overlap" in row:
        assert isinstance(step, Overlap)
        both = (*step.audiences,)
        first, second, common = oracle[row["overlap"]][0]
        assert [layer.count(a, user) for a in both] == [first, second]
        assert f"{common:,}" in reply.text
    if "saved" in row:
        name = re.search(r'"(.+)"', str(row[reply.language]))
        assert name is not None
        saved = assistant.resources.segments.named(name.group(1))
        assert sorted(layer.keys(saved.audience, user)) == sorted(key for (key,) in oracle[row["saved"]])
    if "why" in row:
        assert isinstance(step, WhyMember)
        assert step.key == row["why"]
        assert reply.sections


def check_told(row: dict[str, Any], reply: Answer) -> None:
    """What stands beside the numbers: the picture, what to ask instead of what gave nothing, what a word was taken for."""
    if "chart" in row:
        assert reply.chart is not None
        assert reply.chart.kind.value in row["chart"]
    if row.get("relaxed"):
        assert reply.emptied_by
        assert reply.relaxations
        assert all(near.count > 0 for near in reply.relaxations)
    if row.get("understood_as"):
        assert any(note.kind is NoteKind.UNDERSTOOD_AS for note in reply.notes)


def check_reason(row: dict[str, Any], reply: Answer, parts: list[tuple[Any, ...]]) -> None:
    """The one part that makes most of the fall is told, in words. It was planted as four fifths of it."""
    step = reply.plan.steps[0]
    assert isinstance(step, Explain), step
    assert (step.metric, step.compare_to) == ("repurchase_rate", Comparison.PERIOD_BEFORE)
    region, category, share, whole = parts[0]
    assert [region, category] == row["said"]["zh"]
    assert whole > 0.02
    assert math.isclose(share, 0.8, abs_tol=0.06)
    assert all(other < share / 2 for _, _, other, _ in parts[1:])
    assert all(word in reply.text for word in row["said"][reply.language]), reply.text


def check_options(reply: Reply, expected: Sequence[list[tuple[Any, ...]]], assistant: Assistant) -> None:
    """Each meaning is offered with its own people, and the button says how many they are."""
    assert isinstance(reply, Clarification), reply
    found = []
    for option in reply.options:
        step = option.plan.steps[0]
        assert isinstance(step, ListPeople)
        keys = sorted(assistant.resources.layer.keys(step.audience, assistant.user))
        assert f"{len(keys):,}" in option.count
        found.append(keys)
    assert sorted(found) == sorted(sorted(key for (key,) in rows) for rows in expected)


def same(found: Sequence[Sequence[Any]], expected: Sequence[Sequence[Any]], *, ordered: bool) -> bool:
    """Equal as multisets of rows (or as lists); an oracle may leave out columns at the end of a row."""
    if len(found) != len(expected):
        return False
    if ordered:
        return all(same_row(a, b) for a, b in zip(found, expected, strict=True))
    left = list(found)
    for row in expected:
        fit = next((candidate for candidate in left if same_row(candidate, row)), None)
        if fit is None:
            return False
        left.remove(fit)
    return True


def same_row(found: Sequence[Any], expected: Sequence[Any]) -> bool:
    return len(found) >= len(expected) and all(same_cell(a, b) for a, b in zip(found, expected, strict=False))


def same_cell(found: Any, expected: Any) -> bool:
    if isinstance(found, int | float | Decimal) and isinstance(expected, int | float | Decimal):
        return math.isclose(float(found), float(expected), rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(found, date) and isinstance(expected, date):
        return found.isoformat()[:10] == expected.isoformat()[:10]
    return bool(found == expected)
