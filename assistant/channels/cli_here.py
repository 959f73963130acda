"""One open data set and the person at this machine, for commands that read and act without asking questions."""

from __future__ import annotations

import typer

from assistant.bootstrap import Shared, open_assistant, share
from assistant.channels.cli_opened import cannot
from assistant.channels.cli_output import show_progress
from assistant.core import Assistant
from assistant.settings import Settings
from semantic_layer.errors import DataError, DefinitionError, Language, Text, UserError


class Here:
    """Errors are printed: exit code 1 refused, 2 not readable."""

    def __init__(self, data: str, language: Language, *, as_json: bool) -> None:
        self.language = language
        self.as_json = as_json
        offline = {"mode": "offline"}  # nobody is asked here, so no model need be there
        self.settings = Settings().model_copy(update=offline | ({"data": data} if data else {}))
        try:
            self.shared: Shared = share(self.settings)
            self.assistant: Assistant = open_assistant(self.settings, progress=show_progress, shared=self.shared)
        except (UserError, DefinitionError) as error:
            raise self.failed(error, code=2) from error

    def say(self, text: Text) -> None:
        typer.echo(text.in_(self.language))

    def failed(self, error: UserError | DefinitionError, *, code: int = 0) -> typer.Exit:
        cannot(error, self.language, as_json=self.as_json)
        return typer.Exit(code or (2 if isinstance(error, (DataError, DefinitionError)) else 1))
