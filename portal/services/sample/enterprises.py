"""Invented enterprises; their credit codes are well formed and belong to nobody (registration area 999999)."""

from collections.abc import Iterator
from typing import NamedTuple

from portal.services.sample.people import person

STEMS = (
    "恒岳", "云帆", "锦程", "瑞禾", "天工", "鼎泰", "泓源", "新航", "嘉木", "盛川",
    "远景", "华峰", "金穗", "启明", "博创", "安捷", "绿野", "凌志", "东澜", "星河",
)  # fmt: skip
TRADES = (
    ("精密机械", "装备制造"), ("纺织科技", "纺织服装"), ("食品", "食品加工"), ("新材料", "新材料"),
    ("建筑工程", "建筑业"), ("冷链物流", "现代物流"), ("信息技术", "软件信息"), ("生物医药", "医药健康"),
    ("文化旅游", "文化旅游"), ("新能源", "新能源"), ("商贸", "批发零售"), ("包装印务", "轻工"),
)  # fmt: skip
ROADS = ("澄江路", "望岳大道", "清溪东路", "柳湾街", "工业一路", "创新路")
LONG_NAME = "内蒙古自治区安澜示例新能源装备制造产业发展集团云山安澜股份有限公司"
CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


class SampleEnterprise(NamedTuple):
    """An enterprise as the office would enter it."""

    name: str
    credit_code: str
    registered_place: str
    industry: str
    legal_representative: str


def enterprises(count: int = 60) -> Iterator[SampleEnterprise]:
    """So many invented enterprises; the last bears the longest name a form must bear."""
    for number in range(count):
        stem, (trade, industry) = STEMS[number % len(STEMS)], TRADES[(number * 5) % len(TRADES)]
        turn = "" if number < len(STEMS) else "一二三"[number // len(STEMS) - 1]
        name = f"安澜示例{stem}{turn}{trade}有限公司"
        if number == count - 1:
            name = LONG_NAME
        place = f"云山市安澜区{ROADS[number % len(ROADS)]}{10 + number}号"
        yield SampleEnterprise(name, _credit_code(number), place, industry, person(number))


def _credit_code(number: int) -> str:
    """A unified code with a right check character (GB 32100-2015): weights 3^i mod 31."""
    body = f"91999999MA{number:06d}0"
    total = sum(CODE_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + CODE_SIGNS[(31 - total % 31) % 31]
