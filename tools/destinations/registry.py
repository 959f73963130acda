"""Opens destinations from their settings, and finds them by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import assert_never

from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from tools.destinations.crm import Crm
from tools.destinations.file import FileFolder
from tools.destinations.http import Surroundings
from tools.destinations.mail import SmtpMail
from tools.destinations.push import Fcm, JPush
from tools.destinations.secrets import Secrets
from tools.destinations.sms_aliyun import AliyunSms
from tools.destinations.sms_tencent import TencentSms
from tools.destinations.specs import (
    SERVICES,
    AliyunSmsSpec,
    CrmSpec,
    DestinationSpec,
    FcmSpec,
    FileSpec,
    JPushSpec,
    MailSpec,
    TencentSmsSpec,
    WebhookSpec,
    WeComSpec,
)
from tools.destinations.types import Destination
from tools.destinations.webhook import Webhook
from tools.destinations.wecom import WeCom


class Destinations(AbstractContextManager["Destinations"]):
    """Destinations by name, in the order of their settings. Nothing is connected until it is used."""

    def __init__(self, found: Sequence[Destination]) -> None:
        self._found: Mapping[str, Destination] = {one.name: one for one in found}

    def __iter__(self) -> Iterator[Destination]:
        return iter(self._found.values())

    def __len__(self) -> int:
        return len(self._found)

    def __exit__(self, *_: object) -> None:
        self.close()

    def names(self) -> tuple[str, ...]:
        return tuple(self._found)

    def named(self, name: str) -> Destination:
        """By name or label; raises `UnknownNameError` with the nearest names."""
        for one in self._found.values():
            if name in (one.name, one.label.zh, one.label.en):
                return one
        near = nearest(name, self.names()) or self.names()[:5]
        raise UnknownNameError(Text("发送渠道", "destination"), name, near)

    def close(self) -> None:
        for one in self._found.values():
            one.close()


def open_destinations(
    specs: Sequence[DestinationSpec],
    *,
    secrets: Secrets,
    around: Surroundings,
    more: Sequence[Destination] = (),
) -> Destinations:
    """The destinations of the settings, and `more` of one's own. Raises nothing: what is amiss is said by `check`."""
    with_services = Surroundings(
        hosts=around.hosts.with_services(SERVICES), pins=around.pins, clock=around.clock, new_id=around.new_id
    )
    return Destinations([*(opened(spec, secrets=secrets, around=with_services) for spec in specs), *more])


def opened(spec: DestinationSpec, *, secrets: Secrets, around: Surroundings) -> Destination:
    """The destination of one entry."""
    match spec:
        case FileSpec():
            return FileFolder(spec, secrets=secrets, clock=around.clock)
        case MailSpec():
            return SmtpMail(spec, secrets=secrets, around=around)
        case WebhookSpec():
            return Webhook(spec, secrets=secrets, around=around)
        case CrmSpec():
            return Crm(spec, secrets=secrets, around=around)
        case AliyunSmsSpec():
            return AliyunSms(spec, secrets=secrets, around=around)
        case TencentSmsSpec():
            return TencentSms(spec, secrets=secrets, around=around)
        case WeComSpec():
            return WeCom(spec, secrets=secrets, around=around)
        case JPushSpec():
            return JPush(spec, secrets=secrets, around=around)
        case FcmSpec():
            return Fcm(spec, secrets=secrets, around=around)
        case never:
            assert_never(never)
