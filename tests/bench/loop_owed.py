"""What is owed beside the clocks of matters, counted a second time: answers to papers, help, call-backs, look-backs, measures."""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from tests.bench.loop_days import LEFT, ONE, Days, Kept

URGED_EVERY = 3
REPLY_DAYS = {"reminder": 3, "supervision": 5}
CALL_BACK = 1
CALLS = 3
LOOK_BACK_MONTHS = 3
LISTED_AHEAD = 31
DRAWN_PERCENT = 10
HELPS_EARLIER = 3
BEFORE = {"yellow": "blue", "red": "yellow"}

Whom = tuple[str, int]
"""A kind of people and which of them: ("unit", 7), ("office", 0)."""

OFFICE: Whom = ("office", 0)
SUPERVISOR: Whom = ("supervisor", 0)
HEAR_WHEN_LATE: dict[str, tuple[Whom, ...]] = {
    "reminder": (OFFICE,),
    "supervision": (OFFICE, SUPERVISOR),
    "extension": (OFFICE,),
    "call_back": (OFFICE,),
    "look_back": (OFFICE,),
    "measure": (OFFICE,),
    "escalation": (OFFICE,),
}
"""Who besides those who owe a step hears that it is late."""

Told = tuple[str, tuple[Whom, ...]]


@dataclass
class Paper:
    """A reminder or a supervision notice, kept from the acts that succeeded."""

    kind: str
    slip_id: int
    unit_id: int
    colour: str | None
    made_on: date
    reply_by: date
    replied_on: date | None = None
    promised_on: date | None = None
    is_poor: bool = False
    is_void: bool = False

    def has_failed(self, today: date) -> bool:
        """Whether it did not do what it was to do, so that the next colour may follow."""
        if self.replied_on is None:
            return self.reply_by < today
        is_broken = self.promised_on is not None and self.promised_on < today
        return self.is_poor or is_broken or self.replied_on > self.reply_by


def in_order(days: Days, earlier: Sequence[Paper], colour: str | None, today: date) -> bool:
    """Whether a unit may be urged about a slip today by a paper of this colour, with nothing taken directly."""
    valid = [it for it in earlier if not it.is_void]
    if valid and days.on(max(it.made_on for it in valid), URGED_EVERY) > today:
        return False
    wanted = BEFORE.get(colour or "")
    return wanted is None or any(it.colour == wanted and it.has_failed(today) for it in valid)


@dataclass
class Asked:
    """A measure, or a matter taken to the level above, that waits."""

    kind: str
    matter_id: int
    what: tuple[str, int]
    due_on: date
    since: date
    whom: Whom
    is_over: bool = False


@dataclass
class Help:
    """An assisting unit's day, with its slip's and how that was counted."""

    matter_id: int
    due_on: date
    slip_due: date
    counted_from: date | None
    counted_days: int
    matter_due: date
    has_answered: bool = False

    def recount(self, before: Days, after: Days, petition: bool, today: date) -> None:
        """The calendar was changed: the day keeps its distance from the slip's, and never lies after it."""
        if self.counted_from is None or self.slip_due <= today:
            return
        due = self.slip_due if petition else after.on(self.counted_from, self.counted_days)
        if due == self.slip_due or due <= today:
            return
        if self.due_on > today and not self.has_answered and self.due_on == before.back(self.slip_due, HELPS_EARLIER):
            self.due_on = min(max(after.back(due, HELPS_EARLIER), after.on(today, 1)), due)
        elif self.due_on == self.slip_due or self.due_on > due:
            self.due_on = due
        self.slip_due = due


@dataclass
class Closed:
    """A round of a matter that was closed: when, whether the enterprise was content, and how often it was called."""

    number: str
    closed_on: date
    is_discontent: bool
    calls: int = 0
    is_rated: bool = False


@dataclass
class LookedAt:
    """A look-back on the list; `by_rule` is the day the rule gave it, None for one that was ordered or brought forward."""

    planned_on: date
    by_rule: date | None = None
    is_done: bool = False


def looked_at_on(days: Days, closed_on: date) -> date:
    """Three months later, or the last day of that month; on a working day."""
    year, month = divmod(closed_on.year * 12 + closed_on.month - 1 + LOOK_BACK_MONTHS, 12)
    return days.first(date(year, month + 1, min(closed_on.day, monthrange(year, month + 1)[1])))


