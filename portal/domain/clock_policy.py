"""What a row of the clock policy may say: its measures, its bounds, which lengths are rules of the office, what the law fixes."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.clocks import Clock, Measure, OnRestDay, Stage
from portal.domain.errors import Problem

_H, _W, _D, _M = Measure.HOURS, Measure.WORKING_DAYS, Measure.CALENDAR_DAYS, Measure.MONTHS
MEASURES: Mapping[Stage, tuple[Measure, ...]] = {
    Stage.SIGNING: (_W,),
    Stage.RECEIPT: (_W, _H),
    Stage.OBJECTION: (_W, _D),
    Stage.RULING: (_W, _D, _H),
    Stage.CONTACT: (_W, _D, _H),
    Stage.ASSISTING: (_W, _D),
    Stage.HANDLING: (_W, _D, _M),
    Stage.HEAD: (_W, _D, _H),
    Stage.CONFIRMING: (_W, _D, _H),
    Stage.REVIEW: (_W, _D, _H),
    Stage.APPROVAL: (_W, _D, _H),
    Stage.REMINDER_REPLY: (_W,),
    Stage.SUPERVISION_REPLY: (_W,),
    Stage.CALL_BACK: (_W, _D),
    Stage.LOOK_BACK: (_M, _D, _W),
    Stage.WORD: (_W, _D),
}
"""What each stage may be counted in: a moment where somebody waits for one act, days and months where work is done."""

MOST: Mapping[Measure, int] = {_H: 240, _W: 250, _D: 366, _M: 24}
MOST_EXTENSIONS, MOST_ASK_BEFORE = 5, 30

OFFICE_RULE: Mapping[Stage, tuple[str, Measure]] = {
    Stage.SIGNING: ("signing_days", _W),
    Stage.RECEIPT: ("receipt_days", _W),
    Stage.HANDLING: ("handling_days", _W),
    Stage.REMINDER_REPLY: ("reminder_reply_days", _W),
    Stage.SUPERVISION_REPLY: ("supervision_reply_days", _W),
    Stage.LOOK_BACK: ("look_back_months", _M),
}
"""Stages whose length is a rule of the office of that name, as long as it is counted in that measure: one truth, in one place."""


@dataclass(frozen=True, slots=True)
class StatutoryClock:
    """A clock the law fixes: what it is for, how long, the article."""

    name: str
    length: str
    article: str
    on_rest_day: str = OnRestDay.KEEP.label


STATUTORY: tuple[StatutoryClock, ...] = (
    StatutoryClock("告知信访人受理情况", "15日", "《信访工作条例》第二十二条"),
    StatutoryClock("对转送、交办提出异议", "5个工作日", "《信访工作条例》第二十三条", "不适用"),
    StatutoryClock("办理", "60日", "《信访工作条例》第三十四条"),
    StatutoryClock("延期一次", "最多30日", "《信访工作条例》第三十四条"),
)
"""Matters handled as petitions run by these; nobody edits them (domain 2.3, 5.2)."""


def clock_problems(clock: Clock) -> list[Problem]:
    """What is wrong with a row as it was typed, each beside its field."""
    problems = []
    if clock.measure not in MEASURES[clock.stage]:
        allowed = "、".join(it.label for it in MEASURES[clock.stage])
        problems.append(Problem("measure", f"“{clock.stage.label}”只能按{allowed}计，请重新选择。"))
    most = MOST[clock.measure]
    if not 1 <= clock.length <= most:
        problems.append(Problem("length", f"应在 1 至 {most} {clock.measure.label}之间，现为 {clock.length}。"))
    if clock.stage is Stage.HANDLING:
        problems += _extension_problems(clock)
    elif clock.extensions or clock.extend_by or clock.ask_before:
        problems.append(Problem("extensions", "只有办理时限可以延期，请填 0。"))
    return problems


def _extension_problems(clock: Clock) -> list[Problem]:
    problems = []
    if not 0 <= clock.extensions <= MOST_EXTENSIONS:
        problems.append(Problem("extensions", f"延期次数应在 0 至 {MOST_EXTENSIONS} 次之间，0 为不准延期。"))
    if clock.extensions and not 1 <= clock.extend_by <= MOST[clock.measure]:
        problems.append(
            Problem(
                "extend_by",
                f"每次延期应在 1 至 {MOST[clock.measure]} {clock.measure.label}之间，现为 {clock.extend_by}。",
            )
        )
    if not clock.extensions and clock.extend_by:
        problems.append(Problem("extend_by", "不准延期的，请填 0。"))
    if not 0 <= clock.ask_before <= MOST_ASK_BEFORE:
        problems.append(Problem("ask_before", f"应在 0 至 {MOST_ASK_BEFORE} 个工作日之间，0 为到期当天仍可申请。"))
    return problems
