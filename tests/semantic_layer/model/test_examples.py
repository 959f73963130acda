"""The definitions that ship with the project hold together, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import semantic_layer.examples
from semantic_layer.definitions import check_definitions
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import DimensionKind, RuleBody, SemanticModel, Simple, TagKind, Words

EXAMPLES = Path(semantic_layer.examples.__file__).parent
FOLDERS = {name: EXAMPLES / name / "model" for name in ("retail", "completejourney")}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LANGUAGE_FREE = {"RFM", "MOVO", "618", "520", "APP"}


def model_of(name: str) -> SemanticModel:
    return check_definitions(FOLDERS[name])[0].model


def every_words(model: SemanticModel) -> list[tuple[str, Words]]:
    return [
        *((entity.name, entity.words) for entity in model.entities),
        *((dimension.qualified, dimension.words) for dimension in model.dimensions),
        *((f"{d.qualified}/{group.name}", group.words) for d in model.dimensions for group in d.groups),
        *((metric.name, metric.words) for metric in model.metrics),
        *((tag.qualified, tag.words) for tag in model.tags),
        *((festival.name, festival.words) for festival in model.festivals),
    ]


@pytest.mark.parametrize("name", FOLDERS)
def test_an_example_has_no_fault_and_no_warning(name: str) -> None:
    assert [str(issue) for issue in check_definitions(FOLDERS[name])[2]] == []


@pytest.mark.parametrize("name", FOLDERS)
def test_every_label_is_in_both_languages(name: str) -> None:
    for what, words in every_words(model_of(name)):
        assert CHINESE.search(words.label.zh) or words.label.zh in LANGUAGE_FREE, what
        assert not CHINESE.search(words.label.en), what


@pytest.mark.parametrize("name", FOLDERS)
def test_every_metric_and_tag_has_an_owner(name: str) -> None:
    model = model_of(name)
    assert [one.name for one in (*model.metrics, *model.tags) if not one.origin.owner] == []


@pytest.mark.parametrize("name", FOLDERS)
def test_every_tag_says_what_it_means_in_both_languages(name: str) -> None:
    for tag in model_of(name).tags:
        if tag.kind is not TagKind.PREFERENCE or tag.words.description.zh:
            assert tag.words.description.zh, tag.name


@pytest.mark.parametrize("name", FOLDERS)
def test_every_listed_value_has_an_english_label(name: str) -> None:
    model = model_of(name)
    for field in (*model.dimensions, *model.tags):
        for value in field.values:
            assert not CHINESE.search(value.label.en), (field.qualified, value.value)


@pytest.mark.parametrize("name", FOLDERS)
def test_every_dimension_of_the_customer_is_reached_from_every_row_that_leads_to_one(name: str) -> None:
    model = model_of(name)
    index = ModelIndex(model)
    for entity in model.entities:
        for target in index.reachable(entity.name):
            index.path(entity.name, target)


@pytest.mark.parametrize("name", FOLDERS)
def test_metrics_that_count_people_name_the_customer(name: str) -> None:
    model = model_of(name)
    for metric in model.metrics:
        if isinstance(metric.body, Simple) and any(measure.per for measure in metric.body.measures):
            assert metric.counts == model.customer_entity, metric.name


def test_the_retail_words_of_the_hero_questions_are_there() -> None:
    model = model_of("retail")
    spoken = {word for _, words in every_words(model) for word in (words.label.zh, words.label.en, *words.synonyms)}
    spoken |= {str(v.value) for d in (*model.dimensions, *model.tags) for v in d.values}
    spoken |= {alias for d in (*model.dimensions, *model.tags) for v in d.values for alias in v.aliases}
    spoken |= {ambiguity.word for ambiguity in model.ambiguities}
    wanted = [
        "高价值客户",
        "流失风险",
        "客单价",
        "件单价",
        "单价",
        "复购率",
        "城市等级",
        "运动鞋",
        "金卡会员",
        "省份",
        "销售额",
        "GMV",
        "双11",
        "618",
        "国庆",
        "春节",
        "江浙沪",
        "北上广深",
        "年轻人",
        "一线城市",
        "渠道偏好",
        "RFM",
        "潜在需求",
        "离开原因",
        "生日月",
        "退货率",
        "毛利率",
        "新客数",
        "活跃客户数",
        "点击率",
        "投诉量",
        "满意度",
        "转化率",
        "留存率",
        "累计销售额",
        "月末会员数",
        "加购转化率",
        "连带率",
        "人均消费",
        "生命周期阶段",
        "价格敏感",
        "可触达渠道",
        "社交活跃度",
        "活跃时段",
        "消费频次",
    ]
    assert [word for word in wanted if word not in spoken] == []


def test_single_chinese_values_of_gender_are_values() -> None:
    gender = ModelIndex(model_of("retail")).dimension("customer.gender")
    assert {str(value.value) for value in gender.values} == {"女", "男"}


def test_levels_of_members_stand_from_low_to_high() -> None:
    level = ModelIndex(model_of("retail")).dimension("customer.member_level")
    assert level.ordered
    assert [value.value for value in level.values] == ["普通", "银卡", "金卡", "黑金"]


def test_churn_risk_means_high_or_medium_when_only_named() -> None:
    tag = ModelIndex(model_of("retail")).tag("churn_risk")
    assert tag.positive == ("高", "中")
    assert isinstance(tag.body, RuleBody)


@pytest.mark.parametrize(
    ("festival", "year", "span"),
    [
        ("spring_festival", "2026", ("2026-02-15", "2026-02-23")),
        ("national_day", "2025", ("2025-10-01", "2025-10-08")),
        ("national_day", "2026", ("2026-10-01", "2026-10-07")),
        ("six_eighteen", "2026", ("2026-06-01", "2026-06-18")),
        ("double_eleven", "2025", ("2025-11-01", "2025-11-11")),
    ],
)
def test_festivals_are_as_the_company_says(festival: str, year: str, span: tuple[str, str]) -> None:
    found = next(one for one in model_of("retail").festivals if one.name == festival)
    assert span in [one for one in found.spans if one[0].startswith(year)]


def test_personal_columns_are_marked() -> None:
    index = ModelIndex(model_of("retail"))
    marked = {c.name: c.sensitivity.value for c in index.entity("customer").columns if c.sensitivity.value != "none"}
    assert marked == {
        "name": "personal",
        "birthday": "personal",
        "phone": "contact",
        "email": "contact",
        "address": "contact",
    }


def test_shopping_days_can_be_asked_for_by_time_dimension() -> None:
    model = model_of("retail")
    index = ModelIndex(model)
    for entity in model.entities:
        if entity.time is not None:
            assert index.dimension(f"{entity.name}.{entity.time}").kind is DimensionKind.TIME
