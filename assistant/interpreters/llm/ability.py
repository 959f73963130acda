"""What an endpoint and a model at it can do, as was found out once, and kept beside the data."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final, Literal, cast

from assistant.interpreters.llm.client import FailureKind, ModelError, Profile
from assistant.interpreters.llm.endpoint import read_endpoint
from assistant.settings import Settings
from semantic_layer.errors import Text

Form = Literal["plan", "brief"]

_VERSION: Final = 1  # of the file and of the trials; what another version found is found out anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why the model cannot be used, and what to do."""

    kind: FailureKind
    message: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """`profile` is `None` when no answer came. `seconds` passed to the first words of an answer; `context` in tokens."""

    url: str
    model: str
    reachable: bool = False
    models: tuple[str, ...] = ()
    profile: Profile | None = None
    streams: bool = False
    reports_usage: bool = False
    context: int | None = None
    seconds: float | None = None
    tokens_per_second: float | None = None
    form: Form = "brief"
    right: int = 0  # of the questions of the exam
    asked: int = 0
    trouble: Trouble | None = None

    @property
    def usable(self) -> bool:
        return self.profile is not None and self.trouble is None


def remember(ability: Ability, settings: Settings) -> Path:
    """Write what was found out below `settings.home`; the file holds no key. Gives the file.

    Raises:
        OSError: it cannot be written.
    """
    path = _place(settings, ability.url, ability.model)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = {"version": _VERSION, **asdict(ability)}
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    beside.write_text(json.dumps(written, ensure_ascii=False, indent=2), encoding="utf-8")
    beside.replace(path)
    return path


def remembered(settings: Settings) -> Ability | None:
    """What was found out about the model in the settings; `None` when nothing was, or the file is damaged or old."""
    try:
        endpoint = read_endpoint(settings)
    except ModelError:
        return None
    url, model = endpoint.url, endpoint.name
    try:
        found = cast("object", json.loads(_place(settings, url, model).read_text(encoding="utf-8")))
        if not isinstance(found, dict) or found.pop("version", None) != _VERSION or found.keys() != _NAMES:
            return None
        found |= {"profile": Profile(found["profile"]), "models": tuple(found["models"]), "trouble": None}
        ability = Ability(**found)
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return ability if (ability.url, ability.model) == (url, model) and ability.form in {"plan", "brief"} else None


def fitted(settings: Settings, ability: Ability) -> Settings:
    """The settings, held to what the endpoint can do: no stream where there is none, no more context than it told."""
    return settings.model_copy(
        update={
            "model_stream": settings.model_stream and ability.streams,
            "model_context": min(settings.model_context, ability.context or settings.model_context),
        }
    )


_NAMES: Final = {field.name for field in fields(Ability)}


def _place(settings: Settings, url: str, model: str) -> Path:
    name = hashlib.sha256(f"{url}\n{model}".encode()).hexdigest()[:16]
    return settings.home / "models" / f"{name}.json"
