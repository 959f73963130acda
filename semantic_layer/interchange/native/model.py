"""A whole model as forms, under the keys of definition files."""

from __future__ import annotations

from semantic_layer.interchange.native.company import (
    ambiguity_forms,
    conventions_form,
    festival_form,
    near_miss_form,
    sample_form,
)
from semantic_layer.interchange.native.entities import dataset_form, relationship_form, time_spine_form
from semantic_layer.interchange.native.forms import Form, form, some, unless, words_form
from semantic_layer.interchange.native.metrics import metric_form
from semantic_layer.interchange.native.outreach import outreach_form
from semantic_layer.interchange.native.tags import tag_form
from semantic_layer.model.types import SemanticModel, TagKind

USUAL_CUSTOMER = "customer"


def model_form(model: SemanticModel) -> Form:
    """Reading it gives an equal model, except for where definitions stand and for the hash of their files."""
    fields = {
        entity.name: [field for field in model.dimensions if field.entity == entity.name] for entity in model.entities
    }
    return form(
        {
            **head_form(model),
            "datasets": [dataset_form(entity, fields[entity.name]) for entity in model.entities],
            "relationships": some([relationship_form(relation) for relation in model.relationships]),
            "metrics": some([metric_form(metric) for metric in model.metrics]),
            "tags": tag_forms(model),
            **company_forms(model),
        }
    )


def head_form(model: SemanticModel) -> Form:
    return form(
        {
            "name": model.name,
            **words_form(model.words),
            "customer_entity": unless(model.customer_entity, USUAL_CUSTOMER),
        }
    )


def tag_forms(model: SemanticModel) -> list[Form] | None:
    dimensions = {dimension.qualified: dimension for dimension in model.dimensions}
    written = [tag for tag in model.tags if tag.kind is not TagKind.MODEL]  # scores are published, not written down
    return [tag_form(tag, customer=model.customer_entity, dimensions=dimensions) for tag in written] or None


def company_forms(model: SemanticModel) -> Form:
    return form(
        {
            "conventions": conventions_form(model.conventions) or None,
            "outreach": outreach_form(model.outreach) or None,
            "time_spines": some([time_spine_form(spine) for spine in model.time_spines]),
            "ambiguities": some(ambiguity_forms(model.ambiguities)),
            "near_misses": some([near_miss_form(miss) for miss in model.near_misses]),
            "festivals": some([festival_form(festival) for festival in model.festivals]),
            "samples": some([sample_form(sample) for sample in model.samples]),
        }
    )
