"""The definition of a segment in words, for whoever may be told of it."""

from __future__ import annotations

from typing import Final

from assistant.replies.restated import who_text
from assistant.resources import Resources
from semantic_layer.errors import Text
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import User
from semantic_layer.query.types import Audience
from tools.segments.algebra import names_in

A_LIST: Final = Text("一份固定的名单。", "A fixed list of people.")

OUT_OF_SIGHT: Final = Text(
    "定义里含有您的角色看不到的内容。", "Its definition rests on something that your role may not see."
)


def may_be_told(audience: Audience, user: User, resources: Resources) -> bool:
    """Whether a definition names only what this person sees as it is: a value in it may be somebody's name."""
    layer, rights = resources.layer, rights_of(user, resources.layer.policy)
    for name in names_in(audience.where):
        if not layer.may_use(name, user):
            return False
        if layer.index.has_field(name) and not rights.may_see(layer.index.field(name).sensitivity):
            return False
    return True


def definition_words(audience: Audience, resources: Resources) -> Text:
    """The people as a noun phrase in both languages."""
    index, calendar = resources.index, resources.calendar
    return Text(*(who_text(audience, index, calendar, language) for language in ("zh", "en")))
