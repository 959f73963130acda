"""How busy each day is: growth, weekdays, months, shopping festivals and holidays. Weights have mean 1 in the first year."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from semantic_layer.examples.retail.company import Company, Floats

_WEEKDAY = (0.92, 0.91, 0.93, 0.97, 1.08, 1.14, 1.09)
_MONTH = (1.02, 0.9, 0.98, 0.99, 1.03, 0.97, 0.94, 0.96, 1.07, 1.0, 0.98, 1.06)
_GROWTH_PER_YEAR = 1.1
_SPRING_FESTIVAL = (
    (date(2024, 2, 10), date(2024, 2, 17)),
    (date(2025, 1, 28), date(2025, 2, 4)),
    (date(2026, 2, 15), date(2026, 2, 23)),
    (date(2027, 2, 5), date(2027, 2, 11)),
)


def festival_factor(day: date) -> float:
    """How much busier (or quieter) a day is for its festival."""
    month_day = (day.month, day.day)
    if month_day == (6, 18):
        return 3.6
    if (6, 1) <= month_day <= (6, 17):
        return 1.45
    if month_day == (11, 11):
        return 5.2
    if (11, 1) <= month_day <= (11, 10):
        return 1.6
    if month_day == (12, 12):
        return 1.9
    if (10, 1) <= month_day <= (10, 7):
        return 1.5
    for first, last in _SPRING_FESTIVAL:
        if first <= day <= last:
            return 0.45
        if first - timedelta(days=18) <= day < first - timedelta(days=4):
            return 1.3
    return 1.0


def daily_weights(company: Company) -> Floats:
    """One weight a day, from the first to the last day of the company."""
    days = [company.start + timedelta(days=number) for number in range(company.days)]
    growth = [_GROWTH_PER_YEAR ** (number / 365) for number in range(company.days)]
    weights = [
        trend * _WEEKDAY[day.weekday()] * _MONTH[day.month - 1] * festival_factor(day)
        for day, trend in zip(days, growth, strict=True)
    ]
    return np.array(weights, dtype=np.float64)


def is_shopping_festival(company: Company) -> Floats:
    """1 on days of 618, 双11 and 双12, when goods are discounted for everybody; 0 elsewhere."""
    days = (company.start + timedelta(days=number) for number in range(company.days))
    return np.array([1.0 if festival_factor(day) > 1.4 and day.month != 10 else 0.0 for day in days])
