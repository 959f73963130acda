"""Addresses as they may be shown: enough to recognise one's own, too little to use."""

from __future__ import annotations

_SHOWN = 3  # more characters than this are shown of no address


def masked(address: str) -> str:
    """`138****5678` of a phone number, `a***@example.com` of a mail address, `M00***` of anything else."""
    name, at, host = address.rpartition("@")
    if at and name:
        return f"{name[0]}***@{host}"
    if address.lstrip("+").isdigit() and len(address) >= 8:
        return f"{address[:_SHOWN]}****{address[-4:]}" if len(address) >= 11 else f"{address[:2]}****{address[-2:]}"
    return f"{address[: min(_SHOWN, len(address) // 2)]}***" if address else ""
