"""Provisional."""
from __future__ import annotations
def predicate_text(p, index, calendar, language): return str(p)
def who_text(a, index, calendar, language): return str(a.where)
def condition_text(w, index, calendar, language): return str(w) if w else ""
def period_text(q, index, calendar, language): return calendar.describe(q.time, language) if q.time else ""
def bound_text(b, index, language, currency): return str(b)
def compare_text(c, calendar, language): return str(c)
def group_text(g, index, language): return str(g)
def order_text(q, index, language): return str(q.order)+str(q.limit)
def time_text(t, index, calendar, language): return calendar.describe(t, language) if t else "default"
