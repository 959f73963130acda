"""Figures over outcomes: by language and kind, with latency, beside a baseline, worst cases first."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.evaluation.runner import Outcome, Verdict

WORST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How many cases of a group came out how."""

    cases: int
    right: int
    wrong: int
    asked_back: int
    declined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of one run; times in milliseconds."""

    total: Figures
    by_language: Mapping[str, Figures]
    by_kind: Mapping[str, Figures]
    interpret_p50: float
    interpret_p95: float
    total_p50: float
    total_p95: float
    worst: tuple[Outcome, ...]


def report(outcomes: Sequence[Outcome]) -> Report:
    """Count and sort; the worst are the wrong ones, then what was declined, then what was asked back."""
    languages = sorted({o.case.language for o in outcomes})
    kinds = sorted({o.case.kind for o in outcomes})
    order = {Verdict.WRONG: 0, Verdict.DECLINED: 1, Verdict.ASKED_BACK: 2}
    failed = sorted(
        (o for o in outcomes if o.verdict is not Verdict.RIGHT), key=lambda o: (order[o.verdict], o.case.id)
    )
    interpret = [o.interpret_ms for o in outcomes]
    total = [o.total_ms for o in outcomes]
    return Report(
        total=_figures(outcomes),
        by_language={name: _figures([o for o in outcomes if o.case.language == name]) for name in languages},
        by_kind={name: _figures([o for o in outcomes if o.case.kind == name]) for name in kinds},
        interpret_p50=percentile(interpret, 0.5),
        interpret_p95=percentile(interpret, 0.95),
        total_p50=percentile(total, 0.5),
        total_p95=percentile(total, 0.95),
        worst=tuple(failed[:WORST]),
    )


def _figures(outcomes: Sequence[Outcome]) -> Figures:
    counted = Counter(o.verdict for o in outcomes)
    return Figures(
        cases=len(outcomes),
        right=counted[Verdict.RIGHT],
        wrong=counted[Verdict.WRONG],
        asked_back=counted[Verdict.ASKED_BACK],
        declined=counted[Verdict.DECLINED],
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank); 0 for none."""
    if not values:
        return 0.0
    if share == 0.5:
        return statistics.median(values)
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def as_markdown(found: Report, baseline: Mapping[str, int] | None = None) -> str:
    """The report as Markdown tables."""
    lines = ["| group | cases | right | wrong | asked back | declined |", "|---|---:|---:|---:|---:|---:|"]
    lines.append(_line("all", found.total))
    lines += [_line(name, figures) for name, figures in found.by_language.items()]
    lines += [_line(name, figures) for name, figures in found.by_kind.items()]
    lines += [
        "",
        (
            f"Interpretation: p50 {found.interpret_p50:.1f} ms, p95 {found.interpret_p95:.1f} ms. "
            f"Whole answer: p50 {found.total_p50:.0f} ms, p95 {found.total_p95:.0f} ms."
        ),
    ]
    if baseline is not None:
        moved = {
            key: getattr(found.total, key) - baseline.get(key, 0)
            for key in ("right", "wrong", "asked_back", "declined")
        }
        lines += [
            "",
            "Against the baseline: "
            + ", ".join(f"{key.replace('_', ' ')} {value:+d}" for key, value in moved.items())
            + ".",
        ]
    for outcome in found.worst:
        case = outcome.case
        lines += [
            "",
            f"- **{case.id} ({case.language})** {outcome.verdict.value}: {case.question}",
            f"  {outcome.reason}",
        ]
        lines += [f"  - {step}" for step in outcome.derivation[:6]]
    return "\n".join(lines) + "\n"


def _line(name: str, f: Figures) -> str:
    return f"| {name} | {f.cases} | {f.right} | {f.wrong} | {f.asked_back} | {f.declined} |"


def as_json(found: Report) -> str:
    """The report as JSON, stable for the same outcomes except for times."""
    return json.dumps(
        {
            "total": _plain(found.total),
            "by_language": {k: _plain(v) for k, v in found.by_language.items()},
            "by_kind": {k: _plain(v) for k, v in found.by_kind.items()},
            "interpret_ms": {"p50": round(found.interpret_p50, 2), "p95": round(found.interpret_p95, 2)},
            "total_ms": {"p50": round(found.total_p50, 1), "p95": round(found.total_p95, 1)},
            "worst": [
                {"id": o.case.id, "language": o.case.language, "verdict": o.verdict.value, "reason": o.reason}
                for o in found.worst
            ],
        },
        ensure_ascii=False,
        indent=2,
    )


def figures_as_json(found: Report) -> str:
    """Only the counts, to be kept as a baseline: the same for the same outcomes, on any machine."""
    counts = {
        "total": _plain(found.total),
        "by_language": {k: _plain(v) for k, v in found.by_language.items()},
        "by_kind": {k: _plain(v) for k, v in found.by_kind.items()},
    }
    return json.dumps(counts, ensure_ascii=False, indent=2) + "\n"


def _plain(f: Figures) -> dict[str, int]:
    return {"cases": f.cases, "right": f.right, "wrong": f.wrong, "asked_back": f.asked_back, "declined": f.declined}
