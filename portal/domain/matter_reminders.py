"""Reminders of matters on their way: half of the time over, so many working days left, over; and whoever owes a step (domain 2.3)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import ceil

from portal.domain.clocks import Clock, Overdue, Stage, clock_of
from portal.domain.labelled import Labelled
from portal.domain.messages import DAYTIME, Daytime
from portal.domain.people import Role
from portal.domain.reminders import MOST_NAMED, Reminder, how_soon, reached, waking_moment
from portal.domain.workdays import WorkingCalendar, day_text

HALF_WAITS = 10
"""Working days after which a reminder of the half time is of no use any more: the next one says more."""

ONLOOKERS: Mapping[Overdue, tuple[Role, ...]] = {
    Overdue.NOTHING: (),
    Overdue.TELL_UNIT: (),
    Overdue.TELL_OFFICE: (Role.OFFICE,),
    Overdue.TELL_SUPERVISOR: (Role.OFFICE, Role.SUPERVISOR),
    Overdue.TELL_LEADER: (Role.OFFICE, Role.SUPERVISOR),
}
"""Who besides those who are late hears of it."""


class StepKind(Labelled):
    """A step somebody owes, and what he or she is asked to do; the first seven are states of a matter."""

    OBJECTED = "objected", "请裁定单位提出的退回"
    PROPOSED = "proposed", "请审签办理结果"
    CONFIRMING = "confirming", "请征求企业对结果的意见"
    REVIEWING = "reviewing", "请审核办理结果"
    APPROVING = "approving", "请批准销号"
    SUSPENDED = "suspended", "请复核中止的事项"
    LONG_TERM = "long_term", "请复核挂账的事项"
    EXTENSION = "extension", "请审批延期申请"
    REMINDER = "reminder", "请回复催办单"
    SUPERVISION = "supervision", "请回复督办单"
    TRANSFER = "transfer", "请回复转办单"
    SIGNING = "signing", "请签批交办单"
    LOOK_BACK = "look_back", "请开展回头看"
    CALL_BACK = "call_back", "请回访已销号的企业"
    TASK = "task", "请完成分派给您的工作"
    ESCALATION = "escalation", "请答复上报事项"
    MEASURE = "measure", "请检查约谈、挂牌、通报的整改情况"
    WORD = "word", "请答复企业来言"


STAGE_OF_STEP: Mapping[StepKind, Stage] = {
    StepKind.OBJECTED: Stage.RULING,
    StepKind.PROPOSED: Stage.HEAD,
    StepKind.CONFIRMING: Stage.CONFIRMING,
    StepKind.REVIEWING: Stage.REVIEW,
    StepKind.APPROVING: Stage.APPROVAL,
    StepKind.EXTENSION: Stage.RULING,
    StepKind.REMINDER: Stage.REMINDER_REPLY,
    StepKind.SUPERVISION: Stage.SUPERVISION_REPLY,
    StepKind.TRANSFER: Stage.REMINDER_REPLY,
    StepKind.SIGNING: Stage.SIGNING,
    StepKind.LOOK_BACK: Stage.LOOK_BACK,
    StepKind.CALL_BACK: Stage.CALL_BACK,
    StepKind.WORD: Stage.WORD,
}
"""Whose clock says what follows when the step is late; the others tell only whoever owes them and the office."""


@dataclass(frozen=True, slots=True)
class InHand:
    """A matter whose handling clock runs; `start` is the day it began, which itself does not count.

    Of an assisting unit the same with its own day, `slip_id` instead of the matter, and no half time; `is_split` says that it
    leads the matter on a slip of its own (分办) and answers the lead unit as those who assist do.
    """

    matter_id: int
    number: str
    title: str
    unit_id: int
    unit: str
    due_on: date
    start: date
    since: date
    waits_for_a_ruling: bool = False
    is_petition: bool = False
    lead_official_id: int | None = None
    slip_id: int | None = None
    is_split: bool = False


@dataclass(frozen=True, slots=True)
class StepAwaited:
    """A step somebody owes by a day, and who; `mark` tells it from others of its kind.

    `due_at` is the moment where it is counted in hours. `kept_from` may not know of it: nobody there hears that it is late.
    """

    kind: StepKind
    mark: str
    title: str
    due_on: date
    since: date
    url: str
    unit_ids: tuple[int, ...] = ()
    head_unit_ids: tuple[int, ...] = ()
    leader_ids: tuple[int, ...] = ()
    account_ids: tuple[int, ...] = ()
    roles: tuple[Role, ...] = ()
    lead_official_id: int | None = None
    kept_from: tuple[Role, ...] = ()
    due_at: datetime | None = None

    def is_over(self, seen: datetime) -> bool:
        """Whether the limit has passed when somebody reads of it."""
        return seen > self.due_at if self.due_at is not None else seen.date() > self.due_on


@dataclass(frozen=True, slots=True)
class Pace:
    """When the office wants reminders: settings, clocks, calendar and the hours in which people may be told."""

    calendar: WorkingCalendar
    clocks: Mapping[Stage, Clock]
    percent: int = 50
    due_days: tuple[int, ...] = (3, 1, 0)
    escalate_days: int = 5
    daytime: Daytime = DAYTIME

    def last_working(self, day: date) -> date:
        """The day itself or the working day before it: nobody is reminded on a rest day."""
        return self.calendar.previous_working(day)


def half_time(it: InHand, pace: Pace) -> date | None:
    """The working day on which `percent` of the time is over; None when that says nothing the last days do not say."""
    total = pace.calendar.between(it.start, it.due_on)
    if not 0 < pace.percent < 100 or total <= 1:
        return None
    half = pace.calendar.after(it.start, ceil(total * pace.percent / 100))
    last = pace.last_working(it.due_on)
    return half if half < min((pace.calendar.before(last, n) for n in pace.due_days), default=last) else None


def handling_reminders(matters: Iterable[InHand], pace: Pace, *, now: datetime) -> Iterator[Reminder]:
    """What the lead units hear of their clocks: the latest reminder that has come, and once that it is over.

    A matter given to the unit only today has just been told of.
    """
    seen = waking_moment(pace.calendar, now, pace.daytime)
    late: dict[tuple[date, tuple[Role, ...]], list[InHand]] = defaultdict(list)
    for it in matters:
        if seen.date() > it.due_on:
            yield from _over(it, pace, seen)
            roles = ONLOOKERS[_policy(it, pace)]
            if roles:
                late[it.due_on, roles].append(it)
        elif not it.waits_for_a_ruling:
            yield from _coming(it, pace, seen, now)
    for (due_on, roles), several in late.items():
        yield Reminder(
            f"matter-late:{due_on}:{len(roles)}",
            f"{len(several)} 件事项于{day_text(due_on, now.date())}到期，没有办结",
            "/matters/?overdue=1",
            seen,
            _named([f"{it.number} {it.title}（{it.unit}）" for it in several]),
            roles=roles,
        )


def helper_reminders(helpers: Iterable[InHand], pace: Pace, *, now: datetime) -> Iterator[Reminder]:
    """What assisting units hear of their own, earlier days (泉州: 协办单位先答复牵头单位), and further lead units (分办)."""
    seen = waking_moment(pace.calendar, now, pace.daytime)
    for it in helpers:
        mark, doing = f"{it.slip_id}:{it.unit_id}:{it.due_on}", "分办事项" if it.is_split else "配合办理"
        url = f"/slips/{it.slip_id}"
        if seen.date() > it.due_on:
            if _policy(it, pace, Stage.ASSISTING) is not Overdue.NOTHING:
                subject = f"{doing}已逾期：{it.number}，请尽快答复牵头单位"
                body = f"应于{day_text(it.due_on, now.date())}前答复。"
                yield Reminder(f"helper-over:{mark}", subject, url, seen, body, unit_ids=(it.unit_id,))
            continue
        n = reached(pace.calendar, pace.last_working(it.due_on), pace.due_days, now, pace.daytime)
        if n is not None and (n == 0 or it.since < now.date()):
            soon = how_soon(it.due_on, seen.date(), pace.calendar)
            subject = f"{doing}{soon}到期：{it.number}，请答复牵头单位"
            yield Reminder(f"helper-due:{mark}:{n}", subject, url, seen, f"{it.title}。", unit_ids=(it.unit_id,))


def step_reminders(awaited: Iterable[StepAwaited], pace: Pace, *, now: datetime) -> Iterator[Reminder]:
    """Who owes a step is reminded on its last day and when it is over; then others hear of it as the clock's policy says."""
    seen = waking_moment(pace.calendar, now, pace.daytime)
    for it in awaited:
        mark = f"{it.kind.value}:{it.mark}:{it.due_on}"
        owes = Reminder(
            f"step-due:{mark}", f"{it.kind.label}（{how_soon(it.due_on, seen.date(), pace.calendar)}到期）：{it.title}",
            it.url, seen, "", it.leader_ids, it.roles, it.unit_ids, it.head_unit_ids, it.account_ids,
        )  # fmt: skip
        if not it.is_over(seen):
            if (
                it.since < now.date()
                and reached(pace.calendar, pace.last_working(it.due_on), [0], now, pace.daytime) is not None
            ):
                yield owes
            continue
        policy = _policy_of_step(it, pace)
        if policy is Overdue.NOTHING:
            continue
        until = f"应于{day_text(it.due_on, now.date())}前办理。"
        yield replace(owes, key=f"step-over:{mark}", subject=f"{it.kind.label}（已逾期）：{it.title}", body=until)
        roles = tuple(role for role in ONLOOKERS[policy] if role not in (*it.roles, *it.kept_from))
        leaders = _official(it.lead_official_id, policy, besides=it.leader_ids)
        if roles or leaders:
            subject = f"逾期未办：{it.title}（{it.kind.label.removeprefix('请')}）"
            yield Reminder(f"step-late:{mark}", subject, it.url, seen, until, leaders, roles)


