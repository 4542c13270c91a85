"""Days, last days and reminders counted a second time, from the rules on paper and without the portal's own counting."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from math import ceil

import chinese_calendar

ONE = timedelta(days=1)
OF_CLASS = {"A": 30, "B": 15, "C": 5, None: 15}
PETITION_DAYS = 60
OF_STEP = {"objected": 1, "proposed": 1, "confirming": 3, "reviewing": 2, "approving": 2}
RECEIPT = 1
CONTACT, PETITION_CONTACT = 3, 15
LEFT = (3, 1, 0)
ESCALATED_AFTER = 5
HALF_OF_USE = 10


@cache
def _published(day: date) -> bool:
    return bool(chinese_calendar.is_workday(day))


@dataclass
class Days:
    """The working days of China as published, and as changed during the year."""

    changed: dict[date, bool] = field(default_factory=dict)

    def works(self, day: date) -> bool:
        """Whether people work on it."""
        return self.changed[day] if day in self.changed else _published(day)

    def on(self, start: date, number: int) -> date:
        """The so-manieth working day after a day, which does not count itself."""
        day = start
        while number > 0:
            day += ONE
            number -= self.works(day)
        return day

    def back(self, day: date, number: int) -> date:
        """The so-manieth working day before a day."""
        while number > 0:
            day -= ONE
            number -= self.works(day)
        return day

    def to(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; none when it is not later."""
        return sum(self.works(start + ONE * it) for it in range(1, (end - start).days + 1))

    def last(self, day: date) -> date:
        """The day itself or the working day before it."""
        while not self.works(day):
            day -= ONE
        return day

    def first(self, day: date) -> date:
        """The day itself or the working day after it."""
        while not self.works(day):
            day += ONE
        return day


@dataclass
class Kept:
    """What a matter's dates must be, kept from the acts that succeeded and nothing else."""

    number: str
    matter_class: str | None
    petition: bool
    reception: date
    due: date | None = None
    counted_from: date | None = None
    counted_days: int = 0
    left: int = 0
    was_late: bool = False
    step: date | None = None

    @property
    def usual(self) -> int:
        """The length of its handling clock."""
        return PETITION_DAYS if self.petition else OF_CLASS[self.matter_class]

    def count(self, days: Days, start: date, number: int | None = None) -> None:
        """Its last day is so many days after a day."""
        self.counted_from, self.counted_days = start, self.usual if number is None else number
        self.due = self._end(days, start, self.counted_days)

    def _end(self, days: Days, start: date, number: int) -> date:
        return start + ONE * number if self.petition else days.on(start, number)

    def assign(self, days: Days, drafted: date) -> None:
        """It comes onto a slip: counted from the reception, or from the draft where that would be over."""
        self.count(days, self.reception)
        if self.due is not None and self.due <= drafted:
            self.count(days, drafted)

    def forget(self) -> None:
        """It waits for another slip."""
        self.due = self.counted_from = self.step = None

    def extend(self, until: date) -> None:
        """More time was granted."""
        self.due, self.counted_from = until, None

    def stop(self, days: Days, today: date) -> None:
        """Its clock stands still."""
        self.was_late = self.due is not None and self.due < today
        if self.due is None or self.due <= today:
            self.left = 0
        else:
            self.left = (self.due - today).days if self.petition else days.to(today, self.due)

    def go_on(self, days: Days, today: date) -> None:
        """What was left runs on; what was late stays late."""
        if not self.was_late:
            self.count(days, today, max(self.left, 1))

    def recount(self, days: Days, today: date) -> bool:
        """The calendar was changed while the clock runs: whether the last day moved. What would come to lie behind us stays."""
        if self.counted_from is None or self.due is None:
            return False
        again = self._end(days, self.counted_from, self.counted_days)
        if again == self.due or again <= today or self.due <= today:
            return False
        self.due = again
        return True


@dataclass(frozen=True)
class Open:
    """A matter as its records stand when reminders are made."""

    matter_id: int
    state: str
    unit_id: int
    issued: date
    since: date
    official_id: int
    signer_id: int


def handling_keys(days: Days, it: Open, kept: Kept, today: date) -> list[tuple[str, str]]:
    """The keys of what is due about a running clock, each with whom it is for."""
    if kept.due is None or it.state not in ("assigned", "handling", "objected", "proposed"):
        return []
    seen, due, mark = days.first(today), kept.due, f"{it.matter_id}:{kept.due}"
    if seen > due:
        over = [(f"matter-over:{mark}", "unit")]
        return [*over, (f"matter-official:{mark}", "official")] if days.to(due, seen) >= ESCALATED_AFTER else over
    if it.state == "objected":
        return []
    last = days.last(due)
    come = [n for n in LEFT if days.back(last, n) <= today]
    if come:
        told = min(come) == 0 or it.issued < today
        return [(f"matter-due:{mark}:{min(come)}", "unit")] if told else []
    start = kept.counted_from or it.issued
    total = days.to(start, due)
    half = days.on(start, ceil(total / 2))
    early = total > 1 and half < days.back(last, max(LEFT))
    if early and it.issued < today and half <= today and days.to(half, seen) <= HALF_OF_USE:
        return [(f"matter-half:{mark}", "unit")]
    return []


def contact_key(days: Days, unit_id: int, signed: date, reception: date, today: date, *, petition: bool) -> str | None:
    """The key of what is due about an enterprise the unit has not spoken with, if anything is."""
    due = reception + ONE * PETITION_CONTACT if petition else days.on(signed, CONTACT)
    if days.first(today) > due:
        return f"contact-over:{unit_id}:{due}"
    near = signed < today and days.back(days.last(due), 1) <= today
    return f"contact-due:{unit_id}:{due}" if near else None


def step_keys(days: Days, it: Open, kept: Kept, today: date) -> list[tuple[str, str]]:
    """The keys of what is due about the step somebody owes."""
    whom = {"objected": "office", "proposed": "heads", "confirming": "office", "reviewing": "office",
            "approving": "leaders", "suspended": "office", "long_term": "leaders+office"}.get(it.state)  # fmt: skip
    if whom is None or kept.step is None:
        return []
    mark = f"{it.state}:{it.matter_id}:{kept.step}"
    if days.first(today) > kept.step:
        return [(f"step-over:{mark}", whom)]
    due = it.since < today and days.last(kept.step) <= today
    return [(f"step-due:{mark}", whom)] if due else []
