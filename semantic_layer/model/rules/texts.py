"""Text tags read a stored text that leads to whom they speak of, and their labels can be found and told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from semantic_layer.errors import Issue
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.rules.reach import Reach
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import SemanticModel, Tag, TextBody, TextMethod

Path = tuple[str | int, ...]
_Fault = tuple[Path, str, str]


def text_tags(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """What is wrong with the text, the labels and the truth of each text tag."""
    reach = Reach(model)
    for tag in model.tags:
        if isinstance(tag.body, TextBody):
            for path, message, remedy in (*_text(tag, tag.body, model, reach), *_labels(tag.body), *_truth(tag.body)):
                yield sources.issue("tag", tag.qualified, path, message, remedy)


def _text(tag: Tag, body: TextBody, model: SemanticModel, reach: Reach) -> Iterator[_Fault]:
    if not body.text:
        return  # told when it was read
    found = next((one for one in model.dimensions if one.qualified == body.text), None)
    if found is None:
        names = [one.qualified for one in model.dimensions]
        yield ("text",), f"There is no dimension {body.text!r}.", did_you_mean(body.text, names, allowed="dimensions")
        return
    entity = reach.entities.get(found.entity)
    if entity is None:
        return
    if entity.column(found.expr) is None:
        columns = [one.name for one in entity.columns]
        message = f"{body.text!r} is computed, but only the text of a column can be labelled."
        yield ("text",), message, did_you_mean(found.expr, columns, allowed="columns")
    if not entity.primary_key:
        message = f"Rows of {entity.name!r} have no key by which labels could be kept."
        yield ("text",), message, f"Add a primary_key to {entity.name}."
    if tag.entity in reach.entities and tag.entity not in reach.of_entity(entity.name):
        remedy = f"Take a text whose rows belong to one {tag.entity}, or add a relationship."
        yield ("text",), f"{body.text!r} does not lead to {tag.entity!r}.", remedy
    if body.window and entity.time is None:
        message = f"Rows of {entity.name!r} have no time, so there is no window of them."
        yield ("window",), message, f"Remove window, or add time: to {entity.name}."
    if body.method is TextMethod.CLASSIFIER and entity.time is None:
        message = f"Rows of {entity.name!r} have no time, so none can be held out to measure a classifier."
        yield ("method",), message, f"Write method: dictionary, or add time: to {entity.name}."


def _labels(body: TextBody) -> Iterator[_Fault]:
    counts = Counter(str(label.value.value) for label in body.labels)
    for at, label in enumerate(body.labels):
        value = str(label.value.value)
        if not value:
            yield ("labels", at, "value"), "A label has no value.", "Write value: with the name of the label."
        elif counts[value] > 1:
            yield ("labels", at, "value"), f"There are two labels {value!r}.", "Put their words into one label."
        if body.method is TextMethod.DICTIONARY and not label.words:
            yield ("labels", at), f"The label {value!r} has no words to be found by.", "Add words: [...]."


def _truth(body: TextBody) -> Iterator[_Fault]:
    allowed = [str(label.value.value) for label in body.labels]
    for at, one in enumerate(body.truth):
        if one.value and one.value not in allowed:
            remedy = did_you_mean(one.value, allowed, allowed="labels")
            yield ("truth", at, "value"), f"{one.value!r} is not a label of the tag.", remedy
    if body.method is TextMethod.CLASSIFIER and not body.truth:
        message = "A classifier learns from labelled texts, and none are given."
        yield ("method",), message, "Add truth: [{said: ..., value: ...}], or write method: dictionary."
