"""Reminders of the contact with the enterprise: once a unit and limit, however many matters wait for it (domain 2.3, 9)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from portal.domain.clocks import Overdue, Stage, clock_of
from portal.domain.matter_reminders import ONLOOKERS, Pace
from portal.domain.reminders import MOST_NAMED, Reminder, how_soon, reached, waking_moment
from portal.domain.workdays import day_text


@dataclass(frozen=True, slots=True)
class ContactAwaited:
    """A matter whose enterprise its lead unit has not spoken with since it signed for the slip on `since`.

    `due_at` is the moment where the contact is counted in hours.
    """

    unit_id: int
    unit: str
    due_on: date
    since: date
    number: str
    title: str
    due_at: datetime | None = None
    is_petition: bool = False

    @property
    def mark(self) -> str:
        """The limit as a key names it."""
        return f"{self.due_at:%Y-%m-%dT%H:%M}" if self.due_at is not None else f"{self.due_on}"

    def is_over(self, seen: datetime) -> bool:
        """Whether the limit has passed when somebody reads of it."""
        return seen > self.due_at if self.due_at is not None else seen.date() > self.due_on


def contact_reminders(awaited: Iterable[ContactAwaited], pace: Pace, *, now: datetime) -> Iterator[Reminder]:
    """Units hear one working day before the limit and when it is over; then others as the clock policy says.

    Of what a unit signed for only today it is not reminded before the limit is over.
    """
    seen = waking_moment(pace.calendar, now, pace.daytime)
    together: dict[tuple[int, str, bool], list[ContactAwaited]] = defaultdict(list)
    late: dict[tuple[str, int], list[ContactAwaited]] = defaultdict(list)
    for it in awaited:
        is_over, policy = it.is_over(seen), _policy(it, pace)
        if is_over and policy is Overdue.NOTHING:
            continue
        if is_over and ONLOOKERS[policy]:
            late[it.mark, len(ONLOOKERS[policy])].append(it)
        if is_over or _is_near(it, pace, now):
            together[it.unit_id, it.mark, is_over].append(it)
    for (unit_id, mark, is_over), several in together.items():
        yield Reminder(
            f"{'contact-over' if is_over else 'contact-due'}:{unit_id}:{mark}",
            f"{len(several)} 项诉求{_when(several[0], pace, seen)}，请与企业联系并登记",
            "/matters/mine?kind=contact",
            seen,
            _named([f"{it.number} {it.title}" for it in several]),
            unit_ids=(unit_id,),
        )
    for (mark, _), several in late.items():
        yield Reminder(
            f"contact-late:{mark}:{len(ONLOOKERS[_policy(several[0], pace)])}",
            f"{len(several)} 项诉求没有按期联系企业（应于{_limit(several[0], now)}前）",
            "/matters/?state=handling",
            seen,
            _named([f"{it.number} {it.title}（{it.unit}）" for it in several]),
            roles=ONLOOKERS[_policy(several[0], pace)],
        )


def _is_near(it: ContactAwaited, pace: Pace, now: datetime) -> bool:
    last = pace.last_working(it.due_on)
    return it.since < now.date() and reached(pace.calendar, last, [1], now, pace.daytime) is not None


def _when(it: ContactAwaited, pace: Pace, seen: datetime) -> str:
    if it.is_over(seen):
        return f"联系企业已逾期（应于{_limit(it, seen)}前）"
    hour = f" {it.due_at:%H:%M} " if it.due_at is not None else ""
    return f"联系企业的期限{how_soon(it.due_on, seen.date(), pace.calendar)}{hour}到期"


def _limit(it: ContactAwaited, now: datetime) -> str:
    hour = f" {it.due_at:%H:%M} " if it.due_at is not None else ""
    return f"{day_text(it.due_on, now.date())}{hour}"


def _policy(it: ContactAwaited, pace: Pace) -> Overdue:
    return clock_of(Stage.CONTACT, pace.clocks, petition=it.is_petition).overdue


def _named(several: list[str]) -> str:
    return "；".join(several[:MOST_NAMED]) + ("等。" if len(several) > MOST_NAMED else "。")
