"""What an enterprise reads of its own matters in its own window: plain words, and which acts are open to it (QD-22, JY-25).

Nothing of the work inside is told here: no progress reports, no objections among units, no remarks of leaders, no names.
"""

from dataclasses import dataclass
from datetime import date

from portal.domain.bookings import BookingState
from portal.domain.labelled import Labelled
from portal.domain.matters import MatterState
from portal.domain.refusals import RefusalGround
from portal.domain.results import ResultCode
from portal.domain.voices import WordKind

HIDDEN_TITLE = "（依照保密规定，本页不列事项内容）"
WITH_UNITS = ("登记", "交单位", "办理", "答复企业", "审核办结")
IN_THE_ROOM = ("登记", "当面答复")
NOT_TAKEN = ("登记", "不予受理")
TAKEN_BACK = ("登记", "企业撤回")
CALLED_OFF = ("登记", "没有受理")


class Tone(Labelled):
    """How a standing is marked; the value is the chip's."""

    AHEAD = "neutral", "尚未开始"
    UNDERWAY = "info", "正在办理"
    YOURS = "wait", "等企业答复"
    LATE = "late", "超过预计日期"
    DONE = "good", "办结"
    ENDED = "stop", "不再办理"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is known of one matter where it stands.

    `unit` is empty until a slip was issued to it. `due_on` is the last day of its handling, `step_due_on` that of whoever owes the
    next step, or the day a paused matter is looked at again. `held_on` is the reception day; `called_off` says why nobody
    was received on it.
    """

    state: MatterState
    today: date
    unit: str = ""
    due_on: date | None = None
    step_due_on: date | None = None
    held_on: date | None = None
    round: int = 1
    result: ResultCode | None = None
    called_off: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a matter stands, for an entrepreneur: a short word, a sentence, and its place among the steps.

    `at` counts from 0; when it is the number of steps, all are done. `stopped`: it ends at this step.
    """

    word: str
    told: str
    tone: Tone
    steps: tuple[str, ...]
    at: int
    stopped: bool = False


def where_it_stands(it: Course) -> Standing:
    """The standing of a matter in any of its states."""
    if it.state in _IN_HAND:
        return _in_hand(it)
    if it.state is MatterState.REGISTERED:
        return _registered(it)
    if it.state is MatterState.SETTLED:
        return Standing("当面答复", "接待当天已经当面答复。", Tone.DONE, IN_THE_ROOM, 2)
    if it.state is MatterState.REFUSED:
        return Standing("不予受理", "请按告知的理由，到应走的渠道办理。", Tone.ENDED, NOT_TAKEN, 1, stopped=True)
    if it.state is MatterState.WITHDRAWN and it.called_off:
        return _not_heard(it)
    if it.state is MatterState.WITHDRAWN:
        return Standing("撤回", "企业已经撤回这项诉求，不再办理。", Tone.ENDED, TAKEN_BACK, 1, stopped=True)
    result = f"，结果：{it.result.label}" if it.result else ""
    return Standing("办结", f"已经办结{result}。", Tone.DONE, WITH_UNITS, len(WITH_UNITS))


def _registered(it: Course) -> Standing:
    if it.called_off:
        return _not_heard(it)
    if it.held_on is not None and it.today <= it.held_on:
        told = f"已经登记，{_day(it.held_on, it.today)}接待日当面听取。"
        return Standing("等待接待", told, Tone.AHEAD, WITH_UNITS, 0)
    return Standing("正在安排", "已经登记，正在确定怎样办理。", Tone.UNDERWAY, WITH_UNITS, 0)


def _not_heard(it: Course) -> Standing:
    told = f"{it.called_off}，这项诉求没有受理。需要反映的，请重新预约。"
    return Standing("没有接待", told, Tone.ENDED, CALLED_OFF, 1, stopped=True)