def furthest_day(pace: Pace, now: datetime) -> date:
    """The last day of which anything can be told now: the reminders before it have come, or will before the next morning."""
    seen = waking_moment(pace.calendar, now, pace.daytime).date()
    return pace.calendar.next_working(pace.calendar.after(seen, max(*pace.due_days, 0) + 1))


def _coming(it: InHand, pace: Pace, seen: datetime, now: datetime) -> Iterator[Reminder]:
    mark, url = f"{it.matter_id}:{it.due_on}", f"/matters/{it.matter_id}"
    soon = how_soon(it.due_on, seen.date(), pace.calendar)
    n = reached(pace.calendar, pace.last_working(it.due_on), pace.due_days, now, pace.daytime)
    if n is not None:
        if n == 0 or it.since < now.date():
            subject = f"办理时限{soon}到期：{it.number} {it.title}"
            body = f"最后一天：{day_text(it.due_on, now.date())}。请按期报送办理结果；确需延期的，请在期限前申请。"
            yield Reminder(f"matter-due:{mark}:{n}", subject, url, seen, body, unit_ids=(it.unit_id,))
        return
    half = half_time(it, pace)
    if half is None or it.since >= now.date():
        return
    has_come = half <= seen.date() and reached(pace.calendar, half, [0], now, pace.daytime) is not None
    if has_come and pace.calendar.between(half, seen.date()) <= HALF_WAITS:
        subject = f"办理时限已过 {pace.percent}%：{it.number} {it.title}"
        body = f"最后一天：{day_text(it.due_on, now.date())}（{soon}）。请报告进展。"
        yield Reminder(f"matter-half:{mark}", subject, url, seen, body, unit_ids=(it.unit_id,))


