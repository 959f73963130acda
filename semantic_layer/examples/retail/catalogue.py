"""The product range: categories, brands, prices, and what is searched for. Products are drawn once from the seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.examples.retail.company import Company, Floats, Ints, Stream

CHANNELS = ("天猫", "京东", "小程序", "APP", "官网", "门店")
STORE = CHANNELS.index("门店")
LEVELS = ("普通", "银卡", "金卡", "黑金")
MESSAGE_CHANNELS = ("短信", "企业微信", "APP推送", "邮件", "电话")


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A category: its price, cost and return habits, and the words of its products."""

    name: str
    products: int
    price: float
    spread: float
    cost: float  # share of the list price
    returns: float  # chance that a line comes back
    several: float  # chance of more than one piece in a line
    brands: tuple[str, ...]
    nouns: tuple[str, ...]
    searches: tuple[str, ...]


CATEGORIES = (
    Category(name="运动鞋", products=52, price=468, spread=0.34, cost=0.47, returns=0.115, several=0.04,
             brands=("青禾", "疾风", "飞羽", "北岭", "MOVO"), nouns=("跑步鞋", "篮球鞋", "训练鞋", "徒步鞋", "板鞋", "缓震跑鞋"),
             searches=("跑步鞋", "篮球鞋", "缓震跑鞋 男", "宽脚 跑鞋", "小白鞋")),
    Category(name="运动服", products=56, price=239, spread=0.38, cost=0.42, returns=0.152, several=0.12,
             brands=("青禾", "疾风", "飞羽", "素练", "MOVO"), nouns=("速干T恤", "运动长裤", "卫衣", "运动内衣", "防晒衣", "瑜伽裤"),
             searches=("速干T恤", "大码 运动裤", "防晒衣", "运动内衣", "卫衣 男")),
    Category(name="户外装备", products=36, price=585, spread=0.55, cost=0.55, returns=0.083, several=0.05,
             brands=("北岭", "山野志", "MOVO"), nouns=("冲锋衣", "帐篷", "登山杖", "睡袋", "露营椅", "头灯"),
             searches=("露营 帐篷", "冲锋衣", "登山杖", "徒步 装备")),
    Category(name="瑜伽健身", products=34, price=152, spread=0.55, cost=0.45, returns=0.061, several=0.10,
             brands=("素练", "青禾", "轻燃"), nouns=("瑜伽垫", "哑铃", "弹力带", "筋膜枪", "跳绳", "泡沫轴"),
             searches=("瑜伽垫", "哑铃", "孕妇 瑜伽", "居家健身")),
    Category(name="箱包", products=30, price=352, spread=0.42, cost=0.50, returns=0.072, several=0.03,
             brands=("远帆", "山野志", "青禾"), nouns=("双肩包", "登机箱", "腰包", "健身包", "儿童书包"),
             searches=("登机箱", "双肩包 电脑", "健身包", "儿童书包")),
    Category(name="家居", products=36, price=138, spread=0.5, cost=0.52, returns=0.047, several=0.16,
             brands=("青禾", "木棉里", "远帆"), nouns=("保温杯", "四件套", "香薰", "收纳箱", "浴巾", "记忆枕"),
             searches=("保温杯", "四件套", "收纳箱", "助眠 枕头")),
    Category(name="美妆个护", products=34, price=176, spread=0.48, cost=0.34, returns=0.036, several=0.14,
             brands=("花间", "木棉里", "轻燃"), nouns=("防晒霜", "洁面乳", "面膜", "身体乳", "护手霜", "精华"),
             searches=("防晒霜", "面膜", "敏感肌 洁面", "运动 防晒")),
    Category(name="食品饮料", products=30, price=66, spread=0.4, cost=0.61, returns=0.013, several=0.38,
             brands=("谷雨", "轻燃"), nouns=("蛋白粉", "能量棒", "电解质水", "坚果", "燕麦", "即食鸡胸肉"),
             searches=("蛋白粉", "低卡 零食", "电解质水", "代餐")),
)  # fmt: skip

