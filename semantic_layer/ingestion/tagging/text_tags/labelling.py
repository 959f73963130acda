"""Labels the texts of the data for its text tags, measures how well, and writes both beside the tags.

    text_labels_<entity>   the key of the row, `tag`, `value`, `score` (0..1): one row a text and tag, where a label was found
    text_quality           a row a tag and label: how well it is found in texts held out in time, and whether it is published

The text itself is not copied: where it is deleted, its labels go with the row.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from semantic_layer.compiler.context import LABELS, TEXT_QUALITY, labels_table
from semantic_layer.compiler.text_tags import text_entity
from semantic_layer.engines.version import BASE
from semantic_layer.errors import DataError
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.tagging.bench import Bench
from semantic_layer.ingestion.tagging.book import TagBook
from semantic_layer.ingestion.tagging.text_tags.classifier import Classifier
from semantic_layer.ingestion.tagging.text_tags.dictionary import Dictionary, spoken
from semantic_layer.ingestion.tagging.text_tags.evaluate import quality
from semantic_layer.ingestion.tagging.text_tags.truth import Truths
from semantic_layer.ingestion.tagging.text_tags.types import UNLABELLED, Finds, Found, LabelQuality
from semantic_layer.model.types import Entity, Tag, TextBody, TextMethod

HOLD_OUT: Final = 0.2  # the latest part of the labelled texts, from which nothing is learned
SEED: Final = 7
_FOUND: Final = "found_labels"
_QUALITY: Final = (
    "tag VARCHAR, value VARCHAR, method VARCHAR, held_out BIGINT, given BIGINT, correct BIGINT, truly BIGINT, "
    "precision DOUBLE, low DOUBLE, high DOUBLE, recall DOUBLE, bar DOUBLE, published BOOLEAN"
)


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the texts of a tag stand."""

    tag: Tag
    body: TextBody
    entity: Entity
    column: str

    def rows(self, catalog: str) -> str:
        """A query for `text` and `moment` of every row with a text."""
        moment = identifier(self.entity.time) if self.entity.time else "NULL::TIMESTAMP"
        text = identifier(self.column)
        table = identifier(self.entity.table)
        return f"SELECT {text} AS text, {moment} AS moment FROM {catalog}.main.{table} WHERE {text} IS NOT NULL"


@dataclass(frozen=True, slots=True)
class _Split:
    """Texts whose label is known: those to learn from, each once, and those held out, each with how often it occurs."""

    early: tuple[tuple[str, str], ...]
    late: tuple[tuple[str, str, int], ...]


class Nothing:
    """Finds no label in any text: what a classifier is that had too little to learn from."""

    def find_all(self, texts: Sequence[str]) -> list[Found]:
        return [Found(UNLABELLED, 1.0)] * len(texts)


class Learned:
    """A classifier over the lines of one speaker."""

    def __init__(self, classifier: Classifier, speaker: str) -> None:
        self._classifier = classifier
        self._speaker = speaker

    def find_all(self, texts: Sequence[str]) -> list[Found]:
        return self._classifier.find_all(["\n".join(spoken(text, self._speaker)) for text in texts])


class TextLabels:
    """Writes labels. What a classifier learned from a base is kept for the deltas over it."""

    def __init__(self, book: TagBook) -> None:
        self._sources = tuple(
            _Source(tag, tag.body, text_entity(book.index, tag.body), book.index.dimension(tag.body.text).expr)
            for tag in book.model.tags
            if isinstance(tag.body, TextBody)
        )
        self._methods: dict[tuple[str, str], Finds] = {}

    def write(self, bench: Bench) -> None:
        """Label all texts of a new base, and measure each label. Tables of tags that are gone are removed."""
        wanted = {labels_table(source.entity): source.entity for source in self._sources}
        for table in bench.tables():
            if table == TEXT_QUALITY or (table.startswith(LABELS) and table not in wanted):
                bench.run(f"DROP TABLE target.main.{identifier(table)}")
        if not self._sources:
            return
        bench.run(f"CREATE TABLE target.main.{TEXT_QUALITY} ({_QUALITY})")
        found: dict[str, list[str]] = {table: [] for table in wanted}
        for source in self._sources:
            split = _split(bench, source, "target")
            method = _method(source, split)
            published = _measure(bench, source, method, split)
            texts = bench.run(f"SELECT DISTINCT text FROM ({source.rows('target')})")
            step = f"memory.work.{identifier(f'labels_{source.tag.name}')}"
            _find(bench, source, method, published, [str(text) for (text,) in texts], step)
            found[labels_table(source.entity)].append(_labelled(source, "target.main." + _name(source), step))
        for table, parts in found.items():
            bench.run(
                f"CREATE OR REPLACE TABLE target.main.{identifier(table)} AS SELECT * FROM ({' UNION ALL '.join(parts)}) "
                "ORDER BY tag"
            )

    def renew(self, bench: Bench, tables: Collection[str], base: str) -> None:
        """Label the staged rows of the tables for a delta over the published file `base`; labels of rows gone go."""
        for entity in dict.fromkeys(source.entity for source in self._sources if source.entity.table in tables):
            name = identifier(entity.table)
            keys = ", ".join(identifier(key) for key in entity.primary_key)
            parts = [
                self._of_staged(bench, source, base) for source in self._sources if source.entity.name == entity.name
            ]
            bench.replace_rows(
                labels_table(entity),
                entity.primary_key,
                f"SELECT {keys} FROM memory.staged.{name} UNION SELECT {keys} FROM memory.gone.{name}",
                " UNION ALL ".join(parts),
                likely=False,
            )

    def _of_staged(self, bench: Bench, source: _Source, base: str) -> str:
        published = bench.run(
            f"SELECT value FROM target.main.{TEXT_QUALITY} WHERE tag = ? AND published", (source.tag.name,)
        )
        staged = f"memory.staged.{_name(source)}"
        column = identifier(source.column)
        texts = bench.run(f"SELECT DISTINCT {column} FROM {staged} WHERE {column} IS NOT NULL")
        step = f"memory.work.{identifier(f'labels_{source.tag.name}')}"
        method = self._method_of(bench, source, base)
        _find(bench, source, method, [str(value) for (value,) in published], [str(text) for (text,) in texts], step)
        return _labelled(source, staged, step)

    def _method_of(self, bench: Bench, source: _Source, base: str) -> Finds:
        """The method as it labelled the base: a classifier learns from the same texts again, once a base."""
        if source.body.method is TextMethod.DICTIONARY:
            return Dictionary(source.body)
        if any(known != base for known, _ in self._methods):
            self._methods.clear()
        key = (base, source.tag.name)
        if key not in self._methods:
            self._methods[key] = _method(source, _split(bench, source, BASE))
        return self._methods[key]


