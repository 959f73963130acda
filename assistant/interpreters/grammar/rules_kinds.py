"""Rules for questions of special kinds: sequences, funnels, cohorts, ends of periods, running totals, reasons.

They are in force only where a word asks for them (`SETS`), so that other questions are read without them.
"""

from __future__ import annotations

from collections.abc import Callable

from assistant.interpreters.grammar import build_behaviour as d
from assistant.interpreters.grammar import build_conditions as b
from assistant.interpreters.grammar import build_kinds as k
from assistant.interpreters.grammar import build_sequences as q
from assistant.interpreters.grammar.categories import CHUNK

_Row = tuple[str, str, Callable[..., object | None], float]
_ANY = q.Length()

# What is done, and what follows. Chinese says when after it (LATER stands behind the first act); English says what came
# first behind AFTER, or what came later behind AND with a length of time.
SEQUENCES: tuple[_Row, ...] = (
    ("ACT", "DID", q.act, 0.0),
    ("ACT", "FIELD", q.registered, 0.0),
    ("ACT", "FIELD TIME", q.registered_in, 0.8),
    ("ACT", "TIME FIELD", lambda m, t, f: q.registered_in(m, f, t), 0.8),
    ("ACT", "FIRST", b.same, 0.2),
    ("FIRST", "EDGE DID", q.edge, 0.6),
    ("FIRST", "EDGE ENTITY", q.edge_rows, 0.6),
    ("FIRST", "EDGEACT", q.edge_main, 0.4),
    ("FIRST", "METRIC", q.edge_date, 0.0),
    ("COND", "FIRST", q.edge_timed, 1.0),
    ("COND", "FIRST TIME", q.edge_in, 1.6),
    ("COND", "TIME FIRST", q.edge_in_before, 1.4),
    ("COND", "FIRST AMOUNT", q.long_ago, 1.0),
    ("COND", "FIRST CMP TIME", q.older, 2.0),
    ("COND", "FIRST MORE COMPARISON", q.older_than, 2.0),
    ("COND", "FIRST AMOUNT AGO", lambda m, f, a, _: q.long_ago(m, f, a), 2.0),
    ("WITHIN", "LEN", b.same, 0.0),
    ("WITHIN", "LENW", q.named_length, 0.0),
    ("SPAN", "WITHIN", b.same, 0.0),
    ("SPAN", "NUM", q.length, -0.2),
    ("LATER", "AFTERZ", q.later, 0.0),
    ("LATER", "AFTERZ SPAN", q.later_within, 0.5),
    ("NEXT", "DID", b.same, 0.0),
    ("NEXT", "ENTITY", d.did, -0.1),
    ("SEQ", "ACT LATER NEXT", q.followed, 2.0),
    ("SEQ", "ACT LATER AND NEXT", lambda m, a, w, _, s: q.followed(m, a, w, s), 2.2),
    ("SEQ", "ACT LATER NEG NEXT", lambda m, a, w, _, s: q.not_followed(m, a, w, s), 2.2),
    ("SEQ", "ACT LATER AND NEG NEXT", lambda m, a, w, _, __, s: q.not_followed(m, a, w, s), 2.4),
    ("SEQ", "ACT AND LATER NEXT", lambda m, a, _, w, s: q.followed(m, a, w, s), 2.2),
    ("SEQ", "ACT AND LATER NEG NEXT", lambda m, a, _, w, __, s: q.not_followed(m, a, w, s), 2.4),
    ("SEQ", "ACT AND WITHIN NEG NEXT", lambda m, a, _, w, __, s: q.not_followed(m, a, w, s), 2.4),
    ("SEQ", "ACT LATER VALS", q.followed_by_same, 1.6),
    ("SEQ", "ACT THENW NEXT", lambda m, a, _, s: q.followed(m, a, _ANY, s), 2.0),
    ("SEQ", "ACT AND THENW NEXT", lambda m, a, _, __, s: q.followed(m, a, _ANY, s), 2.2),
    ("SEQ", "ACT THENW VALS", lambda m, a, _, v: q.followed_by_same(m, a, _ANY, v), 1.8),
    ("SEQ", "ACT AND THENW VALS", lambda m, a, _, __, v: q.followed_by_same(m, a, _ANY, v), 2.0),
    ("SEQ", "ACT THENW NEG NEXT", lambda m, a, _, __, s: q.not_followed(m, a, _ANY, s), 2.2),
    ("SEQ", "ACT AND THENW NEG NEXT", lambda m, a, _, __, ___, s: q.not_followed(m, a, _ANY, s), 2.4),
    ("SEQ", "ACT AND NEXT THENW", lambda m, a, _, s, __: q.followed(m, a, _ANY, s), 2.2),
    ("SEQ", "ACT AND NEG NEXT THENW", lambda m, a, _, __, s, ___: q.not_followed(m, a, _ANY, s), 2.4),
    ("SEQ", "ACT AND NEXT WITHIN", lambda m, a, _, s, w: q.followed(m, a, w, s), 2.6),
    ("SEQ", "ACT AND NEG NEXT WITHIN", lambda m, a, _, __, s, w: q.not_followed(m, a, w, s), 2.8),
    ("SEQ", "ACT AND NEXT WITHIN THENW", lambda m, a, _, s, w, __: q.followed(m, a, w, s), 2.8),
    ("SEQ", "ACT AND NEG NEXT WITHIN THENW", lambda m, a, _, __, s, w, ___: q.not_followed(m, a, w, s), 3.0),
    ("SEQ", "ACT AND THENW NEXT WITHIN", lambda m, a, _, __, s, w: q.followed(m, a, w, s), 2.8),
    ("SEQ", "ACT AND THENW NEG NEXT WITHIN", lambda m, a, _, __, ___, s, w: q.not_followed(m, a, w, s), 3.0),
    ("SEQ", "ACT THENW NEXT WITHIN", lambda m, a, _, s, w: q.followed(m, a, w, s), 2.6),
    ("SEQ", "ACT THENW NEG NEXT WITHIN", lambda m, a, _, __, s, w: q.not_followed(m, a, w, s), 2.8),
    ("SEQ", "ACT EXC NEXT WITHIN", lambda m, a, _, s, w: q.not_followed(m, a, w, s), 2.8),
    ("SEQ", "NEXT AFTER ACT", lambda m, s, _, a: q.followed(m, a, _ANY, s), 2.2),
    ("SEQ", "NEXT WITHIN AFTER ACT", lambda m, s, w, _, a: q.followed(m, a, w, s), 2.6),
    ("SEQ", "NEXT WITHIN DE ACT", lambda m, s, w, _, a: q.followed(m, a, w, s), 2.6),
    ("SEQ", "NEG NEXT AFTER ACT", lambda m, _, s, __, a: q.not_followed(m, a, _ANY, s), 2.6),
    ("SEQ", "NEG NEXT WITHIN AFTER ACT", lambda m, _, s, w, __, a: q.not_followed(m, a, w, s), 3.0),
    ("SEQ", "NEG NEXT WITHIN DE ACT", lambda m, _, s, w, __, a: q.not_followed(m, a, w, s), 3.0),
    ("SEQ", "FIRSTLY SEQ", q.firstly, 1.2),
    ("SEQ", "SEQ AND NEG NEXT", lambda m, s, _, __, t: q.chain_not(m, s, _ANY, t), 1.2),
    ("SEQ", "SEQ LATER NEG NEXT", lambda m, s, w, _, t: q.chain_not(m, s, w, t), 1.4),
    ("SEQ", "SEQ AND LATER NEG NEXT", lambda m, s, _, w, __, t: q.chain_not(m, s, w, t), 1.6),
    ("COND", "SEQ", b.same, 0.0),
    ("COND", "NEG SEQ", q.flipped, 0.6),
    ("METRIC", "SEQ RATEW", lambda m, s, _: q.rate(m, s), 0.6),
    ("METRIC", "SEQ SHARE", lambda m, s, _: q.rate(m, s), 0.6),
    ("METRIC", "SHARE ENTITY SEQ", lambda m, _, e, s: q.rate(m, s) if e == m.person else None, 0.6),
    ("METRIC", "SHARE ENTITY QL SEQ", lambda m, _, e, __, s: q.rate(m, s) if e == m.person else None, 0.8),
)

