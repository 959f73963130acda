"""Customer value: known answers of the literature, and a world whose parameters are known."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from semantic_layer.errors import DataError
from tools.models.bgnbd import BgNbd, Visits, fit_bgnbd, visits_of
from tools.models.gamma_gamma import fit_gamma_gamma
from tools.models.history import History, history_of

CUT, END = date(1997, 9, 30), date(1998, 6, 30)
PLAIN = BgNbd(r=0.8, alpha=5.0, a=0.9, b=3.0, low=(0, 0, 0, 0), high=(0, 0, 0, 0), likelihood=0)


def cdnow(name: str) -> History:
    """The CDs that customers of CDNOW bought (P. Fader, B. Hardie), from the package that carries the text."""
    found = importlib.util.find_spec("lifetimes")
    origin = found.origin if found is not None else None
    path = Path(origin).parent / "datasets" / f"CDNOW_{name}.txt" if origin else Path()
    if not path.is_file():
        pytest.skip("the text of CDNOW is not installed (dependency group `febrl`)")
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    days = {}
    for row in rows:
        if row[0] == "customer_id":
            continue
        *_, key, at, _, amount = row
        day = date(int(at[:4]), int(at[4:6]), int(at[6:])).toordinal()
        days[int(key), day] = days.get((int(key), day), 0.0) + float(amount)
    keys, at = (np.array(column) for column in zip(*days, strict=True))
    return history_of(keys, at, np.ones(len(keys)), np.array(list(days.values())))


def test_the_published_parameters_of_cdnow_are_found() -> None:
    calibrated = cdnow("sample").within(None, CUT)
    found = fit_bgnbd(visits_of(calibrated, end=CUT.toordinal()))
    assert len(calibrated.keys) == 2357
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx((0.2426, 4.4136, 0.7929, 2.4259), abs=5e-4)
    assert found.likelihood == pytest.approx(-9582.4, abs=0.1)
    for at, value in enumerate((found.r, found.alpha, found.a, found.b)):
        assert found.low[at] < value < found.high[at]


def test_39_weeks_of_cdnow_that_were_held_out_are_foreseen() -> None:
    whole = cdnow("sample")
    calibrated, later = whole.within(None, CUT), whole.within(CUT, END)
    visits = visits_of(calibrated, end=CUT.toordinal())
    expected = fit_bgnbd(visits).expected(visits, 39)
    real = np.zeros(len(calibrated.keys))
    np.add.at(real, np.searchsorted(calibrated.keys, later.keys[later.who]), 1)
    naive = visits.again / visits.age * 39
    assert real.sum() == 1882
    assert abs(expected.sum() / real.sum() - 1) < 0.15
    assert np.corrcoef(expected, real)[0, 1] >= 0.62
    assert np.sqrt(((expected - real) ** 2).mean()) <= 0.8 * np.sqrt(((naive - real) ** 2).mean())


def test_the_published_parameters_of_amounts_are_found() -> None:
    calibrated = cdnow("sample").within(None, CUT)
    count = np.bincount(calibrated.who)
    first = np.cumsum(count) - count
    again = np.bincount(calibrated.who, weights=calibrated.value) - calibrated.value[first]
    some = (count > 1) & (again > 0)
    found = fit_gamma_gamma((count[some] - 1).astype(float), again[some] / (count[some] - 1))
    assert (found.p, found.q, found.gamma) == pytest.approx((6.25, 3.74, 15.44), abs=0.02)


def simulated(people: int, seed: int) -> Visits:
    """Customers of `PLAIN`, seen for 40 to 80 weeks."""
    source = np.random.default_rng(seed)
    age = source.uniform(40, 80, people)
    again, last = np.zeros(people), np.zeros(people)
    rate, leaving = source.gamma(PLAIN.r, 1 / PLAIN.alpha, people), source.beta(PLAIN.a, PLAIN.b, people)
    for who in range(people):
        at = source.exponential(1 / rate[who])
        while at < age[who]:
            again[who] += 1
            last[who] = at
            if source.random() < leaving[who]:
                break
            at += source.exponential(1 / rate[who])
    return Visits(again=again, last=last, age=age)


@pytest.mark.slow
def test_a_known_world_lies_inside_the_intervals() -> None:
    found = fit_bgnbd(simulated(6000, seed=11))
    for low, truth, high in zip(found.low, (PLAIN.r, PLAIN.alpha, PLAIN.a, PLAIN.b), found.high, strict=True):
        assert low < truth < high


def test_expected_purchases_are_the_mean_of_what_may_come() -> None:
    some = Visits(again=np.array([0.0, 2.0, 30.0]), last=np.array([0.0, 20.0, 51.0]), age=np.array([30.0, 40.0, 52.0]))
    drawn = PLAIN.drawn(some, 26, 200_000, np.random.default_rng(5))
    assert drawn.mean(axis=1) == pytest.approx(PLAIN.expected(some, 26), rel=0.02)


def test_very_frequent_buyers_stay_finite() -> None:
    some = Visits(again=np.array([5_000.0]), last=np.array([520.0]), age=np.array([520.5]))
    assert np.isfinite(PLAIN.expected(some, 520)).all()
    assert 0 < PLAIN.alive(some)[0] <= 1


def test_who_never_came_back_is_alive_by_definition_and_silence_lowers_the_chance() -> None:
    some = Visits(again=np.array([0.0, 3.0, 3.0]), last=np.array([0.0, 10.0, 35.0]), age=np.array([40.0, 40.0, 40.0]))
    once, silent, recent = PLAIN.alive(some)
    assert once == 1
    assert silent < recent < 1


@pytest.mark.slow
def test_no_rhythm_at_all_is_refused_in_words() -> None:
    nobody_returns = Visits(again=np.zeros(500), last=np.zeros(500), age=np.full(500, 52.0))
    with pytest.raises(DataError) as told:
        fit_bgnbd(nobody_returns)
    assert "converge" in told.value.message.en


@pytest.mark.slow
def test_where_nobody_leaves_purchases_alone_are_fitted() -> None:
    """Purchases at rates of gamma(2, 10 weeks) that never end: what is expected is (r + x) / (alpha + T) a week."""
    source = np.random.default_rng(4)
    age = np.full(3000, 60.0)
    again = source.poisson(source.gamma(2.0, 1 / 10.0, 3000) * age).astype(float)
    last = np.where(again > 0, age * source.beta(np.maximum(again, 1), 1), 0.0)  # the latest of so many moments
    some = Visits(again=again, last=last, age=age)
    found = fit_bgnbd(some)
    assert (found.r, found.alpha) == pytest.approx((2.0, 10.0), rel=0.15)
    plain = (found.r + again) / (found.alpha + age) * 26
    assert found.expected(some, 26) == pytest.approx(plain, rel=0.03)


def test_no_amount_is_expected_below_zero() -> None:
    """Amounts so unequal that their mean would not exist: q stays above 1, and nothing turns negative."""
    source = np.random.default_rng(2)
    times = source.integers(1, 5, 800).astype(float)
    mean = source.pareto(0.7, 800) + 0.1
    found = fit_gamma_gamma(times, mean)
    assert found.q > 1
    assert (found.expected(np.array([0.0, 1.0, 9.0]), np.array([0.0, 0.1, 50.0])) > 0).all()
