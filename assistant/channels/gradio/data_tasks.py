"""The list of tasks in the bar: work that goes on without a tab, how far it is, and the way to stop it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from assistant.channels.gradio.asking import Action, GoneError
from assistant.channels.gradio.data_parts import badge, progress
from assistant.channels.gradio.markup import Html, button, element
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say, say_count
from assistant.stewardship.port import TasksPort
from assistant.stewardship.types import Task
from semantic_layer.errors import Language, UserError


def tasks_of(session: Session) -> tuple[Task, ...]:
    """The tasks that this person sees; none where there are none, or they may not look."""
    port = session.stewardship.tasks
    if port is None or not session.user.roles:
        return ()
    try:
        return port.tasks(user=session.user)
    except UserError:
        return ()


def render_tasks(session: Session) -> Html | None:
    """A menu in the bar while there is something to tell; the browser asks again while a task is open."""
    language, tasks = session.language, tasks_of(session)
    if not tasks:
        return None
    running = sum(task.open for task in tasks)
    summary = say_count(language, "tasks_open", running) if running else say(language, "tasks")
    items = [_task(task, session) for task in tasks]
    return element(
        "details",
        element("summary", summary, class_="busy" if running else None),
        element("ul", items, class_="menu at-end tasks", aria_label=say(language, "tasks")),
        class_="dropdown task-list",
        data_own="dropdown",
        data_watch="tasks" if running else None,
        data_key="tasks",
    )


def _task(task: Task, session: Session) -> Html:
    language = session.language
    label = task.label.in_(language)
    act = None
    if task.open and task.cancellable:
        name = say(language, "task_cancel_name", what=label)
        act = button(say(language, "task_cancel"), "task-cancel", kind="link", data_ref=task.id, aria_label=name)
    elif not task.open:
        act = button(say(language, "task_dismiss"), "task-dismiss", kind="link", data_ref=task.id)
    return element(
        "li",
        element("span", label, class_="what"),
        badge(say(language, f"task_{task.state.value}")),
        progress(task, language),
        act,
        data_key=f"task-{task.id}",
    )


def render_running(task: Task, language: Language) -> Html:
    """A task where it is about what is shown: how far it is, and the way to stop it."""
    label = task.label.in_(language)
    stop = button(
        say(language, "task_cancel"),
        "task-cancel",
        data_ref=task.id,
        aria_label=say(language, "task_cancel_name", what=label),
    )
    return element(
        "section",
        element("h2", label),
        element("div", progress(task, language), stop if task.cancellable else None, class_="row spread"),
        class_="panel",
        data_key="running",
    )


def look(_session: Session, _: Payload) -> Iterator[None]:
    """The browser asks how far the tasks are; whatever shows them is drawn anew."""
    yield


def cancel(session: Session, payload: Payload) -> Iterator[None]:
    _port(session).cancel(payload.text("ref"), user=session.user)
    yield


def dismiss(session: Session, payload: Payload) -> Iterator[None]:
    _port(session).dismiss(payload.text("ref"), user=session.user)
    yield


def _port(session: Session) -> TasksPort:
    port = session.stewardship.tasks
    if port is None:
        raise GoneError
    return port


ACTIONS: Mapping[str, Action] = MappingProxyType({"tasks": look, "task-cancel": cancel, "task-dismiss": dismiss})