FUNNELS: tuple[_Row, ...] = (
    ("STEP", "DID", k.step, 0.0),
    ("STEP", "ENTITY", k.step_rows, -0.1),
    ("STEP", "FIELD", k.step_registered, 0.0),
    ("STEP", "EDGEACT", k.step_main, 0.0),
    ("STEP", "EDGE ENTITY", lambda m, w, e: k.step_rows(m, e) if w == "first" else None, 0.6),
    ("ROUTE", "STEP TO STEP", k.more_steps, 2.6),
    ("ROUTE", "ROUTE TO STEP", k.more_steps, 2.6),
    ("STEPS", "ROUTE", b.same, 0.0),
    ("STEPS", "STEP SEP STEP", k.more_steps, 2.2),
    ("STEPS", "STEPS SEP STEP", k.more_steps, 2.2),
    ("STEPS", "STEPS SEP SEP STEP", lambda m, s, c, _, t: k.more_steps(m, s, c, t), 2.2),
    (CHUNK, "STEPS FUNNEL", lambda m, s, _: k.funnel(m, s), 1.0),
    (CHUNK, "FUNNEL STEPS", lambda m, _, s: k.funnel(m, s), 1.0),
    (CHUNK, "ROUTE CONV", lambda m, s, _: k.conversion(m, s), 1.0),
    (CHUNK, "CONV ROUTE", lambda m, _, s: k.conversion(m, s), 1.0),
    ("WITHIN", "LEN", b.same, 0.0),
    ("WITHIN", "LENW", q.named_length, 0.0),
    (CHUNK, "WITHIN", k.within, 0.4),
)

