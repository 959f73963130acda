"""What an owner can do about tags on the catalogue page. The port looks at the right to define again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from assistant.channels.gradio.asking import Action, GoneError
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.tag_page import tags_of
from assistant.channels.gradio.tag_words import TOLD, told
from assistant.missing.port import NewTag, TagsPort
from semantic_layer.errors import DefinitionError, InvalidPlanError, Text


def _port(session: Session) -> TagsPort:
    port = tags_of(session)
    if port is None:
        raise GoneError
    return port


def publish(session: Session, payload: Payload) -> Iterator[None]:
    """Publish the draft under the names of the form; an empty field is told, and nothing typed is lost."""
    name, zh, en = (payload.text(field).strip() for field in ("name", "zh", "en"))
    if not (name and zh and en):
        raise InvalidPlanError(TOLD["need_words"])
    port = _port(session)
    item, number = payload.text("ref"), payload.number("number")
    own = [draft for draft in port.view(session.user).drafts if draft.item == item]
    if not 0 <= number < len(own):
        raise GoneError
    new = NewTag(name=name, label=Text(zh, en), description=own[number].words, owner=payload.text("owner").strip())
    try:
        tag = port.publish(item, number, new, session.user)
    except DefinitionError as error:
        first = error.issues[0]
        told_why = Text(f"没有发布：{first.message} {first.remedy}", f"Not published: {first.message} {first.remedy}")
        raise InvalidPlanError(told_why) from error
    session.notify(told("published", session.language, tag=tag))
    yield


def withdraw(session: Session, payload: Payload) -> Iterator[None]:
    tag = payload.text("ref")
    _port(session).withdraw(tag, session.user)
    session.notify(told("withdrawn", session.language, tag=tag))
    yield


ACTIONS: Mapping[str, Action] = MappingProxyType({"tag-publish": publish, "tag-withdraw": withdraw})
