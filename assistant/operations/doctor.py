"""Looks at an installation and says what is wrong and what to do. Changes nothing, and asks nothing of the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.operations import checks_machine, checks_network, checks_settings, checks_state
from assistant.operations.checks import Check, Finding, Outcome, Surroundings, failed
from semantic_layer.errors import DefinitionError, Language, Text, UserError

CHECKS: Final[tuple[Check, ...]] = (
    Check(name="settings", label=Text("设置的名字", "names of settings"), look=checks_settings.names),
    Check(name="contradictions", label=Text("设置是否一致", "settings agree"), look=checks_settings.contradictions),
    Check(name="python", label=Text("Python 和软件包", "Python and packages"), look=checks_machine.python),
    Check(name="home", label=Text("文件夹权限", "folder permissions"), look=checks_machine.home),
    Check(name="disk", label=Text("磁盘空间", "disk space"), look=checks_machine.disk),
    Check(name="port", label=Text("端口", "port"), look=checks_machine.port),
    Check(name="fonts", label=Text("图的字体", "fonts of pictures"), look=checks_machine.fonts),
    Check(name="state", label=Text("应用数据库", "application database"), look=checks_state.database),
    Check(name="ledger", label=Text("审计账本", "audit ledger"), look=checks_state.ledger),
    Check(name="clock", label=Text("时钟", "clock"), look=checks_machine.clock),
    Check(name="accounts", label=Text("账号", "accounts"), look=checks_settings.accounts),
    Check(name="definitions", label=Text("定义", "definitions"), look=checks_state.definitions),
    Check(name="data", label=Text("数据快照", "snapshot of the data"), look=checks_state.snapshot),
    Check(name="model", label=Text("语言模型", "language model"), look=checks_network.model),
    Check(name="slack", label=Text("Slack", "Slack"), look=checks_settings.slack),
    Check(name="sign_in", label=Text("OpenID 登录", "OpenID sign-in"), look=checks_network.sign_in),
    Check(name="traces", label=Text("OpenTelemetry", "OpenTelemetry"), look=checks_network.traces),
)

_SIGNS: Final = {Outcome.OK: "✓", Outcome.WARNING: "!", Outcome.FAILED: "✗"}
_SEE: Final = Text("按上面说的修好后再试一次", "Mend what it says, then try again")
_SUMS: Final = Text("{ok} 项正常，{warning} 项提醒，{failed} 项失败", "{ok} ok, {warning} warnings, {failed} failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One check with what it found."""

    check: Check
    finding: Finding


def examine(around: Surroundings, checks: Sequence[Check] = CHECKS) -> Iterator[Examined]:
    """Each check in turn, one failing never keeps the next from being made."""
    for check in checks:
        yield Examined(check=check, finding=_looked(check, around))


def _looked(check: Check, around: Surroundings) -> Finding:
    try:
        return check.look(around)
    except UserError as error:
        return failed(error.message, _SEE)
    except DefinitionError as error:
        return failed(Text(str(error), str(error)), _SEE)
    except OSError as error:
        said = error.strerror or str(error)
        return failed(Text(said, said), _SEE)


def as_text(one: Examined, language: Language) -> str:
    """A line for what was found, and one for what to do."""
    finding = one.finding
    line = f"{_SIGNS[finding.outcome]} {one.check.label.in_(language)}: {finding.found.in_(language)}"
    advice = finding.advice.in_(language)
    return f"{line}\n  → {advice}" if advice else line


def as_data(one: Examined) -> dict[str, object]:
    finding = one.finding
    return {
        "check": one.check.name,
        "outcome": finding.outcome.value,
        "found": {"zh": finding.found.zh, "en": finding.found.en},
        "advice": {"zh": finding.advice.zh, "en": finding.advice.en},
    }


def summed(found: Sequence[Examined], language: Language) -> str:
    """How many are well, and how many are not."""
    counts = {outcome.value: sum(one.finding.outcome is outcome for one in found) for outcome in Outcome}
    return _SUMS.in_(language).format(**counts)


def is_well(found: Sequence[Examined]) -> bool:
    """Whether nothing failed."""
    return all(one.finding.outcome is not Outcome.FAILED for one in found)