COHORTS: tuple[_Row, ...] = (
    (CHUNK, "RETAIN", k.retained, 0.2),
    (CHUNK, "GRAINN RETAIN", lambda m, unit, _: k.retained(m, unit), 0.8),
    (CHUNK, "NEXTP RETAIN", k.retained_next, 0.8),
    (CHUNK, "NUM RETAIN", k.retained_after, 0.8),
    (CHUNK, "RETAIN NUM", lambda m, r, n: k.retained_after(m, n, r), 0.4),
    (CHUNK, "EDGEACT", k.first_buyers, 0.2),
    (CHUNK, "FIELD AFTERZ", lambda m, f, _: k.since_registered(m, f), 0.4),
    (CHUNK, "AFTER FIELD", lambda m, _, f: k.since_registered(m, f), 0.4),
)

ENDS: tuple[_Row, ...] = (
    (CHUNK, "PEND", k.period_end, 0.4),
    (CHUNK, "EACH PEND", k.each_period_end, 0.8),
    (CHUNK, "TIME PENDX", k.end_of, 0.8),
    (CHUNK, "PENDX TIME", k.end_of_before, 0.8),
)

RUNNING: tuple[_Row, ...] = (
    ("METRIC", "CUM METRIC", k.running, 0.6),
    ("METRIC", "METRIC CUM", k.running_after, 0.6),
    (CHUNK, "CUM", k.adding_up, 0.0),
)

SETS: tuple[tuple[frozenset[str], tuple[_Row, ...]], ...] = (
    (frozenset({"AFTERZ", "AFTER", "THENW", "LEN", "LENW", "EDGE", "EDGEACT"}), SEQUENCES),
    (frozenset({"FUNNEL", "CONV"}), FUNNELS),
    (frozenset({"RETAIN"}), COHORTS),
    (frozenset({"PEND", "PENDX"}), ENDS),
    (frozenset({"CUM"}), RUNNING),
)
"""Which rules are in force when a word of one of the categories stands in the text."""
