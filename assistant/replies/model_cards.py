"""The card of a model as an answer: what it was made from, how good it is, when it refuses."""

from __future__ import annotations

from assistant.answer import Section
from assistant.replies.draft import Draft
from assistant.resources import Asked, Resources
from semantic_layer.errors import Language, NotYetError, Text
from semantic_layer.table import Cell, ResultColumn, Table
from tools import numbers
from tools.chart.calibration import Axes, Dot, calibration_chart
from tools.chart.spec import ChartSpec
from tools.models.book import ModelBook
from tools.models.types import Card, Figure


def book_of(resources: Resources) -> ModelBook:
    """Raises `NotYetError` where no models are kept."""
    if resources.models is None:
        raise NotYetError(Text("预测", "predictions"))
    return resources.models


def card_answer(card: Card, asked: Asked, resources: Resources) -> Draft:
    """Everything that the card says."""
    return Draft(
        text=card_sentence(card, resources.currency).in_(asked.language),
        plan=asked.plan,
        sections=card_sections(card, asked.language, resources.currency),
        chart=picture(card, asked.language, resources.currency),
        uses=rests_on(card, resources),
        remarks=(*card.limits,),
    )


def card_sentence(card: Card, currency: str) -> Text:
    """What the model answers, how good it is against the simple rule, and whether it is right on average."""
    main = card.metrics[0] if card.metrics else None
    if main is None:
        return card.answers
    over = card.judged
    when = f"{over.until} → {over.outcome}" if over is not None else ""
    return Text(
        f"{card.answers.zh}{card.label.zh}第 {card.version} 版：{main.label.zh} {figure_text(main, 'zh', currency)}"
        f"{f'（{when} 的数据，没有参加训练）' if when else ''}。",
        f"{card.answers.en} Version {card.version} of the {card.label.en}: {main.label.en} {figure_text(main, 'en', currency)}"
        f"{f' (on {when}, which took no part in training)' if when else ''}.",
    )


def card_sections(card: Card, language: Language, currency: str) -> tuple[Section, ...]:
    """The card in titled parts, the empty ones left out."""
    found = (
        _made_from(card, language),
        _quality(card, language, currency),
        _methods(card, language),
        _estimated(card, language, currency),
        _calibrated(card, language, currency),
        _by_time(card, language),
        _features(card, language),
        _refuses(card, language),
    )
    return tuple(one for one in found if one is not None)


def figure_text(one: Figure, language: Language, currency: str) -> str:
    """A figure with its interval, and the baseline."""
    written = value_text(one.value, one, language, currency)
    if one.low is not None and one.high is not None:
        low, high = (value_text(end, one, language, currency) for end in (one.low, one.high))
        written += f"（95% 区间 {low} 至 {high}）" if language == "zh" else f" (95 % interval {low} to {high})"
    if one.baseline is not None:
        base = value_text(one.baseline, one, language, currency)
        written += f"，基线 {base}" if language == "zh" else f", baseline {base}"
    return written


def value_text(value: float, one: Figure, language: Language, currency: str) -> str:
    if one.unit is None:
        return f"{value:,.{one.digits}f}"
    return numbers.compact(value, one.unit, language, currency)


def picture(card: Card, language: Language, currency: str) -> ChartSpec | None:
    """Predicted against observed; the title says how far they are apart."""
    if not card.calibration:
        return None
    unit = card.unit
    people = sum(one.people for one in card.calibration)
    off = sum(abs(one.predicted - one.observed) * one.people for one in card.calibration) / max(people, 1)
    hit = sum(one.low <= one.predicted <= one.high for one in card.calibration)
    gap = numbers.compact(off, unit, language, currency)
    title = Text(
        f"预测与实际平均相差 {gap}，{len(card.calibration)} 组里 {hit} 组的预测落在实际的误差以内",
        f"Predicted and real differ by {gap} on average; {hit} of {len(card.calibration)} groups within the error of what came",
    )
    said = Axes(
        title=title.in_(language),
        subtitle=card.label.in_(language),
        predicted=Text("预测", "predicted").in_(language),
        observed=Text("实际", "observed").in_(language),
        unit=unit,
        currency=currency,
    )
    dots = [
        Dot(predicted=one.predicted, observed=one.observed, low=one.low, high=one.high, people=one.people)
        for one in card.calibration
    ]
    return calibration_chart(dots, said, language)


# ---- parts


def _made_from(card: Card, language: Language) -> Section:
    trained = f"{card.trained_at:%Y-%m-%d %H:%M}" if card.trained_at is not None else ""
    lines = (
        (Text("预测什么", "Answers"), card.answers),
        (Text("对谁", "Of whom"), card.population),
        (Text("版本", "Version"), Text(f"第 {card.version} 版", f"{card.version}")),
        (
            Text("训练", "Trained"),
            Text(
                f"{trained}，{card.trained_by}，用时 {card.seconds:.1f} 秒",
                f"{trained} by {card.trained_by}, in {card.seconds:.1f} s",
            ),
        ),
        (Text("数据", "Data"), Text(f"{card.data_from} 至 {card.data_to}", f"{card.data_from} to {card.data_to}")),
        (Text("打分人数", "People scored"), Text(f"{card.people:,}", f"{card.people:,}")),
        (Text("口径版本", "Definitions"), Text(card.definitions[:12], card.definitions[:12])),
    )
    return Section(title=card.label.in_(language), lines=_said(lines, language))


