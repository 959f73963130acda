"""Scores as tags: the definitions with the tags that models have published."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from semantic_layer.errors import Text
from semantic_layer.model.types import (
    ColumnType,
    ModelBody,
    Origin,
    Scored,
    SemanticModel,
    Tag,
    TagKind,
    Value,
    Words,
)
from tools.models.kept import ModelStore, Published
from tools.models.types import Card, Ints, Scores, Trained

OWNER: Final = "model"


def with_scores(model: SemanticModel, store: ModelStore, data_set: str) -> SemanticModel:
    """The definitions with one more tag for each published model. A name that the definitions have themselves stays theirs.

    A published tag whose scores are no longer kept, or that rests on something no longer defined, is left out.
    """
    taken = {tag.name for tag in model.tags} | {
        one.name for one in model.dimensions if one.entity == model.customer_entity
    }
    found = []
    for published in store.published(data_set):
        trained = _kept(store, published)
        if trained is not None and published.tag not in taken and _defined(trained.card, model):
            found.append(tag_of(trained, model.customer_entity, published.published_by))
    return replace(model, tags=(*model.tags, *found)) if found else model


def tag_of(trained: Trained, entity: str, owner: str) -> Tag:
    """The tag that the scores stand as. The card must have a tag form and bands."""
    card, form = trained.card, trained.card.tag
    assert form is not None
    values = tuple(Value(value=band.value, label=band.label, aliases=band.aliases) for band in card.bands)
    sources = dict.fromkeys(name for feature in card.features for name in feature.sources)
    scored = tuple(
        Scored(value=value, low=low, bits=bits)
        for at, value in enumerate(values)
        if (held := trained.scores.keys[trained.scores.band == at]).size
        for low, bits in (bits_of(held),)
    )
    return Tag(
        name=form.name,
        entity=entity,
        words=Words(label=form.label, synonyms=form.synonyms, description=described(card)),
        kind=TagKind.MODEL,
        category=form.category,
        body=ModelBody(
            model=card.name, version=card.version, scored_on=card.as_of, scored=scored, made_from=tuple(sources)
        ),
        type=ColumnType.STRING,
        values=values,
        positive=form.positive,
        ordered=form.ordered,
        refresh="on training",
        origin=Origin(file=f"{OWNER}:{card.name}", owner=owner, version=card.version),
    )


def described(card: Card) -> Text:
    """What the tag means: what the model answers, of which version and day, and where its levels lie."""
    bounded = [band for band in card.bands if band.low is not None or band.high is not None]
    zh = "，".join(f"{band.label.zh} {_bounds(band.low, band.high, '以上', '以下')}" for band in bounded)
    en = ", ".join(f"{band.label.en} {_bounds(band.low, band.high, ' and more', ' and less')}" for band in bounded)
    return Text(
        f"{card.answers.zh}{f'分档：{zh}。' if zh else ''}由{card.label.zh}第 {card.version} 版在 {card.as_of} 打分。",
        f"{card.answers.en}{f' Levels: {en}.' if en else ''} Scored by version {card.version} of the {card.label.en} on "
        f"{card.as_of}.",
    )


def bits_of(keys: Ints) -> tuple[int, bytes]:
    """Keys as a first key and bits after it, the highest bit of each byte first; `keys` are not empty."""
    low = int(keys.min())
    marks = np.zeros(int(keys.max()) - low + 1, dtype=np.uint8)
    marks[keys - low] = 1
    return low, np.packbits(marks).tobytes()


def keys_of(scores: Scores, band: int) -> Ints:
    """The customers of one band, ascending."""
    return np.asarray(scores.keys[scores.band == band])


def _bounds(low: float | None, high: float | None, more: str, less: str) -> str:
    if low is not None and high is not None:
        return f"{_number(low)}–{_number(high)}"
    return f"{_number(low)}{more}" if low is not None else f"{_number(high or 0)}{less}"


def _number(value: float) -> str:
    return f"{value:.0%}" if 0 <= value <= 1 else f"{value:,.0f}"


def _kept(store: ModelStore, published: Published) -> Trained | None:
    cards = store.cards(published.data_set, published.model)
    card = next((one for one in cards if one.version == published.version), None)
    scores = store.scores(published.data_set, published.model, published.version) if card is not None else None
    if card is None or scores is None or card.tag is None:
        return None
    return Trained(card=card, scores=scores)


def _defined(card: Card, model: SemanticModel) -> bool:
    known = {metric.name for metric in model.metrics} | {one.qualified for one in model.dimensions}
    return all(name in known for feature in card.features for name in feature.sources)
