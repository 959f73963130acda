"""Whom a model chose, for whoever saves them: by what the model is of."""

from __future__ import annotations

from assistant.replies.predictions import Foreseen, audience_of_prediction
from assistant.replies.uplift import keys_of_uplift
from assistant.resources import Asked, Resources
from semantic_layer.query.acts import Predict


def keys_foreseen(step: Predict, asked: Asked, resources: Resources) -> Foreseen:
    """Integer customer keys in ascending order, and the rule where the scores stand as a tag. Trains what is not trained."""
    if step.target == "uplift":
        return Foreseen(keys=keys_of_uplift(step, asked, resources))
    return audience_of_prediction(step, asked, resources)
