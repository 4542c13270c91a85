"""Registration forms to fill in by hand: blank ones, or one for each confirmed booking of a day (peers: paper first)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from portal.documents.day_sheets import FormMatter, RegistrationForm, RegistrationSheet
from portal.documents.registration_forms import values_of_registration
from portal.domain.bookings import BookingState, Identity, Origin
from portal.domain.errors import RuleBroken
from portal.domain.masking import mask_phone
from portal.domain.matters import Disposition, MatterKind
from portal.domain.office import OfficeRules
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Action, Actor, must
from portal.domain.receiving import AskIdNumber
from portal.services.paper_heads import around, hours_of, must_stand
from portal.services.paper_texts import worded_for
from portal.store.queries.day_papers import PlacedBooking, placed_bookings, units_to_come
from portal.store.queries.office import office_rules
from portal.store.queries.reception_days import DayRow
from portal.store.queries.told_matters import ToldMatter, matters_of_bookings

MOST_BLANKS = 50
TO_COME = (BookingState.CONFIRMED, BookingState.ARRIVED)


def blank_forms(session: Session, day: DayRow, count: int | None, *, actor: Actor, now: datetime) -> RegistrationSheet:
    """So many blank forms; each has a number of its own, by which it can be found again. Raises RuleBroken."""
    must(actor, Action.BOOK)
    must_stand(day, "来访登记表")
    if count is None or not 1 <= count <= MOST_BLANKS:
        raise RuleBroken(f"空白登记表的份数请填 1 至 {MOST_BLANKS} 的整数。", field="blank")
    serials = [f"{day.day:%Y%m%d}-{now:%H%M}-{number:02}" for number in range(1, count + 1)]
    return _sheet(session, day, [RegistrationForm(serial=serial, code=serial) for serial in serials], now)


def prefilled_forms(session: Session, day: DayRow, *, actor: Actor, now: datetime) -> RegistrationSheet:
    """A form for each confirmed booking with what is known of it; its QR code is the check-in code, the phone is masked.

    Raises RuleBroken when nobody is confirmed.
    """
    must(actor, Action.BOOK)
    must_stand(day, "来访登记表")
    coming = [it for it in placed_bookings(session, day.id) if it.number and it.state in TO_COME]
    if not coming:
        raise RuleBroken("当日没有已确认、尚待接待的预约，没有可预填的登记表。可以打印空白登记表。")
    matters, units = matters_of_bookings(session, [it.id for it in coming]), dict[int, list[str]]()
    for row in units_to_come(session, day.id):
        units.setdefault(row.booking_id, []).append(row.name)
    return _sheet(session, day, [_form(it, day, matters, units.get(it.id, ())) for it in coming], now)


def _sheet(session: Session, day: DayRow, forms: Sequence[RegistrationForm], now: datetime) -> RegistrationSheet:
    rules = office_rules(session)
    sheet = RegistrationSheet(
        forms=tuple(forms),
        asks_id_number=_asks_id_number(rules),
        most_persons=rules.persons_a_booking,
        kinds=tuple(it.label for it in MatterKind),
        identities=tuple(it.label for it in Identity),
        origins=tuple(it.label for it in Origin),
        dispositions=tuple(it.label for it in Disposition),
        theme=day.theme,
        issuing_organ=rules.issuing_organ,
        contact=rules.office_contact,
        **around(day, rules, now),
    )
    return replace(sheet, texts=worded_for(session, PaperKind.REGISTRATION, values_of_registration(sheet)))


def _asks_id_number(rules: OfficeRules) -> bool:
    return rules.id_number is not AskIdNumber.NEVER


def _form(
    it: PlacedBooking, day: DayRow, matters: Mapping[int, Sequence[ToldMatter]], units: Sequence[str]
) -> RegistrationForm:
    return RegistrationForm(
        serial=f"{day.day:%Y%m%d}-{it.number:02}",
        code=it.code,
        number=it.number,
        hours=hours_of(it),
        enterprise=it.enterprise,
        credit_code=it.credit_code,
        place=it.registered_place,
        is_private=it.is_private,
        visitor=it.visitor_name,
        post=it.visitor_post,
        phone=mask_phone(it.visitor_phone),
        identity=it.identity.label,
        has_letter=it.has_letter,
        origin=it.origin.label,
        override_reason=it.override_reason,
        companions=tuple(f"{who.name}（{who.post}）" if who.post else who.name for who in it.companions),
        matters=tuple(
            FormMatter(kind=matter.kind.label, category=matter.category, title=matter.title, detail=matter.detail)
            for matter in matters.get(it.id, ())
        ),
        units=tuple(units),
    )
