"""What must hold of a whole model. Each rule is a function from the model and its places to the faults it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from semantic_layer.errors import Issue
from semantic_layer.model.rules.cycles import cyclic_metrics, deep_metrics
from semantic_layer.model.rules.histories import history_columns
from semantic_layer.model.rules.metrics import metric_references
from semantic_layer.model.rules.names import duplicate_names, name_clashes
from semantic_layer.model.rules.outreach import outreach_references
from semantic_layer.model.rules.periods import grains, lengths, running_totals
from semantic_layer.model.rules.reach import related_parts, tags_of_people
from semantic_layer.model.rules.replacements import replacements
from semantic_layer.model.rules.structure import company_references, entity_references, relationship_references
from semantic_layer.model.rules.tags import preferred_dimension, tag_references
from semantic_layer.model.rules.texts import text_tags
from semantic_layer.model.rules.time import festival_occurrences, fiscal_weeks, own_periods, time_spines
from semantic_layer.model.rules.words import ambiguity_references, near_miss_words, shared_words, value_words
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import SemanticModel

Rule = Callable[[SemanticModel, Sources], Iterator[Issue]]

RULES: tuple[Rule, ...] = (
    duplicate_names,
    name_clashes,
    entity_references,
    relationship_references,
    company_references,
    metric_references,
    cyclic_metrics,
    deep_metrics,
    related_parts,
    lengths,
    running_totals,
    grains,
    history_columns,
    replacements,
    tag_references,
    preferred_dimension,
    tags_of_people,
    text_tags,
    shared_words,
    value_words,
    ambiguity_references,
    near_miss_words,
    time_spines,
    own_periods,
    festival_occurrences,
    fiscal_weeks,
    outreach_references,
)
