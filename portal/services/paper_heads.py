"""What the papers of a reception day begin with: who may have them, the day itself, its leaders with their posts."""

from datetime import date, datetime
from typing import TypedDict

from sqlalchemy.orm import Session

from portal.documents.day_sheets import DutyLeader
from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.office import OfficeRules
from portal.domain.people import Action, Actor, Role, must
from portal.domain.reception_days import DayState
from portal.domain.workdays import day_text
from portal.store.queries.day_papers import PlacedBooking
from portal.store.queries.duty import TurnRow
from portal.store.queries.people import posts_held
from portal.store.queries.reception_days import DayRow


class Head(TypedDict):
    """The fields that every sheet of a day has."""

    district: str
    held_on: date
    venue: str
    printed_at: datetime
    is_sample: bool


def around(day: DayRow, rules: OfficeRules, now: datetime) -> Head:
    """What every sheet of a day says besides its own."""
    return Head(district=rules.district, held_on=day.day, venue=day.venue, printed_at=now, is_sample=rules.sample)


def serves_on_day(actor: Actor, day: DayRow) -> bool:
    """Whether a day's enterprises are this person's business: the office's always, leaders and who serves them if on duty."""
    return actor.role is Role.OFFICE or any(turn.leader_id in actor.leader_ids for turn in day.turns)


def must_serve(actor: Actor, day: DayRow) -> None:
    """Raise NotAllowed unless the person serves on the day."""
    must(actor, Action.SEE_BUSINESS)
    if not serves_on_day(actor, day):
        raise NotAllowed(f"这份材料只供{day_text(day.day)}当班的领导、其联络员和工商联办公室查看。")


def must_stand(day: DayRow, paper: str) -> None:
    """Raise RuleBroken for a day that was cancelled."""
    if day.state is DayState.CANCELLED:
        raise RuleBroken(f"接待日已取消，不再印{paper}。")


def hours_of(it: PlacedBooking) -> str:
    """9:00—9:40, with the room when the day has several."""
    hours = f"{it.starts_at.hour}:{it.starts_at:%M}—{it.ends_at.hour}:{it.ends_at:%M}"
    return f"{hours} {it.room}" if it.room else hours


def leaders_on(session: Session, day: DayRow, turns: tuple[TurnRow, ...] | None = None) -> tuple[DutyLeader, ...]:
    """Those on duty (or some of them) with the post each holds that day, in the order of the seats."""
    chosen = day.turns if turns is None else turns
    posts = posts_held(session, [turn.leader_id for turn in chosen], day.day)
    return tuple(DutyLeader(seat=it.seat.label, name=it.leader, post=posts.get(it.leader_id, it.post)) for it in chosen)
