"""Tells people whose roles see some rows only that every figure is of those rows: nobody takes a part for the whole."""

from __future__ import annotations

from assistant.interpreters.base import Note, NoteKind
from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import Policy, RolePolicy, User


def limited_notes(user: User, policy: Policy) -> tuple[Note, ...]:
    """One note for somebody with row filters in every role; none for everybody else."""
    try:
        roles = rights_of(user, policy).partial
    except NotAllowedError:
        return ()  # the refusal says enough
    if not roles:
        return ()
    zh, en = ("；".join(_said(r).zh for r in roles), "; ".join(_said(r).en for r in roles))
    meaning = Text(f"只含您能看到的数据（{zh}）", f"Only what you may see is counted ({en})")
    return (Note(kind=NoteKind.DEFAULT, words="", meaning=meaning),)


def _said(role: RolePolicy) -> Text:
    if role.meaning is None:
        return Text(role.name, role.name)
    label, told = role.meaning.label, role.meaning.description
    zh = f"{label.zh}：{told.zh.rstrip('。')}" if told.zh else label.zh
    en = f"{label.en}: {told.en.rstrip('.')}" if told.en else label.en
    return Text(zh or role.name, en or role.name)