def _method(source: _Source, split: _Split) -> Finds:
    body = source.body
    if body.method is TextMethod.DICTIONARY:
        return Dictionary(body)
    texts = ["\n".join(spoken(text, body.speaker)) for text, _ in split.early]
    try:
        return Learned(Classifier.learned(texts, [value for _, value in split.early], seed=SEED), body.speaker)
    except DataError:  # too little was labelled: the card shows that nothing is published
        return Nothing()


def _split(bench: Bench, source: _Source, catalog: str) -> _Split:
    """Texts with a known label, parted by time; without a time all are held out, and nothing can be learned."""
    if not source.body.truth:
        return _Split((), ())
    texts = [str(text) for (text,) in bench.run(f"SELECT DISTINCT text FROM ({source.rows(catalog)}) ORDER BY text")]
    known = list(Truths(source.body).among(texts))
    table = pa.table({"text": pa.array([t for t, _ in known], pa.string())})
    bench.connection.register("true_texts", table)
    rows = f"SELECT text, moment FROM ({source.rows(catalog)}) SEMI JOIN true_texts USING (text)"
    try:
        cut = bench.run(f"SELECT QUANTILE_DISC(moment, {1 - HOLD_OUT}) FROM ({rows})")[0][0]
        late = "TRUE" if cut is None else "moment > ?"
        given = [] if cut is None else [cut]
        counted = bench.run(f"SELECT text, COUNT(*) FROM ({rows}) WHERE {late} GROUP BY text", given)
        early = bench.run(f"SELECT DISTINCT text FROM ({rows}) WHERE NOT ({late}) ORDER BY text", given)
    finally:
        bench.connection.unregister("true_texts")
    values = dict(known)
    return _Split(
        tuple((str(text), values[str(text)]) for (text,) in early),
        tuple((str(text), values[str(text)], int(str(count))) for text, count in counted),
    )


def _measure(bench: Bench, source: _Source, method: Finds, split: _Split) -> list[str]:
    """Write how well each label is found; those that are published."""
    body = source.body
    given = [one.value for one in method.find_all([text for text, _, _ in split.late])]
    measured = quality(given, [value for _, value, _ in split.late], [count for *_, count in split.late])
    by_value = {one.value: one for one in measured}
    held_out = sum(count for *_, count in split.late)
    published = []
    for label in body.labels:
        value = str(label.value.value)
        one = by_value.get(value, _unmeasured(value))
        holds = not body.truth or (one.holds(body.bar) and one.given >= body.fewest)
        if holds:
            published.append(value)
        figures = (held_out, one.given, one.right, one.true, one.precision, one.low, one.high, one.recall)
        bench.run(
            f"INSERT INTO target.main.{TEXT_QUALITY} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (source.tag.name, value, body.method.value, *figures, body.bar, holds),
        )
    return published


def _unmeasured(value: str) -> LabelQuality:
    return LabelQuality(value=value, given=0, right=0, true=0, precision=None, low=0.0, high=1.0, recall=None)


def _find(
    bench: Bench, source: _Source, method: Finds, published: Collection[str], texts: list[str], into: str
) -> None:
    """Keep the published labels of distinct texts in a table of the bench."""
    allowed = frozenset(published)
    found = [
        (text, one.value, one.score)
        for text, one in zip(texts, method.find_all(texts), strict=True)
        if one.value in allowed
    ]
    names = {"text": pa.string(), "value": pa.string(), "score": pa.float64()}
    arrays = [pa.array([row[place] for row in found], kind) for place, kind in enumerate(names.values())]
    bench.connection.register(_FOUND, pa.table(dict(zip(names, arrays, strict=True))))
    try:
        bench.run(
            f"CREATE OR REPLACE TABLE {into} AS SELECT text, ? AS tag, value, score FROM {_FOUND}", (source.tag.name,)
        )
    finally:
        bench.connection.unregister(_FOUND)


def _labelled(source: _Source, rows: str, step: str) -> str:
    """A query for the labels of rows: the key, tag, value and score."""
    keys = ", ".join(f"t.{identifier(key)}" for key in source.entity.primary_key)
    return f"SELECT {keys}, f.tag, f.value, f.score FROM {rows} AS t JOIN {step} AS f ON f.text = t.{identifier(source.column)}"


def _name(source: _Source) -> str:
    return identifier(source.entity.table)
