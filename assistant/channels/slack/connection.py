"""The connection of socket mode: Bolt behind Slack's own client, which tells when its token is not valid any more."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from assistant.channels.slack.api import TOKEN_GONE

LOG: Final = logging.getLogger(__name__)


class Socket(SocketModeClient):
    """Reconnects by itself, until its token is gone."""

    def __init__(self, app: App, client: WebClient, *, app_token: str, on_token_gone: Callable[[str], None]) -> None:
        super().__init__(app_token=app_token, web_client=client, logger=LOG)
        self._app = app
        self._on_token_gone = on_token_gone
        self.socket_mode_request_listeners.append(self._handle)

    def issue_new_wss_url(self) -> str:
        try:
            return super().issue_new_wss_url()
        except SlackApiError as error:
            code = str(error.response.get("error") or "")
            if code in TOKEN_GONE:
                self.auto_reconnect_enabled = self.default_auto_reconnect_enabled = False
                self._on_token_gone(code)
            raise

    def close_soon(self) -> None:
        """Close from a thread of its own: closing waits for this client's threads, one of which may be the caller."""
        threading.Thread(target=self.close, name="slack-close", daemon=True).start()

    def _handle(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        send_response(client, request, run_bolt_app(self._app, request), 0.0)
