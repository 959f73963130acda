"""What speaks for each definition of a draft, in one line for the person who reviews it."""

from __future__ import annotations

from semantic_layer.errors import Text
from semantic_layer.ingestion.draft.fields import Field
from semantic_layer.ingestion.draft.naming import Named
from semantic_layer.ingestion.draft.proposals import Kind, Proposal
from semantic_layer.ingestion.draft.types import DatabaseProfile, Join, TableProfile, Thing
from semantic_layer.model.types import Metric, Relationship, Tag


def about_people(found: DatabaseProfile, named: Named) -> Proposal:
    return Proposal(
        kind=Kind.CUSTOMER,
        name=named.name,
        source=found.people,
        label=named.label,
        evidence=found.people_evidence,
        confidence=found.people_confidence,
    )


def about_table(table: TableProfile, named: Named, thing: Thing | None = None) -> Proposal:
    sampled = "; columns looked at in a sample" if table.sampled else ""
    when = f"; when: {table.when}" if table.when else ""
    past = f"; keeps the past: {' to '.join(table.history)}" if table.history else ""
    taken = f"{thing.evidence}; " if thing else ""
    evidence = f"{taken}{table.rows} rows{sampled}; key: {', '.join(table.key.columns) or 'none'} ({table.key.evidence}){when}{past}"
    return Proposal(
        kind=Kind.ENTITY,
        name=named.name,
        source=table.name,
        label=named.label,
        evidence=evidence,
        confidence=round(max(table.key.confidence, 0.4), 2),
    )


def about_join(link: Relationship, join: Join) -> Proposal:
    said = f"{link.from_entity}.{'+'.join(link.from_columns)} → {link.to_entity}.{'+'.join(link.to_columns)}"
    return Proposal(
        kind=Kind.RELATIONSHIP,
        name=link.name,
        source=f"{join.table}.{'+'.join(join.columns)}",
        label=Text(said, said),
        evidence=join.evidence,
        confidence=join.confidence,
    )


def about_field(table: TableProfile, named: Named, field: Field) -> Proposal:
    return Proposal(
        kind=Kind.DIMENSION,
        name=f"{named.name}.{field.named.name}",
        source=f"{table.name}.{field.profile.name}",
        label=field.named.label,
        evidence=field.evidence,
        confidence=field.confidence,
    )


def about_metric(metric: Metric, source: str, confidence: float) -> Proposal:
    return Proposal(
        kind=Kind.METRIC,
        name=metric.name,
        source=source,
        label=metric.words.label,
        evidence=f"in {metric.unit.value}",
        confidence=confidence,
    )


def about_tag(tag: Tag) -> Proposal:
    return Proposal(
        kind=Kind.TAG,
        name=tag.qualified,
        source=tag.entity,
        label=tag.words.label,
        evidence=tag.words.description.en,
        confidence=0.5,
    )