CATEGORY_NAMES = tuple(category.name for category in CATEGORIES)
SHOES = CATEGORY_NAMES.index("运动鞋")

# What people of each gender lean to (rows 女, 男), and what each age adds (rows: under 25, 25–34, 35–44, 45 and over).
GENDER_TASTE: Floats = np.array([[26, 19, 5, 13, 9, 11, 14, 8], [42, 17, 13, 6, 9, 6, 3, 9]], dtype=np.float64)
AGE_TASTE: Floats = np.array(
    [
        [1.35, 1.15, 0.6, 0.8, 1.1, 0.5, 1.2, 1.2],
        [1.1, 1.1, 1.0, 1.2, 1.0, 0.9, 1.1, 1.0],
        [0.85, 0.9, 1.3, 1.0, 1.1, 1.4, 0.8, 0.9],
        [0.7, 0.8, 1.1, 0.9, 0.9, 1.7, 0.6, 1.1],
    ],
    dtype=np.float64,
)
# What goes into the same basket after a first line of the row's category.
BASKET: Floats = np.array(
    [
        [34, 34, 5, 4, 8, 3, 2, 10],
        [22, 44, 5, 9, 5, 4, 6, 5],
        [14, 12, 40, 2, 16, 5, 4, 7],
        [4, 24, 2, 38, 5, 6, 7, 14],
        [10, 10, 14, 4, 34, 14, 8, 6],
        [3, 6, 4, 5, 7, 52, 15, 8],
        [3, 9, 2, 7, 5, 16, 50, 8],
        [6, 6, 4, 16, 3, 10, 7, 48],
    ],
    dtype=np.float64,
)

_STYLES = ("轻盈", "经典", "Pro", "云感", "城市", "都市", "极光", "原野", "晨跑", "Air", "Lite", "Max")


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """All products; index 0 is product_id 1. Money in cents. `edges` maps category + uniform to a product by popularity."""

    name: tuple[str, ...]
    category: Ints
    brand: tuple[str, ...]
    price: Ints
    cost: Ints
    edges: Floats

    def draw(self, rng: np.random.Generator, category: Ints) -> Ints:
        """One product index of each category, popular ones more often."""
        found = np.searchsorted(self.edges, category + rng.random(len(category)), side="right")
        return np.minimum(found, len(self.price) - 1).astype(np.int64)


def make_products(company: Company) -> Products:
    """The range, from the seed."""
    rng = company.rng(Stream.PRODUCTS)
    names: list[str] = []
    brands: list[str] = []
    categories: list[int] = []
    prices: list[int] = []
    costs: list[int] = []
    edges: list[Floats] = []
    for number, category in enumerate(CATEGORIES):
        weight = 1.0 / np.arange(2, category.products + 2) ** 0.8
        share = np.cumsum(rng.permutation(weight))
        edges.append(number + share / share[-1])
        level = np.exp(rng.normal(0.0, category.spread, category.products)) * category.price
        margin = rng.normal(1.0, 0.06, category.products)
        for index in range(category.products):
            brand = category.brands[int(rng.integers(len(category.brands)))]
            noun = category.nouns[index % len(category.nouns)]
            style = _STYLES[int(rng.integers(len(_STYLES)))]
            names.append(f"{brand}{style}{noun}{index + 1:02d}")
            brands.append(brand)
            categories.append(number)
            price = max(9, round(float(level[index]) / 10) * 10 - 1) * 100
            prices.append(price)
            costs.append(round(price * category.cost * float(margin[index])))
    return Products(
        name=tuple(names),
        category=np.array(categories, dtype=np.int64),
        brand=tuple(brands),
        price=np.array(prices, dtype=np.int64),
        cost=np.array(costs, dtype=np.int64),
        edges=np.concatenate(edges),
    )
