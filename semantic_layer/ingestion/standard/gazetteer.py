"""Provinces, cities and districts of China, and which of them an address begins with."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final

from semantic_layer.errors import DataError, Text

_PROVINCE_END: Final = re.compile(r"(?:维吾尔|壮族|回族)?自治区$|特别行政区$|省$|市$")
_PEOPLES: Final = (
    "朝鲜族|土家族|苗族|彝族|藏族|羌族|白族|傣族|景颇族|傈僳族|壮族|哈尼族|哈萨克族?|柯尔克孜族?|蒙古族?|回族|侗族|布依族|满族|"
    "瑶族|黎族|畲族|土族|撒拉族|水族|仡佬族|佤族|拉祜族|布朗族|纳西族|普米族|怒族|独龙族|裕固族|保安族|东乡族|锡伯|塔吉克|毛南族|"
    "仫佬族|达斡尔族|鄂温克族|鄂伦春|各族"
)
_PREFECTURE: Final = re.compile(rf"(.+?)(?:{_PEOPLES})+自治(州|县|旗)$")
_ABBREVIATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "京": "北京", "津": "天津", "冀": "河北", "晋": "山西", "蒙": "内蒙古", "辽": "辽宁",
        "吉": "吉林", "黑": "黑龙江", "沪": "上海", "苏": "江苏", "浙": "浙江", "皖": "安徽",
        "闽": "福建", "赣": "江西", "鲁": "山东", "豫": "河南", "鄂": "湖北", "湘": "湖南",
        "粤": "广东", "桂": "广西", "琼": "海南", "渝": "重庆", "川": "四川", "蜀": "四川",
        "黔": "贵州", "贵": "贵州", "滇": "云南", "云": "云南", "藏": "西藏", "陕": "陕西",
        "秦": "陕西", "甘": "甘肃", "陇": "甘肃", "青": "青海", "宁": "宁夏", "新": "新疆",
        "港": "香港", "澳": "澳门", "台": "台湾",
    }
)  # fmt: skip
_ALONE: Final = frozenset({"北京", "上海", "天津", "重庆", "香港", "澳门"})  # a province that is a city
_JOINTS: Final = re.compile(r"^[\s,，\-—/·、|_:：]+")
_COUNTRY: Final = re.compile(r"^(?:中华人民共和国|中国)")
_NO_SUBDIVISION: Final = re.compile(r"^(?:市辖区|省直辖县级行政区划|自治区直辖县级行政区划|直辖县)")
_ANOTHER_THING: Final = re.compile(
    r"^(?:区|县|自治)|^(?:[东西南北中][一二三四]?|[一二三四])?(?:路|街|大道|大街|道|巷|弄|胡同|公园|广场|大厦|大酒店|酒店|宾馆|花园|小区|新村|村|镇|乡|大学|医院|店|山路|湖路)"
)
_LONGEST: Final = 14


@dataclass(frozen=True, slots=True)
class Place:
    """How far an address is known; what is not is empty. Provinces and cities stand without 省 and 市."""

    province: str = ""
    city: str = ""
    district: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """Places by every usual name. `short` names are those that also begin names of streets (南京 in 南京东路)."""

    provinces: Mapping[str, str] = field(default_factory=dict)
    cities: Mapping[str, frozenset[Place]] = field(default_factory=dict)
    districts: Mapping[str, frozenset[Place]] = field(default_factory=dict)
    short: frozenset[str] = frozenset()

    def city_names(self) -> tuple[str, ...]:
        """Cities in the spelling of the standard."""
        return tuple(sorted({place.city for places in self.cities.values() for place in places}))

    def province_names(self) -> tuple[str, ...]:
        """Provinces in the spelling of the standard."""
        return tuple(sorted(set(self.provinces.values())))

    def place(self, text: str) -> Place:
        """What the beginning of an address says. Levels that are missing are filled in only where one alone is possible."""
        begin = _JOINTS.sub("", _COUNTRY.sub("", text.strip()))
        province, rest = self._province(begin)
        if province in _ALONE:
            while rest and self.provinces.get(self._longest(rest, self.provinces)) == province:
                rest = _after(rest, self._longest(rest, self.provinces))
            return self._district(_NO_SUBDIVISION.sub("", rest), Place(province, province))
        city, after = self._city(rest, province)
        found = self._district(after, city)
        # Some districts begin with the name of their city: 苏州工业园区.
        named_so = bool(city.city) and self._longest(rest, self.districts) not in self.short
        return self._district(rest, city) if named_so and not found.district else found

    def _province(self, text: str) -> tuple[str, str]:
        name = self._longest(text, self.provinces)
        city = self._longest(text, self.cities)
        if name and len(name) >= len(city):
            return self.provinces[name], _after(text, name)
        short = _ABBREVIATIONS.get(text[:1], "")
        if city or not short:
            return "", text
        rest = text[1:]
        inside = not rest or any(
            place.province == short
            for names in (self.cities, self.districts)
            for place in names.get(self._longest(rest, names), ())
        )
        return (short, rest) if inside else ("", text)

    def _city(self, text: str, province: str) -> tuple[Place, str]:
        rest = _NO_SUBDIVISION.sub("", text)
        name = self._longest(rest, self.cities)
        found = [place for place in self.cities.get(name, ()) if province in {"", place.province}]
        return (found[0], _NO_SUBDIVISION.sub("", _after(rest, name))) if len(found) == 1 else (Place(province), rest)

    def _district(self, text: str, known: Place) -> Place:
        name = self._longest(text, self.districts)
        scoped = known.province or name == text or name not in self.short
        fits = [
            place
            for place in (self.districts.get(name, ()) if scoped else ())
            if known.province in {"", place.province} and known.city in {"", place.city}
        ]
        if len(fits) <= 1:
            return fits[0] if fits else known
        provinces = {place.province for place in fits}
        districts = {place.district for place in fits}
        return Place(
            provinces.pop() if len(provinces) == 1 else known.province,
            known.city,
            districts.pop() if len(districts) == 1 else "",
        )

    def _longest(self, text: str, names: Mapping[str, object]) -> str:
        for length in range(min(_LONGEST, len(text)), 1, -1):
            name = text[:length]
            if name in names and not (name in self.short and _ANOTHER_THING.match(text[length:])):
                return name
        return ""


def _after(text: str, name: str) -> str:
    return _JOINTS.sub("", text[len(name) :])


def read_gazetteer() -> Gazetteer:
    """The table of the package `addressparser`, read as a file: importing the package would load a word splitter.

    Raises:
        DataError: when the package is not installed.
    """
    spec = find_spec("addressparser")
    if spec is None or spec.origin is None:
        raise DataError(
            Text(
                zh="缺少省市区表（addressparser）。请重新安装本程序的依赖。",
                en="The table of provinces and cities (addressparser) is missing. Install the program's packages again.",
            )
        )
    with Path(spec.origin).with_name("pca.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row[1], row[2], row[3]) for row in csv.reader(file) if row and row[0] == "中国"]
    return gazetteer_of(rows)


def gazetteer_of(rows: Iterable[tuple[str, str, str]]) -> Gazetteer:
    """A gazetteer of (province, city, district) in full; the last two may be empty."""
    provinces: dict[str, str] = {}
    cities: dict[str, set[Place]] = {}
    districts: dict[str, set[Place]] = {}
    short: set[str] = set()
    for full_province, given_city, given_district in rows:
        province = _PROVINCE_END.sub("", full_province)
        provinces |= {full_province: province, province: province}
        if province != full_province:
            short.add(province)
        # A county-level city directly below its province (仙桃市) is what people call the city.
        direct = not given_city and given_district.endswith("市")
        full_city, district = (given_district, "") if direct else (given_city, given_district)
        city = "" if not full_city else province if province in _ALONE else full_city.removesuffix("市")
        if city and province not in _ALONE:
            _add(cities, short, full_city, Place(province, city))
        if district:
            _add(districts, short, district, Place(province, city, district))
    provinces |= {
        "内蒙": "内蒙古",
        "广西省": "广西",
        "新疆省": "新疆",
        "宁夏省": "宁夏",
        "西藏省": "西藏",
        "内蒙古省": "内蒙古",
    }
    return Gazetteer(
        provinces=provinces,
        cities={name: frozenset(places) for name, places in cities.items()},
        districts={name: frozenset(places) for name, places in districts.items()},
        short=frozenset(short),
    )


def _add(names: dict[str, set[Place]], short: set[str], full: str, place: Place) -> None:
    names.setdefault(full, set()).add(place)
    for alias in _shorter(full):
        names.setdefault(alias, set()).add(place)
        short.add(alias)


def _shorter(full: str) -> tuple[str, ...]:
    """Names that people say for the full one. 和平 is never 和平区: too many streets and other places are called so."""
    prefecture = _PREFECTURE.fullmatch(full)
    if prefecture is not None:
        bare = prefecture[1]
        return (bare + prefecture[2], bare) if len(bare) > 1 else (bare + prefecture[2],)
    for end in ("地区", "新区", "林区", "市", "县", "盟"):
        bare = full.removesuffix(end)
        if bare != full and len(bare) > 1:
            return (bare,)
    return ()
