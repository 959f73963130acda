"""`tags` of the definition files, of every kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from semantic_layer.errors import Text
from semantic_layer.model.read_entities import read_name, read_origin, read_value
from semantic_layer.model.read_metrics import parse_bound, read_window
from semantic_layer.model.section import Section
from semantic_layer.model.types import (
    AttributeBody,
    ColumnType,
    Level,
    PreferenceBody,
    QuantileBody,
    RuleBody,
    Scalar,
    Sensitivity,
    Tag,
    TagBody,
    TagCategory,
    TagInput,
    TagKind,
    TextBody,
    TextLabel,
    TextMethod,
    TrueText,
    Value,
)

YES = Value(value=True, label=Text("是", "yes"))
NO = Value(value=False, label=Text("否", "no"))
_BAR: Final = 0.8
_FEWEST: Final = 5


def read_tag(section: Section, *, customer_entity: str) -> Tag:
    name = read_name(section)
    kind = section.choice("kind", TagKind)
    body = _body(section, kind)
    values = _values(section, body)
    positive = section.scalars("positive")
    boolean = (
        not values
        and kind is not TagKind.PREFERENCE
        and not isinstance(body, TextBody)
        and "type" not in section.node.entries
    )
    tag = Tag(
        name=name,
        entity=section.text_of("entity", default=customer_entity),
        words=section.words(),
        kind=kind,
        category=section.choice("category", TagCategory),
        body=body,
        type=section.choice("type", ColumnType, default=ColumnType.BOOLEAN if boolean else type_of_values(values)),
        values=values,
        positive=positive or ((True,) if boolean else ()),
        ordered=section.flag("ordered", default=False),
        refresh=section.text_of("refresh", default="daily"),
        sensitivity=section.choice("sensitivity", Sensitivity, default=Sensitivity.NONE),
        origin=read_origin(section),
    )
    section.finish()
    return tag


def type_of_values(values: tuple[Value, ...]) -> ColumnType:
    if values and all(isinstance(value.value, int) and not isinstance(value.value, bool) for value in values):
        return ColumnType.INTEGER
    return ColumnType.STRING


def _values(section: Section, body: TagBody) -> tuple[Value, ...]:
    """Levels of a rule and labels of texts are values, in their order; other kinds list theirs."""
    listed = tuple(read_value(value) for value in section.sections("values", lone="value"))
    if listed:
        return listed
    if isinstance(body, TextBody):
        return () if section.text_of("type") == ColumnType.BOOLEAN else values_of_text(body)
    return values_of_rule(body) if isinstance(body, RuleBody) else ()


def values_of_text(body: TextBody) -> tuple[Value, ...]:
    """What the labels of texts give."""
    return tuple(label.value for label in body.labels)


def values_of_rule(body: RuleBody) -> tuple[Value, ...]:
    """What the levels of a rule give, each once; nothing for a rule that only says yes or no."""
    found = [level.value for level in body.levels] + ([body.otherwise] if body.otherwise else [])
    if all(isinstance(value.value, bool) for value in found):
        return ()
    by_value: dict[Scalar, Value] = {}
    for value in found:
        by_value.setdefault(value.value, value)
    return tuple(by_value.values())


def _body(section: Section, kind: TagKind) -> TagBody:
    match kind:
        case TagKind.ATTRIBUTE:
            return AttributeBody(expr=section.text_of("expr", required=True))
        case TagKind.QUANTILE:
            return _quantile(section)
        case TagKind.PREFERENCE:
            return PreferenceBody(
                dimension=section.text_of("dimension", required=True),
                metric=section.text_of("metric", required=True),
                window=read_window(section),
            )
        case TagKind.TEXT if "text" in section.node.entries:
            return _text(section)
        case TagKind.RULE | TagKind.TEXT:
            return _rule(section)
        case TagKind.MODEL:
            section.report(
                "kind",
                "Tags of models are not written by hand.",
                "Publish the scores of a model instead, or write one of: attribute, rule, quantile, preference, text.",
            )
            return RuleBody(inputs=(), levels=())
        case _:
            assert_never(kind)


def _quantile(section: Section) -> QuantileBody:
    share = section.number("share", required=True) or 0.0
    if not 0 < share < 1 and "share" in section.node.entries:
        section.report("share", f"A share of {share:g} is not possible.", "Write a number between 0 and 1, e.g. 0.2.")
    bounds = (parse_bound(section, "require", text) for text in section.texts("require"))
    return QuantileBody(
        metric=section.text_of("metric", required=True),
        window=read_window(section),
        share=share,
        require=tuple(bound for bound in bounds if bound is not None),
    )


def _text(section: Section) -> TextBody:
    bar = section.number("bar", default=_BAR)
    if bar is None or not 0 < bar <= 1:
        section.report("bar", f"A precision of {bar} is not possible.", "Write a number above 0 and up to 1, e.g. 0.8.")
    return TextBody(
        text=section.text_of("text", required=True),
        window=read_window(section),
        labels=tuple(_label(label) for label in section.sections("labels", required=True)),
        speaker=section.text_of("speaker"),
        method=section.choice("method", TextMethod, default=TextMethod.DICTIONARY),
        bar=bar or 1.0,
        fewest=section.whole("fewest", default=_FEWEST),
        truth=tuple(_true(text) for text in section.sections("truth", lone="said")),
    )


def _label(section: Section) -> TextLabel:
    words, unless = section.texts("words"), section.texts("unless")
    value = read_value(section)
    return TextLabel(value=replace(value, value=str(value.value)), words=words, unless=unless)


def _true(section: Section) -> TrueText:
    found = TrueText(said=section.text_of("said", required=True), value=section.text_of("value"))
    section.finish()
    return found


def _rule(section: Section) -> RuleBody:
    """A rule with `levels`, or a yes-or-no rule with one `when`."""
    inputs = tuple(_inputs(section))
    when = section.text_of("when")
    if when:
        levels: tuple[Level, ...] = (Level(value=YES, when=when),)
        otherwise: Value | None = NO
    else:
        levels = tuple(_level(level) for level in section.sections("levels", required=True))
        other = section.section("otherwise")
        otherwise = read_value(other) if other else None
    return RuleBody(inputs=inputs, levels=levels, otherwise=otherwise)


def _inputs(section: Section) -> list[TagInput]:
    found: list[TagInput] = []
    for name, node in section.named("inputs"):
        inner = section.inner(node, f"{section.key('inputs')}.{name}")
        if inner is None:
            remedy = "Write 'name: {metric: …, window: …}'."
            section.report("inputs", f"The input {name!r} is not a mapping.", remedy)
            continue
        read = TagInput(
            name=name,
            metric=inner.text_of("metric", required=True),
            window=read_window(inner),
            where=inner.text_of("where"),
        )
        inner.finish()
        found.append(read)
    return found


def _level(section: Section) -> Level:
    when = section.text_of("when", required=True)
    return Level(value=read_value(section), when=when)