def _in_hand(it: Course) -> Standing:
    """A matter that goes through units; each state has its own sentence, those inside the administration the same one."""
    unit = it.unit or "承办单位"
    if it.state is MatterState.AWAITING_ASSIGNMENT:
        return Standing("正在交办", "已经受理，正在确定由哪个单位办理。", Tone.UNDERWAY, WITH_UNITS, 1)
    if it.state is MatterState.ASSIGNED:
        told = f"已经交给{it.unit}，等{it.unit}签收后办理。" if it.unit else "领导已经签批，正在交给承办单位。"
        return Standing("正在交办", told, Tone.UNDERWAY, WITH_UNITS, 1)
    if it.state is MatterState.HANDLING:
        return _handling(it, unit)
    if it.state is MatterState.OBJECTED:
        return Standing("正在交办", "正在确定由哪个单位继续办理，定下来之后接着办理。", Tone.UNDERWAY, WITH_UNITS, 1)
    if it.state is MatterState.SUSPENDED:
        again = f"，{_day(it.step_due_on, it.today)}前再看能否恢复" if it.step_due_on else ""
        return Standing("暂停办理", f"暂时不具备办理条件，先停下来{again}。", Tone.UNDERWAY, WITH_UNITS, 2)
    if it.state is MatterState.LONG_TERM:
        again = f"，{_day(it.step_due_on, it.today)}前再研究一次" if it.step_due_on else ""
        return Standing("长期跟踪", f"短期内还解决不了，已经列入长期跟踪{again}。", Tone.UNDERWAY, WITH_UNITS, 2)
    if it.state is MatterState.PROPOSED:
        return Standing("即将答复", f"{unit}已经有了办理结果，单位负责人正在审核。", Tone.UNDERWAY, WITH_UNITS, 3)
    if it.state is MatterState.CONFIRMING:
        until = f"请在{_day(it.step_due_on, it.today)}前" if it.step_due_on and it.step_due_on >= it.today else "请尽快"
        return Standing("等您答复", f"{unit}已经答复，{until}说说您是否认可。", Tone.YOURS, WITH_UNITS, 3)
    if it.state is MatterState.REVIEWING:
        return Standing("正在审核", f"{unit}已经答复，工商联正在审核办理结果。", Tone.UNDERWAY, WITH_UNITS, 4)
    return Standing("正在审核", "办理结果已经审核，等领导批准办结。", Tone.UNDERWAY, WITH_UNITS, 4)


def _handling(it: Course, unit: str) -> Standing:
    doing = "正在重新办理" if it.round > 1 else "正在办理"
    if it.due_on is None:
        return Standing("正在办理", f"{unit}{doing}。", Tone.UNDERWAY, WITH_UNITS, 2)
    day = _day(it.due_on, it.today)
    if it.due_on < it.today:
        told = f"{unit}{doing}，原定{day}前答复，现在已经超过。可以提出异议，也可以来电询问。"
        return Standing("超过预计日期", told, Tone.LATE, WITH_UNITS, 2)
    return Standing("正在办理", f"{unit}{doing}，预计{day}前答复。", Tone.UNDERWAY, WITH_UNITS, 2)


_IN_HAND = frozenset(
    {
        MatterState.AWAITING_ASSIGNMENT,
        MatterState.ASSIGNED,
        MatterState.HANDLING,
        MatterState.OBJECTED,
        MatterState.SUSPENDED,
        MatterState.LONG_TERM,
        MatterState.PROPOSED,
        MatterState.CONFIRMING,
        MatterState.REVIEWING,
        MatterState.APPROVING,
    }
)


def called_off(state: BookingState) -> str:
    """Why nobody was received, of a booking that came to nothing; blank for any other."""
    return _CALLED_OFF.get(state, "")


_CALLED_OFF = {
    BookingState.CANCELLED: "预约已经取消",
    BookingState.NO_SHOW: "接待日当天没有到场",
    BookingState.LEFT: "接待日当天没有接待就离开了",
}


def may_give_opinion(state: MatterState) -> bool:
    """A result waits for what the enterprise says of it."""
    return state is MatterState.CONFIRMING


def may_rate(state: MatterState) -> bool:
    """It was settled in the room, or closed: what the enterprise says now is a rating and changes nothing else."""
    return state in {MatterState.SETTLED, MatterState.CLOSED}


def may_object(state: MatterState) -> bool:
    """Objections are open once something was decided, also about what was refused or closed; a waiting result has its own form."""
    return state not in {MatterState.REGISTERED, MatterState.CONFIRMING, MatterState.WITHDRAWN}


def may_say(kind: WordKind, state: MatterState | None) -> bool:
    """Whether an enterprise may write a word of this kind, about a matter in this state or about none."""
    if kind is WordKind.OBJECTION:
        return state is not None and may_object(state)
    return True


def title_told(title: str, ground: RefusalGround | None) -> str:
    """The title of a matter; of what is classified not even that."""
    return HIDDEN_TITLE if ground is RefusalGround.CLASSIFIED else title


def reason_told(reason: str, ground: RefusalGround | None) -> str:
    """Why a matter was refused, in the words the enterprise was told; of what is classified only where to turn."""
    return ground.channel if ground is RefusalGround.CLASSIFIED else reason


def is_end_of(number: str, digits: str) -> bool:
    """Whether four digits are the end of a telephone number; an extension behind a landline may count or not."""
    if len(digits) != LAST_DIGITS or not (digits.isascii() and digits.isdigit()):
        return False
    whole = "".join(sign for sign in number if sign.isdigit())
    parts = number.split("-")
    before_extension = "".join(sign for sign in "".join(parts[:2]) if sign.isdigit()) if len(parts) > 2 else whole
    return digits in (whole[-LAST_DIGITS:], before_extension[-LAST_DIGITS:])


LAST_DIGITS = 4


def _day(day: date, today: date) -> str:
    """1月5日, with its year when it is another than today's."""
    year = f"{day.year}年" if day.year != today.year else ""
    return f"{year}{day.month}月{day.day}日"
