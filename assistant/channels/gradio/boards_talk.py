"""Comments of a board: who said what about which tile, and the box to say something."""

from __future__ import annotations

import re

from assistant.boards.papers import moment
from assistant.boards.port import BoardView
from assistant.channels.gradio.data_parts import badge, fault
from assistant.channels.gradio.markup import Child, Html, button, element
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say
from semantic_layer.errors import Language
from tools.boards.types import Comment


def render_talk_of(board: BoardView, session: Session) -> Html:
    """Open comments first, then those that are settled, each oldest first; then the box."""
    language, view = session.language, session.boards
    ordered = sorted(board.comments, key=lambda one: (one.resolved_at is not None, one.at))
    items = [
        _edited(one, language)
        if one.id == view.editing and one.author == session.user.name
        else _one(one, board, session)
        for one in ordered
    ]
    listing: Child = (
        element("ul", items, class_="comments")
        if items
        else element("p", say(language, "comment_none"), class_="quiet")
    )
    return element(
        "section",
        element("h2", say(language, "comments"), class_="label"),
        listing,
        _box(board, session),
        class_="talked",
        id="board-talk",
        tabindex="-1",
    )


def _one(comment: Comment, board: BoardView, session: Session) -> Html:
    language, mine = session.language, comment.author == session.user.name
    title = next((one.tile.title for one in board.tiles if one.tile.id == comment.tile), "")
    settled = comment.resolved_at is not None
    head = [
        element("strong", comment.author),
        element("span", moment(comment.at), class_="quiet"),
        element("span", say(language, "comment_changed"), class_="quiet") if comment.edited_at is not None else None,
        badge(title) if title else None,
        badge(say(language, "comment_settled", name=comment.resolved_by), "good") if settled else None,
    ]
    acts: list[Child] = [
        button(
            say(language, "comment_reopen" if settled else "comment_settle"),
            "comment-reopen" if settled else "comment-settle",
            kind="link",
            data_ref=comment.id,
        )
    ]
    if mine:
        acts += [
            button(say(language, "comment_edit"), "comment-edit-open", kind="link", data_ref=comment.id),
            button(say(language, "comment_delete"), "comment-delete", kind="link", data_ref=comment.id),
        ]
    return element(
        "li",
        element("div", head, class_="row"),
        element("p", _with_mentions(comment), class_="said-words"),
        element("div", acts, class_="row"),
        class_="settled" if settled else None,
        data_key=f"comment-{comment.id}",
    )


def _with_mentions(comment: Comment) -> list[Child]:
    """The text with the people who exist marked; everything is escaped where it is drawn."""
    if not comment.mentions:
        return [comment.text]
    names = "|".join(re.escape(f"@{one}") for one in sorted(comment.mentions, key=len, reverse=True))
    parts = re.split(f"({names})", comment.text)
    return [element("mark", part) if at % 2 else part for at, part in enumerate(parts)]


def _edited(comment: Comment, language: Language) -> Html:
    area = element("textarea", comment.text, name="text", rows="3", maxlength="2000", class_="written", autofocus=True)
    return element(
        "li",
        element(
            "form",
            element("input", type="hidden", name="ref", value=comment.id),
            element("label", element("span", say(language, "comment_edit"), class_="unseen"), area),
            element(
                "div",
                element("button", say(language, "save"), type="submit", class_="button primary"),
                button(say(language, "cancel"), "comment-edit-close"),
                class_="row",
            ),
            data_form="comment-edit",
        ),
        data_key=f"comment-edit-{comment.id}",
    )


def _box(board: BoardView, session: Session) -> Html:
    language, view = session.language, session.boards
    choices = [element("option", say(language, "comment_whole"), value="")]
    choices += [element("option", one.tile.title, value=one.tile.id) for one in board.tiles]
    # The key counts the comments: after one was posted the box is a new, empty one.
    area = element("textarea", view.typed, name="text", rows="3", maxlength="2000", class_="written", required=True)
    return element(
        "form",
        element("label", say(language, "comment_box"), area),
        element(
            "div",
            element("label", say(language, "comment_about"), element("select", choices, name="tile")),
            element("button", say(language, "board_comment_send"), type="submit", class_="button primary"),
            class_="row fields",
        ),
        fault(view.fault),
        class_="comment-form",
        data_form="board-comment",
        data_key=f"comment-box-{len(board.comments)}",
    )
