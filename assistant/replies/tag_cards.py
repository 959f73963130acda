"""What the card of a tag says besides its meaning: where it comes from, when it was computed, and who defines it differently."""

from __future__ import annotations

from typing import Final

from assistant.interpreters.base import NoteKind
from assistant.resources import Asked, Resources
from semantic_layer.errors import CancelledError, Language, Text, UserError
from semantic_layer.model.types import Tag, TextBody, TextMethod
from semantic_layer.vocabulary.fold import fold
from tools import numbers
from tools.tags.conflicts import conflicts, conflicts_of_word
from tools.tags.history import Run, TagHistories
from tools.tags.lineage import tag_lineage
from tools.tags.text_quality import LabelFigures, text_quality

_RUNS: Final = 3  # times of computing that are told
_CONFLICTS: Final = 3
_METHODS: Final = {
    TextMethod.DICTIONARY: Text("词典", "dictionary"),
    TextMethod.CLASSIFIER: Text("分类器", "classifier"),
}


def tag_lines(tag: Tag, asked: Asked, resources: Resources) -> tuple[tuple[str, str], ...]:
    """Named lines: lineage, freshness, earlier runs, and the definitions that disagree."""
    return (
        (Text("来源", "Comes from").in_(asked.language), _lineage(tag, asked.language, resources)),
        *_texts(tag, asked, resources),
        *_freshness(tag, asked, resources),
        *_conflicts(tag, asked, resources),
    )


def disagreements(asked: Asked, resources: Resources) -> tuple[Text, ...]:
    """Where a word with several declared meanings was taken in its usual one: how many people the other one differs by."""
    declared = {fold(one.word) for one in resources.index.model.ambiguities}
    said = [note.words for note in asked.notes if note.kind is NoteKind.DEFAULT and fold(note.words) in declared]
    found = (conflicts_of_word(word, resources.layer, asked.user, cancel=asked.cancel)[:1] for word in said)
    return tuple(one.said for first in found for one in first)


def _lineage(tag: Tag, language: Language, resources: Resources) -> str:
    found = tag_lineage(tag, resources.index)
    comma = "、" if language == "zh" else ", "
    metrics = [resources.index.metric(name).words.label.in_(language) for name in found.metrics]
    entities = [resources.index.entity(name).words.label.in_(language) for name in found.entities]
    steps = [tag.words.label.in_(language), comma.join(metrics), comma.join(entities), comma.join(found.tables)]
    return " ← ".join(step for step in (*steps, comma.join(found.sources)) if step)


def _texts(tag: Tag, asked: Asked, resources: Resources) -> tuple[tuple[str, str], ...]:
    """How the labels of texts are found, and how well each is found in texts whose label is known."""
    if not isinstance(tag.body, TextBody):
        return ()
    text = resources.index.field(tag.body.text).words.label
    method = _METHODS[tag.body.method]
    told = Text(f"{text.zh}，用{method.zh}", f"{text.en}, by {method.en}")
    lines = [(Text("读取文本", "Reads").in_(asked.language), told.in_(asked.language))]
    name = Text("标注质量", "Quality of labels").in_(asked.language)
    try:
        found = [one for one in text_quality(resources.layer, asked.user, cancel=asked.cancel) if one.tag == tag.name]
    except CancelledError:
        raise
    except UserError as error:
        return (*lines, (name, error.message.in_(asked.language)))
    labels = {str(label.value.value): label.value.label for label in tag.body.labels}
    return (*lines, *((name, quality_line(one, labels.get(one.value)).in_(asked.language)) for one in found))


def quality_line(one: LabelFigures, label: Text | None) -> Text:
    """The precision of one label with its interval, and whether it is published."""
    name = label or Text(one.value, one.value)
    out = Text("", "") if one.published else Text("；未发布", "; not published")
    if one.precision is None and one.held_out == 0:
        return Text(f"{name.zh}：没有标注文本，未测量{out.zh}", f"{name.en}: not measured, no labelled texts{out.en}")
    if one.precision is None:
        texts = f"{one.held_out:,}"
        return Text(f"{name.zh}：{texts} 条里没有找到{out.zh}", f"{name.en}: found in none of {texts} texts{out.en}")
    precision, low, high = (numbers.percent(share) for share in (one.precision, one.low, one.high))
    recall = numbers.percent(one.recall)
    return Text(
        f"{name.zh}：准确率 {precision}（95% 区间 {low}–{high}，{one.given:,} 条），召回率 {recall}{out.zh}",
        f"{name.en}: precision {precision} (95% interval {low}–{high}, {one.given:,} texts), recall {recall}{out.en}",
    )


def _freshness(tag: Tag, asked: Asked, resources: Resources) -> tuple[tuple[str, str], ...]:
    name = Text("计算", "Computed").in_(asked.language)
    try:
        runs = [
            run for run in TagHistories(resources.layer).runs(asked.user, cancel=asked.cancel) if run.tag == tag.name
        ]
    except CancelledError:
        raise
    except UserError as error:
        return ((name, error.message.in_(asked.language)),)
    if not runs:
        stored = tag.name in resources.layer.context.materialised_tags
        told = (
            Text("随数据一起算好，没有运行记录", "with the data; no runs were recorded")
            if stored
            else Text("还没有存下来，每次提问时计算", "not stored yet; computed with each question")
        )
        return ((name, told.in_(asked.language)),)
    before = Text("更早的计算", "Earlier runs").in_(asked.language)
    earlier = "；".join(_run(run).in_(asked.language) for run in runs[1 : _RUNS + 1])
    return ((name, _run(runs[0]).in_(asked.language)), *(((before, earlier),) if earlier else ()))


def _run(run: Run) -> Text:
    at = f"{run.computed_at:%Y-%m-%d %H:%M}" if run.computed_at is not None else "?"
    day = run.data_date.isoformat() if run.data_date is not None else "?"
    failed = Text(f"（失败：{run.why}）", f" (failed: {run.why})") if run.why else Text("", "")
    return Text(
        f"{at}，数据到 {day}，{run.customers:,} 人有此标签，{run.known:,} 人已知{failed.zh}",
        f"{at}, data to {day}, {run.customers:,} people have it, known for {run.known:,}{failed.en}",
    )


def _conflicts(tag: Tag, asked: Asked, resources: Resources) -> tuple[tuple[str, str], ...]:
    name = Text("口径冲突", "Disagrees with").in_(asked.language)
    found = conflicts(resources.layer, asked.user, about=tag.qualified, cancel=asked.cancel)
    return tuple((name, one.said.in_(asked.language)) for one in found[:_CONFLICTS])
