"""The prompts: a few questions to start with, for each data set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.channels.mcp.scene import Scene
from semantic_layer.errors import QunxiangError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A question that is known to have an answer."""

    name: str
    question: str
    data_set: str
    title: str


def samples(scene: Scene) -> tuple[Sample, ...]:
    """The questions of every data set that the caller may use and that opens."""
    return tuple(_samples(scene))


def _samples(scene: Scene) -> Iterator[Sample]:
    for one in scene.data_sets():
        try:
            questions = scene.open(one.id).port.samples(scene.language)
        except QunxiangError:  # faults of one data set keep nobody from the others; opening it says what they are
            continue
        for number, question in enumerate(questions, 1):
            yield Sample(
                name=f"{one.id}-{number}",
                question=question,
                data_set=one.id,
                title=f"{one.title.in_(scene.language)}: {question}",
            )


def sample(name: str, scene: Scene) -> Sample:
    """A question by its name; raises `UnknownNameError` with the nearest."""
    found = {one.name: one for one in _samples(scene)}
    if name not in found:
        raise UnknownNameError(Text("示例问题", "sample question"), name, nearest(name, found) or tuple(found))
    return found[name]


def wording(one: Sample) -> Text:
    """What a model is asked to do with it."""
    return Text(
        f"请用 ask 工具（data_set 为 {one.data_set}）回答：{one.question}",
        f"Answer with the ask tool (data_set {one.data_set}): {one.question}",
    )
