"""What a scanner, a keyboard or a paste put into the scan box, and what the desk does about it (look: 现场)."""

import re
import unicodedata
from dataclasses import dataclass

from portal.domain.bookings import BookingState
from portal.domain.labelled import Labelled

LONGEST = 400
"""Signs looked at: a pasted message may be long, but no longer than this before its code."""

FEWEST_DIGITS = 8
"""Fewer digits that are no queue number are a code cut short; half of all credit codes begin with some of them."""

_UNSEEN = re.compile(r"[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b-\x1f\x7f]")
_CODE = re.compile(r"(?<!\d)[1-9](?:[ \-]?\d){9}(?!\d)")
_CREDIT_CODE = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NP-Y]{18}(?![0-9A-Z])")
_NUMBER = re.compile(r"(?:第|NO\.?)?(\d{1,3})[号#]?", re.IGNORECASE)
_AROUND = " '\"`“”‘’「」，。、,.;；:："
_BRACKETS = str.maketrans("()", "（）")
"""As names are written in the files."""
_LETTERS = re.compile(r"[A-Za-z' ]+")


@dataclass(frozen=True, slots=True)
class Scan:
    """What was understood: a check-in code, a queue number, a credit code, or words to look an enterprise up by."""

    code: str = ""
    number: int | None = None
    credit_code: str = ""
    words: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was said."""
        return self == Scan()


def read_scan(typed: str) -> Scan:
    """Understand what came in, however it was typed.

    Full-width digits, blanks, unseen signs and an input method's leftovers around a code do not matter; of a pasted text
    the code in it counts: ten digits of their own, which no telephone number has, or a credit code of eighteen signs.
    """
    plain = " ".join(_UNSEEN.sub(" ", unicodedata.normalize("NFKC", typed[:LONGEST])).split())
    code = _CODE.search(plain)
    if code:
        return Scan(code=re.sub(r"\D", "", code[0]))
    credit_code = _CREDIT_CODE.search(plain.upper())
    if credit_code:
        return Scan(credit_code=credit_code[0])
    number = _NUMBER.fullmatch(plain.replace(" ", ""))
    if number:
        return Scan(number=int(number[1]))
    if _LETTERS.fullmatch(plain):
        return Scan(words=re.sub(r"[' ]", "", plain).lower())
    words = plain.strip(_AROUND).translate(_BRACKETS)
    if words.isdecimal() and len(words) < FEWEST_DIGITS:
        return Scan()
    return Scan(words="".join(words.split()) if not words.isascii() else words)


class Verdict(Labelled):
    """What the desk does with the booking that was meant; the label is what it says."""

    CHECK_IN = "check_in", "可以签到"
    RETURN = "return", "已回来"
    HERE = "here", "已经签到"
    DONE = "done", "已经接待完毕"
    PENDING = "pending", "预约还没有确认"
    WAITING = "waiting", "还在候补"
    CANCELLED = "cancelled", "预约已取消"
    REFUSED = "refused", "预约不予受理"
    ANOTHER_DAY = "another_day", "不是这一天的预约"


_BY_STATE = {
    BookingState.CONFIRMED: Verdict.CHECK_IN,
    BookingState.NO_SHOW: Verdict.CHECK_IN,
    BookingState.LEFT: Verdict.CHECK_IN,
    BookingState.ARRIVED: Verdict.HERE,
    BookingState.FINISHED: Verdict.DONE,
    BookingState.PENDING: Verdict.PENDING,
    BookingState.OFFERED: Verdict.WAITING,
    BookingState.WAITING: Verdict.WAITING,
    BookingState.CANCELLED: Verdict.CANCELLED,
    BookingState.REFUSED: Verdict.REFUSED,
}


def verdict_on(state: BookingState, *, on_this_day: bool, is_parked: bool = False) -> Verdict:
    """What is done with a booking that was scanned; one of another day is never checked in."""
    if not on_this_day:
        return Verdict.ANOTHER_DAY
    if is_parked:
        return Verdict.RETURN
    return _BY_STATE[state]
