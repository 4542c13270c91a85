"""Personal data as shown to people who need not see all of it (domain 7.1)."""

import re

STAR = "*"
SEVERAL = "、"
"""What stands between people where several are named."""
LANDLINE = re.compile(r"(?P<area>0\d{2,3}-)?(?P<local>\d{7,8})(?P<extension>-\d{1,6})?")
MOBILE = re.compile(r"1\d{10}")
IN_TEXT = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|1\d{10})(?![\dXx])")
COMPOUND_SURNAMES = frozenset(
    (
        "欧阳 司马 上官 诸葛 司徒 东方 皇甫 尉迟 公孙 慕容 令狐 宇文 "
        "长孙 夏侯 轩辕 端木 百里 呼延 南宫 独孤 司空 闻人 澹台"
    ).split()
)


def mask_phone(text: str) -> str:
    """A number with its middle hidden: 138****5678, 0830-***1234; anything else keeps its last two signs."""
    if MOBILE.fullmatch(text):
        return f"{text[:3]}****{text[-4:]}"
    match = LANDLINE.fullmatch(text)
    if match is None:
        return _keep_end(text, 2)
    return (match["area"] or "") + _keep_end(match["local"], 4) + (STAR * len(match["extension"] or ""))


def mask_id(text: str) -> str:
    """An identity number as 前6后4: 510000********123X; shorter documents keep their last two signs."""
    if len(text) in (15, 18):
        return text[:6] + STAR * (len(text) - 10) + text[-4:]
    return _keep_end(text, 2)


def mask_speaker(text: str) -> str:
    """Somebody named with a post behind the name: the post stays, 王示例 总经理 becomes 王** 总经理."""
    name, blank, post = text.partition(" ")
    return f"{mask_name(name)}{blank}{post}"


def mask_name(text: str) -> str:
    """A name as its surname: 张*, 欧阳*; a name of one sign stays."""
    surname = 2 if len(text) > 2 and text[:2] in COMPOUND_SURNAMES else 1
    return text[:surname] + STAR * (len(text) - surname)


def mask_names(text: str) -> str:
    """Several names, each as its surname: 张*、李*."""
    return SEVERAL.join(mask_name(name) for name in text.split(SEVERAL))


def mask_numbers(text: str) -> str:
    """A text with every mobile and identity number in it masked; the rest stays as it was written."""
    return IN_TEXT.sub(lambda it: mask_phone(it[0]) if MOBILE.fullmatch(it[0]) else mask_id(it[0]), text)


def mask_email(address: str) -> str:
    """An address with all but its first sign and its domain hidden: l***@example.gov.cn; nothing for none."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}{STAR * 3}{at}{domain}" if at else ""


def _keep_end(text: str, kept: int) -> str:
    hidden = max(len(text) - kept, (len(text) + 2) // 3)
    return STAR * hidden + text[hidden:]


def mask_address(text: str) -> str:
    """A secret web address with its host readable and of what makes it secret the last four characters: https://主机/…3f9a."""
    scheme, _, rest = text.partition("://")
    host = rest.partition("/")[0].partition("?")[0]
    return f"{scheme}://{host}/…{text[-4:]}" if len(rest) > len(host) + 8 else f"{scheme}://{host}/…"
