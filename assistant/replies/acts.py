"""Replies to the steps about what follows from an answer: each is made in a room of its own, loaded when it is asked for.

Models, tests of experiments and the like bring large packages with them, which the first question should not wait for.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import assert_never

from assistant.replies.draft import Draft
from assistant.resources import Asked, Resources
from semantic_layer.query.acts import (
    Act,
    Apart,
    Basket,
    CampaignState,
    Cluster,
    Measure,
    ModelCard,
    Predict,
    Recommend,
    SegmentChange,
    SegmentFlow,
    SegmentTrend,
    StartCampaign,
)
from semantic_layer.query.plan import Catalogue, Pin


def act(step: Act | Pin, asked: Asked, resources: Resources) -> Draft:
    """What the step gives."""
    match step:
        case SegmentChange() | SegmentTrend() | SegmentFlow() | Apart():
            return _of_segments(step, asked, resources)
        case Predict() | ModelCard() | Cluster() | Basket() | Recommend():
            return _of_models(step, asked, resources)
        case StartCampaign() | CampaignState() | Measure():
            return _of_campaigns(step, asked, resources)
        case Pin():
            from assistant.replies.boards import pin

            return pin(step, asked, resources)
        case _:
            assert_never(step)


def listed(step: Catalogue, asked: Asked, resources: Resources) -> Draft | None:
    """What there is of a kind that stands outside the definitions; `None` for what is defined."""
    match step.kind:
        case "segment":
            from assistant.replies.segment_list import segment_list

            return segment_list(step, asked, resources)
        case "campaign":
            from assistant.replies.campaigns import campaigns_listed

            return campaigns_listed(asked, resources)
        case "model":
            from assistant.replies.predictions import models_listed

            return models_listed(asked, resources)
        case "board":
            from assistant.replies.boards import board_catalogue

            return board_catalogue(step, asked, resources)
        case _:
            return None


def _of_segments(step: SegmentChange | SegmentTrend | SegmentFlow | Apart, asked: Asked, resources: Resources) -> Draft:
    match step:
        case SegmentChange():
            from assistant.replies.segment_changes import segment_change

            return segment_change(step, asked, resources)
        case SegmentTrend():
            from assistant.replies.segment_flows import segment_trend

            return segment_trend(step, asked, resources)
        case SegmentFlow():
            from assistant.replies.segment_flows import segment_flow

            return segment_flow(step, asked, resources)
        case Apart():
            from assistant.replies.segment_changes import apart

            return apart(step, asked, resources)
        case _:
            assert_never(step)


def _of_models(step: Predict | ModelCard | Cluster | Basket | Recommend, asked: Asked, resources: Resources) -> Draft:
    match step:
        case Predict(target="uplift"):
            from assistant.replies.uplift import uplift

            return uplift(step, asked, resources)
        case Predict():
            from assistant.replies.predictions import predict

            return predict(step, asked, resources)
        case ModelCard():
            from assistant.replies.predictions import model_card

            return model_card(step, asked, resources)
        case Cluster():
            from assistant.replies.clusters import cluster

            return cluster(step, asked, resources)
        case Basket():
            from assistant.replies.baskets import basket

            return basket(step, asked, resources)
        case Recommend():
            from assistant.replies.recommend import recommend

            return recommend(step, asked, resources)
        case _:
            assert_never(step)


def _of_campaigns(step: StartCampaign | CampaignState | Measure, asked: Asked, resources: Resources) -> Draft:
    match step:
        case StartCampaign():
            from assistant.replies.campaigns import start_campaign

            return start_campaign(step, asked, resources)
        case CampaignState():
            from assistant.replies.campaigns import campaign_state

            return campaign_state(step, asked, resources)
        case Measure():
            from assistant.replies.effects import measure

            return measure(step, asked, resources)
        case _:
            assert_never(step)
