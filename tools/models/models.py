"""The models that a product without further wiring knows."""

from __future__ import annotations

from tools.models.category import NextCategoryModel
from tools.models.churn import ChurnModel
from tools.models.clusters_model import ClusterModel
from tools.models.price import PriceModel
from tools.models.types import Model
from tools.models.value import ValueModel


def standard_models() -> tuple[Model, ...]:
    """Churn, value, next category, price sensitivity, groups of customers."""
    return (ChurnModel(), ValueModel(), NextCategoryModel(), PriceModel(), ClusterModel())
