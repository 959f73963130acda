"""The figures of the vocabulary are counted as by hand, the paraphrases are enough, and meaning finds more than letters."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.evaluation.vocabulary import read_paraphrases, vocabulary_figures
from benchmarks.vocabulary import child, model, questions
from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DefinitionError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.vocabulary import Entry, Vocabulary
from semantic_layer.vocabulary.meaning import open_meaning
from semantic_layer.vocabulary.meaning_texts import Meaning
from semantic_layer.vocabulary.mixed import MixedRanking
from semantic_layer.vocabulary.terms import FieldTerm, MetricTerm, Source, Term, ValueTerm
from semantic_layer.vocabulary.vector import UseEncoder

RETAIL = Path(__file__).parents[3] / "semantic_layer/examples/retail"
PARAPHRASES = RETAIL / "vocabulary/paraphrases.yml"


@pytest.fixture(scope="module")
def index():
    return ModelIndex(load_definitions(RETAIL / "model")[0])


def by_letters(texts: dict[Term, str]) -> MixedRanking:
    return MixedRanking(
        [
            Meaning(
                term=term,
                entry=Entry(text=text, key=text, term=term, label=Text(text, text), source=Source.LABEL),
                texts=(text,),
            )
            for term, text in texts.items()
        ],
        None,
        seconds=lambda: 0.0,
        why_not=Text("没有编码器。", "There is no encoder."),
    )


def written(folder: Path, text: str) -> Path:
    file = folder / "said.yml"
    file.write_text(text, encoding="utf-8")
    return file


def test_there_are_at_least_sixty_paraphrases_a_language_and_three_for_each_tag(index):
    found = read_paraphrases(PARAPHRASES, index)
    counted = Counter((p.tag, p.language) for p in found)
    assert min(counted.values()) >= 3
    assert len(counted) == 2 * len(index.model.tags)
    assert min(Counter(p.language for p in found).values()) >= 60
    assert len({p.said for p in found}) == len(found)


def test_places_recall_and_reciprocal_ranks(index, tmp_path):
    """`late night` finds night_owl by its value first; `night shop` finds a metric first among all names, then night_owl
    as first of the tags; `zebra` finds nothing: places of the tag 1, 1 and none, and among all names 1, 2 and none.
    """
    ranking = by_letters(
        {
            MetricTerm("sales"): "night shop",
            FieldTerm("customer.night_owl"): "owl",
            ValueTerm("customer.night_owl", 1): "late night",
            FieldTerm("customer.high_value"): "valuable",
        }
    )
    file = written(tmp_path, "- tag: customer.night_owl\n  en: [late night, night shop, zebra]\n")
    report = vocabulary_figures(ranking, index, file)
    tags, everything = (report.recall("mixed", among, "en") for among in ("tags", "all names"))
    assert (tags.paraphrases, tags.at_1, tags.at_3, tags.mrr) == (3, 2 / 3, 2 / 3, 2 / 3)
    assert (everything.at_1, everything.at_3, everything.mrr) == (1 / 3, 2 / 3, 0.5)
    assert report.as_data()["tags, en, letters"] == {
        "paraphrases": 3,
        "recall@1": 0.667,
        "recall@3": 0.667,
        "mrr": 0.667,
    }
    assert "There is no encoder. Both methods are the same here." in report.as_markdown()
    assert "- zebra (en): customer.night_owl was not found" in report.as_markdown()
    assert report.recall("mixed", "tags", "zh").paraphrases == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- tag: customer.night_owls\n  en: [x]\n", "Did you mean 'customer.night_owl' or "),
        ("- tag: customer.night_owl\n  fr: [x]\n", "cannot be read"),
        ("tag: [", "cannot be read"),
        ("", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(index, tmp_path, text, told):
    with pytest.raises(DefinitionError, match=r"said\.yml") as raised:
        read_paraphrases(written(tmp_path, text), index)
    assert told in str(raised.value)


def test_a_file_that_is_not_there_is_told(index, tmp_path):
    with pytest.raises(DefinitionError, match="cannot be read"):
        read_paraphrases(tmp_path / "none.yml", index)


@pytest.mark.slow
def test_by_meaning_more_tags_are_found_than_by_letters_in_both_languages(index, tmp_path):
    """Over the tags alone, so that little is to be encoded."""
    index = ModelIndex(replace(index.model, metrics=(), dimensions=()))
    ranking = open_meaning(
        index, Vocabulary.build(index), tmp_path, UseEncoder(), seconds=lambda: 0.0, later=lambda work: work()
    )
    report = vocabulary_figures(ranking, index, PARAPHRASES)
    ranking.close()
    for language in ("zh", "en"):
        mixed, letters = (report.recall(method, "tags", language) for method in ("mixed", "letters"))
        assert mixed.at_3 > letters.at_3 + 0.15
        assert mixed.at_1 > letters.at_1


def test_the_benchmark_has_as_many_terms_as_asked_for_and_the_same_questions_in_every_run():
    terms = {entry.term for entry in Vocabulary.build(ModelIndex(model(500))).entries}
    assert len(terms) == 501  # and the entity
    asked = list(questions(40, 1))
    assert asked == list(questions(40, 1))
    assert len(set(asked)) == 40


@pytest.mark.slow
def test_the_benchmark_measures_a_fresh_process(tmp_path):
    built, again = child(tmp_path, 60, 0), child(tmp_path, 60, 14)
    assert again["terms"] == 61
    assert again["why not"] == built["why not"] == ""
    assert again["first answer, s"] >= again["open, s"] > 0
    assert again["question, ms"]["p95"] >= again["question, ms"]["p50"] > 0
