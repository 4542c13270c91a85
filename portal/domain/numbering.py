"""Document numbers: organ code, full year in tortoise-shell brackets, a plain serial (domain 3.2, GB/T 9704 7.2.5)."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from portal.domain.errors import RuleBroken

_ORGAN = re.compile(r"[一-鿿]{1,12}")
_NUMBER = re.compile(r"(?P<organ>[一-鿿]{1,12})〔(?P<year>[12][0-9]{3})〕(?P<serial>[1-9][0-9]{0,5})号")
FIRST_YEAR, LAST_YEAR = 1949, 2999
LAST_SERIAL = 999_999
LONGEST_REST = 12


USUAL_PATTERN = "{代字}〔{年份}〕{序号}号"
_PLACES = ("{代字}", "{年份}", "{序号}")


@dataclass(frozen=True, slots=True)
class NumberRule:
    """How one kind of paper is numbered: its organ code, such as 安民接交, and how the number is written.

    The office may write its numbers differently (a setting); organ code, year and serial are always in it, once each.
    """

    organ: str
    pattern: str = USUAL_PATTERN

    def __post_init__(self) -> None:
        if not _ORGAN.fullmatch(self.organ):
            raise RuleBroken("机关代字须为 1 至 12 个汉字，例如“安民接交”，不含括号、数字和空格。", field="organ")
        rest = self.pattern
        for place in _PLACES:
            if rest.count(place) != 1:
                raise RuleBroken(f"编号写法里 {place} 要有、且只能有一处，例如“{USUAL_PATTERN}”。", field="pattern")
            rest = rest.replace(place, "")
        if len(rest) > LONGEST_REST or any(sign in "{}" or sign.isspace() or sign.isdigit() for sign in rest):
            raise RuleBroken(
                f"编号写法除三处花括号外只能有不超过 {LONGEST_REST} 个字符，不含空格和数字，例如“{USUAL_PATTERN}”。",
                field="pattern",
            )


@dataclass(frozen=True, slots=True)
class Number:
    """A number taken apart: the serial runs without gaps per paper and year; a void paper keeps its own."""

    organ: str
    year: int
    serial: int


def number_text(rule: NumberRule, year: int, serial: int) -> str:
    """Write a number as 安民接交〔2026〕5号: no leading zeros, the full year (domain 3.2)."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise RuleBroken(f"编号年份须为四位全称，例如 2026，现为 {year}。", field="year")
    if not 1 <= serial <= LAST_SERIAL:
        raise RuleBroken(f"编号序号须在 1 至 {LAST_SERIAL} 之间，现为 {serial}。", field="serial")
    text = rule.pattern.replace("{代字}", rule.organ).replace("{年份}", str(year))
    return text.replace("{序号}", str(serial))


def parse_number(text: str) -> Number:
    """Take a number apart; raises RuleBroken unless it is written exactly as number_text writes it (domain 10)."""
    match = _NUMBER.fullmatch(text)
    if match is None or not FIRST_YEAR <= int(match["year"]) <= LAST_YEAR:
        raise RuleBroken(
            f"编号“{text}”格式不对，应写作“安民接交〔2026〕5号”：年份用四位数字和六角括号，序号前不加“第”、不补零。",
            field="number",
        )
    return Number(match["organ"], int(match["year"]), int(match["serial"]))


def is_valid_number(text: str) -> bool:
    """Whether the text is a well-formed number (domain 10)."""
    try:
        parse_number(text)
    except RuleBroken:
        return False
    return True


@dataclass(frozen=True, slots=True)
class RowCheck:
    """What is wrong with a row of numbers: serials nobody has, serials two have, serials beyond the last one given."""

    missing: tuple[int, ...] = ()
    double: tuple[int, ...] = ()
    beyond: tuple[int, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Every number from 1 to the last is there once, and no other."""
        return not (self.missing or self.double or self.beyond)


def checked_row(last: int, serials: Iterable[int]) -> RowCheck:
    """Hold the serials on record against the counter's last one (domain 3.2: 1..n without gap or double)."""
    seen = Counter(serials)
    return RowCheck(
        missing=tuple(it for it in range(1, last + 1) if it not in seen),
        double=tuple(sorted(it for it, times in seen.items() if times > 1)),
        beyond=tuple(sorted(it for it in seen if not 1 <= it <= last)),
    )
