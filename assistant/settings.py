"""All settings, in one place. Each can be set by an environment variable with the prefix `QUNXIANG_`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a person who runs the product may choose."""

    model_config = SettingsConfigDict(env_prefix="QUNXIANG_", extra="ignore")

    data: str = Field(
        "retail", description="the data set to open: retail, completejourney, or a folder with model/ and data/"
    )
    home: Path = Field(Path("var"), description="where data, saved segments, exports and the audit log are kept")
    state_url: str = Field("", description="database address for saved segments and audit; SQLite in `home` when empty")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(7860, ge=1, le=65535, description="port to listen on")
    user: str = Field("local", description="name of the person at this machine")
    role: str = Field("marketer", description="role of that person in the policy of the data set")
    people: int = Field(20_000, ge=100, le=5_000_000, description="size of the demo company")
    seconds: float = Field(30.0, gt=0, description="longest time that one statement may take")
    memory_mb: int = Field(2048, ge=256, description="most memory that the data engine may use")
    threads: int = Field(2, ge=1, le=64, description="threads of the data engine")

    def address_of_state(self) -> str:
        """Where saved segments and audit are kept, as a database address."""
        return self.state_url or f"sqlite:///{(self.home / 'state.sqlite').resolve()}"
