"""A message as an e-mail (RFC 5322), with one-click unsubscribing (RFC 2369 and RFC 8058)."""

from __future__ import annotations

import re
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from typing import Final

from tools.destinations.specs import MailSpec
from tools.destinations.types import Message

_ADDRESS: Final = re.compile(r"[^\s@<>,;:\"\[\]\\]+@[^\s@<>,;:\"\[\]\\]+\.?[^\s@<>,;:\"\[\]\\]+")
_LONGEST: Final = 254


def is_address(address: str) -> bool:
    """Whether something can be handed to a mail server as one recipient; that it exists, only the server knows."""
    return len(address) <= _LONGEST and _ADDRESS.fullmatch(address) is not None


def composed(message: Message, spec: MailSpec, at: datetime) -> EmailMessage:
    """Text, and HTML beside it where there is some. Raises `ValueError` for a header that holds a line break."""
    mail = EmailMessage(policy=SMTP if message.address.isascii() else SMTPUTF8)
    mail["From"] = spec.sender
    mail["To"] = message.address
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id_header(message.id, spec)
    if spec.reply_to:
        mail["Reply-To"] = spec.reply_to
    ways = [f"<{message.unsubscribe}>"] if message.unsubscribe else []
    if spec.unsubscribe_mail:
        ways.append(f"<mailto:{spec.unsubscribe_mail}?subject=unsubscribe-{message.id}>")
    if ways:
        mail["List-Unsubscribe"] = ", ".join(ways)
    if message.unsubscribe.startswith("https://"):
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.body, charset="utf-8", cte="base64" if not message.body.isascii() else "quoted-printable")
    if message.html:
        mail.add_alternative(message.html, subtype="html", charset="utf-8", cte="base64")
    return mail


def sender_address(spec: MailSpec) -> str:
    return parseaddr(spec.sender)[1]


def envelope_sender(message_id: str, spec: MailSpec) -> str:
    """Where a bounce goes: `bounces+ID@example.com`, so that it says which message it is about, whatever is in it."""
    if not spec.bounce:
        return sender_address(spec)
    name, _, host = spec.bounce.partition("@")
    return f"{name}+{message_id}@{host}"


def message_id_header(message_id: str, spec: MailSpec) -> str:
    return f"<{message_id}@{sender_address(spec).rpartition('@')[2]}>"
