"""How paper writes dates, numbers and people (GB/T 9704-2012 7.3.5.4: full year, no leading zeros)."""

import re
from datetime import date, datetime
from itertools import zip_longest

from markupsafe import Markup, escape

from portal.documents.sheets import MatterLine, OfficialLine

TO_WRITE = re.compile("＿+")
DIGITS = "零一二三四五六七八九"


def day(value: date) -> str:
    """2026年11月2日."""
    return f"{value.year}年{value.month}月{value.day}日"


def short_day(value: date) -> str:
    """11月2日."""
    return f"{value.month}月{value.day}日"


def moment(value: datetime) -> str:
    """2026年11月2日 9:20."""
    return f"{day(value)} {value.hour}:{value.minute:02d}"


def ordinal(number: int) -> str:
    """一, 十, 十二, 二十, 二十一; plain figures from 100 on, which no slip reaches."""
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else DIGITS[tens] + "十"
    return head + (DIGITS[ones] if ones else "")


def tags(matter: MatterLine) -> tuple[str, ...]:
    """What stands in brackets after a matter's title: whose it is, kind, category, flags."""
    return tuple(word for word in (matter.enterprise, matter.kind, matter.category, *matter.flags) if word)


def official_text(official: OfficialLine | None) -> str:
    """Name and post in one line, as wide as they are printed."""
    return "　".join(word for word in (official.name, official.post) if word) if official else ""


def pens(text: str) -> Markup:
    """Turn what was left open in a text into a line to write on."""
    pieces = TO_WRITE.split(text)
    lines = (Markup('<i class="to-write" style="width: {}em"></i>').format(len(it)) for it in TO_WRITE.findall(text))
    return Markup().join(escape(it) for pair in zip_longest(pieces, lines, fillvalue="") for it in pair)


def spread(label: str) -> str:
    """A label of two or three characters as wide as one of four: 签　　收, 反 映 人."""
    return ("　　" if len(label) == 2 else " ").join(label) if len(label) in (2, 3) else label


def wide(text: str) -> Markup:
    """Keep the spaces that leave room for the pen."""
    return Markup("&nbsp;").join(text.split(" "))
