"""What columns of a source are, judged by the fields that they fill: `¥200` and `200` are both amounts to a field of amounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from semantic_layer.ingestion.sources.port import Chunk, Part, Source, SourceColumn
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.ingestion.standard.plan import columns_of
from semantic_layer.ingestion.standard.step import StepContext
from semantic_layer.ingestion.standard.types import FieldStandard
from semantic_layer.model.types import ColumnType


@dataclass(frozen=True, slots=True)
class AsRead:
    """A source whose columns have the type of their field while all examples can be read as that; else their own.

    So a column has changed its type only when values came that its field cannot take.
    """

    source: Source
    spec: SourceSpec
    standard: FieldStandard
    as_of: date

    def parts(self) -> Sequence[Part]:
        return self.source.parts()

    def columns(self, part: Part) -> tuple[SourceColumn, ...]:
        found = self.source.columns(part)
        fields = {
            name: one
            for one in columns_of(self.spec, self.standard, [column.name for column in found])
            for name in (one.mapping.column, *one.mapping.names)
            if one.field.type is not ColumnType.STRING
        }
        judged = []
        for column in found:
            one = fields.get(column.name)
            if one is not None and column.examples:
                chain = one.chain(StepContext(field=one.field, as_of=self.as_of), None)
                if all(chain.read(example).refusal is None for example in column.examples):
                    column = replace(column, type=one.field.type)  # noqa: PLW2901  # judged anew
            judged.append(column)
        return tuple(judged)

    def read(self, part: Part, *, after: str = "") -> Iterator[Chunk]:
        return self.source.read(part, after=after)
