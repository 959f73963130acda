"""Each step over values written by hand, good and bad, and what holds for every step and every text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.ingestion.standard.gazetteer import Place, read_gazetteer
from semantic_layer.ingestion.standard.step import DayOrder, StepContext
from semantic_layer.ingestion.standard.steps import all_steps, chain_of, step_named
from semantic_layer.ingestion.standard.times import day_order
from semantic_layer.ingestion.standard.types import StandardField
from semantic_layer.model.types import ColumnType, Value, Words

REFUSED = object()
EMPTY = None
LEVEL = StandardField(
    name="level",
    words=Words(label=Text("会员等级", "member level")),
    type=ColumnType.STRING,
    values=(
        Value(value="普通", label=Text("普通", "basic")),
        Value(value="金卡", label=Text("金卡", "gold"), aliases=("黄金会员", "VIP3")),
    ),
)
GOOD_AND_BAD = [
    ("trim", "  张伟　", "张伟"),
    ("trim", "\ufeff李 娜\n", "李 娜"),
    ("trim", "   ", EMPTY),
    ("width", "ＡＢ１２３（）　￥", "AB123() ¥"),
    ("blank", "无", EMPTY),
    ("blank", "N/A", EMPTY),
    ("blank", "null", EMPTY),
    ("blank", "-", EMPTY),
    ("blank", "无锡", "无锡"),
    ("spaces", "张 伟", "张伟"),
    ("spaces", "Ann   Lee", "Ann Lee"),
    ("case", "VIP客户", "vip客户"),
    ("case:upper", "m00012", "M00012"),
    ("hash", "a", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
    ("name", "张伟", "张伟"),
    ("name", "张伟先生", "张伟"),
    ("name", "尊敬的李娜女士", "李娜"),
    ("name", "王老师", REFUSED),
    ("name", "欧阳小姐", REFUSED),
    ("name", "欧阳", "欧阳"),
    ("name", "欧阳修老师", "欧阳修"),
    ("name", "张*", REFUSED),
    ("name", "张**", REFUSED),
    ("name", "*伟", REFUSED),
    ("name", "张某", REFUSED),
    ("name", "张XX", REFUSED),
    ("name", "张伟（VIP）", "张伟"),
    ("name", "阿卜杜拉•买买提", "阿卜杜拉·买买提"),
    ("name", "Mr. John Smith", "John Smith"),
    ("name", "Miss Lee", "Lee"),
    ("name", "13912345678", REFUSED),
    ("name", "ann@qq.com", REFUSED),
    ("name", "女士", REFUSED),
    ("name", "李小学", "李小学"),
    ("phone", "15159672107", "15159672107"),
    ("phone", "+86 151-5967-2107", "15159672107"),
    ("phone", "0086 151 5967 2107", "15159672107"),
    ("phone", "8615159672107", "15159672107"),
    ("phone", "１５１５９６７２１０７", "15159672107"),
    ("phone", "15159672107.00", "15159672107"),
    ("phone", "015159672107", "15159672107"),
    ("phone", "1.5159672107E+10", "15159672107"),
    ("phone", "1.51597E+10", REFUSED),
    ("phone", "15159672107转8012", "15159672107"),
    ("phone", "010-6552 9988", "+861065529988"),
    ("phone", "(021) 6437 3333 ext. 12", "+862164373333"),
    ("phone", "+852 2345 6789", "+85223456789"),
    ("phone", "+1 (650) 253-0000", "+16502530000"),
    ("phone:US", "650 253 0000", "+16502530000"),
    ("phone", "12159672107", REFUSED),
    ("phone", "1515967210", REFUSED),
    ("phone", "151596721077", REFUSED),
    ("phone", "00000000000", REFUSED),
    ("phone", "15159672107/13912345678", REFUSED),
    ("phone", "座机", REFUSED),
    ("email", "Ann@QQ.com", "ann@qq.com"),
    ("email", " <ann.lee+x@mail.example.com> ", "ann.lee+x@mail.example.com"),
    ("email", "mailto:ann＠qq.com", "ann@qq.com"),
    ("email", "a@a", REFUSED),
    ("email", "x y@qq.com", REFUSED),
    ("email", "ann@qq..com", REFUSED),
    ("email", "ann@qq.com;bob@qq.com", REFUSED),
    ("email", "无", REFUSED),
    ("city", "上海市", "上海"),
    ("city", "沪", "上海"),
    ("city", "杭州", "杭州"),
    ("city", "浙江省杭州市", "杭州"),
    ("city", "昆山市", "苏州"),
    ("city", "延边州", "延边朝鲜族自治州"),
    ("city", "浙江", REFUSED),
    ("city", "火星市", REFUSED),
    ("province", "广西壮族自治区", "广西"),
    ("province", "内蒙", "内蒙古"),
    ("province", "粤", "广东"),
    ("province", "火星", REFUSED),
    ("date", "2026/3/5", "2026-03-05"),
    ("date", "2026.03.05", "2026-03-05"),
    ("date", "20260305", "2026-03-05"),
    ("date", "2026年3月5日", "2026-03-05"),
    ("date", "２０２６年３月５日", "2026-03-05"),
    ("date", "二〇二六年三月五日", "2026-03-05"),
    ("date", "二零二六年十二月三十一日", "2026-12-31"),
    ("date", "2026-03-05 14:30:00", "2026-03-05"),
    ("date", "46086", "2026-03-05"),
    ("date", "Mar 5, 2026", "2026-03-05"),
    ("date", "5th March 2026", "2026-03-05"),
    ("date", "1772668800", "2026-03-05"),
    ("date", "25/3/2026", "2026-03-25"),
    ("date", "3/25/2026", "2026-03-25"),
    ("date", "5/5/2026", "2026-05-05"),
    ("date", "3/5/2026", REFUSED),
    ("date:dmy", "3/5/2026", "2026-05-03"),
    ("date:mdy", "3/5/2026", "2026-03-05"),
    ("date", "2026-02-31", REFUSED),
    ("date", "2025年2月29日", REFUSED),
    ("date", "20261301", REFUSED),
    ("date", "26/3/5", REFUSED),
    ("date", "1990", REFUSED),
    ("date", "去年", REFUSED),
    ("timestamp", "2026-03-05T06:30:00Z", "2026-03-05 14:30:00"),
    ("timestamp", "2026-03-05 06:30:00+00:00", "2026-03-05 14:30:00"),
    ("timestamp", "2026/3/5 14:30", "2026-03-05 14:30:00"),
    ("timestamp", "2026年3月5日下午2点30分", "2026-03-05 14:30:00"),
    ("timestamp", "2026-03-05 2:30 PM", "2026-03-05 14:30:00"),
    ("timestamp", "20260305143000", "2026-03-05 14:30:00"),
    ("timestamp", "1772692200", "2026-03-05 14:30:00"),
    ("timestamp", "1772692200250", "2026-03-05 14:30:00.25"),
    ("timestamp", "46086.604166667", "2026-03-05 14:30:00"),
    ("timestamp", "2026-03-05", "2026-03-05 00:00:00"),
    ("timestamp", "2026-03-05 25:00:00", REFUSED),
    ("past", "1990-03-07", "1990-03-07"),
    ("past", "2099-01-01", REFUSED),
    ("past", "1790-01-01", REFUSED),
    ("number", "1,234.50", "1234.50"),
    ("number", "1.2万", "12000"),
    ("number", "3亿", "300000000"),
    ("number", "(12.00)", "-12.00"),
    ("number", "12.00-", "-12.00"),
    ("number", "−5", "-5"),
    ("number", "１２３", "123"),
    ("number", "1.234,50", "1234.50"),
    ("number", "12%", "0.12"),
    ("number", "1e3", "1000"),
    ("number", "1,23", REFUSED),
    ("number", "一些", REFUSED),
    ("number", "", REFUSED),
    ("money", "¥1,234.50", "1234.50"),
    ("money", "RMB 100", "100"),
    ("money", "USD 3.5", "3.5"),
    ("money", "100元", "100"),
    ("money", "1.2万元", "12000"),
    ("money", "-¥12", "-12"),
    ("money", "(¥12.00)", "-12.00"),
    ("money", "¥12 USD", REFUSED),
    ("money", "免费", REFUSED),
    ("boolean", "是", "true"),
    ("boolean", "N", "false"),
    ("boolean", "1", "true"),
    ("boolean", "无", "false"),
    ("boolean", "也许", REFUSED),
    ("gender", "M", "男"),
    ("gender", "女士", "女"),
    ("gender", "2", "女"),
    ("gender", "保密", EMPTY),
    ("gender", "男女", REFUSED),
]


@pytest.mark.parametrize(("step", "typed", "clean"), GOOD_AND_BAD, ids=[f"{s} {t!r}" for s, t, _ in GOOD_AND_BAD])
def test_a_step_reads_a_value_or_says_why_not(read, step, typed, clean):
    found = read(step, typed)
    if clean is REFUSED:
        assert found.value is None
        assert found.refusal.reason.zh
        assert found.refusal.reason.en
        assert found.refusal.remedy.zh
        assert found.refusal.remedy.en
    else:
        assert (found.value, found.refusal) == (clean, None)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("浙江省杭州市西湖区文三路 90 号", Place("浙江", "杭州", "西湖区")),
        ("中国浙江杭州西湖区", Place("浙江", "杭州", "西湖区")),
        ("江苏省 南京市，玄武区", Place("江苏", "南京", "玄武区")),
        ("上海市上海市浦东新区世纪大道 100 号", Place("上海", "上海", "浦东新区")),
        ("沪浦东新区", Place("上海", "上海", "浦东新区")),
        ("北京市市辖区朝阳区", Place("北京", "北京", "朝阳区")),
        ("上海南京东路 1 号", Place("上海", "上海", "")),
        ("南京东路 1 号", Place()),
        ("北京路 5 号", Place()),
        ("内蒙古呼和浩特新城区", Place("内蒙古", "呼和浩特", "新城区")),
        ("新疆维吾尔自治区喀什地区", Place("新疆", "喀什地区", "")),
        ("吉林省吉林市丰满区", Place("吉林", "吉林", "丰满区")),
        ("吉林市丰满区", Place("吉林", "吉林", "丰满区")),
        ("吉林", Place("吉林", "", "")),
        ("昆山市花桥镇", Place("江苏", "苏州", "昆山市")),
        ("苏州工业园区", Place("江苏", "苏州", "苏州工业园区")),
        ("苏州市姑苏区", Place("江苏", "苏州", "姑苏区")),
        ("朝阳区", Place("", "", "朝阳区")),
        ("余杭区", Place("浙江", "杭州", "余杭区")),
        ("广东东莞长安镇", Place("广东", "东莞", "")),
        ("湖北省仙桃市", Place("湖北", "仙桃", "")),
        ("海南省三亚市", Place("海南", "三亚", "")),
        ("重庆渝中区解放碑", Place("重庆", "重庆", "渝中区")),
        ("香港特别行政区", Place("香港", "香港", "")),
        ("世纪大道 100 号", Place()),
        ("", Place()),
    ],
)
def test_an_address_says_where_it_lies(places, text, place):
    assert places.place(text) == place


def test_an_address_keeps_its_text_and_gives_three_fields_beside_it(read):
    found = read("address", "沪浦东新区世纪大道")
    assert found.value == "沪浦东新区世纪大道"
    assert dict(found.others) == {"province": "上海", "city": "上海", "district": "浦东新区"}
    lost = read("address", "三楼前台")
    assert lost.value == "三楼前台"
    assert lost.refusal is not None


@pytest.mark.parametrize(
    ("typed", "currency"), [("¥1", "CNY"), ("USD 3.5", "USD"), ("100港币", "HKD"), ("€ 9", "EUR"), ("12", None)]
)
def test_an_amount_keeps_its_currency_beside_it(read, typed, currency):
    assert dict(read("money", typed).others).get("currency") == currency


def test_words_become_values_of_the_field_by_name_label_or_alias(read):
    assert [read("category", word, field=LEVEL).value for word in ("金卡", "Gold", "ＶＩＰ３", "黄金会员")] == [
        "金卡"
    ] * 4
    lost = read("category", "白金卡", field=LEVEL)
    assert lost.value is None
    assert "金卡" in lost.refusal.remedy.zh


@pytest.mark.parametrize(
    ("first", "second", "order"),
    [(True, False, DayOrder.DAY_FIRST), (False, True, DayOrder.MONTH_FIRST), (False, False, None), (True, True, None)],
)
def test_day_or_month_first_is_told_by_the_whole_column(read, first, second, order):
    assert day_order(first_beyond_12=first, second_beyond_12=second) is order
    wanted = {None: None, DayOrder.DAY_FIRST: "2026-05-03", DayOrder.MONTH_FIRST: "2026-03-05"}[order]
    assert read("date", "3/5/2026", day_order=order).value == wanted


def test_times_of_another_zone_become_those_of_the_company(read):
    assert read("timestamp", "2026-03-05 06:30:00", zone="UTC").value == "2026-03-05 14:30:00"
    assert read("date", "2026-03-05", zone="UTC").value == "2026-03-05"


def test_a_keyed_digest_is_another_than_a_plain_one(read):
    assert read("hash", "a", key=b"k").value not in {read("hash", "a").value, read("hash", "a", key=b"j").value}


@pytest.mark.parametrize(("written", "near"), [("phne", "phone"), ("date:mdd", "date:mdy")])
def test_a_step_that_does_not_exist_names_the_nearest(written, near):
    with pytest.raises(UnknownNameError) as caught:
        step_named(written, all_steps())
    assert near in caught.value.suggestions


CONTEXT = StepContext(field=LEVEL, as_of=date(2026, 10, 31), gazetteer=read_gazetteer())
NAMES = [name for name in all_steps() if name != "past"]
TEXTS = st.one_of(
    st.text(),
    st.sampled_from([typed for _, typed, _ in GOOD_AND_BAD]),
    st.from_regex(r"\A[ +(-]?[0-9]{1,12}[-/.,:年 ]?[0-9]{0,6}[-/.:月%万]?[0-9]{0,4}\Z"),
    st.from_regex(r"\A[张李王欧阳某先生女士*x ]{1,5}\Z"),
    st.from_regex(r"\A[a-z.@_-]{1,10}@[a-z.-]{1,8}\Z"),
)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None)
@given(value=TEXTS)
def test_no_text_breaks_a_step_and_a_second_pass_changes_nothing(name, value):
    step = all_steps()[name]
    found = step.read(value, CONTEXT)
    if found.value is not None and found.refusal is None:
        again = step.read(found.value, CONTEXT)
        assert (again.value, again.refusal) == (found.value, None)


@pytest.fixture(scope="module")
def database():
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        (("trim", "width", "blank", "spaces", "name"), ColumnType.STRING),
        (("trim", "width", "blank", "phone"), ColumnType.STRING),
        (("trim", "blank", "email"), ColumnType.STRING),
        (("trim", "width", "case:upper"), ColumnType.STRING),
        (("trim", "width", "date", "past"), ColumnType.DATE),
        (("trim", "width", "timestamp"), ColumnType.TIMESTAMP),
        (("trim", "money"), ColumnType.DECIMAL),
        (("trim", "number"), ColumnType.INTEGER),
    ],
)
@settings(max_examples=4, deadline=None)
@given(values=st.lists(TEXTS, max_size=60))
def test_what_the_database_reads_by_itself_it_reads_as_the_steps_do(database, steps, kind, values):
    values = [value.replace("\x00", "").encode("utf-8", "ignore").decode() for value in values]
    values += [typed for _, typed, _ in GOOD_AND_BAD]
    chain = chain_of(steps, replace(CONTEXT, field=replace(LEVEL, type=kind)), all_steps())
    statement = f"SELECT v, {chain.shortcut('v')} FROM (SELECT unnest($values) AS v)"
    known = {"values": values, "as_of": "2026-10-31", "home": "Asia/Shanghai"}
    used = {name: value for name, value in known.items() if f"${name}" in statement}
    rows = database.execute(statement, used).fetchall()
    for value, quick in rows:
        if quick:
            found = chain.read(value)
            assert (found.value, found.others, found.refusal) == (quick, (), None)
