"""What the booking form looks up while it is filled in: enterprises on file, scans, codes."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response

from portal.domain.enterprise_scans import EnterpriseScan, read_enterprise_scan
from portal.domain.people import Role
from portal.domain.receiving import AskIdNumber
from portal.services import enterprises
from portal.store.extension import read
from portal.store.queries.bookings import BookingFacts, CodedBooking, booking_with_code, bookings_of
from portal.store.queries.enterprises import (
    EnterpriseFacts,
    enterprise_facts,
    enterprise_named,
    enterprise_with_code,
    found_enterprises,
)
from portal.web.access import allow
from portal.web.asked import asked_number, asked_text
from portal.web.bookings.area import bp
from portal.web.bookings.booking_forms import BookingForm
from portal.web.htmx import is_htmx, render

JUST_REGISTERED = "just_registered"
"""Under this name the sign-in remembers the booking it has just registered, whose page then says what is worth a second look."""

FIELDS = "fragments/bookings/_enterprise_fields.html"
MATCHES = "fragments/bookings/_enterprise_matches.html"
NOT_ON_FILE = "已读出信用代码 {}，档案中还没有这家企业，请补填名称和注册地。"


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What the records know of the name, code or scan somebody put in."""

    known: EnterpriseFacts | None = None
    found: Sequence[EnterpriseFacts] = ()
    alike: Sequence[EnterpriseFacts] = ()
    booking: CodedBooking | None = None
    note: str = ""


def looked_up(text: str, code: str = "", note: str = "") -> LookedUp:
    """Whom the typed name may mean; a scanned slip leads to its booking."""
    session = read()
    scan = read_enterprise_scan(text)
    if scan.booking_code:
        booking = booking_with_code(session, scan.booking_code)
        missing = f"没有预约码为 {scan.booking_code} 的预约，请核对预约单。"
        return LookedUp(booking=booking, note="" if booking else missing)
    name = enterprises.tidy_name(text)
    known = enterprise_named(session, name) if name else None
    if known is not None:
        return LookedUp(known, note=note)
    found = found_enterprises(session, text) or found_enterprises(session, code)
    names = enterprises.similar_names(session, name) if name else ()
    listed = {it.name for it in found}
    alike = [it for it in (enterprise_named(session, other) for other in names if other not in listed) if it]
    return LookedUp(None, found, alike, note=note)


def code_note(code: str, name: str) -> str | None:
    """A warning if a credit code looks wrong or belongs to somebody else."""
    plain = enterprises.tidy_code(code)
    holder = enterprise_with_code(read(), plain)
    if holder is not None and holder.name != enterprises.tidy_name(name):
        return f"这个代码已属于“{holder.name}”，请核对。"
    return enterprises.code_warning(plain)


def second_looks(booking: BookingFacts) -> list[str]:
    """What is worth a second look although it has just been registered (domain 8)."""
    file = enterprise_facts(read(), booking.enterprise_id)
    alike = enterprises.similar_names(read(), file.name) if bookings_of(read(), file.id) == 1 else ()
    warnings = [enterprises.code_warning(file.credit_code)]
    if alike:
        names = "、".join(f"“{name}”" for name in alike)
        warnings.append(f"已按新企业“{file.name}”登记；档案中有名称相近的{names}，请确认不是同一家企业。")
    return [it for it in warnings if it]


def take_scan(form: BookingForm, scan: EnterpriseScan) -> str:
    """Put what a business licence says into the form; answers what is still missing, in words."""
    holder = enterprise_with_code(read(), scan.credit_code)
    if holder is not None:
        form.fill_in(holder)
        return ""
    form.credit_code.data, form.enterprise_name.data = scan.credit_code, scan.name
    return NOT_ON_FILE.format(scan.credit_code)


@bp.get("/enterprise-matches")
@allow(Role.OFFICE)
def enterprise_matches() -> Response:
    """Enterprises on file that the typed name, initials or code may mean; a scanned licence fills the fields at once."""
    text = asked_text("enterprise_name")
    scan = read_enterprise_scan(text)
    if not scan.credit_code:
        return render(MATCHES, looked_up=looked_up(text))
    form = BookingForm((), AskIdNumber.NEVER, formdata=None)
    form.registered_place.data = asked_text("registered_place")
    note = take_scan(form, scan)
    answer = _fields(form, note)
    if is_htmx():
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#enterprise_fields", "outerHTML"
    return answer


@bp.get("/enterprise-fields")
@allow(Role.OFFICE)
def enterprise_fields() -> Response:
    """The part of the form about the enterprise, filled from its file."""
    form = BookingForm((), AskIdNumber.NEVER, formdata=None)
    form.fill_in(enterprise_facts(read(), asked_number("enterprise") or 0))
    return _fields(form, "")


def _fields(form: BookingForm, note: str) -> Response:
    name, code = form.enterprise_name.data or "", form.credit_code.data or ""
    answer = render(FIELDS, form=form, looked_up=looked_up(name, code, note), code_note=code_note(code, name))
    answer.headers["HX-Trigger-After-Settle"] = "outlook"
    return answer


@bp.get("/credit-code-check")
@allow(Role.OFFICE)
def credit_code_check() -> Response:
    """A warning if the typed credit code looks wrong or belongs to somebody else."""
    note = code_note(asked_text("credit_code"), asked_text("enterprise_name"))
    return render("fragments/bookings/_credit_code_check.html", code_note=note)
