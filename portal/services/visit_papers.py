"""What the papers of a visit say: the appointment slip and the blank authorisation letter (NX-03, domain 2.2)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.appointment_slip import AppointmentSlipSheet, ComerLine, WaitingTurn
from portal.documents.authorisation_letter import AuthorisationLetterSheet
from portal.documents.sheets import FollowNote, MatterLine
from portal.domain.bookings import BookingState, Identity
from portal.domain.errors import RuleBroken
from portal.domain.masking import mask_id, mask_phone
from portal.domain.office import OfficeRules
from portal.domain.people import Action, Actor, must
from portal.domain.receiving import ReceptionMode
from portal.domain.workdays import day_text
from portal.services.follow_notes import follow_notes
from portal.store.queries.day_furniture import venue_named
from portal.store.queries.enterprises import enterprise_facts
from portal.store.queries.office import office_rules
from portal.store.queries.visits import BroughtMatter, Comer, Visit, visit, visits_of_day

ENDED = (BookingState.REFUSED, BookingState.CANCELLED)
WITHOUT_A_PLACE = (BookingState.WAITING, BookingState.OFFERED)


def appointment_slip_sheet(
    session: Session, booking_id: int, *, address: str = "", actor: Actor, now: datetime
) -> AppointmentSlipSheet:
    """What the appointment slip of a booking says; while it waits for a place, what its 候补登记单 says.

    `address` is where the portal is reached; without it nothing is said of the enterprise's own window.
    Raises RuleBroken for a booking that was refused or cancelled.
    """
    must(actor, Action.BOOK)
    found = visit(session, booking_id, actor=actor)
    if found.state in ENDED:
        advice = "请打印不予受理告知书。" if found.state is BookingState.REFUSED else "需要来访时请重新登记预约。"
        raise RuleBroken(f"预约{found.state.label}，没有来访预约单可打。{advice}")
    note = follow_notes(session, [found.id], address).get(found.id)
    return _slip(found, _address(session, found.venue), office_rules(session), note, now)


def appointment_slip_sheets(
    session: Session, day: date, *, address: str = "", actor: Actor, now: datetime
) -> tuple[AppointmentSlipSheet, ...]:
    """The slips of every confirmed booking of a day, in the order of their places. Raises RuleBroken when there is none."""
    must(actor, Action.BOOK)
    found = visits_of_day(session, day, BookingState.CONFIRMED, actor=actor)
    if not found:
        raise RuleBroken(f"{day_text(day)}接待日没有已确认的预约，没有预约单可打。请先审核确认预约。")
    rules, place = office_rules(session), _address(session, found[0].venue)
    notes = follow_notes(session, [each.id for each in found], address)
    return tuple(_slip(each, place, rules, notes.get(each.id), now) for each in found)


def authorisation_letter_sheet(
    session: Session, *, booking_id: int | None = None, enterprise_id: int | None = None, actor: Actor
) -> AuthorisationLetterSheet:
    """A blank letter; with a booking or an enterprise, what is known of it is filled in, numbers of documents never are."""
    must(actor, Action.BOOK)
    rules = office_rules(session)
    found = visit(session, booking_id, actor=actor) if booking_id is not None else None
    known = found.enterprise_id if found else enterprise_id
    enterprise = enterprise_facts(session, known) if known is not None else None
    sent = found.comers[0] if found and found.identity is Identity.AUTHORISED_REPRESENTATIVE else None
    return AuthorisationLetterSheet(
        organ=rules.issuing_organ,
        enterprise_name=enterprise.name if enterprise else "",
        credit_code=enterprise.credit_code if enterprise else "",
        registered_place=enterprise.registered_place if enterprise else "",
        legal_representative=enterprise.legal_representative if enterprise else "",
        representative=sent.name if sent else "",
        representative_post=sent.post if sent else "",
        held_on=found.day if found else None,
        is_sample=rules.sample,
    )


def whom_to_ask(rules: OfficeRules) -> str:
    """The office as papers name it, with how it is reached as far as it said so."""
    return "　".join(word for word in (f"{rules.issuing_organ}办公室", rules.office_contact) if word)


def matter_lines(matters: Sequence[BroughtMatter]) -> tuple[MatterLine, ...]:
    """Matters as papers list them, counted from 1."""
    return tuple(
        MatterLine(ordinal=place, title=it.title, kind=it.kind.label, category=it.category)
        for place, it in enumerate(matters, start=1)
    )


def _slip(
    found: Visit, address: str, rules: OfficeRules, note: FollowNote | None, now: datetime
) -> AppointmentSlipSheet:
    return AppointmentSlipSheet(
        district=rules.district,
        enterprise_name=found.enterprise,
        credit_code=found.credit_code,
        comers=_comers(found),
        held_on=found.day,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        venue=found.venue,
        room=found.room,
        address=address,
        form=_form(found),
        number=found.number,
        code=found.code,
        matters=matter_lines(found.matters),
        bring=rules.notice_bring,
        contact=whom_to_ask(rules),
        waiting=_waiting(found),
        is_pending=found.state is BookingState.PENDING,
        follow=note,
        printed_at=now.astimezone(ZONE),
        is_sample=rules.sample,
    )


def _comers(found: Visit) -> tuple[ComerLine, ...]:
    first, *others = found.comers
    return (_comer(first, found.identity.label), *(_comer(it, "随行人员") for it in others))


def _comer(it: Comer, identity: str) -> ComerLine:
    return ComerLine(
        name=it.name,
        identity=identity,
        post=it.post,
        phone=mask_phone(it.phone) if it.phone else "",
        id_number=mask_id(it.id_number) if it.id_number else "",
    )


def _form(found: Visit) -> str:
    if found.mode is not ReceptionMode.GROUP:
        return ""
    return f"{found.mode.label}：{found.theme}" if found.theme else found.mode.label


def _waiting(found: Visit) -> WaitingTurn | None:
    if found.state not in WITHOUT_A_PLACE:
        return None
    until = found.offered_until.astimezone(ZONE) if found.offered_until else None
    return WaitingTurn(turn=found.turn, any_slot=found.any_slot, offered_until=until)


def _address(session: Session, venue: str) -> str:
    known = venue_named(session, venue)
    return known.address if known else ""
