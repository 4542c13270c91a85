"""The papers of a reception day: its notice and the desk plates of those on duty (NX-07, domain 2.1, 3.2)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.desk_plates import DeskPlate, DeskPlateSheet
from portal.documents.notice import NoticeLeader, NoticeSheet, values_of_notice
from portal.domain.errors import RuleBroken
from portal.domain.office import OfficeRules
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Action, Actor, must
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.services.calendars import calendar_now
from portal.services.paper_texts import worded_for
from portal.store.queries.day_furniture import venue_named
from portal.store.queries.duty import TurnRow
from portal.store.queries.office import office_rules
from portal.store.queries.people import fields_held, posts_held
from portal.store.queries.reception_days import DayFile, SlotRow, slots_of_day

LONG_PAUSE = timedelta(minutes=30)
"""A pause longer than this parts the day into two spans on the notice."""

RECEIVE = (DutySeat.MAIN, DutySeat.ACCOMPANYING)
"""Whom the public is told of; who stands by is the office's own matter."""


def notice_sheet(session: Session, file: DayFile, *, actor: Actor, now: datetime) -> NoticeSheet:
    """What the notice of a day says now; a day not published yet prints as a draft.

    Raises RuleBroken for a cancelled day and for one without anybody to receive or without slots.
    """
    must(actor, Action.SEE_BUSINESS)
    day, rules = file.row, office_rules(session)
    turns = [turn for turn in day.turns if turn.seat in RECEIVE]
    slots = [slot for slot in slots_of_day(session, day.id) if slot.seats]
    _must_have_something_to_say(day.state, turns, slots)
    venue = venue_named(session, day.venue)
    spans = spans_of(slots)
    sheet = NoticeSheet(
        district=rules.district,
        held_on=day.day,
        theme=day.theme,
        spans=spans,
        slots=len(slots),
        slot_minutes=_common_length(slots),
        venue=day.venue,
        address=venue.address if venue else "",
        leaders=_leaders(session, turns, day.day),
        form=rules.notice_form,
        booking=rules.notice_booking,
        closes_at=closes_at(session, day.day, rules),
        bring=rules.notice_bring,
        issuing_organ=rules.issuing_organ,
        issued_on=file.noticed_at.astimezone(ZONE).date() if file.notice_holds and file.noticed_at else now.date(),
        is_draft=day.state is DayState.PLANNED,
        is_sample=rules.sample,
    )
    words = worded_for(session, PaperKind.NOTICE, values_of_notice(sheet))
    return replace(sheet, heading=dict(words)["heading"], texts=words)


def plate_sheet(session: Session, file: DayFile, *, actor: Actor) -> DeskPlateSheet:
    """A plate for everybody on duty on a day, in the order of the seats. Raises RuleBroken when nobody is."""
    must(actor, Action.PLAN_DAYS)
    day = file.row
    if not day.turns:
        raise RuleBroken("当日还没有排定领导，没有桌牌可打。请先排班或指定主接待。")
    posts = posts_held(session, [turn.leader_id for turn in day.turns], day.day)
    return DeskPlateSheet(
        title=f"{day.day.year}年{day.day.month}月{day.day.day}日接待日桌牌",
        plates=tuple(DeskPlate(name=it.leader, post=posts.get(it.leader_id, it.post)) for it in day.turns),
        is_sample=office_rules(session).sample,
    )


def closes_at(session: Session, day: date, rules: OfficeRules) -> datetime | None:
    """By when to book for a day, as its notice says; None when the office names no limit."""
    if not rules.booking_close_days:
        return None
    last = calendar_now(session).before(day, rules.booking_close_days)
    return datetime.combine(last, rules.booking_close_at, ZONE)


def spans_of(slots: Sequence[SlotRow]) -> tuple[tuple[time, time], ...]:
    """The hours of reception: slots that follow one another are one span, a long pause begins another."""
    spans: list[tuple[time, time]] = []
    for slot in sorted(slots, key=lambda it: (it.starts_at, it.ends_at)):
        if spans and _minutes(slot.starts_at) - _minutes(spans[-1][1]) <= LONG_PAUSE.total_seconds() / 60:
            spans[-1] = (spans[-1][0], max(spans[-1][1], slot.ends_at))
        else:
            spans.append((slot.starts_at, slot.ends_at))
    return tuple(spans)


def _must_have_something_to_say(state: DayState, turns: Sequence[TurnRow], slots: Sequence[SlotRow]) -> None:
    if state is DayState.CANCELLED:
        raise RuleBroken("接待日已取消，不再印通告。需要时请先恢复为计划。")
    if not any(turn.seat is DutySeat.MAIN for turn in turns):
        raise RuleBroken("还没有安排主接待领导，通告无从写起。请先排班或指定主接待。")
    if not slots:
        raise RuleBroken("还没有可预约的时段，通告无从写起。请先增加时段。")


def _leaders(session: Session, turns: Sequence[TurnRow], day: date) -> tuple[NoticeLeader, ...]:
    ids = [turn.leader_id for turn in turns]
    posts, fields = posts_held(session, ids, day), fields_held(session, ids, day)
    return tuple(
        NoticeLeader(
            name=turn.leader,
            post=posts.get(turn.leader_id, turn.post),
            seat=turn.seat.label,
            fields=fields.get(turn.leader_id, ()),
        )
        for turn in turns
    )


def _common_length(slots: Sequence[SlotRow]) -> int:
    """How many minutes each slot lasts, 0 when they differ."""
    lengths = {_minutes(slot.ends_at) - _minutes(slot.starts_at) for slot in slots}
    return lengths.pop() if len(lengths) == 1 else 0


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
