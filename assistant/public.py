"""The public face: an `Assistant` that opens itself."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from assistant.bootstrap import open_resources
from assistant.core import Assistant as CoreAssistant
from assistant.settings import Settings


class Assistant(CoreAssistant):
    """An open data set that can be asked: see `ask`, `run`, `stream`."""

    @classmethod
    def demo(cls, *, home: Path | str | None = None) -> Self:
        """The demo company, generated on first use below `home` (`var/` by default). Offline."""
        return cls.with_settings(_at(Settings(data="retail"), home))

    @classmethod
    def open(cls, folder: Path | str, *, home: Path | str | None = None) -> Self:
        """Your own definitions (`folder/model/*.yml`) and data (`folder/data/`).

        Raises:
            DefinitionError: with every fault of the definitions.
            DataError: when a data file is missing or damaged.
        """
        return cls.with_settings(_at(Settings(data=str(folder)), home))

    @classmethod
    def with_settings(cls, settings: Settings) -> Self:
        """As the settings say."""
        resources, user = open_resources(settings)
        return cls(resources, user=user)


def _at(settings: Settings, home: Path | str | None) -> Settings:
    return settings if home is None else settings.model_copy(update={"home": Path(home)})
