"""Asks the questions of the benchmark and says how many give what the standard's own SQL gives.

python -m tests.tpch.run [SCALE]      prints a line a question and writes build/tpch.json
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from time import perf_counter

import yaml

from semantic_layer.errors import UserError
from semantic_layer.policy.types import User
from tests.tpch.compare import first_difference
from tests.tpch.data import BUILD, HERE, database, open_layer, standard_rows
from tests.tpch.questions import QUESTIONS, Ask

ANALYST = User(name="Ana", roles=("analyst",))
NUMBERS = range(1, 23)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One question: how many rows with a value the standard gives, what is wrong with ours (if anything), and seconds.

    Without such rows there is nothing to compare: a sum of nothing is unknown there and 0 here.
    """

    number: int
    rows: int
    wrong: str
    seconds: float


def not_carried() -> dict[int, str]:
    """Questions without a right answer, with the reason."""
    found: dict[int, str] = yaml.safe_load((HERE / "not_carried.yml").read_text(encoding="utf-8")) or {}
    return found


def outcomes(scale: float) -> tuple[Outcome, ...]:
    """Every question that has a query, at `scale`."""
    path = database(scale)
    wanted = {number: standard_rows(path, number, scale) for number in NUMBERS}
    layer = open_layer(path)
    ask = Ask(lambda query: list(layer.run(query, ANALYST).table.rows), scale)
    found = []
    for number, question in QUESTIONS.items():
        begun = perf_counter()
        rows = sum(any(cell is not None for cell in row) for row in wanted[number])
        try:
            answer = question(ask)
            wrong = (first_difference(answer, wanted[number]) or "") if rows else ""
        except UserError as error:
            wrong = f"refused: {error.message.en}"
        found.append(Outcome(number=number, rows=rows, wrong=wrong, seconds=round(perf_counter() - begun, 3)))
    layer.engine.close()
    return tuple(found)


def main() -> int:
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 0.1
    found, reasons = outcomes(scale), not_carried()
    for one in found:
        print(f"q{one.number:02}  {one.rows:>5} rows  {one.seconds:6.2f} s  {one.wrong or 'as the standard'}")
    for number, reason in sorted(reasons.items()):
        print(f"q{number:02}  not carried: {reason}")
    right = [one.number for one in found if not one.wrong]
    print(f"{len(right)} of {len(NUMBERS)} questions give the standard's rows at scale {scale:g}")
    report = {"scale": scale, "right": len(right), "total": len(NUMBERS), "questions": [asdict(one) for one in found]}
    (BUILD.parent / "tpch.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    wrong = {one.number for one in found if one.wrong} - reasons.keys()
    return 1 if wrong or set(right) & reasons.keys() else 0


if __name__ == "__main__":
    sys.exit(main())
