"""When messages must not be sent: quiet hours by a clock in some zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from tools.campaigns.rules import QuietHours


def is_quiet(rule: QuietHours, moment: datetime, zone: str) -> bool:
    """Whether `moment` (with a zone of its own) falls into the hours on a clock of `zone`. The end is outside."""
    now = moment.astimezone(ZoneInfo(zone)).time().replace(tzinfo=None)
    start, end = time.fromisoformat(rule.start), time.fromisoformat(rule.end)
    return start <= now < end if start < end else now >= start or now < end


def over_at(rule: QuietHours, moment: datetime, zone: str) -> datetime:
    """When the quiet hours that hold at `moment` are over; `moment` itself when none hold."""
    if not is_quiet(rule, moment, zone):
        return moment
    local = moment.astimezone(ZoneInfo(zone))
    end = time.fromisoformat(rule.end)
    over = datetime.combine(local.date(), end, tzinfo=local.tzinfo)
    return over if over > local else datetime.combine(local.date() + timedelta(days=1), end, tzinfo=local.tzinfo)
