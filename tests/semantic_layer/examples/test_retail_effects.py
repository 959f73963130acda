"""The effects planted in the company are in its clean tables: plain SQL, written by hand."""

from __future__ import annotations

import pytest

from semantic_layer.examples.retail.campaigns import CAMPAIGNS
from semantic_layer.examples.retail.outage import FALL, SHARE

BOUGHT = """
    SELECT planned_group, count(*) AS people, avg(EXISTS (
        SELECT 1 FROM orders WHERE orders.customer_key = m.customer_key
        AND ordered_at >= starts_on AND ordered_at < starts_on + INTERVAL 30 DAY)::INTEGER) AS bought
    FROM campaign_members AS m JOIN campaigns USING (campaign_id)
    WHERE campaign_name = ? GROUP BY planned_group"""


def groups(company, name):
    return {group: (people, bought) for group, people, bought in company.execute(BOUGHT, [name]).fetchall()}


def lift(company, name):
    found = groups(company, name)
    return found["treatment"][1] - found["control"][1]


def test_the_august_win_back_brought_three_points(company):
    found = groups(company, "2026年8月挽回活动")
    assert lift(company, "2026年8月挽回活动") == pytest.approx(0.03, abs=0.003)
    assert found["control"][0] / (found["control"][0] + found["treatment"][0]) == pytest.approx(0.10, abs=0.005)


def test_the_may_coupons_did_nothing(company):
    assert lift(company, "2026年5月优惠券活动") == pytest.approx(0.0, abs=0.003)


@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda campaign: str(campaign.id))
def test_every_campaign_had_its_true_effect(company, campaign):
    assert lift(company, campaign.name) == pytest.approx(campaign.true_effect, abs=0.006)


def chi_square(company, name, planned):
    found = groups(company, name)
    everyone = found["control"][0] + found["treatment"][0]
    expected = everyone * planned
    return (found["control"][0] - expected) ** 2 * (1 / expected + 1 / (everyone - expected))


def test_one_campaign_was_split_wrongly_and_only_one(company):
    planned = dict(company.execute("SELECT campaign_name, planned_control_share FROM campaigns").fetchall())
    suspect = [name for name, share in planned.items() if chi_square(company, name, share) > 10.8]
    assert suspect == ["2026年618会员日"]


REPURCHASE = """
    WITH buyers AS (
        SELECT date_trunc('month', ordered_at)::DATE AS month, customer_key, count(*) > 1 AS again FROM orders
        WHERE customer_key IS NOT NULL AND ordered_at >= '2026-08-01' AND ordered_at < '2026-10-01' GROUP BY ALL),
    spent AS (
        SELECT date_trunc('month', ordered_at)::DATE AS month, customer_key, category, sum(paid_amount) AS paid
        FROM order_lines JOIN products USING (product_id) WHERE customer_key IS NOT NULL GROUP BY ALL),
    months AS (SELECT month, customer_key, arg_max(category, paid) AS category FROM spent GROUP BY ALL)
    SELECT sum((again AND coalesce(region, '') = '华东' AND category = '运动鞋')::INTEGER) / count(*) AS struck,
           sum(again::INTEGER) / count(*) AS rate
    FROM buyers JOIN months USING (month, customer_key) JOIN customers USING (customer_key) LEFT JOIN cities USING (city)
    GROUP BY month ORDER BY month"""


def test_september_repurchase_fell_and_four_fifths_of_it_were_shoes_in_the_east(company):
    (struck_before, before), (struck_after, after) = company.execute(REPURCHASE).fetchall()
    assert before - after == pytest.approx(FALL, abs=0.004)
    assert (struck_before - struck_after) / (before - after) == pytest.approx(SHARE, abs=0.05)


def test_there_were_as_many_buyers_in_september_as_in_august(company):
    monthly = company.execute(
        "SELECT count(DISTINCT customer_key) FROM orders WHERE ordered_at >= '2026-08-01' AND ordered_at < '2026-10-01' "
        "GROUP BY month(ordered_at) ORDER BY month(ordered_at)"
    ).fetchall()
    assert monthly[1][0] == pytest.approx(monthly[0][0], rel=0.06)


def test_many_who_were_very_active_before_singles_day_went_silent_within_thirty_days(company):
    very_active, silent = company.execute("""
        WITH active AS (
            SELECT customer_key FROM orders WHERE ordered_at >= '2025-09-15' AND ordered_at < '2025-11-12'
            AND customer_key IS NOT NULL GROUP BY customer_key HAVING count(*) >= 3)
        SELECT count(*), count(*) FILTER (NOT EXISTS (
            SELECT 1 FROM orders WHERE orders.customer_key = active.customer_key
            AND ordered_at >= '2025-11-20' AND ordered_at < '2026-03-01')) FROM active""").fetchall()[0]
    usual, usually_silent = company.execute("""
        WITH active AS (
            SELECT customer_key FROM orders WHERE ordered_at >= '2025-03-15' AND ordered_at < '2025-05-12'
            AND customer_key IS NOT NULL GROUP BY customer_key HAVING count(*) >= 3)
        SELECT count(*), count(*) FILTER (NOT EXISTS (
            SELECT 1 FROM orders WHERE orders.customer_key = active.customer_key
            AND ordered_at >= '2025-05-20' AND ordered_at < '2025-09-01')) FROM active""").fetchall()[0]
    assert silent > 200
    assert silent / very_active > 2 * usually_silent / usual


