"""The grammar as data: category, right side, builder, weight. Chinese and English share categories; order of words differs
only where a rule says so, for most parts of a question may stand anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from assistant.interpreters.grammar import build_behaviour as d
from assistant.interpreters.grammar import build_bounds as n
from assistant.interpreters.grammar import build_chunks as c
from assistant.interpreters.grammar import build_conditions as b
from assistant.interpreters.grammar.categories import CHUNK, FRAME
from assistant.interpreters.grammar.chart import Grammar, Rule
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Frame
from assistant.interpreters.grammar.rules_kinds import SETS
from assistant.interpreters.grammar.rules_moments import MOMENTS, WORDS

_Builder = Callable[..., object | None]
_Row = tuple[str, str, _Builder, float]

NUMBERS: tuple[_Row, ...] = (
    ("AMOUNT", "CMP NUM", n.compared, 0.3),
    ("AMOUNT", "NUM CMPP", n.compared_after, 0.3),
    ("AMOUNT", "NUM TO NUM", n.ranged, 0.3),
    ("AMOUNT", "BETW NUM TO NUM", n.between, 0.5),
    ("AMOUNT", "BETW NUM AND NUM", n.between, 0.5),
    ("AMOUNT", "AMOUNT AMOUNT", n.both_bounds, 0.3),
    ("CUT", "TOPW NUM", c.cut, 0.3),
    ("CUT", "NUM SUP", c.cut_before, 0.3),
    ("AMOUNT", "NUM CMPP COUNTU", n.counted_after, 0.5),
    ("METRIC", "AVG METRIC", c.average, 0.2),
    ("METRIC", "AVG QC METRIC", lambda m, a, _, n: c.average(m, a, n), 0.4),
)

CONDITIONS: tuple[_Row, ...] = (
    ("SEP", "COMMA", lambda _m, _w: ",", 0.9),
    ("SEP", "AND", lambda _m, _w: "and", 0.9),
    ("SEP", "OR", lambda _m, _w: "or", 0.9),
    ("VALS", "VALUE", b.same, 0.0),
    ("VALS", "VALUE TOBE", b.to_be, 0.6),
    ("VALS", "VALS SEP VALUE", b.listed, 1.2),
    ("VALS", "VALS SEP SEP VALUE", lambda m, v, s, t, w: b.listed(m, v, t if t != "," else s, w), 1.2),
    ("VALS", "VALS VALUE", b.beside, 1.0),
    ("COND", "VALS SEP VALS", b.places, -0.2),
    ("COND", "VALS FIELD", b.place_called, 0.4),
    ("WVALS", "WVALUE", b.same, 0.0),
    ("WVALS", "WVALS SEP WVALUE", b.listed, 1.2),
    ("WVALS", "WVALS SEP VALUE", b.listed, 1.2),
    ("WVALS", "VALS SEP WVALUE", b.listed, 1.2),
    ("COND", "VALS", b.has_value, 0.0),
    ("COND", "FIELD VALS", b.field_value, 0.7),
    ("COND", "FIELD WVALS", b.field_value, 1.7),
    ("COND", "VALS FIELD", b.value_field, 0.4),
    ("COND", "WVALS FIELD", b.value_field, 1.6),
    ("COND", "VALS CMPP", b.level_after, 0.6),
    ("COND", "CMP VALS", b.level_before, 0.5),
    ("COND", "FIELD VALS CMPP", b.field_level, 1.2),
    ("COND", "FIELD CMP VALS", b.field_before_level, 1.2),
    ("COND", "FIELD WVALS CMPP", b.field_level, 1.2),
    ("COND", "FIELD CMP WVALS", b.field_before_level, 1.2),
    ("COND", "FIELD NEG VALS", b.field_not, 1.2),
    ("COND", "FIELD NEG WVALS", b.field_not, 1.2),
    ("COND", "FIELD", b.positive, -0.1),
    ("COND", "HAVE FIELD", b.having, 0.2),
    ("COND", "INMONTH FIELD", b.in_month, 1.6),
    ("COND", "FIELD INMONTH", lambda m, f, month: b.in_month(m, month, f), 1.6),
    ("COND", "TIME FIELD", b.active_in, 1.0),
    ("COND", "FIELD TIME", b.active_during, 1.0),
    ("COND", "FIELD AMOUNT", n.field_amount, 0.6),
    ("COND", "FIELD EXACT", n.field_amount, 0.0),
    ("EXACT", "NUM", n.exactly, 0.0),
    ("COND", "AMOUNT FIELD", n.amount_field, 0.2),
    ("COND", "AMOUNT", n.unit_amount, 0.2),
    ("COND", "METRIC AMOUNT", n.metric_amount, 0.6),
    ("COND", "AMOUNT METRIC", n.amount_metric, 0.3),
    ("COND", "LP CONJ RP METRIC AMOUNT", lambda m, _, w, __, n1, a: d.amount_where(m, w, n1, a), 2.0),
    ("COND", "VALS METRIC AMOUNT", n.amount_on, 1.0),
    ("COND", "METRIC AMOUNT IN VALS", lambda m, n1, a, _, v: n.amount_on(m, v, n1, a), 1.8),
    ("COND", "VALS TIME METRIC AMOUNT", n.amount_timed_on, 1.4),
    ("COND", "AMOUNT METRIC IN VALS", lambda m, a, n1, _, v: n.amount_on(m, v, n1, a), 1.8),
    ("COND", "HAVE METRIC", n.some_of, 0.4),
    ("COND", "METRIC CUT", n.metric_cut, 0.6),
    ("PCOND", "METRIC CUT ENT", n.cut_people, 0.6),
    ("PCOND", "CUT ENT METRIC", n.people_cut, 0.6),
    ("PCOND", "CUT ENT BYPRE METRIC", n.people_cut_by, 0.9),
    ("PCOND", "ORDERING NUM ENT", n.best_people, 0.6),
    ("PCOND", "NUM ENT ORDERING", n.people_best, 0.6),
    ("PCOND", "ENT AMOUNT", n.people_aged, 0.4),
    ("PCOND", "DID ENT", d.people_who, 0.15),
    ("COND", "VALS AMOUNT", n.kind_aged, 0.2),
    ("COND", "TIME DID AND NEG DID", d.did_but_not, 2.2),
    ("COND", "TIME DID AND NEG DID", d.did_but_not_that, 2.0),
    ("COND", "COND AND COND", d.both_of_same, -0.2),
    ("COND", "TIME NEG FIELD", d.not_active_in, 1.3),
    ("PCOND", "TIME PCOND", d.in_time, 0.4),
    ("PCOND", "PCOND TIME", d.time_after, 0.4),
    ("COND", "DEFTIME COND", d.default_time, 0.5),
    ("COND", "TIME COND", d.in_time, 0.8),
    ("COND", "COND TIME", d.time_after, 0.3),
    ("COND", "DID", b.same, 0.0),
    ("COND", "QUOTED", b.in_segment, 0.0),
    ("COND", "NEG COND", b.negated, 0.3),
    ("COND", "EXC COND", b.negated, 0.4),
    ("COND", "EXC COND EXCEND", lambda m, e, f, _: b.negated(m, e, f), 0.6),
    ("COND", "COND EXCEND", lambda m, f, w: b.negated(m, w, f), 0.3),
    ("COND", "COND OR COND", b.either, 0.2),
    ("COND", "COND COMMA OR COND", lambda m, f, _, o, g: b.either(m, f, o, g), 0.2),
    ("ORS", "COND COMMA COND", b.either, 0.0),
    ("ORS", "ORS COMMA COND", b.either, 0.0),
    ("COND", "ORS OR COND", b.either, 0.6),
    ("COND", "ORS COMMA OR COND", lambda m, f, _, o, g: b.either(m, f, o, g), 0.6),
    ("COND", "LP CONJ RP", b.bracketed, 0.3),
    ("CONJ", "COND", b.same, 0.0),
    ("CONJ", "CONJ AND COND", b.both, 0.0),
    ("CONJ", "CONJ COND", b.both_adjacent, -0.2),
)

BEHAVIOUR: tuple[_Row, ...] = (
    ("DID", "VERB", d.did, 0.0),
    ("DID", "VERB THAT", d.did_that, 0.4),
    ("DID", "USEV VALS", d.used, 1.4),
    ("DID", "DID IN VALS", d.done_there, 0.8),
    ("DID", "VALS DID", lambda m, v, done: d.done_there(m, done, "", v), 0.8),
    ("DID", "VERB VALS", d.did_object, 0.6),
    ("DID", "VERB VALS VALS", d.did_objects, 1.4),
    ("DID", "VERB LP CONJ RP", d.did_where, 1.0),
    ("DID", "HAVE ENTITY LP CONJ RP", lambda m, _, e, lp, c, rp: d.did_where(m, e, lp, c, rp), 1.0),
    ("DID", "VALS VERB", d.object_did, 0.4),
    ("DID", "VALS VERB VALS", d.object_did_object, 1.0),
    ("DID", "VALS", d.did_own_value, 0.0),
    ("DID", "VALS", d.did_far_value, -0.6),
    ("DID", "VALS VALS", d.did_by_values, 0.6),
    ("DID", "VALS VALS", d.did_at, 0.5),
    ("DID", "DID AMOUNT", d.did_times, 0.4),
    ("DID", "DID EXACT", d.did_times, 0.2),
    ("DID", "AMOUNT DID", d.times_did, 0.2),
    ("DID", "CMP DID NUM", d.compared_did, 0.5),
    ("DID", "AMOUNT ENTITY", d.did_rows, 0.8),
    ("DID", "VERB AMOUNT ENTITY", d.verb_rows, 0.6),
    ("DID", "VERB AMOUNT VALS", d.times_did_object, 1.0),
    ("DID", "HAVE ENTITY", d.with_rows, -0.2),
    ("DID", "TIME DID", d.in_time, 0.8),
    ("DID", "DID TIME", d.time_after, 0.5),
    ("COND", "NEG ENTITY", d.no_rows, 0.3),
    ("COND", "NUM NEG DID", d.not_for, 1.0),
    ("COND", "NEG DID NUM", lambda m, neg, done, number: d.not_for(m, number, neg, done), 1.0),
)

CHUNKS: tuple[_Row, ...] = (
    ("ENT", "ENTITY", b.same, 0.0),
    ("ENT", "PERSON", lambda m, _: m.person, -0.1),
    ("ENT", "ENTITY BASE", lambda m, e, _: e if e == m.person else None, 0.2),
    ("FIELDS", "FIELD", c.one_field, 0.0),
    ("FIELDS", "ENTITY", c.name_field, -0.8),
    ("FIELDS", "FIELDS SEP FIELD", c.more_fields, 0.2),
    ("FIELDS", "FIELDS SEP EACH FIELD", lambda m, f, s, _, g: c.more_fields(m, f, s, g), 0.2),
    ("ORDERING", "METRIC SUP", c.ordering_of, 0.4),
    ("ORDERING", "SUP METRIC", c.ordering_before, 0.4),
    ("ORDERING", "METRIC SORT", c.sorting_of, 0.2),
    ("ORDERING", "METRIC RANKW SORT", lambda m, n, _, d: c.sorting_of(m, n, d), 0.4),
    (CHUNK, "METRIC", c.metric, 0.0),
    (CHUNK, "FIELD", c.head, -0.4),
    (CHUNK, "WHICH", c.which, 0.0),
    (CHUNK, "WHICH GRAINN", c.which_period, 0.6),
    (CHUNK, "WHICH FIELDS", c.asked, 0.3),
    (CHUNK, "BYPRE FIELDS", c.grouped, 0.4),
    (CHUNK, "EACH FIELDS", c.grouped, 0.4),
    (CHUNK, "BYPRE EACH FIELDS", c.grouped_each, 0.6),
    (CHUNK, "FIELDS BYPOST", c.grouped_after, 0.2),
    (CHUNK, "GRAIN", c.by_time, 0.2),
    (CHUNK, "BYPRE GRAIN", c.by_time_after, 0.4),
    (CHUNK, "BYPRE METRIC", c.by_metric, 0.1),
    (CHUNK, "COND", c.condition, 0.0),
    (CHUNK, "PCOND", c.people_condition, 0.0),
    (CHUNK, "AMOUNT", c.amount, -0.5),
    (CHUNK, "ANYF", c.any_field, 0.0),
    (CHUNK, "GROUPS METRIC AMOUNT", c.group_bound, 1.0),
    (CHUNK, "ENT", c.entity, 0.0),
    (CHUNK, "TIME", c.time, 0.0),
    (CHUNK, "COMPARISON", c.comparison, 0.2),
    (CHUNK, "VS COMPARISON", c.comparison_after, 0.4),
    (CHUNK, "BACK", c.period_before, 0.2),
    (CHUNK, "VS BACK", lambda m, _, back: c.period_before(m, back), 0.4),
    (CHUNK, "BACK SUP", c.growth_back, 0.8),
    (CHUNK, "SUP", c.ordered, -0.3),
    (CHUNK, "SORT", c.sorted_whole, 0.0),
    (CHUNK, "ORDERING", c.ordering, 0.0),
    (CHUNK, "GROWTH", c.growth, 0.0),
    (CHUNK, "COMPARISON SUP", c.growth_compared, 0.8),
    (CHUNK, "BYPRE METRIC SORT", c.by_metric_sorted, 0.5),
    (CHUNK, "OCC METRIC SHARE", c.taken_up, 0.6),
    (CHUNK, "BYPRE FIELDS SEP GRAINN", c.grouped_in_time, 0.6),
    (CHUNK, "CUT", c.cut_frame, 0.0),
    (CHUNK, "NUM FIELD", c.counted_head, 0.3),
    (CHUNK, "NUM ENT", c.counted_people, 0.2),
    (CHUNK, "NUM ENTITY", c.counted_things, -0.6),
    (CHUNK, "CUT FIELD", c.cut_head, 0.2),
    (CHUNK, "CUT ENTITY", c.cut_things, -0.6),
    (CHUNK, "ENTITY", c.thing, -1.0),
    (CHUNK, "CHART", c.chart, 0.2),
    (CHUNK, "USE CHART", lambda m, _, kind: c.chart(m, kind), 1.2),
    (CHUNK, "USE SOFT CHART", lambda m, _, __, kind: c.chart(m, kind), 1.2),
    (CHUNK, "QUOTED", c.quoted, -0.1),
    (CHUNK, "QCP", c.count_people, 0.0),
    (CHUNK, "QL", c.people_or_list, 0.0),
    (CHUNK, "KEY", c.key, 0.0),
    (CHUNK, "FIELD KEY", c.key_of, 0.5),
    (CHUNK, "VALS VS VALUE", c.versus, 1.0),
    (CHUNK, "CATEGORY", c.topic, 0.0),
    (CHUNK, "KIND", c.kind, 0.0),
    (FRAME, CHUNK, c.start, 0.0),
    (FRAME, f"{FRAME} {CHUNK}", c.joined, 0.0),
)

# Two or more audiences side by side. Only for questions that compare people, for "and" has so many other uses.
AUDIENCES: tuple[_Row, ...] = (
    ("AUD", "CONJ", b.same, 0.0),
    ("AUD", "CONJ ENT", c.audience_before, 0.1),
    ("AUD", "ENT CONJ", c.audience_after, 0.1),
    ("AUD", "ENT QL CONJ", lambda m, e, _, f: c.audience_after(m, e, f), 0.5),
    ("PAIR", "AUD SEP AUD", c.two_audiences, 0.2),
    ("PAIR", "AUD VS AUD", c.two_audiences, 0.2),
    ("PAIR", "AUD HAVE AUD", c.two_audiences, 0.1),
    ("PAIR", "AUD SEP ENT", c.whole_audience, 0.0),
    ("PAIR", "AUD VS ENT", c.whole_audience, 0.0),
    ("PAIR", "PAIR SEP AUD", c.another_audience, 0.2),
    (CHUNK, "PAIR", b.same, 0.3),
    (CHUNK, "AUD DIFF AUD", c.differing, 0.5),
)
_COMPARING = frozenset({"DIFF", "OVER", "VS"})

# Words that only say what kind of answer is wanted, or that this turn changes the one before.
MARKS: tuple[tuple[str, float], ...] = (
    ("VS", 0.0),
    ("NOCMP", 0.0),
    ("RANKW", 0.0),
    ("SHARE", 0.0),
    ("DIST", 0.0),
    ("TREND", 0.0),
    ("QC", 0.0),
    ("QW", 0.0),
    ("PROFILE", 0.0),
    ("DIFF", 0.0),
    ("OVER", 0.0),
    ("DEF", 0.0),
    ("WHY", 0.0),
    ("CHG", -0.2),
    ("ATTRIB", 0.0),
    ("EXPORT", 0.0),
    ("SAVE", 0.0),
    ("REF", 0.0),
    ("WHATABOUT", 0.0),
    ("ONLY", 0.0),
    ("BAREONLY", 0.0),
    ("RESP", 0.0),
    ("GROW", 0.0),
    ("CHANGE", 0.0),
    ("REMOVE", 0.0),
    ("NEG", -1.5),
    ("AND", -0.3),
)
_MEANT = {"AND": (), "BAREONLY": ("ONLY", "bare_only"), "ATTRIB": ("WHY", "CHG")}


_SETS = ((_COMPARING, AUDIENCES), *SETS, (WORDS, MOMENTS))


def rule_sets(said: frozenset[str]) -> frozenset[int]:
    """Which of the special sets of rules the categories of the words of a text call for."""
    return frozenset(place for place, (words, _) in enumerate(_SETS) if words & said)


def grammar(meanings: Meanings, chosen: frozenset[int]) -> Grammar:
    """The rules with their builders bound to one model, and the `chosen` special sets among them."""
    rows = NUMBERS + CONDITIONS + BEHAVIOUR + CHUNKS
    for place in sorted(chosen):
        rows += tuple(row for row in _SETS[place][1] if row not in rows)
    rules = [
        Rule(f"{cat} → {right}", cat, tuple(right.split()), partial(build, meanings), weight)
        for cat, right, build, weight in rows
    ]
    rules += [Rule(f"{CHUNK} → {mark}", CHUNK, (mark,), _marker(mark), weight) for mark, weight in MARKS]
    beam = {FRAME: 24, CHUNK: 8, "COND": 10, "CONJ": 3, "DID": 4, "AUD": 3, "PAIR": 2, "SEQ": 4, "ACT": 4}
    return Grammar(tuple(rules), frozenset({FRAME}), beam)


def _marker(mark: str) -> Callable[..., object | None]:
    frame = Frame(marks=frozenset(_MEANT.get(mark, (mark,))))
    return lambda _: frame
