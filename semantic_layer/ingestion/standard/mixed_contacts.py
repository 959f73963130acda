"""The step over a column in which people write whatever they are known by: a phone, an e-mail, or a number of their card."""

from __future__ import annotations

from typing import Final

from semantic_layer.errors import Text
from semantic_layer.ingestion.standard.contacts import email, phone
from semantic_layer.ingestion.standard.step import Reading, Step, StepContext, kept
from semantic_layer.ingestion.standard.texts import half_width

_KINDS: Final = ("phone", "email")


def contact(value: str, context: StepContext) -> Reading:
    """What has an @ is an e-mail, what can be called is a phone; all else is what the field itself says it is."""
    kind = "email" if "@" in half_width(value) else "phone"
    found = email(value, context) if kind == "email" else phone(value, context)
    if kind == context.field.name:
        return found
    if found.value is not None:
        return Reading(others=((kind, found.value),))
    return found if kind == "email" or context.field.name in _KINDS else kept(value)


def mixed_contact_steps() -> tuple[Step, ...]:
    """The step of this module."""
    return (
        Step(
            name="contact",
            words=Text(
                "一列里混写的手机号、邮箱和编号：各归各的字段，其余归本字段；contact:US 表示电话的默认国家",
                "phones, e-mails and numbers mixed in one column: each goes to its own field, the rest to this one; "
                "contact:US sets the default country of phones",
            ),
            needs=Text("一个手机号、邮箱，或本字段的值", "one phone, one e-mail, or a value of this field"),
            read=contact,
            gives=_KINDS,
        ),
    )
