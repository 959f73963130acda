"""What the commands of data owners open: one data set with its ports, and waiting for work that goes on beside."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeVar

import typer

from assistant.bootstrap import Shared, open_resources, share
from assistant.channels.cli_output import say_error, say_json, show_progress
from assistant.channels.data_text import NO_SOURCE, as_data
from assistant.channels.live import LiveWorkspace
from assistant.channels.stewards import Stewards
from assistant.channels.workspace import Dataset
from assistant.core import Assistant
from assistant.datasets import source_of
from assistant.settings import Settings
from assistant.sourced import SourcedData
from assistant.stewardship.port import PeoplePort, SourcesPort, Stewardship
from assistant.stewardship.types import Task, TaskState
from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DataError, DefinitionError, Language, NotAllowedError, Text, UserError
from semantic_layer.policy.types import Policy, User

Data = Annotated[str, typer.Option(help="a folder with model/ and sources/, or the name of a data set")]
InLanguage = Annotated[Literal["en", "zh"], typer.Option(help="language of the report")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for machines")]

Found = TypeVar("Found")

LOOKS_EVERY: Final = 0.1  # seconds between two looks at a task
_ROLE: Final = Text("现在的角色是 {role}，由 QUNXIANG_ROLE 设置。", "The role is {role} now; QUNXIANG_ROLE sets it.")
_NO_SOURCES: Final = Text(
    "数据集「{name}」没有声明来源（sources/*.yml），没有可以处理的客户身份。请用 --data 指定一个有来源的文件夹。",
    "The data set {name!r} declares no sources (sources/*.yml), so nobody is told apart in it. Name a folder with sources by --data.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One data set as the person at this machine works on it."""

    dataset: str
    settings: Settings
    shared: Shared
    stewards: Stewards
    user: User
    language: Language

    @property
    def ports(self) -> Stewardship:
        return self.stewards(self.dataset)

    @property
    def sources(self) -> SourcesPort:
        port = self.ports.sources
        assert port is not None  # every data set has a folder of its own
        return port

    @property
    def people(self) -> PeoplePort:
        """Raises `DataError` for a data set that no sources fill."""
        if self.ports.people is None:
            name = self.dataset
            raise DataError(Text(_NO_SOURCES.zh.format(name=name), _NO_SOURCES.en.format(name=name)))
        return self.ports.people

    @property
    def sourced(self) -> SourcedData:
        return self.stewards.sourced(self.dataset)

    @property
    def id(self) -> str:
        """What the records of the application call the data set."""
        return source_of(self.dataset, self.settings.people).id

    @property
    def policy(self) -> Policy:
        return load_definitions(source_of(self.dataset, self.settings.people).definitions)[1]

    def names(self, source: str) -> list[str]:
        """The sources that are meant. Raises `UnknownNameError` for one that is not there, `DataError` when there is none."""
        house = self.sourced.house
        names = [house.spec(source).name] if source else [spec.name for spec in house.blueprint().specs]
        if not names:
            raise DataError(NO_SOURCE)
        return names

    def say(self, text: Text) -> None:
        typer.echo(text.in_(self.language))

    def show(self, found: Found, in_words: Callable[[Found, Language], str], *, as_json: bool) -> None:
        """Print what a port gave: as JSON for machines, otherwise in words."""
        if as_json:
            say_json(as_data(found, self.language))
        else:
            typer.echo(in_words(found, self.language))

    def ended(self, task: Task) -> Task:
        """The task once it has come to its end. Ctrl-C stops it where nothing is lost."""
        board = self.ports.tasks
        assert board is not None  # whoever starts tasks has a board
        while task.open:
            try:
                time.sleep(LOOKS_EVERY)
            except KeyboardInterrupt:
                board.cancel(task.id, user=self.user)
            task = next((one for one in board.tasks(user=self.user) if one.id == task.id), task)
            show_progress(task.message.in_(self.language), task.done, task.of)
        show_progress("", task.done, task.of)
        return task

    def settled(self) -> tuple[Task, ...]:
        """All tasks, once none is under way any more; oldest first."""
        board = self.ports.tasks
        found = board.tasks(user=self.user) if board is not None else ()
        return tuple(self.ended(task) for task in reversed(found))

    def tell(self, task: Task) -> bool:
        """Print what came of a task, in words; whether it did what it was to do."""
        self.say(task.message)
        return task.state is TaskState.DONE


@contextmanager
def opened(data: str, language: Language, *, as_json: bool = False) -> Iterator[Opened]:
    """A data set with its ports. Says what went wrong: exit code 1 for what is refused, 2 for what cannot be opened or read."""
    offline = {"mode": "offline"}  # nobody is asked here, so no model need be there
    settings = Settings().model_copy(update=offline | ({"data": data} if data else {}))
    with ExitStack() as closing:
        try:
            shared = share(settings)
            closing.callback(shared.close)
            stewards = Stewards(_workspace(settings, shared), settings, shared)
            closing.callback(stewards.close)
            here = Opened(
                dataset=settings.data,
                settings=settings,
                shared=shared,
                stewards=stewards,
                user=User(name=settings.user, roles=(settings.role,)),
                language=language,
            )
            yield here
        except UserError as error:
            cannot(error, language, as_json=as_json)
            if isinstance(error, NotAllowedError) and not as_json:
                typer.echo(_ROLE.in_(language).format(role=settings.role))
            raise typer.Exit(2 if isinstance(error, DataError) else 1) from error
        except DefinitionError as error:
            cannot(error, language, as_json=as_json)
            raise typer.Exit(2) from error


def _workspace(settings: Settings, shared: Shared) -> LiveWorkspace:
    """The one data set, opened for questions only when something asks."""
    title = source_of(settings.data, settings.people).title

    def made(name: str) -> Assistant:
        own = settings.model_copy(update={"data": name})
        resources, user = open_resources(own, progress=show_progress, shared=shared, by_meaning=False)
        return Assistant(resources, user=user)

    return LiveWorkspace((Dataset(settings.data, title),), made)


def cannot(error: UserError | DefinitionError, language: Language, *, as_json: bool) -> None:
    """Print an error with its nearest valid choices."""
    said = Text(str(error), str(error)) if isinstance(error, DefinitionError) else error.message
    near = () if isinstance(error, DefinitionError) else error.suggestions
    say_error(said, language, as_json=as_json, near=near)
