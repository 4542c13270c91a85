"""What a slip prints: put together from the records once, frozen with a fingerprint, and printed from that for ever."""

import hashlib
import re
import secrets
from base64 import b32encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.fonts import must_be_printable
from portal.documents.kept_sheets import sheet_from_text, sheet_text
from portal.documents.sheets import AssignmentSlipSheet, AssistingUnitLine, MatterLine, OfficialLine
from portal.documents.slip_words import values_of_slip, worded
from portal.domain.errors import RuleBroken
from portal.domain.masking import SEVERAL, mask_names, mask_phone
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Action, Actor, must
from portal.domain.signing import SIGNED_STATES
from portal.domain.slip_matters import enterprises_text
from portal.domain.slips import SlipState
from portal.services.calendars import calendar_now
from portal.services.paper_texts import worded_for
from portal.services.signed_sheets import copy_note, signatures_of, signed_sheet
from portal.store.audit_trail import record
from portal.store.models.bookings import Reception
from portal.store.models.matters import Matter
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn
from portal.store.models.slips import Slip, SlipVersion
from portal.store.queries.office import office_rules
from portal.store.queries.people import posts_held
from portal.store.queries.slip_records import bookings_of, enterprises_of, slip_records
from portal.store.queries.visibility import sees_the_visitor

CODE_BYTES = 10
"""Eighty bits: sixteen characters of base32, hopeless to guess and short enough to type."""

ALTERED = "存档的单据内容与存档时的指纹不符，已停止打印。请勿使用这张单，并立即联系系统管理员核查。"


def canonical(sheet: AssignmentSlipSheet) -> str:
    """A sheet as text that is always the same for the same sheet."""
    return sheet_text(sheet)


def sheet_from(text: str) -> AssignmentSlipSheet:
    """The sheet a canonical text was made from."""
    return sheet_from_text(AssignmentSlipSheet, text)


def copies(text: str) -> tuple[str, ...]:
    """To whom copies go, one by one."""
    return tuple(name for name in re.split(r"[，,、；;]", text.rstrip("。")) if name.strip())


def new_code() -> str:
    """A verify code that nobody can guess."""
    return b32encode(secrets.token_bytes(CODE_BYTES)).decode()


