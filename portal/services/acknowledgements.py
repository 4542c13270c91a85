"""The acknowledgement an enterprise takes home: its matters, and the code of its own window (QD-22, JY-25)."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.acknowledgement import AcknowledgedMatter, AcknowledgementSheet
from portal.documents.sheets import FollowNote
from portal.domain.bookings import BookingState
from portal.domain.errors import RuleBroken
from portal.domain.following import title_told, where_it_stands
from portal.domain.people import Action, Actor, must
from portal.domain.workdays import day_text
from portal.services.follow_notes import follow_notes
from portal.services.visit_papers import whom_to_ask
from portal.store.queries.following import course_of, matters_followed, results_told
from portal.store.queries.office import office_rules
from portal.store.queries.visits import Visit, visit, visits_of_day

RECEIVED = (BookingState.ARRIVED, BookingState.FINISHED)


def acknowledgement_sheet(
    session: Session, booking_id: int, *, address: str, actor: Actor, now: datetime
) -> AcknowledgementSheet:
    """What the acknowledgement of a booking says now. Raises RuleBroken before its enterprise was there, or told anything."""
    must(actor, Action.BOOK)
    found = visit(session, booking_id, actor=actor)
    if found.state not in RECEIVED:
        raise RuleBroken(f"预约现为“{found.state.label}”，企业到场接待后才有受理回执。")
    if not found.matters:
        raise RuleBroken("还没有登记诉求，没有受理回执可打。请先在接待现场记录诉求。")
    return _sheet(session, found, follow_notes(session, [found.id], address), now)


def acknowledgement_sheets(
    session: Session, day: date, *, address: str, actor: Actor, now: datetime
) -> tuple[AcknowledgementSheet, ...]:
    """Those of every enterprise received on a day, in the order of their places. Raises RuleBroken when there is none."""
    must(actor, Action.BOOK)
    found = [it for it in visits_of_day(session, day, BookingState.FINISHED, actor=actor) if it.matters]
    if not found:
        raise RuleBroken(f"{day_text(day)}还没有接待完毕的企业，没有受理回执可打。")
    notes = follow_notes(session, [it.id for it in found], address)
    return tuple(_sheet(session, it, notes, now) for it in found)


def _sheet(session: Session, found: Visit, notes: Mapping[int, FollowNote], now: datetime) -> AcknowledgementSheet:
    rules = office_rules(session)
    return AcknowledgementSheet(
        district=rules.district,
        organ=rules.issuing_organ,
        enterprise_name=found.enterprise,
        held_on=found.day,
        matters=_matters(session, found, now.astimezone(ZONE).date()),
        follow=notes[found.id],
        contact=whom_to_ask(rules),
        printed_at=now.astimezone(ZONE),
        is_sample=rules.sample,
    )


def _matters(session: Session, found: Visit, today: date) -> tuple[AcknowledgedMatter, ...]:
    kinds, results = {it.id: it.kind.label for it in found.matters}, results_told(session, found.id)
    return tuple(
        AcknowledgedMatter(
            number=it.number,
            title=title_told(it.title, it.ground),
            kind=kinds.get(it.id, ""),
            stands=where_it_stands(
                course_of(it, held_on=found.day, visit=found.state, result=results.get(it.id), today=today)
            ).told,
        )
        for it in matters_followed(session, found.id)
    )