def is_drawn(number: str, round_: int) -> bool:
    """Whether the fingerprint of a number falls into the sample."""
    return int(sha256(f"{number}/{round_}".encode()).hexdigest()[:8], 16) % 10_000 < DRAWN_PERCENT * 100


def is_listed(days: Days, it: Closed, round_: int, today: date) -> bool:
    """Whether a closed matter that is on no list comes onto the list of look-backs today."""
    near = looked_at_on(days, it.closed_on) <= today + LISTED_AHEAD * ONE
    return near and (it.is_discontent or is_drawn(it.number, round_))


def told_of_step(
    days: Days, kind: str, mark: object, due_on: date, since: date, today: date, owes: Sequence[Whom]
) -> list[Told]:
    """The keys of what is due about a step, each with whom it is for."""
    key = f"{kind}:{mark}:{due_on}"
    if days.first(today) > due_on:
        others = tuple(it for it in HEAR_WHEN_LATE[kind] if it not in owes)
        late = [(f"step-late:{key}", others)] if others else []
        return [(f"step-over:{key}", tuple(owes)), *late]
    return [(f"step-due:{key}", tuple(owes))] if since < today and days.last(due_on) <= today else []


def told_of_help(days: Days, slip_id: int, unit_id: int, due_on: date, issued: date, today: date) -> list[Told]:
    """The same for an assisting unit's day."""
    mark, unit = f"{slip_id}:{unit_id}:{due_on}", (("unit", unit_id),)
    if days.first(today) > due_on:
        return [(f"helper-over:{mark}", unit)]
    come = [n for n in LEFT if days.back(days.last(due_on), n) <= today]
    return [(f"helper-due:{mark}:{min(come)}", unit)] if come and (min(come) == 0 or issued < today) else []


@dataclass
class Owed:
    """Everything of this kind that came of acts which succeeded."""

    papers: dict[int, Paper] = field(default_factory=dict)
    measures: dict[int, Asked] = field(default_factory=dict)
    escalations: dict[int, Asked] = field(default_factory=dict)
    helps: dict[tuple[int, int], Help] = field(default_factory=dict)
    closed: dict[tuple[int, int], Closed] = field(default_factory=dict)
    look_backs: dict[tuple[int, int, str], LookedAt] = field(default_factory=dict)
    discontent: set[int] = field(default_factory=set)

    def looks_at(self, matter_id: int, round_: int) -> list[LookedAt]:
        """The look-backs of one round."""
        return [it for (of, in_, _), it in self.look_backs.items() if (of, in_) == (matter_id, round_)]

    def list_due(self, days: Days, standing: Mapping[int, int], today: date) -> None:
        """What a round of due work puts on the list: `standing` are the closed matters, each with its round."""
        for (matter_id, round_), it in self.closed.items():
            if standing.get(matter_id) != round_ or self.looks_at(matter_id, round_):
                continue
            if is_listed(days, it, round_, today):
                day = looked_at_on(days, it.closed_on)
                why = "discontent" if it.is_discontent else "sample"
                self.look_backs[matter_id, round_, why] = LookedAt(day, day)

    def look_at_once(self, matter_id: int, round_: int, today: date) -> None:
        """An enterprise is not content: a look-back that waits comes forward, or there is one from today on."""
        waiting = [it for it in self.looks_at(matter_id, round_) if not it.is_done]
        if waiting:
            first = min(waiting, key=lambda it: it.planned_on)
            if today < first.planned_on:
                first.planned_on, first.by_rule = today, None
        else:
            self.look_backs.setdefault((matter_id, round_, "discontent"), LookedAt(today))

    def recount(self, before: Days, after: Days, kept: Mapping[int, Kept], over: Collection[int], today: date) -> None:
        """The calendar was changed; `over` are the slips nobody works on any more. To be asked before the matters recount."""
        for (slip_id, _), it in self.helps.items():
            matter = kept[it.matter_id]
            if matter.due != it.matter_due:
                it.counted_from = None
            elif slip_id not in over:
                it.recount(before, after, matter.petition, today)
        for (matter_id, round_, _), look in self.look_backs.items():
            if look.is_done or look.by_rule is None or look.planned_on <= today:
                continue
            day = looked_at_on(after, self.closed[matter_id, round_].closed_on)
            if day > today:
                look.planned_on = look.by_rule = day
