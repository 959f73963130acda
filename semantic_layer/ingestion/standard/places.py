"""The steps over addresses, provinces and cities."""

from __future__ import annotations

from semantic_layer.errors import Text
from semantic_layer.ingestion.standard.gazetteer import Place
from semantic_layer.ingestion.standard.step import Reading, Step, StepContext, kept, refused
from semantic_layer.ingestion.standard.texts import half_width
from semantic_layer.model.nearest import nearest


def address(value: str, context: StepContext) -> Reading:
    """The text itself, and its province, city and district beside it as far as they are known."""
    place = context.gazetteer.place(half_width(value))
    others = _levels(place)
    if others:
        return Reading(value=value, others=others)
    return refused(
        Text(
            "地址里认不出省、市、区；地址文本照原样保留",
            "No province, city or district was recognised; the text itself is kept",
        ),
        Text(
            "请在地址开头写上省市，或另给一列城市",
            "Begin the address with province and city, or give a column with the city",
        ),
        value=value,
    )


def _levels(place: Place) -> tuple[tuple[str, str], ...]:
    pairs = (("province", place.province), ("city", place.city), ("district", place.district))
    return tuple((name, text) for name, text in pairs if text)


def city(value: str, context: StepContext) -> Reading:
    text = half_width(value)
    place = context.gazetteer.place(text)
    if place.city:
        return Reading(value=place.city, others=(("province", place.province),))
    if place.province:
        return refused(
            Text("这是省份，不是城市", "This is a province, not a city"),
            Text("请填写城市，或把该列对应到「省份」", "Give the city, or map the column to the field province"),
        )
    return _unknown(Text("城市", "city"), text, context.gazetteer.city_names())


def province(value: str, context: StepContext) -> Reading:
    text = half_width(value)
    found = context.gazetteer.place(text).province
    return kept(found) if found else _unknown(Text("省份", "province"), text, context.gazetteer.province_names())


def _unknown(kind: Text, text: str, names: tuple[str, ...]) -> Reading:
    near = nearest(text, names)
    hint_zh = f"是不是{'、'.join(near)}？" if near else ""
    hint_en = f"Did you mean {' or '.join(near)}? " if near else ""
    return refused(
        Text(f"没有这个{kind.zh}，或有多个同名地点", f"There is no such {kind.en}, or several places are called so"),
        Text(f"{hint_zh}请在来源系统里更正", f"{hint_en}Mend it in the source system"),
    )


def place_steps() -> tuple[Step, ...]:
    """The steps of this module."""
    return (
        Step(
            name="address",
            words=Text(
                "中国地址：读出省、市、区（县），缺的一级只在唯一时补上",
                "Chinese addresses: reads province, city and district; a missing level is filled in only where one alone fits",
            ),
            needs=Text("以省、市或区开头的地址", "an address that begins with province, city or district"),
            read=address,
            gives=("province", "city", "district"),
        ),
        Step(
            name="city",
            words=Text("城市名，不带“市”；同时补上省份", "names of cities without 市; also gives the province"),
            needs=Text("城市名", "the name of a city"),
            read=city,
            gives=("province",),
        ),
        Step(
            name="province",
            words=Text(
                "省份名，不带“省”；认得沪、粤等简称", "names of provinces without 省; knows 沪, 粤 and the like"
            ),
            needs=Text("省份名", "the name of a province"),
            read=province,
        ),
    )
