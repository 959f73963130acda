"""Reads the format of Apache Ossie. A file that we wrote gives an equal model back; any other, what can be carried."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from semantic_layer.errors import Text
from semantic_layer.interchange.finish import finish
from semantic_layer.interchange.losses import Imported
from semantic_layer.interchange.nodes import node_of
from semantic_layer.interchange.ossie_core import Core, CoreReader
from semantic_layer.interchange.ossie_file import FORMAT, OssieFile, open_ossie, own_form
from semantic_layer.interchange.ossie_own import OwnBlocks
from semantic_layer.interchange.ossie_values import words_of
from semantic_layer.interchange.unread import tell_unread
from semantic_layer.model.load import raise_errors
from semantic_layer.model.section import Section
from semantic_layer.model.source import MapNode
from semantic_layer.model.types import Conventions, SemanticModel, Words
from semantic_layer.policy.read import read_policy
from semantic_layer.policy.types import Policy


@dataclass(frozen=True, slots=True)
class OssieRead:
    """What was read; the policy only from a file that holds ours."""

    imported: Imported
    policy: Policy | None


def read_ossie(path: Path, *, customer_entity: str = "") -> Imported:
    """The model of a file; `customer_entity` names the dataset whose rows are people.

    Raises:
        DefinitionError: with every fault, when the file is not in this format or contradicts itself.
    """
    return read_ossie_file(path, customer_entity=customer_entity).imported


def read_ossie_file(path: Path, *, customer_entity: str = "") -> OssieRead:
    """The same, with the policy that we may have written into it."""
    file = open_ossie(path)
    reader = CoreReader(file.model, file.losses)
    core = reader.read()
    own = own_form(file.model, file.losses)
    words = _words(file)
    raise_errors(tuple(file.issues))
    if own is None:
        model = _foreign(file.model.text_of("name", required=True), words, core)
        tell_unread(file.model, file.losses)
        raise_errors(tuple(file.issues))
        return OssieRead(finish(model, file.losses, customer_entity=customer_entity), None)
    if own.get("format") != FORMAT:
        message = f"Our own blocks are of format {own.get('format')!r}, which is not known here."
        file.model.report("custom_extensions", message, f"Known is {FORMAT}; export the model again.")
        raise_errors(tuple(file.issues))
    model, losses = OwnBlocks(file, core, reader.own, own).read()
    raise_errors(tuple(file.issues))
    imported = finish(model, losses, customer_entity=customer_entity or model.customer_entity)
    return OssieRead(imported, _policy(own.get("policies"), file, model))


def _foreign(name: str, words: Words, core: Core) -> SemanticModel:
    """A source that says nothing of our conventions means all time, and nothing where there are no rows."""
    return SemanticModel(
        name=name,
        words=replace(words, label=Text(name, name)),
        entities=tuple(core.entities.values()),
        relationships=core.relationships,
        dimensions=tuple(core.dimensions.values()),
        metrics=core.metrics,
        conventions=Conventions(default_window="", missing="unknown"),
    )


def _words(file: OssieFile) -> Words:
    words = words_of(file.model, "", file.losses)
    if file.shared_context is None:
        return words
    shared = file.shared_context.text_of("instructions").strip()
    tell_unread(file.shared_context, file.losses)
    return replace(words, instructions="\n".join(filter(None, (shared, words.instructions))))


def _policy(data: object, file: OssieFile, model: SemanticModel) -> Policy | None:
    if not isinstance(data, dict):
        return None
    node = node_of(data, file.model.place)
    assert isinstance(node, MapNode)
    policy = read_policy(Section(node, "policies", file.issues), model)
    raise_errors(tuple(file.issues))
    return policy
