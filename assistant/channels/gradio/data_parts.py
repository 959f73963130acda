"""Pieces that pages of lists are made of: values, progress, sparklines, tabs, files that are sent, empty states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from assistant.channels.gradio.markup import Child, Html, button, element
from assistant.channels.gradio.words import say
from assistant.stewardship.types import Shown, Task
from semantic_layer.errors import Language, Text

WIDTH, HEIGHT = 72, 20  # of a sparkline, in pixels
TICK = 4  # points of the score below which a line stays flat


def value(one: Shown, language: Language) -> Html:
    """A value; one that is masked looks masked and says why."""
    if not one.masked:
        return element("span", one.text)
    return element("span", one.text, class_="masked", title=say(language, "masked_hint"))


def values(many: Iterable[Shown], language: Language) -> list[Html]:
    return [value(one, language) for one in many]


def badge(text: str, kind: str = "") -> Html:
    return element("span", text, class_=f"badge {kind}".strip())


def when(moment: datetime | None) -> str:
    """A moment to the minute; empty for none."""
    return moment.strftime("%Y-%m-%d %H:%M") if moment is not None else ""


def tabs(names: Sequence[tuple[str, str]], act: str, here: str, label: str) -> Html:
    """A bar of tabs: each a name and the words on it."""
    buttons = [
        element(
            "button",
            words,
            type="button",
            data_act=act,
            data_ref=name,
            aria_current="true" if name == here else None,
        )
        for name, words in names
    ]
    return element("nav", buttons, class_="tabs", aria_label=label)


def empty(title: str, hint: str, step: Child = None) -> Html:
    """An empty state: what belongs here, and the one next step."""
    return element("div", element("h2", title), element("p", hint, class_="quiet"), step, class_="empty")


def fault(text: str) -> Html | None:
    return element("p", text, class_="fault", role="alert") if text else None


def back(text: str, act: str, **attributes: str) -> Html:
    return element("p", button(["← ", text], act, kind="link back", **attributes))


def said(text: Text, language: Language) -> str:
    return text.in_(language)


def sparkline(points: Sequence[float], language: Language, *, width: int = WIDTH, height: int = HEIGHT) -> Html | None:
    """A line of scores, oldest on the left, scaled to their own range; nothing for fewer than two."""
    if len(points) < 2:
        return None
    low, high = min(points), max(points)
    middle, reach = (low + high) / 2, max(high - low, TICK) / 2
    step = (width - 4) / (len(points) - 1)
    spots = [
        (2 + step * position, height / 2 - (score - middle) / reach * (height / 2 - 3))
        for position, score in enumerate(points)
    ]
    label = say(language, "score_trend", a=f"{points[0]:.1f}", b=f"{points[-1]:.1f}", n=len(points))
    line = element("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in spots), fill="none")
    end = element("circle", cx=f"{spots[-1][0]:.1f}", cy=f"{spots[-1][1]:.1f}", r="2.2")
    return element(
        "svg", element("title", label), line, end, class_="spark", viewBox=f"0 0 {width} {height}", width=width,
        height=height, role="img",
    )  # fmt: skip


def progress(task: Task, language: Language) -> Html:
    """How far a task is, in words and as a bar, and how long it still takes."""
    share = f"{task.done / task.of * 100:.0f}%" if task.of else ""
    facts = [task.message.in_(language)]
    if task.open and task.of:
        facts.append(say(language, "task_count", done=f"{task.done:,}", of=f"{task.of:,}"))
    if task.open and task.seconds_left is not None:
        facts.append(say(language, "task_left", time=lasting(task.seconds_left, language)))
    bar = None
    if task.open:
        bar = element(
            "progress",
            share,
            max=str(task.of or 1),
            value=str(task.done) if task.of else None,
            aria_label=task.label.in_(language),
        )
    return element("div", bar, element("span", " · ".join(f for f in facts if f), class_="quiet"), class_="progress")


def lasting(seconds: float, language: Language) -> str:
    """A time to wait, rounded as people say it."""
    if seconds < 90:  # a minute and a half
        return say(language, "seconds_n", n=max(1, round(seconds)))
    return say(language, "minutes_n", n=round(seconds / 60))


def share_of(share: float) -> str:
    """A share in per cent; one that would round to nothing says so."""
    return "<0.01%" if 0 < share < 0.00005 else f"{share:.2%}"


def size_of(size: int) -> str:
    """A number of bytes as people say it."""
    amount = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1024 or unit == "GB":
            return f"{amount:,.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:,.1f} {unit}"
        amount /= 1024
    return ""


def pager(offset: int, shown: int, total: int, size: int, act: str, language: Language) -> Html | None:
    """Where one is in a long list, and the way on and back; nothing when all of it is shown."""
    if total <= size:
        return None
    before = button(say(language, "previous"), act, data_ref=str(max(0, offset - size)), disabled=offset <= 0)
    after = button(say(language, "next"), act, data_ref=str(offset + size), disabled=offset + shown >= total)
    where = say(language, "pages_of", a=offset + 1, b=offset + shown, n=f"{total:,}")
    return element("div", before, after, element("span", where, class_="quiet", role="status"), class_="row pager")


def file_field(label: str, language: Language, *, accept: str | None = None) -> Html:
    """The browser's own field speaks the browser's language, so it is out of sight and its label stands for it."""
    return element(
        "label",
        label,
        element(
            "span",
            element("span", say(language, "connect_file"), class_="button"),
            element("span", "", class_="quiet file-name", data_own="upload"),
            class_="row",
        ),
        element("input", type="file", name="file", class_="unseen", accept=accept),
        class_="file-field",
    )


def upload_progress(language: Language) -> Html:
    """Where the browser shows how far a file is; out of sight until then."""
    return element(
        "div",
        element("span", say(language, "uploading"), class_="quiet"),
        element("progress", max="1", value="0", aria_label=say(language, "uploading")),
        element("span", "", class_="quiet sent"),
        element("button", say(language, "upload_stop"), type="button", class_="button link", data_stop=True),
        class_="row uploading",
        role="status",
        hidden=True,
        data_own="upload",
        data_failed=say(language, "upload_failed"),
        data_stopped=say(language, "upload_stopped"),
    )


def number(text: str, name: str) -> Html:
    """A cell with a figure; `name` is said beside it on narrow screens, where a table has no head."""
    return element("td", text, class_="number", data_name=name)


def table(heads: Sequence[tuple[str, str]], rows: Sequence[Html], label: str, kind: str = "") -> Html:
    """A list as a table: each head its words and its class."""
    return element(
        "div",
        element(
            "table",
            element("caption", label, class_="unseen"),
            element(
                "thead", element("tr", [element("th", words, scope="col", class_=of or None) for words, of in heads])
            ),
            element("tbody", rows),
            class_=f"list {kind}".strip(),
        ),
        class_="scroller",
    )
