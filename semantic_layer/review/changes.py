"""What is different between two states of the same definitions, key by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from semantic_layer.compiler.meanings import Meanings
from semantic_layer.model.sources import Kind
from semantic_layer.model.types import Origin, SemanticModel
from semantic_layer.review.flat import keys_of

_WORDS_ONLY = frozenset({
    "label", "synonyms", "description", "instructions", "examples", "verbs", "owner", "deprecated", "replaced_by",
    "aliases", "good", "label_column", "why", "value_suffixes", "version",
})  # fmt: skip
"""Keys that change how a thing is spoken of, and no number."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One key that is different; empty for a key that was not there."""

    key: str
    before: str
    after: str

    @property
    def is_wording(self) -> bool:
        """Whether it changes only how the thing is spoken of."""
        return any(part.partition("[")[0] in _WORDS_ONLY for part in self.key.split("."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A definition that was added, removed or changed. `changes_meaning` says whether a number or a group can differ."""

    kind: Kind
    name: str
    what: Literal["added", "removed", "changed"]
    details: tuple[Detail, ...] = ()
    changes_meaning: bool = True
    versions: tuple[int, int] | None = None  # before and after, of kinds that have one
    same_as: str = ""  # of an added or removed one: the other that is computed the same way, so that it was renamed

    @property
    def needs_version(self) -> bool:
        """Whether the meaning changed and the version was not raised."""
        return (
            self.what == "changed"
            and self.changes_meaning
            and self.versions is not None
            and self.versions[1] <= self.versions[0]
        )


def changes_between(old: SemanticModel, new: SemanticModel) -> tuple[Change, ...]:
    """Every definition that differs, in the order of the new definitions; removed ones come last of their kind."""
    same_meaning = _same_meaning(old, new)
    found: list[Change] = []
    before, after = _definitions(old), _definitions(new)
    for kind, named in after.items():
        known = before[kind]
        for name, thing in named.items():
            if name not in known:
                found.append(Change(kind=kind, name=name, what="added", details=_all_of(thing)))
            elif known[name] != thing:
                change = _changed(kind, name, known[name], thing)
                if change is not None:
                    found.append(_weighed(change, same_meaning))
        found += [Change(kind=kind, name=name, what="removed", details=()) for name in known if name not in named]
    return _renamed(found, old, new)


def _renamed(found: Sequence[Change], old: SemanticModel, new: SemanticModel) -> tuple[Change, ...]:
    """Names what was removed and added again under another name."""
    before, after = Meanings(old), Meanings(new)
    gone = {(one.kind, _meaning(one, before)): one.name for one in found if one.what == "removed"}
    come = {(one.kind, _meaning(one, after)): one.name for one in found if one.what == "added"}
    renamed: list[Change] = []
    for one in found:
        meaning = _meaning(one, before if one.what == "removed" else after)
        other = (come if one.what == "removed" else gone).get((one.kind, meaning), "")
        moved = bool(meaning and other and one.what != "changed")
        renamed.append(replace(one, same_as=other) if moved else one)
    return tuple(renamed)


def _meaning(change: Change, meanings: Meanings) -> str:
    match change.kind:
        case "metric":
            return meanings.metric(change.name)
        case "dimension":
            return meanings.dimension(change.name)
        case "tag":
            return meanings.tag(change.name)
        case _:
            return ""


def _weighed(change: Change, same_meaning: Callable[[Kind, str], bool]) -> Change:
    only_words = all(detail.is_wording for detail in change.details)
    meaning = not only_words and not same_meaning(change.kind, change.name)
    return replace(change, changes_meaning=meaning)


def _same_meaning(old: SemanticModel, new: SemanticModel) -> Callable[[Kind, str], bool]:
    """Whether a definition that is in both is computed the same way, however it is written."""
    before, after = Meanings(old), Meanings(new)

    def same(kind: Kind, name: str) -> bool:
        match kind:
            case "metric":
                return before.metric(name) == after.metric(name) and _shown(old, name) == _shown(new, name)
            case "tag":
                return before.tag(name) == after.tag(name) and _values(old, name) == _values(new, name)
            case "dimension":
                return before.dimension(name) == after.dimension(name) and _values(old, name) == _values(new, name)
            case _:
                return False

    return same


def _shown(model: SemanticModel, name: str) -> object:
    found = next(metric for metric in model.metrics if metric.name == name)
    return found.unit, found.counts, found.grain, found.hidden


def _values(model: SemanticModel, qualified: str) -> object:
    """What a field gives and groups by, besides how it is computed."""
    for tag in model.tags:
        if tag.qualified == qualified:
            return tag.type, tuple(value.value for value in tag.values), tag.positive, tag.sensitivity
    for field in model.dimensions:
        if field.qualified == qualified:
            groups = tuple((group.name, group.members, group.low, group.high) for group in field.groups)
            return field.type, tuple(value.value for value in field.values), groups, field.sensitivity, field.grain
    return None


def _definitions(model: SemanticModel) -> Mapping[Kind, Mapping[str, object]]:
    return {
        "conventions": {"conventions": model.conventions},
        "entity": {one.name: one for one in model.entities},
        "dimension": {one.qualified: one for one in model.dimensions},
        "relationship": {one.name: one for one in model.relationships},
        "metric": {one.name: one for one in model.metrics},
        "tag": {one.qualified: one for one in model.tags},
        "ambiguity": {one.word: one for one in model.ambiguities},
        "near_miss": {"/".join(one.words): one for one in model.near_misses},
        "festival": {one.name: one for one in model.festivals},
        "time_spine": {one.table: one for one in model.time_spines},
        "sample": {one.text.en: one for one in model.samples},
    }


def _changed(kind: Kind, name: str, old: object, new: object) -> Change | None:
    before, after = keys_of(old), keys_of(new)
    keys = dict.fromkeys((*after, *before))
    details = tuple(
        Detail(key, before.get(key, ""), after.get(key, "")) for key in keys if before.get(key) != after.get(key)
    )
    if not details:
        return None  # it stands elsewhere in the files
    origins = (getattr(old, "origin", None), getattr(new, "origin", None))
    versions = (
        (origins[0].version, origins[1].version)
        if isinstance(origins[0], Origin) and isinstance(origins[1], Origin)
        else None
    )
    return Change(kind=kind, name=name, what="changed", details=details, versions=versions)


def _all_of(thing: object) -> tuple[Detail, ...]:
    return tuple(Detail(key, "", text) for key, text in keys_of(thing).items())
