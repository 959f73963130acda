"""How a destination is set up: entries of `destinations.yml`, checked when they are read. Secrets stand in it by reference."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from semantic_layer.errors import Text
from tools.destinations.sources import FIELD, OWN
from tools.destinations.tls import Trust

SecretRef = Annotated[str, StringConstraints(pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$")]
Name = Annotated[str, StringConstraints(pattern=r"^[^\s/:\\]{1,60}$")]
HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
Hash = Literal["none", "hmac", "sha256", "md5"]

ALIYUN: Final = "https://dysmsapi.aliyuncs.com/"
TENCENT: Final = "https://sms.tencentcloudapi.com/"
WECOM: Final = "https://qyapi.weixin.qq.com/"
JPUSH: Final = "https://api.jpush.cn/"
FCM: Final = "https://fcm.googleapis.com/"
SERVICES: Final = tuple(url.removeprefix("https://").strip("/") for url in (ALIYUN, TENCENT, WECOM, JPUSH, FCM))


def _is_source(value: str) -> str:
    if value in OWN or (value.startswith(FIELD) and len(value) > len(FIELD)):
        return value
    raise ValueError(f"one of {', '.join(OWN)} or field:NAME is allowed")


Source = Annotated[str, AfterValidator(_is_source)]


class Entry(BaseModel):
    """What every destination has. `label` is shown to people."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True)

    name: Name
    label: dict[Literal["zh", "en"], str] = Field(default_factory=dict)
    per_second: float = Field(0.0, ge=0)
    at_once: int = Field(1, ge=1, le=32)

    @property
    def text(self) -> Text:
        return Text(self.label.get("zh", "") or self.name, self.label.get("en", "") or self.name)


class Remote(Entry):
    """One that is reached over the network. `seconds` is the longest wait for an answer."""

    seconds: float = Field(20.0, gt=0, le=300)
    trust: Trust = "authority"
    ca: Path | None = None


