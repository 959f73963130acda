"""E-mail by SMTP. The home of aiosmtplib, which is loaded with the first message."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from semantic_layer.errors import Text, UserError
from tools.destinations.http import Surroundings
from tools.destinations.mail_text import composed, envelope_sender, is_address, sender_address
from tools.destinations.secrets import Secrets
from tools.destinations.sources import shown
from tools.destinations.specs import MailSpec
from tools.destinations.tls import Watch, refusal, watched
from tools.destinations.types import Ability, Fate, Message, Receipt

if TYPE_CHECKING:
    from aiosmtplib import SMTP

T = TypeVar("T")

_CLOSING: Final = 421
_BEFORE: Final = Text("邮件服务器在收信之前断开", "the mail server hung up before it took the message")
_DURING: Final = Text(
    "交出邮件后没有收到答复，可能已经送达", "no answer after the message was handed over: it may have arrived"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the server made of one message."""

    fate: Fate
    why: Text = Text("", "")  # frozen
    reference: str = ""
    wait: float = 0.0
    down: bool = False
    again_fresh: bool = False  # the connection was an old one and had died: nothing was said about the message


class SmtpMail:
    """A `Destination`: one message a transaction. A mail server does not know ids that it has seen.

    Connections are kept open and used by whoever sends next; as many are open as calls of `send` run side by side.
    """

    def __init__(self, spec: MailSpec, *, secrets: Secrets, around: Surroundings) -> None:
        self._spec = spec
        self._secrets = secrets
        self._around = around
        self._clock = around.clock
        self._idle: list[SMTP] = []
        self._loop = _Loop()

    @property
    def name(self) -> str:
        return self._spec.name

    @property
    def label(self) -> Text:
        return self._spec.text

    @property
    def ability(self) -> Ability:
        return Ability(at_once=self._spec.at_once, per_second=self._spec.per_second, needs=("host", "sender"))

    def check(self) -> tuple[Text, ...]:
        """Connects and signs in; sends nothing."""
        return self._loop.run(self._checked())

    def preview(self, messages: Sequence[Message]) -> str:
        return "\n\n----\n\n".join(self._previewed(shown(message)) for message in messages)

    def send(self, messages: Sequence[Message]) -> tuple[Receipt, ...]:
        return tuple(self._loop.run(self._one(message)) for message in messages)

    def close(self) -> None:
        self._loop.stop(self._hang_up)

    def _previewed(self, message: Message) -> str:
        try:
            mail = composed(message, self._spec, self._clock())
        except ValueError as error:
            return str(error)
        head = [f"{name}: {value}" for name, value in mail.items() if not name.startswith(("Content-", "MIME-"))]
        return "\n".join([*head, "", message.body, *(["", message.html] if message.html else [])])

    async def _one(self, message: Message) -> Receipt:
        if not is_address(message.address):
            said = _Said(fate=Fate.REFUSED, why=Text("不是邮件地址", "not a mail address"))
            return _receipt(message, said, self._clock())
        try:
            content = composed(message, self._spec, self._clock()).as_bytes()
        except (ValueError, UnicodeError) as error:
            why = Text(f"写不成邮件：{error}", f"cannot be written as mail: {error}")
            return _receipt(message, _Said(fate=Fate.REFUSED, why=why), self._clock())
        said = await self._handed(message, content, fresh=False)
        if said.again_fresh:
            said = await self._handed(message, content, fresh=True)
        return _receipt(message, said, self._clock())

    async def _handed(self, message: Message, content: bytes, *, fresh: bool) -> _Said:
        client = None if fresh else self._reused()
        reused = client is not None
        if client is None:
            opened = await self._opened()
            if isinstance(opened, Text):
                return _Said(fate=Fate.AGAIN, why=opened, down=True)
            client = opened
        said = await self._transaction(client, message, content, reused=reused)
        if client.is_connected:
            self._idle.append(client)
        return said

    async def _transaction(self, client: SMTP, message: Message, content: bytes, *, reused: bool) -> _Said:
        import aiosmtplib  # noqa: PLC0415  # slow to load, and needed by those who send mail only

        wide = not message.address.isascii()
        options, encoding = (["SMTPUTF8"], "utf-8") if wide else ([], "ascii")
        if wide and not client.supports_extension("smtputf8"):
            return _Said(
                fate=Fate.REFUSED, why=Text("邮件服务器不支持这种地址", "the mail server cannot take such addresses")
            )
        try:
            await client.mail(envelope_sender(message.id, self._spec), options=options, encoding=encoding)
            await client.rcpt(message.address, encoding=encoding)
        except aiosmtplib.SMTPResponseException as error:
            return await self._before_data(client, error, reused=reused)
        except (aiosmtplib.SMTPException, OSError):
            client.close()
            return _Said(fate=Fate.AGAIN, why=_BEFORE, down=True, again_fresh=reused)
        try:
            response = await client.data(content)
        except aiosmtplib.SMTPResponseException as error:
            await self._reset(client)
            return self._told(error.code, error.message)
        except (aiosmtplib.SMTPException, OSError):
            client.close()
            return _Said(fate=Fate.UNSURE, why=_DURING)
        return _Said(fate=Fate.ACCEPTED, reference=_line(response.message))

    async def _before_data(self, client: SMTP, error: Any, *, reused: bool) -> _Said:
        """Refused at the sender or at the recipient. A sender that is refused is a matter of the settings, not of the message."""
        import aiosmtplib  # noqa: PLC0415

        code, line = int(error.code), str(error.message)
        if code == _CLOSING:
            client.close()
            return _Said(fate=Fate.AGAIN, why=_answer(code, line), down=True, again_fresh=reused)
        await self._reset(client)
        if isinstance(error, aiosmtplib.SMTPRecipientRefused):
            return self._told(code, line)
        return _Said(fate=Fate.AGAIN, why=_answer(code, line), wait=self._spec.again_after, down=True)

    def _told(self, code: int, line: str) -> _Said:
        if code >= 500:
            return _Said(fate=Fate.REFUSED, why=_answer(code, line))
        return _Said(fate=Fate.AGAIN, why=_answer(code, line), wait=self._spec.again_after)

    def _reused(self) -> SMTP | None:
        while self._idle:
            client = self._idle.pop()
            if client.is_connected:
                return client
        return None

    async def _opened(self) -> SMTP | Text:
        """A connection that is signed in, or why there is none."""
        import aiosmtplib  # noqa: PLC0415

        spec = self._spec
        try:
            password = "" if spec.password is None else self._secrets.read(spec.password)
            client = aiosmtplib.SMTP(
                hostname=spec.host,
                port=spec.port,
                use_tls=spec.tls == "tls",
                start_tls=False,
                tls_context=self._context() if spec.tls == "tls" else None,
                timeout=spec.seconds,
                local_hostname=sender_address(spec).rpartition("@")[2],
            )
            await client.connect()
            if spec.tls == "starttls":
                await client.starttls(tls_context=self._context())
            if spec.user:
                await client.login(spec.user, password)
        except UserError as error:
            return error.message
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            reason = _line(str(error)) or type(error).__name__
            return refusal(error) or Text(
                f"邮件服务器 {spec.host}:{spec.port} 不能用：{reason}",
                f"The mail server {spec.host}:{spec.port} cannot be used: {reason}",
            )
        return client

    def _context(self) -> ssl.SSLContext:
        spec = self._spec
        watch = Watch(
            place=f"{spec.host}:{spec.port}", pins=self._around.pins, clock=self._around.clock, trust=spec.trust
        )
        return watched(ssl.create_default_context(), watch, ca=spec.ca)

    async def _checked(self) -> tuple[Text, ...]:
        opened = await self._opened()
        if isinstance(opened, Text):
            return (opened,)
        self._idle.append(opened)
        return ()

    async def _reset(self, client: SMTP) -> None:
        import aiosmtplib  # noqa: PLC0415

        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            client.close()

    async def _hang_up(self) -> None:
        import aiosmtplib  # noqa: PLC0415

        while self._idle:
            client = self._idle.pop()
            try:
                await client.quit(timeout=1)
            except (aiosmtplib.SMTPException, OSError):
                client.close()


class _Loop:
    """An event loop in a thread of its own, started with the first call: callers of `run` need not know of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
                self._thread.start()
            loop = self._loop
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    def stop(self, last: Any) -> None:
        """Run `last`, then end the thread; the next `run` starts anew."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(last(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _receipt(message: Message, said: _Said, at: datetime) -> Receipt:
    return Receipt(
        id=message.id,
        fate=said.fate,
        at=at,
        reference=said.reference,
        why=said.why,
        wait=said.wait,
        down=said.down,
    )


def _answer(code: int, line: str) -> Text:
    return Text(f"邮件服务器答复 {code} {_line(line)}", f"the mail server answered {code} {_line(line)}")


def _line(text: str) -> str:
    return " ".join(text.split())[:200]
