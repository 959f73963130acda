"""How well text tags are found in the demo's service conversations: `python -m benchmarks.text_tags`.

Two hold-outs: the last fifth of the tickets by time, and sentences that the classifier never saw, since the demo's
conversations are made from a few dozen sentences and a classifier could learn those by heart.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DataError
from semantic_layer.examples import retail
from semantic_layer.ingestion.tagging.text_tags.classifier import Classifier
from semantic_layer.ingestion.tagging.text_tags.dictionary import Dictionary, spoken
from semantic_layer.ingestion.tagging.text_tags.evaluate import quality
from semantic_layer.ingestion.tagging.text_tags.labelling import HOLD_OUT, SEED
from semantic_layer.ingestion.tagging.text_tags.truth import Truths
from semantic_layer.ingestion.tagging.text_tags.types import LabelQuality
from semantic_layer.model.types import Tag, TextBody

EVERY = 3  # of the sentences with a truth, every third is kept from the classifier in the second hold-out


@dataclass(frozen=True, slots=True)
class Ticket:
    """A conversation, when it was opened, the labelled sentence that it begins with, and what it truly says."""

    opened: str
    text: str
    sentence: str
    truth: str


def measure(sources: Path) -> dict[str, object]:
    """Precision and recall of each label by dictionary and by classifier, over `desk/tickets.csv` of the demo."""
    model, _ = load_definitions(Path(str(retail.__file__)).parent / "model")
    rows = read_rows(sources / "desk" / "tickets.csv")
    bodies = [(tag, tag.body) for tag in model.tags if isinstance(tag.body, TextBody)]
    return {"text_tags": {tag.name: _of(tag, body, tickets_of(body, rows)) for tag, body in bodies}}


def read_rows(path: Path) -> list[tuple[str, str]]:
    """When each ticket was opened and its conversation, in order of time."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sorted((row["提交时间"], row["对话"]) for row in csv.DictReader(file))


def tickets_of(body: TextBody, rows: Sequence[tuple[str, str]]) -> list[Ticket]:
    """The tickets whose truth is known."""
    truths = Truths(body)
    found = []
    for opened, text in rows:
        value = truths.of(text)
        first = next(iter(spoken(text, body.speaker)), "")
        if value is not None:
            found.append(Ticket(opened, text, truths.sentence(first) or first, value))
    return found


def _of(tag: Tag, body: TextBody, tickets: Sequence[Ticket]) -> dict[str, object]:
    cut = int(len(tickets) * (1 - HOLD_OUT))
    before, after = tickets[:cut], tickets[cut:]
    words = [found.value for found in Dictionary(body).find_all([ticket.text for ticket in after])]
    sentences = sorted({ticket.sentence for ticket in tickets})
    unseen = set(sentences[::EVERY])
    return {
        "label": tag.words.label.en,
        "held_out": len(after),
        "bar": body.bar,
        "dictionary": _figures(quality(words, [ticket.truth for ticket in after]), body),
        "classifier": _learned(body, before, after),
        "classifier_unseen_sentences": _learned(
            body, [t for t in tickets if t.sentence not in unseen], [t for t in tickets if t.sentence in unseen]
        ),
    }


def _learned(body: TextBody, before: Sequence[Ticket], after: Sequence[Ticket]) -> dict[str, object]:
    def own(ticket: Ticket) -> str:
        return "\n".join(spoken(ticket.text, body.speaker))

    values = [ticket.truth for ticket in before]
    try:
        learned = Classifier.learned([own(ticket) for ticket in before], values, seed=SEED)
    except DataError as error:
        return {"refused": error.message.en}
    found = [one.value for one in learned.find_all([own(ticket) for ticket in after])]
    return _figures(quality(found, [ticket.truth for ticket in after]), body)


def _figures(found: Sequence[LabelQuality], body: TextBody) -> dict[str, object]:
    return {
        one.value: {
            **{k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(one).items() if k != "value"},
            "published": one.holds(body.bar) and one.given >= body.fewest,
        }
        for one in found
    }


def main() -> None:
    """Print a table and write build/text_tags.json; the folder of the demo's raw sources may be given."""
    sources = Path(sys.argv[1]) if len(sys.argv) > 1 else next(iter(sorted(Path("var/retail").glob("sources_*"))))
    found = measure(sources)
    target = Path("build") / "text_tags.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print("| tag | method | label | precision | 95 % interval | recall | published |\n|---|---|---|---|---|---|---|")
    for tag, by_method in found["text_tags"].items():  # type: ignore[attr-defined]
        for method, labels in by_method.items():
            for label, one in labels.items() if isinstance(labels, dict) else ():
                if isinstance(one, dict):
                    print(
                        f"| {tag} | {method} | {label} | {one['precision']} | {one['low']}–{one['high']} | {one['recall']} | {one['published']} |"
                    )
                else:
                    print(f"| {tag} | {method} | {one} | | | | |")


if __name__ == "__main__":
    main()