def _over(it: InHand, pace: Pace, seen: datetime) -> Iterator[Reminder]:
    policy, mark, url = _policy(it, pace), f"{it.matter_id}:{it.due_on}", f"/matters/{it.matter_id}"
    when = day_text(it.due_on, seen.date())
    if policy is not Overdue.NOTHING:
        subject = f"已逾期：{it.number} {it.title}"
        yield Reminder(
            f"matter-over:{mark}", subject, url, seen, f"应于{when}前办结。请尽快报送办理结果，并说明逾期原因。",
            unit_ids=(it.unit_id,),
        )  # fmt: skip
    days = pace.calendar.between(it.due_on, seen.date())
    wanted = days >= pace.escalate_days > 0 or policy is Overdue.TELL_LEADER
    if it.lead_official_id is not None and wanted and policy is not Overdue.NOTHING:
        subject = f"您牵头的事项已逾期 {max(days, 1)} 个工作日：{it.number} {it.title}"
        body = f"{it.unit}应于{when}前办结。请过问，或召集协调。"
        yield Reminder(f"matter-official:{mark}", subject, url, seen, body, leader_ids=(it.lead_official_id,))


def _policy(it: InHand, pace: Pace, stage: Stage = Stage.HANDLING) -> Overdue:
    return clock_of(stage, pace.clocks, petition=it.is_petition).overdue


def _policy_of_step(it: StepAwaited, pace: Pace) -> Overdue:
    stage = STAGE_OF_STEP.get(it.kind)
    return clock_of(stage, pace.clocks).overdue if stage is not None else Overdue.TELL_OFFICE


def _official(leader_id: int | None, policy: Overdue, *, besides: Collection[int]) -> tuple[int, ...]:
    tells = policy is Overdue.TELL_LEADER and leader_id is not None and leader_id not in besides
    return (leader_id,) if tells and leader_id is not None else ()


def _named(several: Sequence[str]) -> str:
    return "；".join(several[:MOST_NAMED]) + ("等。" if len(several) > MOST_NAMED else "。")
