"""Secrets that the product makes: session tokens, API keys and first passwords. Only their digests are kept.

A secret of 256 random bits cannot be guessed, so that one round of SHA-256 is digest enough (unlike for passwords).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Final

RandomBytes = Callable[[int], bytes]
"""Gives so many bytes that nobody can foretell; `secrets.token_bytes` wherever people come in."""

KEY_MARK: Final = "qx"
_BYTES: Final = 32
_HINT_BYTES: Final = 4
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
_GROUPS, _GROUP = 4, 5


def new_token(random_bytes: RandomBytes) -> str:
    """43 characters that are safe in a cookie and in an address."""
    return base64.urlsafe_b64encode(random_bytes(_BYTES)).rstrip(b"=").decode("ascii")


def new_key(random_bytes: RandomBytes) -> tuple[str, str]:
    """The public beginning of an API key, `qx_<8 characters>`, and the whole of it."""
    hint = f"{KEY_MARK}_{random_bytes(_HINT_BYTES).hex()}"
    return hint, f"{hint}_{new_token(random_bytes)}"


def new_password(random_bytes: RandomBytes) -> str:
    """Four groups of five letters and digits (99 bits) that can be read out on the telephone."""
    fair = 256 - 256 % len(_LETTERS)  # a byte above it would make some letters likelier
    letters: list[str] = []
    while len(letters) < _GROUPS * _GROUP:
        letters += [_LETTERS[byte % len(_LETTERS)] for byte in random_bytes(_GROUPS * _GROUP) if byte < fair]
    return "-".join("".join(letters[start : start + _GROUP]) for start in range(0, _GROUPS * _GROUP, _GROUP))


def digest(secret: str) -> str:
    """What is kept of a secret: 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def form_token(token: str) -> str:
    """What forms of a session must carry. It follows from the token, and the token does not follow from it."""
    return digest(f"form:{token}")
