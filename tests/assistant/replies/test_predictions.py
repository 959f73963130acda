"""What is answered about models: announced before training, then who, why, how good, and what is refused instead."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from assistant.replies.draft import Draft
from assistant.replies.predictions import (
    audience_of_prediction,
    horizon_days,
    model_card,
    models_listed,
    predict,
)
from assistant.resources import Asked, Resources
from semantic_layer.errors import InvalidPlanError, NotYetError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.grain import Grain
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import User
from semantic_layer.query.acts import ModelCard, Predict
from semantic_layer.query.plan import Plan, Step
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience
from tools.models.book import ModelBook
from tools.models.kept import ModelsOfMemory
from tools.models.models import standard_models
from tools.models.tags import with_scores

ADMIN = User(name="Ana", roles=("admin",))
PRICE = Predict(target="price_sensitivity")


@pytest.fixture(scope="module")
def store() -> ModelsOfMemory:
    return ModelsOfMemory()


@pytest.fixture(scope="module")
def resources(assistant, store: ModelsOfMemory) -> Resources:
    ticks = itertools.count()
    book = ModelBook(
        store,
        standard_models(),
        "retail",
        clock=lambda: datetime(2026, 11, 1, tzinfo=UTC),
        seconds=lambda: float(next(ticks)),
    )
    return replace(assistant.resources, models=book)


def asked(step: Step, language: str = "zh", user: User = ADMIN) -> Asked:
    return Asked(text="", language=language, user=user, plan=Plan((step,)))  # type: ignore[arg-type]


def whole(draft: Draft) -> Draft:
    return draft.rest(draft) if draft.rest is not None else draft


def first(reply: Callable[..., Draft], step: Step, resources: Resources, language: str = "zh") -> Draft:
    return whole(reply(step, asked(step, language), resources))


def test_training_is_announced_and_happens_once(resources: Resources) -> None:
    step = Predict(target="next_category", top=10)
    announced = predict(step, asked(step), resources)
    assert announced.rest is not None
    assert "训练" in announced.text
    assert announced.people is None
    answered = announced.rest(announced)
    again = predict(step, asked(step), resources)
    assert again.rest is None
    assert again.text == answered.text
    assert again.people is not None
    assert len(again.people) == again.people.total_rows == 10


@pytest.mark.parametrize("language", ["zh", "en"])
def test_people_come_with_score_range_level_and_reasons(resources: Resources, language: str) -> None:
    draft = first(predict, PRICE, resources, language)
    assert draft.people is not None
    assert draft.headline is not None
    assert draft.headline.exact == f"{draft.people.total_rows:,}"
    who, score, range_, band, why = draft.people.rows[0]
    assert str(who).startswith("M")
    assert str(score).endswith("%")
    assert " – " in str(range_)
    assert str(band) == {"zh": "高价格敏感度", "en": "high price sensitivity"}[language]
    assert {"zh": "用券", "en": "coupon"}[language] in str(why)
    scores = [float(str(row[1]).rstrip("%")) for row in draft.people.rows]
    assert scores == sorted(scores, reverse=True)
    assert {"zh": "检验", "en": "Judged"}[language] in draft.text
    assert draft.chart is not None


def test_the_card_shows_how_good_it_is_and_draws_the_calibration(resources: Resources) -> None:
    draft = first(model_card, ModelCard(target="price_sensitivity"), resources)
    titles = [one.title for one in draft.sections]
    assert {"有多准", "试过的方法", "校准", "按时间切分", "用到的特征", "不做什么"} <= set(titles)
    assert draft.chart is not None
    assert "AUC" in draft.text
    assert "基线" in draft.text


def test_a_condition_limits_who_is_asked_about(resources: Resources) -> None:
    everybody = audience_of_prediction(PRICE, asked(PRICE), resources).keys
    step = replace(PRICE, where=Compare("customer.city", "=", "上海"))
    there = audience_of_prediction(step, asked(step), resources).keys
    of_city = resources.layer.key_array(Audience(where=step.where), ADMIN)
    assert there.tolist() == [key for key in everybody.tolist() if key in set(of_city.tolist())]
    assert first(predict, step, resources).text.startswith("上海")


def test_the_people_are_saved_as_keys_until_their_tag_is_published(resources: Resources, store: ModelsOfMemory) -> None:
    listed = audience_of_prediction(PRICE, asked(PRICE), resources)
    assert listed.audience is None
    book = resources.models
    assert book is not None
    card = book.get("price_sensitivity", resources.layer, ADMIN).card
    book.publish("price_sensitivity", card.version, resources.layer, ADMIN)
    index = ModelIndex(with_scores(resources.index.model, store, "retail"))
    old = resources.layer
    layer = SemanticLayer(index, old.policy, old.engine, old.as_of, old.segments)
    ruled = audience_of_prediction(PRICE, asked(PRICE), replace(resources, index=index, layer=layer))
    assert ruled.audience is not None
    assert layer.key_array(ruled.audience, ADMIN).tolist() == listed.keys.tolist() == ruled.keys.tolist()
    top = audience_of_prediction(replace(PRICE, top=5), asked(PRICE), replace(resources, index=index, layer=layer))
    assert (top.audience, len(top.keys)) == (None, 5)


def test_nobody_is_an_answer(resources: Resources) -> None:
    step = replace(PRICE, where=Compare("customer.member_no", "=", "nobody"))
    draft = first(predict, step, resources)
    assert draft.text.split("：")[-1].startswith("没有人") or "没有人" in draft.text
    assert draft.people is not None
    assert len(draft.people) == 0


def test_the_models_are_listed_trained_or_not(resources: Resources) -> None:
    first(predict, PRICE, resources)
    table = models_listed(asked(PRICE), resources).table
    assert table is not None
    by_name = {row[0]: row for row in table.rows}
    assert by_name["价格敏感模型"][1] == 1
    assert by_name["流失模型"][2] == "还没训练"


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Predict(target="churn", horizon=(2, Grain.YEAR)), "206"),
        (Predict(target="value", horizon=(3, Grain.YEAR)), "457"),
        (replace(PRICE, horizon=(1, Grain.MONTH)), "没有预测时长"),
        (Predict(target="churn", horizon=(3, Grain.HOUR)), "天、周、月"),
    ],
)
def test_a_horizon_that_cannot_be_judged_is_refused_with_what_can(
    resources: Resources, step: Predict, words: str
) -> None:
    with pytest.raises(InvalidPlanError) as told:
        first(predict, step, resources)
    assert words in told.value.message.zh


def test_other_targets_and_missing_models_are_said(resources: Resources) -> None:
    with pytest.raises(NotYetError):
        predict(Predict(target="uplift"), asked(PRICE), resources)
    with pytest.raises(InvalidPlanError):
        model_card(ModelCard(target="uplift"), asked(PRICE), resources)
    with pytest.raises(NotYetError):
        predict(PRICE, asked(PRICE), replace(resources, models=None))
    with pytest.raises(InvalidPlanError):
        first(predict, replace(PRICE, top=0), resources)


def test_months_are_of_thirty_days() -> None:
    assert horizon_days(Predict(target="churn", horizon=(1, Grain.MONTH))) == 30
    assert horizon_days(Predict(target="value", horizon=(1, Grain.YEAR))) == 365
    assert horizon_days(Predict(target="churn")) is None


@pytest.mark.slow
def test_churn_of_the_demo_company_is_told_apart_and_calibrated(resources: Resources) -> None:
    draft = first(predict, Predict(target="churn", horizon=(1, Grain.MONTH)), resources)
    assert draft.people is not None
    assert draft.people.total_rows
    book = resources.models
    assert book is not None
    card = book.get("churn", resources.layer, ADMIN).card
    auc = card.figure("auc")
    assert auc is not None
    assert auc.low > 0.8
    assert auc.low > auc.baseline
    assert sum(one.low <= one.predicted <= one.high for one in card.calibration) >= 8
    # Of those whom it would have warned of, as many left as the lowest of their chances says.
    high = [one for one in card.calibration if card.bands[0].low is not None and one.predicted >= card.bands[0].low]
    assert min(one.observed for one in high) > card.bands[0].low


@pytest.mark.slow
def test_value_of_the_demo_company_is_near_what_came(resources: Resources) -> None:
    draft = first(predict, Predict(target="value", horizon=(1, Grain.YEAR), top=100), resources)
    assert draft.people is not None
    assert len(draft.people) == 50
    assert draft.people.total_rows == 100
    book = resources.models
    assert book is not None
    card = book.get("value", resources.layer, ADMIN, horizon=365).card
    for name in ("total_count", "total_value"):
        figure = card.figure(name)
        assert figure is not None
        assert abs(figure.value) < 0.15
        assert figure.baseline > 0.4
