"""Conversations with the service desk: complaints, questions, wishes, returns, and reasons for leaving."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.examples.retail.baskets import Lines, Orders
from semantic_layer.examples.retail.catalogue import CATEGORY_NAMES, Products
from semantic_layer.examples.retail.company import DAY, Company, Ints, Stream, Texts, pick
from semantic_layer.examples.retail.people import UNKNOWN, People

TICKET_TYPES = ("投诉", "咨询", "建议", "退换货", "注销")
COMPLAINT, QUESTION, WISH, RETURN, LEAVING = range(5)

_SAID: tuple[tuple[str, ...], ...] = (
    (
        "快递拖了六天还没到，物流太慢了", "刚买完{p}就降价，能不能补差价", "门店店员态度不好，没人理我", "收到的{p}颜色和图片不一样",
        "客服一直不回复，我要投诉", "发错货了，我买的是{p}", "{p}用了一周就坏了，质量太差",
    ),
    (
        "会员积分怎么兑换", "{p}什么时候补货", "双十一还会有优惠吗", "孕妇可以用{p}吗", "想送人，{p}可以包装成礼物吗", "{p}能开发票吗",
    ),
    (
        "希望门店开到我们城市", "希望APP可以查附近门店库存", "建议出儿童运动系列", "希望有宠物用品", "建议包装更环保一些",
        "希望有居家健身课程", "希望{p}多出几个颜色",
    ),
    ("{p}不合适，申请退货", "收到{p}有瑕疵，要求退货", "买重复了，想退掉{p}", "换货寄回去十天了还没处理"),
    (
        "要注销账号，价格太高了，别家便宜", "注销吧，质量越来越差", "请注销，搬到国外了用不上", "短信太多了，打扰到我，注销",
        "注销账号，物流太慢，体验不好", "不想要会员了，积分没有用，注销",
    ),
)  # fmt: skip
# What is said of shoes and clothes besides.
_SAID_OF_WEAR: tuple[tuple[str, ...], ...] = (
    ("你好，我买的{p}才穿一周就开胶了，质量太差", "{p}洗一次就缩水了"),
    ("请问{p}有没有大码", "{p}适合宽脚吗", "{p}可以机洗吗", "想给孩子买，{p}有儿童款吗"),
    ("希望多出一些大码", "建议{p}增加宽松款"),
    ("{p}尺码偏小，想换大一码", "{p}穿着太紧，申请换货", "{p}尺码偏大，要换小一码"),
    (),
)
_WORN = ("运动鞋", "运动服")
_REPLIED = (
    "客服：非常抱歉给您带来不便，我们马上为您处理。", "客服：您好，已经为您登记，24小时内回复。",
    "客服：感谢您的反馈，我们会转给相关部门。", "客服：您好，稍后会有专员联系您。",
)  # fmt: skip
_ENDED = ("客户：好的，谢谢。", "客户：那我再等等。", "客户：太失望了。", "客户：嗯。", "客户：希望尽快解决。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tickets:
    """One entry a ticket, in order of time."""

    person: Ints  # UNKNOWN: nobody could be found for the contact given
    asker: Ints  # the true person
    kind: Ints
    opened: Ints
    conversation: Texts
    rating: Ints  # 1 … 5 or UNKNOWN

    def __len__(self) -> int:
        return len(self.person)


def make_tickets(
    company: Company, block: int, people: People, products: Products, orders: Orders, lines: Lines
) -> Tickets:
    """Tickets of one block: after orders, more after returns, and from those who leave."""
    rng = company.rng(Stream.TICKETS, block)
    returned = np.bincount(lines.order, weights=lines.returned, minlength=len(orders)) > 0
    after = np.flatnonzero(orders.named & (rng.random(len(orders)) < np.where(returned, 0.16, 0.045)))
    kind = pick(rng, np.array([30.0, 44.0, 13.0, 13.0]), len(after))
    kind = np.where(returned[after] & (rng.random(len(after)) < 0.62), RETURN, kind)
    first = np.searchsorted(lines.order, after)
    wait = (rng.exponential(3.5, len(after)) * DAY).astype(np.int64) + 1800
    gone = np.flatnonzero((people.last_day < company.days - 30) & (rng.random(len(people)) < 0.045))
    asker = np.concatenate([orders.person[after], gone])
    kind = np.concatenate([kind, np.full(len(gone), LEAVING)])
    product = np.concatenate([lines.product[first], products.draw(rng, rng.integers(0, 4, len(gone)))])
    leaving = (
        company.seconds(people.last_day[gone] + rng.integers(1, 25, len(gone))) + rng.integers(9, 21, len(gone)) * 3600
    )
    opened = np.concatenate([orders.ordered[after] + wait, leaving])
    inside = np.flatnonzero(opened < company.seconds(np.array([company.days]))[0])
    order = inside[np.argsort(opened[inside], kind="stable")]
    asker, kind, product, opened = asker[order], kind[order], product[order], opened[order]
    rating = _ratings(rng, kind)
    return Tickets(
        person=np.where(rng.random(len(asker)) < 0.08, UNKNOWN, asker),
        asker=asker,
        kind=kind,
        opened=opened,
        conversation=_conversations(rng, products, kind, product),
        rating=rating,
    )


def _ratings(rng: np.random.Generator, kind: Ints) -> Ints:
    middle = np.array([2.3, 4.2, 3.9, 3.4, 2.0])[kind]
    rating = np.clip(np.rint(rng.normal(middle, 1.1)), 1, 5).astype(np.int64)
    return np.where(rng.random(len(kind)) < 0.27, UNKNOWN, rating)


def _conversations(rng: np.random.Generator, products: Products, kind: Ints, product: Ints) -> Texts:
    openings: Texts = np.full(len(kind), "", dtype=object)
    names = np.array(products.name, dtype=object)
    worn = np.isin(products.category[product], [CATEGORY_NAMES.index(name) for name in _WORN])
    for number, (always, of_wear) in enumerate(zip(_SAID, _SAID_OF_WEAR, strict=True)):
        mine = np.flatnonzero(kind == number)
        room = len(always) + len(of_wear) * worn[mine]
        chosen = (rng.random(len(mine)) * room).astype(np.int64)
        for which, sentence in enumerate((*always, *of_wear)):
            rows = mine[chosen == which]
            before, slot, behind = sentence.partition("{p}")
            openings[rows] = before + names[product[rows]] + behind if slot else sentence
    reply = np.array(_REPLIED, dtype=object)[rng.integers(0, len(_REPLIED), len(kind))]
    end = np.array(_ENDED, dtype=object)[rng.integers(0, len(_ENDED), len(kind))]
    text: Texts = "客户：" + openings + "\n" + reply + "\n" + end
    return text
