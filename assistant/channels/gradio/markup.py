"""HTML that is escaped unless it was made here: the only way in which text reaches the page."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from semantic_layer.errors import Language


class Html(str):
    """Text that is already markup. Only `element`, `join` and vetted assets make it."""

    __slots__ = ()


Child = str | int | None | Iterable["Child"]

VOID = frozenset({"input", "br", "hr", "col"})


def _inside(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, str):
        return escape(child, quote=True)
    if isinstance(child, int):
        return str(child)
    return "".join(_inside(part) for part in child)


def element(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Html:
    """One element. `class_` is `class`, `data_act` is `data-act`; `True` writes a bare attribute, `None`/`False` none."""
    parts = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        attribute = key.rstrip("_").replace("_", "-")
        parts.append(attribute if value is True else f'{attribute}="{escape(str(value), quote=True)}"')
    opening = f"<{' '.join(parts)}>"
    if name in VOID:
        return Html(opening)
    return Html(f"{opening}{_inside(children)}</{name}>")


def lang_of(language: Language) -> str:
    """The value of `lang`: browsers choose the shapes of punctuation and characters by it."""
    return "zh-CN" if language == "zh" else "en"


def join(*children: Child) -> Html:
    """Several pieces side by side; plain text is escaped."""
    return Html(_inside(children))


def button(label: Child, act: str, /, *, kind: str = "", **attributes: str | int | bool | None) -> Html:
    """A real button that sends `act` with its `data-*` attributes to the server."""
    return element("button", label, type="button", class_=f"button {kind}".strip(), data_act=act, **attributes)
