"""One tile of a board: what it says, how old that is, and what can be done with it."""

from __future__ import annotations

from assistant.boards.papers import finding_of, moment
from assistant.boards.port import BoardsPort, BoardView, Content, TileView
from assistant.channels.gradio.boards_words import BOARDS_WORDS
from assistant.channels.gradio.markup import Child, Html, button, element, lang_of
from assistant.channels.gradio.picture import inline_svg
from assistant.channels.gradio.sections import render_section
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.tables import render_table
from assistant.channels.gradio.words import say, say_count
from semantic_layer.errors import Language


def render_tile(view: TileView, board: BoardView, port: BoardsPort, session: Session) -> Html:
    """An article that says what it found; its frame is in the language of the screen, its content in the board's."""
    language, tile = session.language, view.tile
    said = board.board.language
    return element(
        "article",
        element(
            "header", element("h2", tile.title, lang=lang_of(said)), _menu(view, board, session), class_="row spread"
        ),
        _state(view, language),
        _content(view, port, session, said) if view.content is not None else None,
        element("p", tile.note, class_="remark note", lang=lang_of(tile.language)) if tile.note else None,
        _foot(view, board, language),
        class_=f"tile-card {tile.size.value}",
        data_key=f"tile-{tile.id}",
        aria_label=tile.title,
    )


def _state(view: TileView, language: Language) -> Html | None:
    if view.state == "fresh":
        return None
    if view.state == "failed":
        key = "tile_failed" if view.content is None else "tile_failed_old"
        why = view.fault.in_(language) if view.fault is not None else ""
        return element(
            "div", element("span", say(language, key), class_="badge bad"), element("p", why), class_="state fault-line"
        )
    return element(
        "p",
        element("span", say(language, "tile_old" if view.state == "old" else "tile_waiting"), class_="badge"),
        class_="state",
    )


def _content(view: TileView, port: BoardsPort, session: Session, said: Language) -> Html:
    content = view.content
    assert content is not None
    drawn = content.chart is not None and bool(content.chart.spec)
    parts: list[Child] = []
    if content.headline is not None and not drawn:
        number = element("span", content.headline.value, class_="big", title=content.headline.exact)
        parts.append(
            element("p", number, " ", element("span", content.headline.label, class_="label"), class_="figure")
        )
    parts.append(element("p", finding_of(view), class_="finding"))
    if drawn and content.chart is not None:
        svg = port.picture(content.chart, dark=session.dark)
        described = f"{content.chart.title}. {content.chart.subtitle}"
        parts.append(element("div", inline_svg(svg, label=described), class_="picture", data_own="picture"))
        parts.append(element("p", content.chart.subtitle, class_="quiet") if content.chart.subtitle else None)
    else:
        parts += _tables(content, session, said)
    parts += [element("p", note, class_="quiet") for note in content.notes]
    return element("div", parts, class_="content", lang=lang_of(said))


def _tables(content: Content, session: Session, said: Language) -> list[Child]:
    currency = session.assistant.currency
    parts: list[Child] = [render_section(one, said, currency) for one in content.sections]
    if (
        content.table is not None
        and len(content.table)
        and not (content.headline is not None and len(content.table) == 1)
    ):
        parts.append(render_table(content.table, said, caption=say(said, "table"), currency=currency))
    return parts


def _foot(view: TileView, board: BoardView, language: Language) -> Html:
    dated = None
    if view.content is not None and view.computed_at is not None:
        words = say(language, "tile_as_of", day=view.content.as_of.isoformat(), at=moment(view.computed_at))
        dated = element("span", words, class_="quiet")
    talked = sum(one.tile == view.tile.id and one.resolved_at is None for one in board.comments)
    comments = (
        element("a", say_count(language, "comments_open", talked), href="#board-talk", class_="quiet")
        if talked
        else None
    )
    return element("div", dated, comments, class_="foot row spread")


def _menu(view: TileView, board: BoardView, session: Session) -> Html:
    language, tile = session.language, view.tile
    first, last = board.tiles[0].tile.id == tile.id, board.tiles[-1].tile.id == tile.id
    acts: list[tuple[str, str]] = [("tile-ask", "tile_ask"), ("tile-refresh", "tile_refresh")]
    if not board.single:
        acts.append(("tile-subscribe", "tile_subscribe"))
    if board.mine:
        acts += [("tile-edit-open", "tile_edit")]
        acts += [] if first else [("tile-earlier", "tile_earlier")]
        acts += [] if last else [("tile-later", "tile_later")]
        acts += [("tile-remove", "tile_remove")]
    items = [
        element("button", BOARDS_WORDS[key].in_(language), type="button", data_act=act, data_ref=tile.id)
        for act, key in acts
    ]
    name = say(language, "tile_menu", name=tile.title)
    return element(
        "details",
        element("summary", say(language, "tile_more"), class_="quiet", aria_label=name),
        element("div", items, class_="menu at-end"),
        class_="dropdown",
        data_own="dropdown",
    )


def link_button(label: str, act: str, ref: str) -> Html:
    return button(label, act, kind="link", data_ref=ref)
