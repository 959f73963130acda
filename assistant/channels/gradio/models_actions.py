"""What a person can do on the Models page. The port looks at the rights again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from assistant.channels.gradio.asking import Action, GoneError
from assistant.channels.gradio.models_page import RHYTHMS
from assistant.channels.gradio.models_state import ModelsView
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.modelling.port import ModelsPort
from semantic_layer.errors import InvalidPlanError, Text


def actions(
    port_of: Callable[[Session], ModelsPort | None], view_of: Callable[[Session], ModelsView]
) -> Mapping[str, Action]:
    """The actions over the models and the view of a session."""

    def port(session: Session) -> ModelsPort:
        found = port_of(session)
        if found is None:
            raise GoneError
        return found

    def show(session: Session, payload: Payload) -> Iterator[None]:
        view_of(session).model = payload.text("ref")
        yield

    def close(session: Session, _: Payload) -> Iterator[None]:
        view_of(session).model = ""
        yield

    def train(session: Session, payload: Payload) -> Iterator[None]:
        port(session).train(payload.text("ref"), user=session.user)
        yield

    def check(session: Session, payload: Payload) -> Iterator[None]:
        port(session).check(payload.text("ref"), user=session.user)
        yield

    def publish(session: Session, payload: Payload) -> Iterator[None]:
        session.notify(port(session).publish(payload.text("ref"), user=session.user).in_(session.language))
        yield

    def withdraw(session: Session, payload: Payload) -> Iterator[None]:
        session.notify(port(session).withdraw(payload.text("ref"), user=session.user).in_(session.language))
        yield

    def schedule(session: Session, payload: Payload) -> Iterator[None]:
        said = port(session).schedule(payload.text("ref"), _days(payload), user=session.user)
        session.notify(said.in_(session.language))
        yield

    return MappingProxyType(
        {
            "model-open": show,
            "model-close": close,
            "model-train": train,
            "model-check": check,
            "model-publish": publish,
            "model-withdraw": withdraw,
            "model-schedule": schedule,
        }
    )


def _days(payload: Payload) -> int:
    """The days of the form; a browser can send anything."""
    days = payload.number("days")
    if days < 0:
        known = ", ".join(str(one) for one in RHYTHMS)
        raise InvalidPlanError(Text(f"天数请从 {known} 里选。", f"Choose the days among {known}."))
    return days