class Column(BaseModel):
    """A column of a file. An address is hashed with the key unless told otherwise.

    `sha256` and `md5` without a key can be undone for phone numbers in minutes: `demanded_by` has to say who asks for them.
    `normalise` is done before hashing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True)

    source: Source = Field(alias="from")
    name: str = Field(alias="as", min_length=1, max_length=200)
    hash: Hash | None = None
    demanded_by: str = ""
    normalise: Literal["none", "phone", "email"] = "none"

    @property
    def hashing(self) -> Hash:
        return self.hash or ("hmac" if self.source == "address" else "none")

    @model_validator(mode="after")
    def _said_who_demands(self) -> Self:
        if self.hashing in ("sha256", "md5") and not self.demanded_by:
            raise ValueError(f"{self.hashing} needs demanded_by: who asks for a hash without a key")
        return self


class FileSpec(Entry):
    """Files in a folder. With `only: changes` a file holds who came and who left since the last delivery of this list."""

    kind: Literal["file"]
    folder: Path
    format: Literal["csv", "xlsx"] = "csv"
    only: Literal["all", "changes"] = "all"
    columns: tuple[Column, ...] = Field(min_length=1)
    key: SecretRef | None = None
    language: Literal["zh", "en"] = "zh"
    bom: bool = True

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError("two columns have one name")
        if self.key is None and any(column.hashing == "hmac" for column in self.columns):
            raise ValueError("a column is hashed with a key: key must say where it is (env:NAME or file:PATH)")
        return self


class MailSpec(Remote):
    """A mail server. `bounce` is where undeliverable mail returns to; the id of the message is added to it."""

    kind: Literal["email"]
    host: str = Field(min_length=1)
    port: int = Field(587, ge=1, le=65535)
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretRef | None = None
    sender: str = Field(pattern=r"^[^\r\n]*@[^\r\n]+$")
    reply_to: str = Field("", pattern=r"^[^\r\n]*$")
    bounce: str = Field("", pattern=r"^([^\s@]+@[^\s@]+)?$")
    unsubscribe_mail: str = Field("", pattern=r"^([^\s@]+@[^\s@]+)?$")
    again_after: float = Field(300.0, ge=0)  # seconds until a server that said "later" is asked again

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Self:
        if self.tls == "none" and self.password is not None:
            raise ValueError("a password is not sent without TLS: set tls to starttls or tls")
        if bool(self.user) != (self.password is not None):
            raise ValueError("user and password belong together")
        return self


class WebhookSpec(Remote):
    """A signed request for every batch. `idempotent`: the receiver counts each message id once, however often it comes."""

    kind: Literal["webhook"]
    url: HttpUrl
    secret: SecretRef
    batch: int = Field(50, ge=1, le=1000)
    idempotent: bool = True


class CrmSpec(Remote):
    """Writes `properties` onto the record whose external id is `external_id`; `url` holds `{id}`."""

    kind: Literal["crm"]
    url: HttpUrl
    token: SecretRef
    external_id: Source
    properties: dict[str, Source] = Field(min_length=1)
    method: Literal["PATCH", "PUT", "POST"] = "PATCH"

    @model_validator(mode="after")
    def _has_a_place_for_the_id(self) -> Self:
        if "{id}" not in self.url:
            raise ValueError("url must hold {id}, where the external id goes")
        return self


class AliyunSmsSpec(Remote):
    """SMS over Aliyun. `parameters` fill the template that Aliyun approved."""

    kind: Literal["sms"]
    vendor: Literal["aliyun"]
    access_key: SecretRef
    access_secret: SecretRef
    sign_name: str = Field(min_length=1)
    template: str = Field(min_length=1)
    parameters: dict[str, Source] = Field(default_factory=dict)
    region: str = "cn-hangzhou"
    url: HttpUrl = ALIYUN


class TencentSmsSpec(Remote):
    """SMS over Tencent Cloud. `parameters` fill the template in the order of its places {1}, {2} …"""

    kind: Literal["sms"]
    vendor: Literal["tencent"]
    secret_id: SecretRef
    secret_key: SecretRef
    app_id: str = Field(min_length=1)
    sign_name: str = Field(min_length=1)
    template: str = Field(min_length=1)
    parameters: tuple[Source, ...] = ()
    country: str = Field("+86", pattern=r"^\+[0-9]{1,3}$")
    region: str = "ap-guangzhou"
    url: HttpUrl = TENCENT


class WeComSpec(Remote):
    """Tasks in WeCom. `employee` is the account, or the field of it, that has to confirm; the address is the external user id."""

    kind: Literal["wecom"]
    corp_id: str = Field(min_length=1)
    secret: SecretRef
    employee: str = ""
    employee_from: Source | None = None
    batch: int = Field(1000, ge=1, le=10_000)
    url: HttpUrl = WECOM

    @model_validator(mode="after")
    def _says_who_confirms(self) -> Self:
        if bool(self.employee) == (self.employee_from is not None):
            raise ValueError("either employee or employee_from says who confirms the task")
        return self


class JPushSpec(Remote):
    """App push over JPush."""

    kind: Literal["push"]
    vendor: Literal["jpush"]
    app_key: SecretRef
    master_secret: SecretRef
    audience: Literal["registration_id", "alias"] = "registration_id"
    production: bool = True
    url: HttpUrl = JPUSH


class FcmSpec(Remote):
    """App push over Firebase Cloud Messaging. `token` is an OAuth access token that something else keeps fresh."""

    kind: Literal["push"]
    vendor: Literal["fcm"]
    project: str = Field(pattern=r"^[a-z0-9-]+$")
    token: SecretRef
    url: HttpUrl = FCM


SmsSpec = Annotated[AliyunSmsSpec | TencentSmsSpec, Field(discriminator="vendor")]
PushSpec = Annotated[JPushSpec | FcmSpec, Field(discriminator="vendor")]
DestinationSpec = (
    FileSpec | MailSpec | WebhookSpec | CrmSpec | AliyunSmsSpec | TencentSmsSpec | WeComSpec | JPushSpec | FcmSpec
)
AnySpec = Annotated[
    FileSpec | MailSpec | WebhookSpec | CrmSpec | SmsSpec | WeComSpec | PushSpec, Field(discriminator="kind")
]


class SpecFile(BaseModel):
    """The whole of `destinations.yml`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    destinations: tuple[AnySpec, ...] = ()
