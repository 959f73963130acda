"""Reads a dbt semantic layer (MetricFlow) as a `SemanticModel`, with a report of what did not come along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from semantic_layer.errors import Issue, Text
from semantic_layer.interchange.dbt_entities import Columns, EntityBuilder, relationships_of, words_of
from semantic_layer.interchange.dbt_files import find_documents
from semantic_layer.interchange.dbt_filters import Fragments
from semantic_layer.interchange.dbt_links import links_of
from semantic_layer.interchange.dbt_measures import Measures
from semantic_layer.interchange.dbt_metrics import MetricBuilder
from semantic_layer.interchange.dbt_names import DbtNames
from semantic_layer.interchange.dbt_read import read_documents
from semantic_layer.interchange.dbt_types import DbtManifest
from semantic_layer.interchange.losses import Imported, Loss
from semantic_layer.model.load import raise_errors
from semantic_layer.model.rules.cycles import cyclic_metrics
from semantic_layer.model.rules.metrics import metric_references
from semantic_layer.model.rules.names import duplicate_names
from semantic_layer.model.rules.structure import entity_references
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import ColumnType, Conventions, SemanticModel

_RULES = (duplicate_names, entity_references, metric_references, cyclic_metrics)
_PEOPLE = Text("dbt 不说明哪个实体是客户。", "dbt does not say which entity the people are; name it as the customer.")


@dataclass(frozen=True, slots=True)
class DbtProject:
    """A manifest as read, and what its long names mean."""

    manifest: DbtManifest
    names: DbtNames
    measures: Measures
    imported: Imported


def read_dbt(
    path: Path, *, columns: Columns | None = None, customer_entity: str = "", as_of: str | None = None
) -> Imported:
    """The definitions at `path`: a folder of YAML files, one such file, or a compiled `semantic_manifest.json`.

    Each semantic model becomes an entity over the table of its alias; `columns` are the columns of these tables with
    their types, which dbt does not know. `customer_entity` is the semantic model whose rows are people, `as_of` the
    data's today. Raises `DefinitionError` with every fault, or `DataError` when there is nothing to read.
    """
    return open_dbt(path, columns=columns, customer_entity=customer_entity, as_of=as_of).imported


def open_dbt(
    path: Path, *, columns: Columns | None = None, customer_entity: str = "", as_of: str | None = None
) -> DbtProject:
    """The same, with the manifest itself and the meaning of its long names, for those who ask in dbt's terms."""
    documents = find_documents(path)
    manifest = read_documents(documents)
    raise_errors(tuple(documents.issues))
    links, lost_links = links_of(manifest.models)
    names, measures = DbtNames(manifest.models, links), Measures(manifest)
    own_grains = [period.name for spine in manifest.spines for period in spine.periods]
    builder = MetricBuilder(measures, names, Fragments(names, measures.starts_of, own_grains))
    losses = [*documents.losses, *lost_links]
    built = [EntityBuilder(model, _known(columns, model.table), losses) for model in manifest.models]
    if not customer_entity:
        losses.append(Loss(path.name, "customer_entity", _PEOPLE))
    model = SemanticModel(
        name=path.stem,
        words=words_of(path.stem, "", ""),
        entities=tuple(one.entity() for one in built),
        relationships=relationships_of(links),
        dimensions=tuple(field for one in built for field in one.dimensions()),
        metrics=builder.metrics(manifest.metrics),
        time_spines=manifest.spines,
        conventions=Conventions(default_window="", missing="unknown", as_of=as_of),
        customer_entity=customer_entity,
    )
    sources = _sources(manifest)
    found = (issue for rule in _RULES for issue in rule(model, sources))
    raise_errors((*builder.issues, *_doubled(manifest), *found))
    return DbtProject(manifest, names, measures, Imported(model, (*losses, *builder.losses)))


def _known(columns: Columns | None, table: str) -> Mapping[str, ColumnType] | None:
    return None if columns is None else columns.get(table)


def _sources(manifest: DbtManifest) -> Sources:
    sources = Sources()
    for model in manifest.models:
        sources.add("entity", model.name, model.section)
    for metric in manifest.metrics:
        sources.add("metric", metric.name, metric.section)
    return sources


def _doubled(manifest: DbtManifest) -> Iterator[Issue]:
    """A measure is found by its name alone, and a field by its name within its model."""
    seen: dict[str, str] = {}
    for model in manifest.models:
        for measure in model.measures:
            first = seen.setdefault(measure.name, f"{measure.section.place.file}:{measure.section.line_of('name')}")
            place = measure.section.place
            if first != f"{place.file}:{measure.section.line_of('name')}":
                yield _twice(place.file, measure.section.line_of("name"), "measure", measure.name, first)
        fields = [one.name for one in model.dimensions] + [one.name for one in model.entities]
        for name in sorted({name for name in fields if fields.count(name) > 1}):
            place = model.section.place
            yield _twice(place.file, place.line, "field", f"{model.name}.{name}", f"{place.file}:{place.line}")


def _twice(file: str, line: int, kind: str, name: str, first: str) -> Issue:
    message = f"The {kind} {name!r} is defined twice; first in {first}."
    return Issue(file=file, line=line, key=name, message=message, remedy="Rename or remove one of the two.")