def _quality(card: Card, language: Language, currency: str) -> Section | None:
    if not card.metrics:
        return None
    lines = tuple((one.label.in_(language), figure_text(one, language, currency)) for one in card.metrics)
    baseline = ((Text("基线", "Baseline").in_(language), card.baseline.in_(language)),) if card.baseline.zh else ()
    return Section(title=Text("有多准", "How good it is").in_(language), lines=(*lines, *baseline))


def _methods(card: Card, language: Language) -> Section | None:
    if not card.candidates:
        return None
    columns = (
        _column("method", Text("方法", "Method")),
        _column("value", card.decided_by),
        _column("range", Text("95% 区间", "95 % interval")),
        _column("behind", Text("比最好的低", "Behind the best")),
        _column("taken", Text("采用", "Taken")),
    )
    rows: list[tuple[Cell, ...]] = []
    for one in card.candidates:
        ends = f"{one.low:.3f} – {one.high:.3f}" if one.low is not None and one.high is not None else ""
        behind = f"{one.behind[0]:.3f} [{one.behind[1]:.3f}, {one.behind[2]:.3f}]" if one.behind is not None else "–"
        rows.append((one.label.in_(language), f"{one.value:.3f}", ends, behind, "✓" if one.chosen else ""))
    lines = ((Text("为什么", "Why").in_(language), card.why.in_(language)),)
    return Section(
        title=Text("试过的方法", "Methods tried").in_(language), lines=lines, table=Table(columns, tuple(rows))
    )


def _estimated(card: Card, language: Language, currency: str) -> Section | None:
    if not card.estimates:
        return None
    lines = tuple((one.label.in_(language), figure_text(one, language, currency)) for one in card.estimates)
    return Section(title=Text("估计的参数", "Estimates").in_(language), lines=lines)


def _calibrated(card: Card, language: Language, currency: str) -> Section | None:
    if not card.calibration:
        return None
    unit = card.unit

    def written(value: float) -> str:
        return numbers.compact(value, unit, language, currency)

    columns = (
        _column("predicted", Text("预测", "Predicted")),
        _column("observed", Text("实际", "Observed")),
        _column("range", Text("实际的 95% 区间", "95 % interval of what came")),
        ResultColumn(name="people", label=Text("人数", "People"), role="metric"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (written(one.predicted), written(one.observed), f"{written(one.low)} – {written(one.high)}", one.people)
        for one in card.calibration
    )
    return Section(title=Text("校准", "Calibration").in_(language), table=Table(columns, rows))


def _by_time(card: Card, language: Language) -> Section | None:
    if not card.slices:
        return None
    columns = (
        _column("use", Text("用途", "Used to")),
        _column("until", Text("只用到这天为止的数据", "Known up to")),
        _column("outcome", Text("结果看到", "Outcome up to")),
        ResultColumn(name="people", label=Text("人数", "People"), role="metric"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (one.label.in_(language), one.until.isoformat(), one.outcome.isoformat(), one.people) for one in card.slices
    )
    return Section(title=Text("按时间切分", "Split by time").in_(language), table=Table(columns, rows))


def _features(card: Card, language: Language) -> Section | None:
    if not card.features:
        return None
    lines = tuple((one.label.in_(language), one.meaning.in_(language)) for one in card.features)
    return Section(title=Text("用到的特征", "Features").in_(language), lines=lines)


def _refuses(card: Card, language: Language) -> Section | None:
    if not card.refuses and not card.limits:
        return None
    refuses = tuple((Text("不回答", "Refuses").in_(language), one.in_(language)) for one in card.refuses)
    limits = tuple((Text("注意", "Mind").in_(language), one.in_(language)) for one in card.limits)
    return Section(title=Text("不做什么", "What it does not do").in_(language), lines=(*refuses, *limits))


def _said(lines: tuple[tuple[Text, Text], ...], language: Language) -> tuple[tuple[str, str], ...]:
    return tuple((name.in_(language), value.in_(language)) for name, value in lines)


def _column(name: str, label: Text) -> ResultColumn:
    return ResultColumn(name=name, label=label, role="attribute")


def rests_on(card: Card, resources: Resources) -> tuple[str, ...]:
    """The metrics and fields that the features of a model are made from, as far as they are still defined."""
    index = resources.index
    metrics = {metric.name for metric in index.model.metrics}
    named = dict.fromkeys(name for feature in card.features for name in feature.sources)
    return tuple(name for name in named if name in metrics or index.has_field(name))