def fingerprint(text: str) -> str:
    """The SHA-256 of a canonical text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def freeze(session: Session, slip: Slip, why: str, *, now: datetime, code: str | None = None) -> SlipVersion:
    """Keep what the slip prints from now on as its next version, with fingerprint and verify code (NX-12).

    `code` is the one that blank paper with its number carries already. The telephone number is not kept: it is set
    in when printing. Raises RuleBroken when a character cannot be printed.
    """
    session.flush()
    (slip,) = slip_records(session, [slip.id], fresh=True)
    code = code or new_code()
    text = canonical(replace(live_sheet(session, slip), verify_code=code))
    must_be_printable(text)
    slip.paper_version += 1
    version = SlipVersion(
        slip_id=slip.id,
        version=slip.paper_version,
        sheet=text,
        sha256=fingerprint(text),
        verify_code=code,
        why=why,
        made_at=now,
    )
    session.add(version)
    return version


def says_the_same(session: Session, slip: Slip, version: SlipVersion) -> bool:
    """Whether a version of the paper says exactly what the records say now, apart from its own code."""
    session.flush()
    (slip,) = slip_records(session, [slip.id], fresh=True)
    return version.sheet == canonical(replace(live_sheet(session, slip), verify_code=version.verify_code))


def print_papers(
    session: Session, slip_ids: Sequence[int], *, address: str, actor: Actor, now: datetime, full: bool = False
) -> list[AssignmentSlipSheet]:
    """The sheets to print for some slips, in the order asked; `address` is where the verify page is reached.

    A numbered slip prints its frozen version; a draft prints what it says now, marked 草稿. Telephone numbers are
    masked unless `full`, which needs the right to see them and is written down for each slip.
    """
    must(actor, Action.SEE_BUSINESS)
    if full:
        must(actor, Action.SEE_PERSONAL_DATA)
    slips = {slip.id: slip for slip in slip_records(session, slip_ids)}
    frozen = _frozen(session, slip_ids)
    signatures = signatures_of(session, slip_ids)
    sheets = []
    for slip in (slips[slip_id] for slip_id in slip_ids):
        sheet = _to_print(session, slip, frozen, actor=actor, full=full, address=address, now=now)
        sheet = signed_sheet(sheet, slip, signatures.get(slip.id, ()))
        if slip.state in SIGNED_STATES and (full or not sees_the_visitor(actor)):
            sheet = replace(sheet, note=copy_note(sheet.note, full=full))
        sheets.append(sheet)
        if full:
            name = slip.number or "草稿交办单"
            record(session, actor, now, "personal_data_seen", slip, summary=f"打印{name}完整版（含联系电话）")
    return sheets


def live_sheet(session: Session, slip: Slip) -> AssignmentSlipSheet:
    """The sheet as the records stand now, without number if it is a draft, without telephone, code and address."""
    rules = office_rules(session)
    booking, matters = slip.booking, [entry.matter for entry in slip.entries]
    enterprises = enterprises_of(slip)
    enterprise = enterprises[0] if len(enterprises) == 1 else None
    is_draft = slip.state is SlipState.DRAFT
    assigned = slip.signed_on or (slip.numbered_at.date() if slip.numbered_at and not is_draft else None)
    sheet = AssignmentSlipSheet(
        heading="",
        number=None if is_draft else slip.number,
        assigned_on=assigned,
        urgent=any(it.urgent for it in matters),
        grave=any(it.grave for it in matters),
        hard=any(it.hard for it in matters),
        enterprise_name=enterprises_text([it.name for it in enterprises]),
        credit_code=(enterprise.credit_code or "") if enterprise else "",
        visitor_name=SEVERAL.join(it.visitor_name for it in bookings_of(slip)),
        visitor_post=booking.visitor_post if booking else "",
        visitor_identity=booking.identity.label if booking else "",
        receivers=tuple(_receivers(session, slip)),
        received_at=_received_at(session, slip),
        venue=slip.reception_day.venue,
        matters=tuple(_matter_line(place, it, named=len(enterprises) > 1) for place, it in enumerate(matters, start=1)),
        prior_check=slip.prior_check,
        proposal=slip.proposal,
        proposal_handler=slip.proposal_handler or slip.drafted_by,
        proposal_head=slip.proposal_head,
        instruction=slip.instruction,
        signer=_official(slip.signer, slip.signer_post),
        signed_on=slip.signed_on,
        countersigners=tuple(OfficialLine(name=it.leader.name, post=it.post) for it in slip.countersigners),
        lead_official=_official(slip.lead_official, slip.lead_official_post),
        lead_unit=slip.lead_unit.name if slip.lead_unit else "",
        due_on=slip.due_on,
        due_note=_due_note(session, slip.reception_day.day, slip.due_on),
        assisting_units=tuple(AssistingUnitLine(name=it.unit.name, due_on=it.due_on) for it in slip.assisting),
        requirements=slip.requirements,
        copies_to=copies(slip.copies_to),
        issuing_organ=rules.issuing_organ,
        issued_on=slip.issued_at.date() if slip.issued_at else None,
        is_sample=rules.sample,
    )
    return in_the_offices_words(session, sheet, at=None if is_draft else slip.numbered_at)


def in_the_offices_words(
    session: Session, sheet: AssignmentSlipSheet, *, at: datetime | None = None
) -> AssignmentSlipSheet:
    """The sheet with heading, note and labels as the office words them; what it requires stays its own.

    `at` is when the slip was sent for signing: from then on its words stay those it was sent in, until it is drafted anew.
    """
    rules = office_rules(session)
    values = values_of_slip(sheet, district=rules.district, contact=rules.office_contact)
    return worded(sheet, worded_for(session, PaperKind.SLIP, values, at=at))


def _to_print(
    session: Session,
    slip: Slip,
    frozen: Mapping[int, SlipVersion],
    *,
    actor: Actor,
    full: bool,
    address: str,
    now: datetime,
) -> AssignmentSlipSheet:
    version = frozen.get(slip.id)
    if slip.state is SlipState.DRAFT or version is None:
        sheet = live_sheet(session, slip)
    elif fingerprint(version.sheet) != version.sha256:
        raise RuleBroken(ALTERED)
    else:
        sheet = sheet_from(version.sheet)
        sheet = replace(sheet, verify_url=f"{address.upper()}/VERIFY/{version.verify_code}")
    phones = [it.visitor_phone for it in bookings_of(slip) if it.visitor_phone]
    name = sheet.visitor_name
    return replace(
        sheet,
        visitor_name=name if sees_the_visitor(actor) else mask_names(name),
        visitor_phone=SEVERAL.join(phones if full else map(mask_phone, phones)),
        is_void=slip.state is SlipState.VOID,
        printed_at=now.astimezone(ZONE),
    )


def _matter_line(place: int, it: Matter, *, named: bool) -> MatterLine:
    """A matter as the paper says it; `named` says whose it is, on a slip of several enterprises (共性, PT-27)."""
    flags = (
        "共性" if it.is_common else "",
        it.matter_class.label if it.matter_class else "",
        it.level.label if it.level else "",
    )
    return MatterLine(
        ordinal=place,
        title=it.title,
        kind=it.kind.label,
        category=it.category.name,
        detail=it.detail,
        enterprise=it.enterprise.name if named and it.enterprise else "",
        flags=tuple(filter(None, flags)),
    )


def _frozen(session: Session, slip_ids: Collection[int]) -> Mapping[int, SlipVersion]:
    latest = and_(Slip.id == SlipVersion.slip_id, Slip.paper_version == SlipVersion.version)
    found = session.scalars(select(SlipVersion).join(Slip, latest).where(Slip.id.in_(slip_ids)))
    return {version.slip_id: version for version in found}


def _receivers(session: Session, slip: Slip) -> list[OfficialLine]:
    """Who received: the receiver of the slip first, then those who took part that day (NX-05)."""
    main = _official(slip.receiver, slip.receiver_post)
    beside = session.execute(
        select(Leader.id, Leader.name, DutyTurn.post)
        .join(DutyTurn, DutyTurn.leader_id == Leader.id)
        .where(DutyTurn.reception_day_id == slip.reception_day_id, DutyTurn.seat == "accompanying")
        .order_by(DutyTurn.position)
    ).all()
    posts = posts_held(session, [row.id for row in beside], slip.reception_day.day)
    others = [
        OfficialLine(name=row.name, post=posts.get(row.id, row.post)) for row in beside if row.id != slip.receiver_id
    ]
    return [*([main] if main else []), *others]


def _received_at(session: Session, slip: Slip) -> datetime | None:
    """When the reception began; before that, when its slot does."""
    if slip.booking is None:
        return None
    began = session.scalar(select(Reception.started_at).where(Reception.booking_id == slip.booking.id))
    return began or datetime.combine(slip.reception_day.day, slip.booking.slot.starts_at, ZONE)


def _due_note(session: Session, start: date, due: date | None) -> str:
    """How the date was counted from the reception day, if it is a working day after it: 15个工作日."""
    if due is None or due <= start:
        return ""
    calendar = calendar_now(session)
    return f"{calendar.between(start, due)}个工作日" if calendar.is_working(due) else ""


def _official(leader: Leader | None, post: str) -> OfficialLine | None:
    return OfficialLine(name=leader.name, post=post) if leader else None
