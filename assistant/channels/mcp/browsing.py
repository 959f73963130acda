"""The tools that look things up: which data there is, and what its words mean."""

from __future__ import annotations

from typing import Final

from assistant.channels.mcp.given import Arguments, Definition, Search
from assistant.channels.mcp.results import (
    DataSetsTold,
    DataSetTold,
    DefinitionTold,
    EntriesTold,
    EntryTold,
)
from assistant.channels.mcp.scene import Open, Scene
from assistant.channels.workspace import DefinitionCard
from semantic_layer.errors import Language, Text, UnknownNameError

_BOTH: Final[tuple[Language, ...]] = ("zh", "en")
_DEFINED: Final = Text("指标、标签或维度", "metric, tag or dimension")


def list_data_sets(given: Arguments, scene: Scene) -> DataSetsTold:
    """The data sets in which the caller has a role."""
    language = given.language or scene.language
    return DataSetsTold(
        data_sets=tuple(
            DataSetTold(id=one.id, title=one.title.in_(language), roles=scene.account.roles_in(one.id))
            for one in scene.data_sets()
        )
    )


def search_catalogue(given: Search, scene: Scene) -> EntriesTold:
    """Metrics, tags and dimensions that fit."""
    place = scene.open(given.data_set)
    found = place.port.catalogue(
        given.words, given.kind, given.category, given.language or scene.language, user=place.user
    )
    entries = tuple(
        EntryTold(name=one.name, kind=one.kind, label=one.label, meaning=one.summary, category=one.category_label)
        for one in found[: given.limit]
    )
    return EntriesTold(data_set=place.id, total=len(found), entries=entries)


def describe(given: Definition, scene: Scene) -> DefinitionTold:
    """All that is written down about one name."""
    place = scene.open(given.data_set)
    card = card_of(given.name, place, given.language or scene.language)
    section = card.section
    return DefinitionTold(
        data_set=place.id, title=section.title, lines=section.lines, code=section.code, question=card.question
    )


def card_of(name: str, place: Open, language: Language) -> DefinitionCard:
    """The definition of a name, or of the one thing that is labelled so; raises `UnknownNameError`."""
    try:
        return place.port.definition(name, language, user=place.user)
    except UnknownNameError as error:
        labelled = [
            one.name
            for tongue in _BOTH
            for one in place.port.catalogue(name, None, None, tongue, user=place.user)
            if one.label.casefold() == name.casefold()
        ]
        if len(set(labelled)) != 1:
            near = tuple(dict.fromkeys((*error.suggestions, *labelled)))
            raise UnknownNameError(_DEFINED, name, near) from error
        return place.port.definition(labelled[0], language, user=place.user)
