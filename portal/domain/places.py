"""Whether an address lies in the district, as far as its words tell (NX-03)."""

import re
from collections.abc import Iterator

_SUFFIXES = "区县市旗"
_PROVINCE = re.compile(r"^[^区县市旗]{2,8}?(?:省|自治区|特别行政区)")
_PREFECTURE = re.compile(r"^[^区县市旗]{2,12}?(?:自治州|地区|盟)(?=[一-鿿]+[区县市旗])")
_NAME = re.compile(r"[一-鿿]{1,8}?(?:区|县|市(?!场|民广场|民中心|政广场)|旗(?![区镇乡街路大]))")
_ZONE = re.compile(
    r"(?:开发|高新|技术|经开|工业|产业|园|示范|试验|合作|保税|度假|管理|功能|集聚|集中|商务|服务|保护|物流)区$"
)
_NEIGHBOURHOOD = re.compile(r"(?:小|社|街|校|厂|库|景|片|办公|商业|生活|住宅|安置)区$|(?:城|都|超|闹|夜|菜)市$")
_OWN_WAY_OF_SAYING = re.compile(r"^(?:本|我|全|该)[区县市旗]$")
_STREET = re.compile(r"[一-鿿](?:路|街|巷|弄|号|大道)|[一-鿿][镇乡村][一-鿿]+[区县市旗]$")


def names_other_region(place: str, district: str) -> bool:
    """Whether the address names a district, county, city or banner other than the office's own (NX-03).

    `district` is the office's own name with its city: 云山市安澜区. Short forms count as own (安澜人民路),
    and so do 本区, a street without a region, and development zones, which are no administrative division.
    A county that was made a district keeps its stem and counts as own too.
    """
    city, county = _own_names(district)
    rest = _without_city(_below_prefecture(place), city)
    if _starts_with_own(rest, county):
        return False
    names = list(_leading_regions(rest))
    if any(_is_own(name, county) for name in names):
        return bool(city) and not _is_own(names[0], county)  # the same name under another city
    return bool(names)


def _own_names(district: str) -> tuple[str, str]:
    names = list(_leading_regions(_below_prefecture(district)))
    return "".join(names[:-1]), names[-1] if names else district


def _below_prefecture(text: str) -> str:
    plain = re.sub(r"[\s·、,，/\-—]|市辖区", "", text)
    return _PREFECTURE.sub("", _PROVINCE.sub("", plain, count=1), count=1)


def _without_city(text: str, city: str) -> str:
    if city and text.startswith(city):
        return text.removeprefix(city)
    short = city[:-1]
    if len(short) > 1 and text.startswith(short) and text[len(short) : len(short) + 1] not in set(_SUFFIXES):
        return text.removeprefix(short)
    return text


def _leading_regions(text: str) -> Iterator[str]:
    """The regions an address begins with, one after another, until its street or zone."""
    while (match := _NAME.match(text)) and _is_region(match[0]):
        yield match[0]
        text = text[match.end() :]


def _is_region(name: str) -> bool:
    return not any(pattern.search(name) for pattern in (_ZONE, _NEIGHBOURHOOD, _OWN_WAY_OF_SAYING, _STREET))


def _starts_with_own(text: str, county: str) -> bool:
    stem = county[:-1]
    return text.startswith(county) or (len(stem) > 1 and text.startswith(stem))


def _is_own(name: str, county: str) -> bool:
    return name == county or (len(county) > 2 and name.endswith(county))
