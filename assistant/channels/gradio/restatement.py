"""How a question was read: what was left out or filled in, and the chips that can be changed."""

from __future__ import annotations

from assistant.answer import Answer, Chip
from assistant.channels.gradio.markup import Child, Html, element, join
from assistant.channels.gradio.session import Turn
from assistant.channels.gradio.words import say
from assistant.interpreters.base import Note, NoteKind
from semantic_layer.errors import Language


def render_notes(notes: tuple[Note, ...], language: Language) -> Html | None:
    """What was left out comes first: nobody may read the number without it."""
    unused = [note.words for note in notes if note.kind is NoteKind.UNUSED]
    lines: list[Child] = []
    if unused:
        quoted = say(language, "list_comma").join(f"「{w}」" if language == "zh" else f"“{w}”" for w in unused)
        lines.append(
            element("li", element("strong", say(language, "not_used")), quoted, class_="unused"),
        )
    for note in notes:
        meaning = note.meaning.in_(language)
        match note.kind:
            case NoteKind.UNUSED:
                continue
            case NoteKind.UNDERSTOOD_AS:
                lines.append(element("li", say(language, "read_as", words=note.words, meaning=meaning)))
            case NoteKind.DEFAULT if note.words:
                lines.append(element("li", say(language, "by_default_word", words=note.words, meaning=meaning)))
            case NoteKind.DEFAULT:
                lines.append(element("li", f"{meaning[:1].upper()}{meaning[1:]}"))
    return element("ul", lines, class_="notes") if lines else None


def render_chips(answer: Answer, turn: Turn, language: Language) -> Html | None:
    if not answer.chips:
        return None
    items = [element("li", _chip(chip, turn, language), data_key=f"chip-{chip.id}") for chip in answer.chips]
    add = element(
        "button",
        say(language, "add_condition"),
        type="button",
        class_="button link",
        data_prefill=say(answer.language, "only"),
    )
    return element("ul", items, element("li", add), class_="chips", aria_label=say(language, "conditions"))


def _chip(chip: Chip, turn: Turn, language: Language) -> Html:
    label: Child = chip.label
    if chip.by_default:
        label = join(chip.label, element("span", say(language, "default_mark"), class_="default"))
    if chip.options:
        options = [
            element(
                "button",
                option.label,
                type="button",
                role="menuitem",
                data_act="chip-option",
                data_turn=turn.id,
                data_ref=chip.id,
                data_index=index,
            )
            for index, option in enumerate(chip.options)
        ]
        shown = element(
            "details",
            element("summary", label, aria_label=f"{chip.label}, {say(language, 'edit_chip', what=chip.label)}"),
            element("div", options, class_="menu", role="menu"),
            class_="dropdown",
            data_own="dropdown",
        )
    else:
        shown = element("span", label, class_="words")
    remove = None
    if chip.removed is not None:
        remove = element(
            "button",
            "×",
            type="button",
            class_="remove",
            data_act="chip-remove",
            data_turn=turn.id,
            data_ref=chip.id,
            aria_label=say(language, "remove_chip", what=chip.label),
            title=say(language, "remove_chip", what=chip.label),
        )
    return element("span", shown, remove, class_=f"chip {chip.kind}" + (" assumed" if chip.by_default else ""))
