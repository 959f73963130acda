"""The language model of the settings over one data set: opened when it is first needed, and never in the way of the rules."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from pydantic import SecretStr

from assistant.interpreters.base import Context
from assistant.interpreters.llm.ability import Ability, fitted, remember, remembered
from assistant.interpreters.llm.brief_form import BriefForm
from assistant.interpreters.llm.client import FailureKind, ModelClient, ModelError, Profile
from assistant.interpreters.llm.drafts import Form
from assistant.interpreters.llm.failures import cancelled
from assistant.interpreters.llm.interpreter import MakesTools, ModelInterpreter, ModelRead, Parts, PlanFaults
from assistant.interpreters.llm.lookup_tools import LookUps
from assistant.interpreters.llm.material import Examples, Gatherer
from assistant.interpreters.llm.plan_form import PlanForm
from assistant.interpreters.llm.probe import OpenModel, probe
from assistant.interpreters.llm.spending import SpendingInMemory
from assistant.interpreters.names import Names, Ranks
from assistant.interpreters.proposals import Reads
from assistant.interpreters.spans import Gaps
from assistant.serving.base import Down, Endpoint, Ready, ServedModel
from assistant.serving.gguf import named_file
from assistant.serving.supervisor import LocalModel, Served
from assistant.settings import Settings
from semantic_layer.errors import DataError, Text, UserError
from semantic_layer.model.lookup import ModelIndex

LOADING = 300.0  # seconds that a file of this machine may take to load
_LOOK = 0.1
_STILL_TRYING = Text(
    "还在了解模型能做什么，请稍后再问。", "What the model can do is still being found out. Ask it again in a moment."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """The parts of a data set that reading with a model needs."""

    index: ModelIndex
    gaps: Gaps
    ranks: Ranks
    names: Names
    reads: Reads
    examples: Examples
    faults: PlanFaults
    look_ups: LookUps
    seconds: Callable[[], float]


class LanguageModel:
    """A model that `Cascade` may ask. What it can do is tried once, in the background, and remembered; a question that comes
    meanwhile waits no longer than a question may take.
    """

    def __init__(
        self, settings: Settings, over: Over, open_model: OpenModel, served: ServedModel | None = None
    ) -> None:
        self._settings = settings
        self._over = over
        self._open_model = open_model
        self._served = served
        self._lock = threading.Lock()
        self._opening: tuple[str, Future[ModelInterpreter]] | None = None

    @property
    def model(self) -> str:
        return self._settings.model_name or (self._settings.model_file.stem if self._settings.model_file else "")

    @property
    def ready(self) -> bool:
        """Whether a question may be sent; an endpoint elsewhere shows only then whether it answers."""
        return self._served is None or isinstance(self._served.state, Ready)

    def wait(self, seconds: float = LOADING) -> None:
        """Until a model that is served here has loaded, at most `seconds`; not at all for one that is down."""
        until = self._over.seconds() + seconds
        while not self.ready and not self._is_down and self._over.seconds() < until:
            time.sleep(_LOOK)

    @property
    def _is_down(self) -> bool:
        return self._served is not None and isinstance(self._served.state, Down)

    def said(self) -> Text:
        """One line for the page: which model reads, or why none does."""
        if self._served is not None:
            try:
                name = self._served.endpoint().name
            except DataError as error:
                return error.message
            return Text(f"本机模型：{name}", f"Model on this machine: {name}")
        return Text(f"模型：{self.model}", f"Model: {self.model}")

    def read(self, text: str, context: Context) -> ModelRead:
        """As `ModelInterpreter.read`; a model that cannot be opened is a failure like any other."""
        until = self._over.seconds() + self._settings.model_seconds
        try:
            interpreter = self._opened(until, context)
        except ModelError as error:
            return ModelRead(outcome=None, model=self.model, usage=error.usage, failed=error.message, kind=error.kind)
        except UserError as error:
            return ModelRead(outcome=None, model=self.model, failed=error.message, kind=FailureKind.UNREACHABLE)
        return interpreter.read(text, context, until=until)

    def prepare(self) -> None:
        """Begin to find out what the model can do, so that the first question need not wait. Raises nothing."""
        with contextlib.suppress(UserError):
            self._begun()

    def close(self) -> None:
        """End a model that was served here."""
        if self._served is not None:
            self._served.close()

    def _opened(self, until: float, context: Context) -> ModelInterpreter:
        """The opened model; raises what kept it from opening, or that it is still being tried."""
        opening = self._begun()
        while not opening.done():
            if context.cancel is not None and context.cancel.pressed:
                raise cancelled()
            if self._over.seconds() > until:
                raise ModelError(FailureKind.TIMEOUT, _STILL_TRYING)
            with contextlib.suppress(TimeoutError):
                opening.exception(timeout=_LOOK)
        return opening.result()

    def _begun(self) -> Future[ModelInterpreter]:
        """The opening of the model where it answers now: under way, done, or begun anew after it failed."""
        settings = self._where()
        key = f"{settings.model_url} {settings.model_name} {settings.model_key.get_secret_value()}"
        with self._lock:
            begun = self._opening
            if begun is None or begun[0] != key or (begun[1].done() and begun[1].exception() is not None):
                begun = (key, _in_background(lambda: self._open(settings)))
                self._opening = begun
            return begun[1]

    def _where(self) -> Settings:
        """The settings with the address that a served model has now."""
        if self._served is None:
            return self._settings
        return answered_at(self._settings, self._served.endpoint())

    def _open(self, settings: Settings) -> ModelInterpreter:
        ability = self._ability(settings)
        able = fitted(settings, ability)
        client = self._open_model(able, ability.profile or Profile.TEXT)
        form = ability.form if settings.model_form == "auto" else settings.model_form
        return interpreter_over(
            client, self._over, form=form, budget=settings.model_seconds, trust=settings.model_trust
        )

    def _ability(self, settings: Settings) -> Ability:
        if settings.model_profile != "auto" and settings.model_form != "auto":
            return Ability(
                url=settings.model_url,
                model=settings.model_name,
                profile=Profile(settings.model_profile),
                streams=True,  # as far as the settings say
            )
        if self._served is not None:
            return _of_served(settings)
        known = remembered(settings)
        if known is not None and known.usable:
            return known
        found = probe(settings, self._open_model, clock=time.time)
        if found.trouble is not None:
            raise ModelError(found.trouble.kind, found.trouble.message)
        with contextlib.suppress(OSError):  # then it is found out again next time
            remember(found, settings)
        return found


def _in_background(work: Callable[[], ModelInterpreter]) -> Future[ModelInterpreter]:
    """Run it in a thread that does not keep the process alive."""
    future: Future[ModelInterpreter] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001  # whoever waits for it hears of it
            future.set_exception(error)

    threading.Thread(target=run, name="language-model", daemon=True).start()
    return future


def answered_at(settings: Settings, at: Endpoint) -> Settings:
    """The settings with the address of a model that is served on this machine."""
    return settings.model_copy(
        update={
            "model_url": at.url,
            "model_name": at.name,
            "model_key": SecretStr(at.key),
            "model_key_file": None,
            "model_context": at.context,
        }
    )


def _of_served(settings: Settings) -> Ability:
    """What our own server does with any model, so that nothing need be tried: it holds answers to a schema. A file small
    enough for this machine fills in the short form, unless the settings say otherwise.
    """
    profile = Profile.SCHEMA if settings.model_profile == "auto" else Profile(settings.model_profile)
    return Ability(
        url=settings.model_url,
        model=settings.model_name,
        reachable=True,
        profile=profile,
        streams=True,
        reports_usage=True,
        context=settings.model_context,
    )


def interpreter_over(
    client: ModelClient, over: Over, *, form: str, budget: float, trust: str = "answer"
) -> ModelInterpreter:
    """An interpreter that has `client` fill in one form over a data set, in `budget` seconds a question.

    Small models are wrong too often to be answered from, so what they say in the short form is offered unless `trust` says
    otherwise.
    """
    whole = form == "plan"
    written: Form = PlanForm() if whole else BriefForm(over.names, over.reads)
    tools: MakesTools = over.look_ups if whole and client.profile is Profile.TOOLS else (lambda _material, _user: ())
    parts = Parts(
        gaps=over.gaps,
        gatherer=Gatherer(over.index, over.ranks, over.examples),
        form=written,
        faults=over.faults,
        tools=tools,
        index=over.index,
        seconds=over.seconds,
        answers=whole or trust == "answer",
    )
    return ModelInterpreter(client, parts, budget=budget)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHost:
    """What all data sets of one process share: a file that is served here, and how a model is opened on one account."""

    open_model: OpenModel
    served: ServedModel | None = None


def host_of(settings: Settings) -> ModelHost:
    """The model of the settings; a file that it names begins to load."""
    spending = SpendingInMemory()

    def open_model(able: Settings, profile: Profile) -> ModelClient:
        from assistant.interpreters.agent import open_agent  # noqa: PLC0415  # seconds to import

        return open_agent(able, profile=profile, spending=spending)

    return ModelHost(open_model=open_model, served=serve(settings))


def serve(settings: Settings) -> ServedModel | None:
    """The GGUF file of the settings, starting; `None` when none is named. A file that cannot be served is told when asked."""
    if settings.model_file is None:
        return None
    served = LocalModel(
        Served(
            path=named_file(settings.model_file),
            log=settings.home / "model.log",
            threads=settings.model_threads,
            context=settings.model_context,
            memory_mb=settings.model_memory_mb,
            port=settings.model_port,
        )
    )
    with contextlib.suppress(UserError):  # its state says why; the rules go on
        served.start()
    return served
