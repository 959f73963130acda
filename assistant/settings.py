"""All settings, in one place. Each can be set by an environment variable with the prefix `QUNXIANG_`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Mode = Literal["offline", "careful", "full"]


class Settings(BaseSettings):
    """What a person who runs the product may choose."""

    model_config = SettingsConfigDict(
        env_prefix="QUNXIANG_", env_ignore_empty=True, extra="ignore", protected_namespaces=()
    )

    data: str = Field(
        "retail",
        description="the data set to open: retail, completejourney, silos, or a folder with model/ and sources/ or data/",
    )
    home: Path = Field(Path("var"), description="where data, saved segments, exports and the audit log are kept")
    state_url: str = Field(
        "", repr=False, description="database address for saved segments and audit; SQLite in `home` when empty"
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(7860, ge=1, le=65535, description="port to listen on")
    user: str = Field("local", description="name of the person at this machine")
    role: str = Field("marketer", description="role of that person in the policy of the data set")
    people: int = Field(20_000, ge=100, le=5_000_000, description="size of the demo company")
    seconds: float = Field(30.0, gt=0, description="longest time that one statement may take")
    memory_mb: int = Field(2048, ge=256, description="most memory that the data engine may use")
    threads: int = Field(2, ge=1, le=64, description="threads of the data engine")

    base_url: str = Field(
        "", description="address at which people reach the page, such as https://ask.example.com; for links and cookies"
    )
    trusted_proxies: str = Field(
        "", description="addresses of reverse proxies, with commas, whose X-Forwarded headers are believed"
    )
    sign_in: Literal["auto", "always"] = Field(
        "auto", description="auto: no password while there are no accounts and the page is on the loopback address"
    )
    session_hours: float = Field(12.0, gt=0, le=720, description="how long a sign-in lasts")
    session_idle_minutes: float = Field(120.0, gt=0, description="after how long without a request a sign-in ends")
    oidc_issuer: str = Field("", description="OpenID Connect provider to sign in with; empty: none")
    oidc_client_id: str = Field("", description="client id at that provider")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="client secret at that provider")
    oidc_secret_file: Path | None = Field(None, description="file that holds it, instead of `oidc_client_secret`")
    oidc_label: str = Field("", description="what the button on the sign-in page calls the provider")
    slack: Literal["off", "socket", "http"] = Field(
        "off", description="how Slack reaches the product: socket mode, HTTP at /slack/events, or not at all"
    )
    slack_bot_token: SecretStr = Field(SecretStr(""), description="bot token, xoxb-…")
    slack_app_token: SecretStr = Field(SecretStr(""), description="app token for socket mode, xapp-…")
    slack_signing_secret: SecretStr = Field(SecretStr(""), description="signing secret for HTTP mode")
    slack_api_url: str = Field("https://slack.com/api/", description="base address of Slack's Web API")
    slack_match_email: bool = Field(
        default=False, description="take a Slack user for the account with the same e-mail address"
    )
    body_kilobytes: int = Field(256, ge=16, description="largest request that is taken")
    open_streams: int = Field(200, ge=1, description="most answers that are streamed at once, over all doors")
    send_to: str = Field(
        "",
        description="hosts that webhooks and other HTTP destinations may reach, with commas: hooks.example.com, *.crm.example.com:8443, private:10.0.0.5:8080",
    )
    otel_url: str = Field("", description="address of an OpenTelemetry collector (OTLP over HTTP); empty: none")

    at_rest: Literal["plain", "hashed", "encrypted"] = Field(
        "plain",
        description="how personal columns stand in what is published: plain, hashed with the key, or encrypted",
    )
    data_key: SecretStr = Field(SecretStr(""), description="key for personal columns; needed unless `at_rest` is plain")
    data_key_file: Path | None = Field(None, description="file that holds it, instead of `data_key`")
    schedule: bool = Field(
        default=True, description="refresh tags, look into watched folders and check quality at the times that are set"
    )
    events_waiting: int = Field(
        50_000, ge=100, description="most events that wait to be taken in; more are answered with 429"
    )
    link_tier: Literal["exact", "strict", "loose"] = Field(
        "strict", description="how sure a link between records must be to make one customer of them"
    )

    mode: Mode = Field(
        "full",
        description="who reads questions: offline (rules only), careful (rules; a model when asked), full (rules, then a model)",
    )
    model_url: str = Field("", description="base address of an OpenAI-compatible endpoint; no model when empty")
    model_name: str = Field("", description="name of the model at the endpoint")
    model_key: SecretStr = Field(SecretStr(""), description="key of the endpoint")
    model_key_file: Path | None = Field(None, description="file that holds the key, instead of `model_key`")
    model_profile: Literal["auto", "tools", "schema", "text"] = Field(
        "auto", description="how the endpoint gives structured output; auto tries once and remembers"
    )
    model_form: Literal["auto", "plan", "brief"] = Field(
        "auto", description="what the model fills in: whole plans, or the short form that small models manage"
    )
    model_trust: Literal["offer", "answer"] = Field(
        "offer",
        description="what becomes of a reading in the short form: offered to the person, or answered when the vocabulary agrees",
    )
    model_seconds: float = Field(20.0, gt=0, le=600, description="longest time that reading one question may take")
    model_retries: int = Field(
        1, ge=0, le=5, description="how often a request is tried again when the endpoint is busy"
    )
    model_stream: bool = Field(True, description="let the endpoint stream, so that a stop takes effect at once")
    model_context: int = Field(8192, ge=1024, description="tokens that the model takes, prompt and answer together")
    model_output: int = Field(1024, ge=64, description="most tokens of one answer")
    model_body: str = Field("", description="further fields of the request body, as a JSON object, for one vendor")
    model_ca: Path | None = Field(None, description="file with the certificate authority of the endpoint")
    model_price_in: float = Field(0.0, ge=0, description="price of a million tokens in the prompt")
    model_price_out: float = Field(0.0, ge=0, description="price of a million tokens in the answer")
    model_currency: str = Field("USD", description="currency of the prices")
    model_daily_cost: float = Field(0.0, ge=0, description="most money a day for the model; 0 is no limit")
    model_file: Path | None = Field(None, description="a GGUF file to serve on this machine instead of an endpoint")
    model_threads: int = Field(2, ge=1, le=64, description="threads that a local model computes with")
    model_memory_mb: int = Field(4096, ge=256, description="most memory that a local model may use")
    model_port: int = Field(0, ge=0, le=65535, description="port of a local model on 127.0.0.1; 0 takes a free one")
    embedding_name: str = Field(
        "", description="name of an embedding model at the endpoint; the built-in encoder when empty"
    )

    def address_of_state(self) -> str:
        """Where saved segments and audit are kept, as a database address."""
        return self.state_url or f"sqlite:///{(self.home / 'state.sqlite').resolve()}"
