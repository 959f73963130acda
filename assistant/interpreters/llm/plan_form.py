"""The long form: the model writes whole plans in their JSON form, held to a schema of the names it was told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final, cast

from assistant.interpreters.llm.drafts import AskBack, Draft, Drafted, Faulty, SaysNo, object_in
from assistant.interpreters.llm.material import FieldFound, Material
from assistant.interpreters.names import Gloss
from assistant.interpreters.spans import plain
from prompts import render
from semantic_layer.errors import InvalidPlanError, Language, Text
from semantic_layer.model.types import Dimension, Tag
from semantic_layer.query.acts import (
    Basket,
    Cluster,
    Measure,
    ModelCard,
    Predict,
    Recommend,
    SegmentChange,
    SegmentTrend,
)
from semantic_layer.query.codec import Json, decode_plan, encode
from semantic_layer.query.plan import (
    Catalogue,
    ChartKind,
    Define,
    Explain,
    Funnel,
    ListPeople,
    Overlap,
    Plan,
    Profile,
    Retention,
)
from semantic_layer.query.schema import json_schema
from semantic_layer.query.types import Query
from semantic_layer.query.walk import parts as parts_of

# What a model may ask for. Saving, exporting, starting a campaign and pinning are done by a person's own words or click,
# and one customer is looked up by key.
STEPS: Final = (
    Query,
    ListPeople,
    Profile,
    Overlap,
    Define,
    Catalogue,
    Retention,
    Funnel,
    Explain,
    SegmentChange,
    SegmentTrend,
    Predict,
    ModelCard,
    Cluster,
    Basket,
    Recommend,
    Measure,
)
_NOTHING: Final = "-"
_MOST_OPTIONS: Final = 3
_HEADINGS: Final[Mapping[Language, tuple[str, ...]]] = {  # as the system text calls them
    "zh": ("指标：", "字段：", "实体：", "时间：", "没认出的词：", "问题："),
    "en": ("Metrics:", "Fields:", "Entities:", "Times:", "Not recognised: ", "Question: "),
}
_NULL: Final[Mapping[str, Json]] = {"type": "null"}


class PlanForm:
    """Stateless; see `Form`."""

    def system(self, material: Material) -> str:
        shown = (f"Q: {asked}\n{json.dumps(_as_answer(plan), ensure_ascii=False)}" for asked, plan in material.examples)
        return render(f"plan.{material.language}", examples="\n\n".join(shown))

    def user(self, text: str, material: Material) -> str:
        language = material.language
        metrics, fields, entities, times, unknown, question = _HEADINGS[language]
        lines = [
            metrics,
            *(
                f"- {m.name}: {m.words.label.in_(language)}. {m.words.description.in_(language)}"
                for m in material.metrics
            ),
            fields,
            *(_field_line(found, language) for found in material.fields),
            entities,
            *(f"- {e.name}: {e.words.label.in_(language)} ({', '.join(e.verbs[:4])})" for e in material.entities),
            times,
            *(f"- {said}: {json.dumps(time, ensure_ascii=False)}" for said, time in material.times),
            unknown + (" / ".join(gap.said for gap in material.gaps) or _NOTHING),
            question + text,
        ]
        return "\n".join(lines)

    def schema(self, material: Material) -> Mapping[str, Json]:
        metrics = [m.name for m in material.metrics]
        fields = [f.field.qualified for f in material.fields]
        allowed = {"entity": [e.name for e in material.entities]}
        allowed |= {"metric": metrics, "metrics": metrics} if metrics else {}
        allowed |= {"field": fields} if fields else {}
        step, definitions = json_schema(STEPS, allowed)
        plan: Json = {
            "type": "object",
            "properties": {
                "steps": {"type": "array", "items": step, "minItems": 1, "maxItems": 2},
                "chart": {"anyOf": [{"enum": [kind.value for kind in ChartKind]}, _NULL]},
            },
            "required": ["steps"],
            "additionalProperties": False,
        }
        word: Json = {
            "type": "object",
            "properties": {
                "said": {"type": "string"},
                "means": {"enum": [_NOTHING, *metrics, *fields, *allowed["entity"]]},
            },
            "required": ["said", "means"],
            "additionalProperties": False,
        }
        properties: dict[str, Json] = {
            "kind": {"enum": ["plan", "clarification", "refusal"]},
            "words": {"type": "array", "items": word},
            "plan": {"anyOf": [{"$ref": "#/$defs/plan"}, _NULL]},
            "question": {"anyOf": [{"type": "string"}, _NULL]},
            "options": {"type": "array", "items": {"$ref": "#/$defs/plan"}, "maxItems": _MOST_OPTIONS},
            "reason": {"anyOf": [{"type": "string"}, _NULL]},
        }
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
            "$defs": {**definitions, "plan": plan},
        }

    def read(self, answer: str, text: str, material: Material) -> Draft:
        data = object_in(answer)
        if isinstance(data, Faulty):
            return data
        try:
            match data.get("kind", "plan" if "plan" in data or "steps" in data else None):
                case "plan":
                    plan = _plan(data.get("plan", data))
                    return Drafted(plan=plan, glosses=tuple(_glosses(data.get("words"), plan, material)))
                case "clarification":
                    options = data.get("options")
                    listed = options if isinstance(options, list) else []
                    plans = tuple(_plan(option) for option in listed[:_MOST_OPTIONS])
                    return AskBack(question=str(data.get("question") or ""), plans=plans)
                case "refusal":
                    return SaysNo(reason=str(data.get("reason") or ""))
                case other:
                    return Faulty(issues=(f"kind: {other!r} is not known; allowed: plan, clarification, refusal.",))
        except InvalidPlanError as error:
            near = f" Nearest: {', '.join(error.suggestions)}." if error.suggestions else ""
            return Faulty(issues=(error.message.en + near,))


def _plan(data: object) -> Plan:
    plan = decode_plan(cast("Json", data))
    if not plan.steps or not all(isinstance(step, STEPS) for step in plan.steps):
        raise InvalidPlanError(Text("计划里没有可以回答的步骤。", "The plan has no step that can be answered."))
    return plan


def _as_answer(plan: Plan) -> dict[str, Json]:
    written = encode(plan)
    written.pop("is")
    return {"kind": "plan", "words": [], "plan": written, "question": None, "options": [], "reason": None}


def _glosses(words: Json, plan: Plan, material: Material) -> Iterator[Gloss]:
    """What the model took words for. Only words that stand in the question count, and names that the plan uses."""
    asked = plain(material.found.normalised.original)
    for entry in words if isinstance(words, list) else []:
        if not isinstance(entry, Mapping):
            continue
        said, means = str(entry.get("said", "")).strip(), str(entry.get("means", _NOTHING))
        if not plain(said) or plain(said) not in asked:
            continue
        label = _label_of(means, material)
        if label is not None and _uses(plan, means):
            yield Gloss(said=said, term=None, label=label, named=True)
        elif means == _NOTHING:  # a name that was not told, or is not used, explains nothing
            yield Gloss(said=said, term=None)


def _uses(plan: Plan, name: str) -> bool:
    """Does the plan use a definition? People are used by a list of them without being named."""
    said = {part for part in parts_of(plan) if isinstance(part, str)}
    whole = {field.split(".")[0] for field in said if "." in field}
    return name in said | whole or any(isinstance(step, ListPeople | Profile) for step in plan.steps)


def _label_of(name: str, material: Material) -> Text | None:
    for metric in material.metrics:
        if metric.name == name:
            return metric.words.label
    for found in material.fields:
        if found.field.qualified == name:
            return found.field.words.label
    return next((e.words.label for e in material.entities if e.name == name), None)


def _field_line(found: FieldFound, language: Language) -> str:
    field = found.field
    shown = [*(str(v.value) for v in field.values if v in found.values), *(str(v) for v in found.named)]
    values = f" Values: {', '.join(dict.fromkeys(shown))}." if shown else ""
    words = field.words
    return (
        f"- {field.qualified} ({_kind(field)}): {words.label.in_(language)}. {words.description.in_(language)}{values}"
    )


def _kind(field: Dimension | Tag) -> str:
    if isinstance(field, Tag):
        return "level" if field.values else "yes or no"
    return str(field.type.value)
