"""Bookings: who may be received, how they are reached, and the states of a booking (NX-03, NX-29, domain 9)."""

import re

from portal.domain.errors import Problem, RuleBroken
from portal.domain.labelled import Labelled
from portal.domain.places import names_other_region
from portal.domain.workflow import Workflow, steps

SHORTEST_OVERRIDE = 4


class BookingState(Labelled):
    """Where a booking stands."""

    WAITING = "waiting", "候补"
    OFFERED = "offered", "候补待答复"
    PENDING = "pending", "待审核"
    CONFIRMED = "confirmed", "已确认"
    ARRIVED = "arrived", "已到访"
    FINISHED = "finished", "接待完毕"
    LEFT = "left", "未接待离开"
    NO_SHOW = "no_show", "爽约"
    CANCELLED = "cancelled", "已取消"
    REFUSED = "refused", "不予受理"


ACTIVE_STATES = frozenset(
    {
        BookingState.OFFERED,
        BookingState.PENDING,
        BookingState.CONFIRMED,
        BookingState.ARRIVED,
        BookingState.FINISHED,
        BookingState.LEFT,
        BookingState.NO_SHOW,
    }
)
"""The states that hold a seat; a no-show held it too, so the statistics stay true.

An offer to the waiting list holds one only until it lapses: whoever needs the seat then takes the offer back first.
"""

STANDING_STATES = ACTIVE_STATES | {BookingState.WAITING}
"""The states in which an enterprise is still on the list of a day, with a seat or waiting for one."""


RECEIVED_STATES = frozenset({BookingState.ARRIVED, BookingState.FINISHED})
"""The states of an enterprise that came and was, or is about to be, received."""


MOVABLE_STATES = frozenset({BookingState.PENDING, BookingState.CONFIRMED})
"""The states in which a booking may get another place: it has one, and nobody has come yet."""


UNHEARD_STATES = frozenset({BookingState.NO_SHOW, BookingState.LEFT})
"""The states of an enterprise that booked and was not received: what it wanted to say was not heard."""


class Unheard(Labelled):
    """What becomes of the matters of an enterprise that booked and was not received (爽约、未接待离开)."""

    END = "end", "随接待日结束，注明没有接待"
    CARRY = "carry", "保留，企业下次预约时带入"
    KEEP = "keep", "保留，由办公室逐项处理"


class Identity(Labelled):
    """In which capacity the visitor comes (NX-03)."""

    LEGAL_REPRESENTATIVE = "legal_representative", "法定代表人"
    AUTHORISED_REPRESENTATIVE = "authorised_representative", "授权代表"


class Origin(Labelled):
    """How the booking came about (NX-29, domain 2.2)."""

    APPLIED = "applied", "企业申请"
    INVITED = "invited", "工商联邀请"
    WALK_IN = "walk_in", "现场"


BOOKING_ACTS = Workflow(
    "预约",
    steps(
        {
            ("确认", BookingState.CONFIRMED): (BookingState.PENDING,),
            ("接受候补名额", BookingState.CONFIRMED): (BookingState.OFFERED,),
            ("通知候补", BookingState.OFFERED): (BookingState.WAITING,),
            ("接受候补名额", BookingState.PENDING): (BookingState.OFFERED,),
            ("退回候补", BookingState.WAITING): (BookingState.OFFERED,),
            ("不予受理", BookingState.REFUSED): (BookingState.PENDING, BookingState.WAITING, BookingState.OFFERED),
            ("签到", BookingState.ARRIVED): (BookingState.CONFIRMED, BookingState.NO_SHOW, BookingState.LEFT),
            ("接待完毕", BookingState.FINISHED): (BookingState.ARRIVED,),
            ("未接待离开", BookingState.LEFT): (BookingState.ARRIVED,),
            ("记为爽约", BookingState.NO_SHOW): (BookingState.CONFIRMED,),
            ("撤销签到或爽约", BookingState.CONFIRMED): (BookingState.ARRIVED, BookingState.NO_SHOW),
            ("取消", BookingState.CANCELLED): (
                BookingState.PENDING,
                BookingState.CONFIRMED,
                BookingState.WAITING,
                BookingState.OFFERED,
            ),
        }
    ),
)