UPLIFT = """
    WITH before AS (
        SELECT customer_key, avg(coupon_used::INTEGER) >= 0.5 AND count(*) >= 2 AS sensitive,
               percent_rank() OVER (ORDER BY sum(net_amount)) > 0.8 AND count(*) >= 2 AS valuable
        FROM orders, campaigns WHERE campaign_name = $name AND customer_key IS NOT NULL
        AND ordered_at < starts_on AND ordered_at >= starts_on - INTERVAL 365 DAY GROUP BY customer_key)
    SELECT sensitive, valuable, planned_group, count(*), sum(EXISTS (
        SELECT 1 FROM orders WHERE orders.customer_key = m.customer_key
        AND ordered_at >= starts_on AND ordered_at < starts_on + INTERVAL 30 DAY)::INTEGER)
    FROM campaign_members AS m JOIN campaigns USING (campaign_id) JOIN before USING (customer_key)
    WHERE campaign_name = $name GROUP BY ALL"""


def uplift(company, name, chosen):
    people, bought = {"treatment": 0, "control": 0}, {"treatment": 0, "control": 0}
    for sensitive, valuable, group, count, buyers in company.execute(UPLIFT, {"name": name}).fetchall():
        if chosen(sensitive, valuable):
            people[group] += count
            bought[group] += buyers
    return bought["treatment"] / people["treatment"] - bought["control"] / people["control"]


def test_coupons_move_the_price_sensitive(company):
    name = "2026年3月会员专享券"
    sensitive = uplift(company, name, lambda sensitive, _: sensitive)
    others = uplift(company, name, lambda sensitive, _: not sensitive)
    assert sensitive > others + 0.02


def test_novelty_moves_the_valuable_and_not_the_price_sensitive(company):
    name = "2026年4月春季新品首发"
    valuable = uplift(company, name, lambda sensitive, valuable: valuable and not sensitive)
    sensitive = uplift(company, name, lambda sensitive, _: sensitive)
    assert valuable > 0.05
    assert sensitive < 0.02


def test_member_12345_is_no_high_value_customer_but_orders(company):
    orders, rank = company.execute("""
        SELECT orders, rank FROM (
            SELECT customer_key, count(*) AS orders, percent_rank() OVER (ORDER BY sum(net_amount) DESC) AS rank
            FROM orders WHERE customer_key IS NOT NULL AND ordered_at >= '2025-11-01' GROUP BY customer_key)
        WHERE customer_key = 12345""").fetchall()[0]
    assert orders >= 2
    assert rank > 0.2


def test_lhasa_has_black_gold_members_and_minors_but_no_black_gold_minors(company):
    gold, young, both = company.execute("""
        SELECT count(*) FILTER (member_level = '黑金'), count(*) FILTER (birthday > DATE '2026-10-31' - INTERVAL 18 YEAR),
               count(*) FILTER (member_level = '黑金' AND birthday > DATE '2026-10-31' - INTERVAL 18 YEAR)
        FROM customers WHERE city = '拉萨'""").fetchall()[0]
    assert gold > 0
    assert young > 0
    assert both == 0


def test_order_value_and_item_price_above_500_are_different_people(company):
    by_order, by_item, everyone = company.execute("""
        SELECT count(*) FILTER (net / orders > 500), count(*) FILTER (net / nullif(items, 0) > 500), count(*) FROM (
            SELECT sum(net_amount) AS net, count(*) AS orders, sum(item_count) AS items FROM orders
            JOIN customers USING (customer_key) WHERE gender = '女' AND ordered_at >= '2026-08-01' GROUP BY customer_key)
    """).fetchall()[0]
    assert 50 < by_item < by_order < everyone


def test_spend_is_unequal_as_spend_is(company):
    share = company.execute("""
        SELECT sum(net) FILTER (rank > 0.8) / sum(net) FROM (
            SELECT sum(net_amount) AS net, percent_rank() OVER (ORDER BY sum(net_amount)) AS rank
            FROM orders WHERE customer_key IS NOT NULL GROUP BY customer_key)""").fetchall()[0][0]
    assert 0.55 < share < 0.85


@pytest.mark.parametrize("ranking", [
    "SELECT sum(net_amount) FROM orders JOIN customers USING (customer_key) WHERE ordered_at >= '2025-11-01' GROUP BY city",
    "SELECT sum(net_amount) FROM orders WHERE ordered_at >= '2025-11-01' GROUP BY channel",
    "SELECT sum(returned_quantity) / sum(quantity) FROM order_lines JOIN products USING (product_id) GROUP BY category",
])  # fmt: skip
def test_rankings_have_no_ties(company, ranking):
    values = [value for (value,) in company.execute(ranking).fetchall()]
    assert len(set(values)) == len(values) > 4
