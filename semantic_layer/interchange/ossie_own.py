"""Our own blocks of an Ossie file and what the file says itself, as one model.

Another tool may have changed, added or removed definitions since we wrote the file. What it can see is its to change:
where the file no longer says what we would write for our block, the file wins, and the difference is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.interchange.drafts import place_text
from semantic_layer.interchange.losses import Loss
from semantic_layer.interchange.native.entities import field_form
from semantic_layer.interchange.native.forms import Form, FormValue
from semantic_layer.interchange.native.metrics import metric_form
from semantic_layer.interchange.nodes import map_node, node_of, plain
from semantic_layer.interchange.ossie_core import Core
from semantic_layer.interchange.ossie_file import OssieFile
from semantic_layer.interchange.ossie_values import TYPES
from semantic_layer.interchange.ossie_write import IS_COLUMN, ossie_form
from semantic_layer.model.load import read_model
from semantic_layer.model.section import Section
from semantic_layer.model.source import ListNode, MapNode, Node
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import Entity, Metric, SemanticModel

_NOT_OF_THE_MODEL: Final = ("format", "metrics", "order_of_metrics", "policies")
_SEEN_BY_OTHERS: Final = ("expression", "datatype", "description", "ai_context")
_BODY: Final = (
    "type", "entity", "agg", "expr", "where", "time", "per", "having", "percentile", "non_additive", "measures",
    "numerator", "denominator", "inputs", "fill", "every_period",
)  # fmt: skip


@dataclass(slots=True)
class _Definition:
    """One definition of the file: where it stands, and what it is in our form."""

    section: Section
    form: Form
    is_ours: bool = True

    @property
    def node(self) -> MapNode:
        found = node_of(self.form, self.section.place)
        assert isinstance(found, MapNode)
        return found


@dataclass(slots=True)
class _Dataset:
    definition: _Definition
    fields: list[_Definition]

    @property
    def node(self) -> MapNode:
        whole = self.definition.node
        fields = ListNode(tuple(one.node for one in self.fields), whole.place)
        return map_node({**whole.entries, "fields": fields}, whole.place)


@dataclass(slots=True)
class OwnBlocks:
    """`blocks` are ours by the path of the definition that they stand at; `whole` is that of the model."""

    file: OssieFile
    core: Core
    blocks: Mapping[str, Mapping[str, FormValue]]
    whole: Mapping[str, FormValue]
    _told: list[Loss] = field(default_factory=list)

    def read(self) -> tuple[SemanticModel, list[Loss]]:
        """The model, and what of the file could not be carried."""
        datasets = [self._dataset(section) for section in self.file.model.sections("datasets")]
        metrics = self._metrics()
        model = self._model(datasets, metrics)
        if not self.file.issues and self._adapt(model, datasets, metrics):
            model = self._model(datasets, metrics)
        ours = {place_text(one.section.place) for one in self._all(datasets, metrics) if one.is_ours}
        return model, [*(loss for loss in self.file.losses if loss.place not in ours), *self._told]

    @staticmethod
    def _all(datasets: Sequence[_Dataset], metrics: Sequence[_Definition]) -> list[_Definition]:
        of_datasets = [one for dataset in datasets for one in (dataset.definition, *dataset.fields)]
        return [*of_datasets, *metrics]

    # -- what the file holds -------------------------------------------------------------------------------------------

    def _dataset(self, section: Section) -> _Dataset:
        name = section.text_of("name")
        block = self.blocks.get(section.path)
        entity = self.core.entities.get(name)
        form: Form = {
            "name": name,
            "source": section.text_of("source"),
            "primary_key": list(section.texts("primary_key")),
            **(block or {"label": name}),
        }
        columns = dict(_mapping(form.get("columns")))
        known = {column.casefold() for column in columns}
        for column in entity.columns if entity else ():
            if column.name.casefold() not in known and (block is None or self._is_new(column.name, section)):
                columns[column.name] = column.type.value
        form["columns"] = columns
        fields = [one for item in section.sections("fields") if (one := self._field(item, name, entity)) is not None]
        return _Dataset(_Definition(section, form, block is not None), fields)

    def _is_new(self, column: str, section: Section) -> bool:
        """Whether a column that we do not know is used by a field that another tool added."""
        added = [item.text_of("name") for item in section.sections("fields") if item.path not in self.blocks]
        entity = section.text_of("name")
        found = [
            self.core.dimensions[f"{entity}.{name}"] for name in added if f"{entity}.{name}" in self.core.dimensions
        ]
        return any(column in one.expr for one in found)

    def _field(self, section: Section, dataset: str, entity: Entity | None) -> _Definition | None:
        name = section.text_of("name")
        block = self.blocks.get(section.path)
        if block is not None:
            return None if block.get(IS_COLUMN) else _Definition(section, {"name": name, **block})
        added = self.core.dimensions.get(f"{dataset}.{name}")
        if added is None or entity is None:
            return None
        explicit = {"type": added.type.value, "kind": added.kind.value}
        return _Definition(section, {**field_form(added, entity), **explicit}, is_ours=False)

    def _metrics(self) -> list[_Definition]:
        """In the order that they had, with those that only we can hold; what others added comes after."""
        found: list[_Definition] = []
        by_place: dict[str, list[Metric]] = {}
        for metric in self.core.metrics:
            by_place.setdefault(f"{metric.origin.file}:{metric.origin.line}", []).append(metric)
        for section in self.file.model.sections("metrics"):
            block = self.blocks.get(section.path)
            if block is not None:
                found.append(_Definition(section, {"name": section.text_of("name"), **block}))
                continue
            added = by_place.get(place_text(section.place), ())
            found.extend(_Definition(section, metric_form(metric), is_ours=False) for metric in added)
        found.extend(_Definition(self.file.model, dict(_mapping(data))) for data in _items(self.whole.get("metrics")))
        order = {name: position for position, name in enumerate(_items(self.whole.get("order_of_metrics")))}
        return sorted(found, key=lambda one: order.get(one.form["name"], len(order))) if order else found

    # -- as one model --------------------------------------------------------------------------------------------------

    def _model(self, datasets: Sequence[_Dataset], metrics: Sequence[_Definition]) -> SemanticModel:
        place = self.file.model.place
        head = {key: value for key, value in self.whole.items() if key not in _NOT_OF_THE_MODEL}
        entries: dict[str, Node] = {key: node_of(value, place) for key, value in head.items()}
        entries["name"] = node_of(self.file.model.text_of("name"), place)
        entries["datasets"] = ListNode(tuple(one.node for one in datasets), place)
        entries["metrics"] = ListNode(tuple(one.node for one in metrics), place)
        relationships = [
            _Definition(item, {**_link(item), **self.blocks.get(item.path, {})})
            for item in self.file.model.sections("relationships")
        ]
        entries["relationships"] = ListNode(tuple(one.node for one in relationships), place)
        return read_model(Section(map_node(entries, place), "", self.file.issues), Sources())

    # -- what others changed -------------------------------------------------------------------------------------------

    def _adapt(self, model: SemanticModel, datasets: Sequence[_Dataset], metrics: Sequence[_Definition]) -> bool:
        """Takes over what others changed; whether there was anything."""
        written = ossie_form(model)
        before = len(self._told)
        ours = {str(item["name"]): item for item in map(_mapping, _items(written.get("datasets")))}
        for dataset in datasets:
            name = str(dataset.definition.form["name"])
            self._compare(dataset.definition, ours.get(name, {}))
            fields = {str(item["name"]): item for item in map(_mapping, _items(ours.get(name, {}).get("fields")))}
            for one in dataset.fields:
                self._compare(one, fields.get(str(one.form["name"]), {}), dataset=name)
        of_metrics = {str(item["name"]): item for item in map(_mapping, _items(written.get("metrics")))}
        for one in metrics:
            if one.section is not self.file.model:
                self._compare(one, of_metrics.get(str(one.form["name"]), {}))
        return len(self._told) > before

    def _compare(self, one: _Definition, ours: Mapping[str, FormValue], *, dataset: str = "") -> None:
        if not one.is_ours or not ours:
            return
        for key in _SEEN_BY_OTHERS:
            node = one.section.node.entries.get(key)
            if (None if node is None else plain(node)) == ours.get(key):
                continue
            taken = self._take(one, key, dataset)
            why = (
                Text("别的工具改过它，按改后的读取。", "Another tool changed it; it is read as changed.")
                if taken
                else Text(
                    "别的工具改过它，但改后的内容不能导入；保留了原来的定义。",
                    "Another tool changed it to something that cannot be carried; our definition is kept.",
                )
            )
            self._told.append(Loss(f"{one.section.place.file}:{one.section.line_of(key)}", one.section.key(key), why))

    def _take(self, one: _Definition, key: str, dataset: str) -> bool:
        """Puts what the file says into our form; whether that was possible."""
        if key == "description":
            one.form["description"] = one.section.text_of("description")
        elif key == "ai_context":
            _take_context(one)
        elif key == "datatype":
            kind = TYPES.get(one.section.text_of("datatype"))
            if kind is None:
                return False
            one.form["type"] = kind.value
            one.form.pop("kind", None)
        elif dataset:
            return self._take_field(one, dataset)
        else:
            return self._take_metric(one)
        return True

    def _take_field(self, one: _Definition, dataset: str) -> bool:
        changed = self.core.dimensions.get(f"{dataset}.{one.form['name']}")
        if changed is None:
            return False
        one.form |= {"expr": changed.expr, "type": changed.type.value}
        return True

    def _take_metric(self, one: _Definition) -> bool:
        changed = next((metric for metric in self.core.metrics if metric.name == one.form["name"]), None)
        if changed is None:
            return False
        kept = {key: value for key, value in one.form.items() if key not in _BODY}
        body = {key: value for key, value in metric_form(replace(changed, where="")).items() if key in _BODY}
        one.form = {**kept, **body}
        return True


def _take_context(one: _Definition) -> None:
    """Synonyms without the labels, which we had put among them."""
    context = one.section.section_if_mapping("ai_context")
    label = one.form.get("label")
    labels = set(label.values()) if isinstance(label, Mapping) else {label}
    one.form.pop("synonyms", None)
    one.form.pop("ai_context", None)
    if context is None:
        one.form["ai_context"] = {"instructions": one.section.text_of("ai_context")}
        return
    one.form["synonyms"] = [word for word in context.texts("synonyms") if word not in labels]
    one.form["ai_context"] = {
        "instructions": context.text_of("instructions"),
        "examples": list(context.texts("examples")),
    }


def _link(section: Section) -> Form:
    return {
        "name": section.text_of("name"),
        "from": section.text_of("from"),
        "to": section.text_of("to"),
        "from_columns": list(section.texts("from_columns")),
        "to_columns": list(section.texts("to_columns")),
    }


def _items(value: FormValue | None) -> Sequence[FormValue]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _mapping(value: FormValue | None) -> Mapping[str, FormValue]:
    return value if isinstance(value, Mapping) else {}