def advance(state: BookingState, target: BookingState) -> BookingState:
    """Answer the target if the booking may go there, or raise RuleBroken."""
    return BOOKING_ACTS.advance(state, target)


def eligibility_problems(
    registered_place: str,
    district: str,
    *,
    is_private: bool,
    identity: Identity,
    has_letter: bool,
    override_reason: str | None = None,
) -> list[Problem]:
    """Why this enterprise and visitor would not be received; empty when nothing stands in the way (NX-03).

    Receivable are private enterprises registered in the district, through their legal representative or
    a representative with an authorisation letter. “主要为” lets the office override place and nature with
    a reason, but never a missing letter.
    """
    problems = _enterprise_problems(registered_place, district, is_private=is_private)
    if problems and override_reason is not None:
        problems = _override_problems(override_reason)
    if identity is Identity.AUTHORISED_REPRESENTATIVE and not has_letter:
        problems.append(Problem("letter", "授权代表须提交授权委托书，请上传盖章的委托书，或改由法定代表人到访。"))
    return problems


def _enterprise_problems(registered_place: str, district: str, *, is_private: bool) -> list[Problem]:
    problems = []
    if names_other_region(registered_place, district):
        message = f"企业注册地为“{registered_place}”，不在{district}内；如确需接待，请填写理由后继续。"
        problems.append(Problem("registered_place", message))
    if not is_private:
        problems.append(Problem("is_private", "接待对象为民营企业（含个体工商户）；如确需接待，请填写理由后继续。"))
    return problems


def _override_problems(reason: str) -> list[Problem]:
    if len(reason.strip()) >= SHORTEST_OVERRIDE:
        return []
    return [Problem("override_reason", f"破例接待须写明理由，不少于 {SHORTEST_OVERRIDE} 个字。")]


_FULL_WIDTH = str.maketrans("０１２３４５６７８９＋－—–（）　", "0123456789+---() ")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_SERVICE = re.compile(r"[48]00\d{7}")
_AREA = re.compile(r"(0(?:10|2\d|[3-9]\d{2}))([2-9]\d{6,7})")
_LOCAL = re.compile(r"[2-9]\d{6,7}")


def normalise_phone(text: str) -> str:
    """Write a phone number one way: 13800005678, 0830-4291234, 4291234, 0830-4291234-12 with an extension.

    Raises RuleBroken on the field `phone`, saying what is wrong with it.
    """
    plain = re.sub(r"^(\+|00)86", "", re.sub(r"[\s()]", "", text.translate(_FULL_WIDTH)))
    number, extension = _take_extension(plain)
    digits = number.replace("-", "")
    if not digits:
        raise RuleBroken("请填写联系电话。", field="phone")
    if not digits.isascii() or not digits.isdigit():
        raise RuleBroken("联系电话只能包含数字、空格、横线和“转”，请检查。", field="phone")
    return _mobile_or_landline(digits) + (f"-{extension}" if extension else "")


def _take_extension(plain: str) -> tuple[str, str]:
    match = re.fullmatch(r"(.*\d{7,8})(?:转|-)(\d{1,6})", plain)
    return (match[1], match[2]) if match else (plain, "")


def _mobile_or_landline(digits: str) -> str:
    if digits[0] == "1":
        if _MOBILE.fullmatch(digits):
            return digits
        raise RuleBroken(f"手机号码应为 11 位，以 13 至 19 开头，现为 {len(digits)} 位，请检查。", field="phone")
    if _SERVICE.fullmatch(digits) or _LOCAL.fullmatch(digits):
        return digits
    match = _AREA.fullmatch(digits)
    if match:
        return f"{match[1]}-{match[2]}"
    raise RuleBroken("固定电话应为区号加 7 至 8 位号码，例如 0830-4291234，请检查。", field="phone")


def is_mobile(number: str) -> bool:
    """Whether a number, written as `normalise_phone` writes it, can receive text messages."""
    return _MOBILE.fullmatch(number) is not None


def phone_problems(text: str) -> list[Problem]:
    """What is wrong with a phone number; empty when normalise_phone would take it."""
    try:
        normalise_phone(text)
    except RuleBroken as refusal:
        return [Problem("phone", refusal.message)]
    return []
