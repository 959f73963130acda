"""Replies about what models say of customers: who is warned of or ranks highest, and why; the card; the list of models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from assistant.answer import FollowUp, Headline, Section
from assistant.replies.draft import Draft
from assistant.replies.model_cards import book_of, card_answer, card_sections, figure_text, rests_on, value_text
from assistant.replies.restated import condition_text
from assistant.resources import Asked, Resources
from semantic_layer.errors import InvalidPlanError, Language, NotYetError, Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.grain import Grain
from semantic_layer.query.acts import ModelCard, Predict
from semantic_layer.query.plan import Plan
from semantic_layer.query.predicate import Among, InSegment, conjoin
from semantic_layer.query.types import Audience
from semantic_layer.segments import Members, SegmentsInMemory
from semantic_layer.table import Cell, ResultColumn, Table
from tools import numbers
from tools.chart.calibration import bands_chart
from tools.models.tags import bits_of
from tools.models.types import NONE, Band, Card, Figure, Ints, Trained

DAYS: Final = {Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 30, Grain.QUARTER: 91, Grain.YEAR: 365}
SHOWN: Final = 50
_SHOWN: Final = "shown"
TARGETS: Final = ("churn", "value", "next_category", "price_sensitivity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """The people of a prediction, to be saved: keys in ascending order, and the same as a rule on a published tag where that
    says the same and moves with every training.
    """

    keys: Ints
    audience: Audience | None = None


def predict(step: Predict, asked: Asked, resources: Resources) -> Draft:
    """What the model says. A model that must be trained first is announced, and the answer follows."""
    book = book_of(resources)
    _refuse_other_targets(step.target)
    horizon = horizon_days(step)
    ready = book.ready(step.target, resources.layer, asked.user, horizon=horizon)
    if ready is not None:
        return _predicted(step, ready, asked, resources)

    def trained() -> Trained:
        return book.get(step.target, resources.layer, asked.user, horizon=horizon, cancel=asked.cancel)

    return _announced(step.target, asked, resources, lambda: _predicted(step, trained(), asked, resources))


def model_card(step: ModelCard, asked: Asked, resources: Resources) -> Draft:
    """The card of a model, trained first where it is not."""
    book = book_of(resources)
    if step.target == "uplift":
        raise InvalidPlanError(
            Text(
                "增量是从一次活动的对照组里学的，没有单独的卡片。请问某次活动对谁最有效，答案里会说有多可信。",
                "Uplift is learnt from the control group of one campaign and has no card of its own. Ask whom a campaign moved "
                "the most; the answer says how far it can be trusted.",
            )
        )
    ready = book.ready(step.target, resources.layer, asked.user)
    if ready is not None:
        return _carded(ready.card, asked, resources)

    def made() -> Draft:
        found = book.get(step.target, resources.layer, asked.user, cancel=asked.cancel)
        return _carded(found.card, asked, resources)

    return _announced(step.target, asked, resources, made)


def models_listed(asked: Asked, resources: Resources) -> Draft:
    """Which models there are, how good the newest of each is, and which stand as tags."""
    book = book_of(resources)
    cards = book.cards(resources.layer, asked.user)
    standing = {one.model: one for one in book.published()}
    rows: list[tuple[Cell, ...]] = []
    for name in book.names:
        card = next((one for one in cards if one.name == name), None)
        tag = standing.get(name)
        quality = card.metrics[0] if card is not None and card.metrics else None
        rows.append(
            (
                book.model(name).label.in_(asked.language),
                card.version if card is not None else None,
                card.as_of.isoformat() if card is not None else Text("还没训练", "not trained yet").in_(asked.language),
                _short(quality, asked.language, resources.currency),
                tag.tag if tag is not None else "",
            )
        )
    columns = (
        _column("model", Text("模型", "Model")),
        _column("version", Text("版本", "Version")),
        _column("as_of", Text("数据截至", "Data up to")),
        _column("quality", Text("有多准", "How good")),
        _column("tag", Text("发布为标签", "Published as the tag")),
    )
    text = Text(
        f"共 {len(rows)} 个模型，{len({c.name for c in cards})} 个已训练，{len(standing)} 个发布为标签。没训练的在第一次提问时训练。",
        f"{len(rows)} models: {len({c.name for c in cards})} trained, {len(standing)} published as tags. The others are trained "
        "when they are first asked for.",
    )
    return Draft(text=text.in_(asked.language), plan=asked.plan, table=Table(columns, tuple(rows)))


def audience_of_prediction(step: Predict, asked: Asked, resources: Resources) -> Foreseen:
    """Who a prediction is about, for whoever saves them or sends to them. Trains the model where it must be."""
    _refuse_other_targets(step.target)
    book = book_of(resources)
    trained = book.get(step.target, resources.layer, asked.user, horizon=horizon_days(step), cancel=asked.cancel)
    chosen = _chosen(step, trained, asked, resources)
    keys = np.sort(trained.scores.keys[chosen])
    standing = next((one for one in book.published() if one.model == step.target), None)
    form, entity = trained.card.tag, resources.index.model.customer_entity
    if step.top is not None or form is None or standing is None or standing.version != trained.card.version:
        return Foreseen(keys=keys)
    field = f"{entity}.{form.name}"
    if not form.positive or not resources.index.has_field(field):
        return Foreseen(keys=keys)
    rule = Among(field, form.positive)
    where = conjoin((step.where, rule) if step.where is not None else (rule,))
    return Foreseen(keys=keys, audience=Audience(where=where, entity=entity))


def horizon_days(step: Predict) -> int | None:
    """How far ahead in days: months of 30, quarters of 91, years of 365."""
    if step.horizon is None:
        return None
    count, unit = step.horizon
    if unit not in DAYS or count < 1:
        raise InvalidPlanError(
            Text("预测时长请用天、周、月、季度或年。", "Say how far ahead in days, weeks, months, quarters or years.")
        )
    return count * DAYS[unit]


# ---- answers


def _predicted(step: Predict, trained: Trained, asked: Asked, resources: Resources) -> Draft:
    card, language = trained.card, asked.language
    chosen = _chosen(step, trained, asked, resources)
    who = condition_text(step.where, resources.index, resources.calendar, language)
    text = Text(_sentence(trained, chosen, "zh", resources), _sentence(trained, chosen, "en", resources))
    said = f"{who}：{text.zh}" if who and language == "zh" else f"{who}: {text.en}" if who else text.in_(language)
    label = Text("人", "people").in_(language)
    bands = [(band.label.in_(language), band.people) for band in card.bands]
    return Draft(
        text=said,
        plan=asked.plan,
        headline=Headline(value=numbers.compact(len(chosen), None, language), exact=f"{len(chosen):,}", label=label),
        people=_people(trained, chosen, asked, resources),
        chart=bands_chart(bands, _chart_title(card, language), card.answers.in_(language), language),
        sections=_short_card(card, language, resources.currency),
        uses=rests_on(card, resources),
        follow_ups=(
            FollowUp(
                label=Text(f"{card.label.zh}准不准", f"How good is the {card.label.en}?").in_(language),
                plan=Plan((ModelCard(target=step.target),)),
            ),
        ),
        remarks=(*_fresh_remark(card), *card.limits),
    )


def _carded(card: Card, asked: Asked, resources: Resources) -> Draft:
    draft = card_answer(card, asked, resources)
    moved = book_of(resources).drift(card, resources.layer, asked.user, cancel=asked.cancel)
    if moved is None:
        return draft
    states = {
        "steady": Text("与训练时一样", "as in training"),
        "watch": Text("有些变化，值得留意", "some change, worth watching"),
        "moved": Text("变化明显，应当重新训练", "clearly moved: train again"),
    }
    named = {feature.name: feature.label for feature in card.features}
    lines = tuple((named[name].in_(asked.language), f"{index:.3f}") for name, index in moved.moved[:5] if name in named)
    state = (Text("现在的客户", "Customers now").in_(asked.language), states[moved.state].in_(asked.language))
    title = Text("漂移（PSI，0.1 起留意，0.25 起重新训练）", "Drift (PSI: watch from 0.1, train again from 0.25)")
    section = Section(title=title.in_(asked.language), lines=(state, *lines))
    return replace(draft, sections=(*draft.sections, section))


def _announced(target: str, asked: Asked, resources: Resources, made: Callable[[], Draft]) -> Draft:
    """That a model is being trained, at once; the answer itself as the rest."""
    label = book_of(resources).model(target).label
    text = Text(
        f"第一次用到{label.zh}，正在用现有数据训练，通常要十几秒到一分钟…",
        f"The {label.en} is used for the first time on these data; it is being trained, which takes seconds to a minute…",
    )
    return Draft(text=text.in_(asked.language), plan=asked.plan, rest=lambda _first: made())


def _chosen(step: Predict, trained: Trained, asked: Asked, resources: Resources) -> Ints:
    """Places of the people meant: the highest `top`, or those whom the model warns of; among those of `where`."""
    scores, card = trained.scores, trained.card
    among: Ints | None = None
    if step.where is not None:
        audience = Audience(where=step.where, entity=resources.index.model.customer_entity)
        among = resources.layer.key_array(audience, asked.user, cancel=asked.cancel)
    if step.top is not None:
        if step.top < 1:
            raise InvalidPlanError(Text("请至少要 1 个人。", "Ask for at least 1 person."))
        return scores.top(step.top, among)
    ranked = scores.top(len(scores), among)
    warned = _warned(card)
    return ranked if warned is None else ranked[np.isin(scores.band[ranked], warned)]


def _warned(card: Card) -> list[int] | None:
    """Places of the bands meant when nothing is said; `None` for all."""
    positive = card.tag.positive if card.tag is not None else ()
    return [at for at, band in enumerate(card.bands) if band.value in positive] if positive else None


def _people(trained: Trained, chosen: Ints, asked: Asked, resources: Resources) -> Table:
    """The first of them by score: who, the score, its range, the band, and why."""
    scores, card, language = trained.scores, trained.card, asked.language
    shown = chosen[:SHOWN]
    label, names = _labels(scores.keys[shown], asked, resources)
    unit = Figure(name="score", label=card.answers, value=0.0, unit=card.unit)
    ranged = scores.low is not None and scores.high is not None
    columns = (
        label,
        _column("score", _score_name(card)),
        *((_column("range", Text("95% 范围", "95 % range")),) if ranged else ()),
        _column("band", Text("分档", "Level") if card.name != "next_category" else Text("最可能买", "Likely to buy")),
        _column("why", Text("原因", "Why")),
    )
    stop = "；" if language == "zh" else "; "
    rows: list[tuple[Cell, ...]] = []
    for at, name in zip(shown.tolist(), names, strict=True):
        row: list[Cell] = [name, value_text(float(scores.score[at]), unit, language, resources.currency)]
        if scores.low is not None and scores.high is not None:
            ends = (float(scores.low[at]), float(scores.high[at]))
            written = [value_text(end, unit, language, resources.currency) for end in ends if np.isfinite(end)]
            row.append(" – ".join(written))
        band = int(scores.band[at])
        row.append(card.bands[band].label.in_(language) if band != NONE else "")
        row.append(stop.join(one.in_(language) for one in scores.reasons(at, card)))
        rows.append(tuple(row))
    return Table(columns, tuple(rows), total_rows=len(chosen))


def _labels(keys: Ints, asked: Asked, resources: Resources) -> tuple[ResultColumn, list[Cell]]:
    """What each of these people is called to this person, masked as the policy says; the key where nothing else is."""
    index, old = resources.index, resources.layer
    entity = index.entity(index.model.customer_entity)
    field = f"{entity.name}.{entity.label_column}" if entity.label_column else ""
    named = bool(field) and index.has_field(field) and old.may_use(field, asked.user)
    if not named or not keys.size:
        return _column("key", entity.words.label), list(keys.tolist())
    listed = SegmentsInMemory(lists={_SHOWN: Members(*bits_of(keys))})
    layer = SemanticLayer(index, old.policy, old.engine, old.as_of, listed)
    audience = Audience(where=InSegment(_SHOWN), entity=entity.name)
    table = layer.people(audience, asked.user, fields=(field,), cancel=asked.cancel).table
    key, name = (next(at for at, one in enumerate(table.columns) if one.role == role) for role in ("key", "attribute"))
    called = {row[key]: row[name] for row in table}
    return replace(table.columns[name], role="key"), [called.get(one) for one in keys.tolist()]


# ---- words


def _sentence(trained: Trained, chosen: Ints, language: Language, resources: Resources) -> str:
    card, scores = trained.card, trained.scores
    people = f"{len(chosen):,}"
    scored = f"{len(scores):,}"
    unit = Figure(name="score", label=card.answers, value=0.0, unit=card.unit)

    def written(value: float) -> str:
        return value_text(value, unit, language, resources.currency)

    if not len(chosen):
        return Text(
            f"没有人。{card.population.zh}一共给 {scored} 人打了分。",
            f"Nobody. {scored} people have a score. {card.population.en}",
        ).in_(language)
    low, high = float(scores.score[chosen].min()), float(scores.score[chosen].max())
    match card.name:
        case "churn":
            head = Text(
                f"未来 {card.horizon} 天最可能流失的有 {people} 人，流失概率 {written(low)} 至 {written(high)}"
                f"（给 {scored} 位按自己的节奏应当再买的客户打了分）。",
                f"{people} people are most likely to leave in the next {card.horizon} days, with a chance of {written(low)} to "
                f"{written(high)} (of {scored} customers who are due by their own rhythm).",
            )
        case "value":
            total = written(float(scores.score[chosen].sum()))
            head = Text(
                f"未来 {card.horizon} 天预计带来最多的 {people} 人，预计共 {total}，每人 {written(low)} 至 {written(high)}。",
                f"The {people} people expected to bring the most in the next {card.horizon} days: {total} in all, "
                f"{written(low)} to {written(high)} each.",
            )
        case "next_category":
            head = Text(
                f"给 {people} 人预测了下次最可能买的品类，最多的是「{_largest(trained, chosen).label.zh}」。",
                f"For {people} people the likely next category is known; most often “{_largest(trained, chosen).label.en}”.",
            )
        case _:
            head = Text(
                f"{people} 人明显看重价格，预计用券比例 {written(low)} 至 {written(high)}。",
                f"{people} people clearly go by price, with an expected share of coupons of {written(low)} to {written(high)}.",
            )
    return f"{head.in_(language)}{' ' if language == 'en' else ''}{_came_true(card, low, language, resources)}"


def _came_true(card: Card, low: float, language: Language, resources: Resources) -> str:
    """What came of predictions as high as these, in the stretch that judged the model."""
    judged = card.judged
    alike = [one for one in card.calibration if one.predicted >= low]
    if judged is None or not alike:
        main = card.metrics[0]
        figure = figure_text(main, language, resources.currency)
        return Text(f"{main.label.zh}：{figure}。", f"{_capital(main.label.en)}: {figure}.").in_(language)
    people = sum(one.people for one in alike)
    unit = Figure(name="score", label=card.answers, value=0.0, unit=card.unit)
    predicted, came = (
        value_text(sum(part) / people, unit, language, resources.currency)
        for part in (
            [one.predicted * one.people for one in alike],
            [one.observed * one.people for one in alike],
        )
    )
    return Text(
        f"检验（{judged.until} 之后）：当时预测同样高的 {people:,} 人，预测平均 {predicted}，实际 {came}。",
        f"Judged after {judged.until}: for {people:,} people with predictions as high, {predicted} was predicted on average and "
        f"{came} came true.",
    ).in_(language)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _largest(trained: Trained, chosen: Ints) -> Band:
    counts = np.bincount(np.maximum(trained.scores.band[chosen], 0), minlength=len(trained.card.bands))
    return trained.card.bands[int(counts.argmax())]


def _short_card(card: Card, language: Language, currency: str) -> tuple[Section, ...]:
    """Of the card, what a reader of a list needs: what it was made from, how good it is, what it refuses."""
    sections = card_sections(card, language, currency)
    kept = {Text("有多准", "How good it is").in_(language), Text("不做什么", "What it does not do").in_(language)}
    return tuple(one for one in sections if one.title in kept or one.title == card.label.in_(language))


def _chart_title(card: Card, language: Language) -> str:
    people = f"{card.people:,}"
    return Text(f"{people} 人的分布", f"How {people} people are spread").in_(language)


def _score_name(card: Card) -> Text:
    match card.name:
        case "churn":
            return Text("流失概率", "Chance of leaving")
        case "value":
            return Text("预计价值", "Expected value")
        case "next_category":
            return Text("猜中的概率", "Chance of a hit")
        case _:
            return Text("预计用券比例", "Expected share of coupons")


def _fresh_remark(card: Card) -> tuple[Text, ...]:
    return (
        Text(
            f"{card.label.zh}第 {card.version} 版，用 {card.as_of} 为止的数据训练，用时 {card.seconds:.1f} 秒。{card.why.zh}",
            f"Version {card.version} of the {card.label.en}, trained on data up to {card.as_of} in {card.seconds:.1f} s. {card.why.en}",
        ),
    )


def _short(figure: Figure | None, language: Language, currency: str) -> str:
    return f"{figure.label.in_(language)} {figure_text(figure, language, currency)}" if figure is not None else ""


def _refuse_other_targets(target: str) -> None:
    if target not in TARGETS:
        raise NotYetError(Text(f"「{target}」的预测", f"predictions of {target!r}"))


def _column(name: str, label: Text) -> ResultColumn:
    return ResultColumn(name=name, label=label, role="attribute")
