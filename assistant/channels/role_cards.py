"""What each role of a policy may see and take, as values that a person can read. Nothing is decided here."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DefinitionError, Language, Text, UserError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.types import Policy, RolePolicy, RowFilter

_PIECES: Final = re.compile(r"'(?P<text>(?:[^']|'')*)'|(?P<name>[A-Za-z_]\w*(?:\.\w+)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLimit:
    """Only rows of `entity` for which `words` holds are seen; `where` is the condition as it stands in the file."""

    entity: Text
    words: Text
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCard:
    """One role in words. `entities` is `None` for all of them; `masked` columns it sees masked, `hidden` ones not at all.

    `purposes` are those that it may state for an export, `None` for all; `contacts_for` those for which contacts may leave.
    """

    name: str
    label: Text
    description: Text = field(default_factory=lambda: Text("", ""))
    entities: tuple[Text, ...] | None = None
    masked: tuple[Text, ...] = ()
    hidden: tuple[Text, ...] = ()
    rows: tuple[RowLimit, ...] = ()
    export: bool = True
    purposes: tuple[Text, ...] | None = None
    contacts_for: tuple[Text, ...] = ()
    small_groups: bool = True
    review: bool = False
    manage_segments: bool = False
    define: bool = False
    manage_data: bool = False
    manage_people: bool = False
    write_events: bool = False
    send: bool = False
    approve: bool = False
    manage_models: bool = False


class RoleFiles:
    """The roles of data sets by id, read from their definitions when they are first asked for.

    A data set whose definitions have faults has no roles: it cannot be opened either.
    """

    def __init__(self, folder_of: Callable[[str], Path]) -> None:
        self._folder_of = folder_of
        self._lock = threading.Lock()
        self._read: dict[str, tuple[RoleCard, ...]] = {}

    def __call__(self, data_set: str) -> tuple[RoleCard, ...]:
        with self._lock:
            if data_set not in self._read:
                self._read[data_set] = self._cards(data_set)
            return self._read[data_set]

    def _cards(self, data_set: str) -> tuple[RoleCard, ...]:
        try:
            model, policy = load_definitions(self._folder_of(data_set))
        except (DefinitionError, UserError):
            return ()
        return role_cards(policy, ModelIndex(model))


def role_cards(policy: Policy, index: ModelIndex) -> tuple[RoleCard, ...]:
    """The roles of a policy in the order of its file."""
    return tuple(_card(role, policy, index) for role in policy.roles)


def _card(role: RolePolicy, policy: Policy, index: ModelIndex) -> RoleCard:
    named = Text(role.name, role.name)
    meaning = role.meaning
    allowed = role.export_contact_for if role.export else ()
    return RoleCard(
        name=role.name,
        label=meaning.label if meaning is not None and meaning.label.zh else named,
        description=meaning.description if meaning is not None else Text("", ""),
        entities=None if role.entities == "all" else tuple(_entity(name, index) for name in role.entities),
        masked=_masked(role, index),
        hidden=tuple(_named(name, index) for name in role.hidden),
        rows=tuple(_row_limit(one, index) for one in role.row_filters),
        export=role.export,
        purposes=None if role.purposes == "all" else tuple(_purpose(name, policy) for name in role.purposes),
        contacts_for=tuple(_purpose(name, policy) for name in allowed),
        small_groups=role.see_small_groups,
        review=role.review,
        manage_segments=role.manage_segments,
        define=role.define,
        manage_data=role.manage_data,
        manage_people=role.manage_people,
        write_events=role.write_events,
        send=role.send,
        approve=role.approve,
        manage_models=role.manage_models,
    )


def _row_limit(row_filter: RowFilter, index: ModelIndex) -> RowLimit:
    labels = _labels(index)

    def said(language: Language) -> str:
        """The condition with the names that people know; what is no such name stands as it is."""

        def label(found: re.Match[str]) -> str:
            if found["text"] is not None:
                return found["text"].replace("''", "'")
            name = found["name"]
            known = labels.get(name) or labels.get(f"{row_filter.entity}.{name}")
            return known.in_(language) if known is not None else name

        return _PIECES.sub(label, row_filter.where)

    return RowLimit(
        entity=_entity(row_filter.entity, index), words=Text(said("zh"), said("en")), where=row_filter.where
    )


def _entity(name: str, index: ModelIndex) -> Text:
    return index.entity(name).words.label


def _purpose(name: str, policy: Policy) -> Text:
    return next((one.label for one in policy.purpose_details if one.name == name), Text(name, name))


def _named(name: str, index: ModelIndex) -> Text:
    """A field or metric by its label; a stored column that is neither by its name."""
    known = {one.name: one.words.label for one in index.model.metrics} | _labels(index)
    return known.get(name, Text(name, name))


def _labels(index: ModelIndex) -> dict[str, Text]:
    """What fields are called, by `entity.name`."""
    model = index.model
    dimensions = {one.qualified: one.words.label for one in model.dimensions}
    return dimensions | {one.qualified: one.words.label for one in model.tags}


def _masked(role: RolePolicy, index: ModelIndex) -> tuple[Text, ...]:
    """Columns of entities that the role reads, whose sensitivity it may not see."""
    shown = {Sensitivity.NONE: True, Sensitivity.PERSONAL: role.see_personal, Sensitivity.CONTACT: role.see_contact}
    model = index.model
    fields = [
        *((one.entity, one.words.label, one.sensitivity) for one in model.dimensions),
        *((one.entity, one.words.label, one.sensitivity) for one in model.tags),
    ]
    return tuple(
        dict.fromkeys(
            label
            for entity, label, sensitivity in fields
            if not shown[sensitivity] and (role.entities == "all" or entity in role.entities)
        )
    )
