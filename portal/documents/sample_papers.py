"""Papers with invented contents, to show the office its own words before they are used."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from portal.clock import ZONE
from portal.documents.assignment_slip import assignment_slip
from portal.documents.companion_papers import companion_papers, values_of
from portal.documents.companion_sheets import SHEETS, CompanionSheet, OrderSheet, SupervisionSheet
from portal.documents.day_sheets import RegistrationForm, RegistrationSheet
from portal.documents.notice import NoticeLeader, NoticeSheet, notice, values_of_notice
from portal.documents.paper_texts import fill
from portal.documents.registration_forms import registration_forms, values_of_registration
from portal.documents.sheets import AssignmentSlipSheet, AssistingUnitLine, MatterLine, OfficialLine
from portal.documents.slip_words import values_of_slip, worded
from portal.domain.bookings import Identity, Origin
from portal.domain.matters import Disposition, MatterKind
from portal.domain.office import OfficeRules
from portal.domain.paper_kinds import PaperKind, UrgingColour

FIRM, LEAD, HELPER = "某某精密机械有限公司", "区住房和城乡建设局", "区财政局"
MATTER = MatterLine(
    ordinal=1,
    title="二期厂房产权办证",
    kind="问题",
    category="验收办证",
    detail="竣工验收已一年，规划核实未办结，无法办证。",
)
ASSIGNED, DUE, TODAY, REPLY = date(2026, 11, 16), date(2026, 12, 7), date(2026, 12, 14), date(2026, 12, 17)
OVERDUE = "5个工作日"


def sample_paper(kind: PaperKind, texts: Mapping[str, str], rules: OfficeRules) -> bytes:
    """A paper in these words, as PDF; a supervision notice in all three colours. Raises RuleBroken for a text that is refused."""
    if kind is PaperKind.SLIP:
        return _slip(texts, rules)
    if kind is PaperKind.NOTICE:
        return _notice(texts, rules)
    if kind is PaperKind.REGISTRATION:
        return _registration(texts, rules)
    return companion_papers([_worded(sheet, texts) for sheet in _companions(kind, rules)])


def _worded(sheet: CompanionSheet, texts: Mapping[str, str]) -> CompanionSheet:
    return replace(sheet, texts=fill(sheet.kind, texts, values_of(sheet)))


def _companions(kind: PaperKind, rules: OfficeRules) -> list[CompanionSheet]:
    supervises = kind is PaperKind.SUPERVISION
    given: dict[str, Any] = {
        "slip_number": f"{rules.slip_organ}〔2026〕5号",
        "district": rules.district,
        "enterprise_name": FIRM,
        "matters": (MATTER,),
        "lead_unit": LEAD,
        "assisting_units": (HELPER,),
        "assigned_on": ASSIGNED,
        "due_on": DUE,
        "issuing_organ": rules.supervision_office if supervises else rules.issuing_organ,
        "contact": "" if supervises else rules.office_contact,
        "is_sample": True,
    }
    made = SHEETS[kind]
    if not issubclass(made, OrderSheet):
        return [made(is_blank_form=True, **given)]
    given |= {
        "number": f"{_organ(rules, kind)}〔2026〕1号",
        "addressee": LEAD,
        "reply_by": REPLY,
        "issued_on": TODAY,
        "overdue": "" if kind is PaperKind.TRANSFER else OVERDUE,
    }
    if issubclass(made, SupervisionSheet):
        return [made(colour=colour, **given) for colour in UrgingColour]
    return [made(**given)]


def _organ(rules: OfficeRules, kind: PaperKind) -> str:
    return {PaperKind.TRANSFER: rules.transfer_organ, PaperKind.REMINDER: rules.reminder_organ}.get(
        kind, rules.supervision_organ
    )


def _slip(texts: Mapping[str, str], rules: OfficeRules) -> bytes:
    leader = OfficialLine(name="某某", post="区长")
    sheet = AssignmentSlipSheet(
        heading="",
        number=f"{rules.slip_organ}〔2026〕5号",
        assigned_on=ASSIGNED,
        enterprise_name=FIRM,
        visitor_name="某某",
        visitor_post="董事长",
        visitor_identity=Identity.LEGAL_REPRESENTATIVE.label,
        receivers=(leader,),
        matters=(MATTER,),
        prior_check="经核实，情况属实。",
        proposal=f"建议由{LEAD}牵头办理。",
        instruction=f"请{LEAD}牵头，会同有关部门抓紧办理，结果报我。",
        signer=leader,
        signed_on=ASSIGNED,
        lead_official=leader,
        lead_unit=LEAD,
        due_on=DUE,
        assisting_units=(AssistingUnitLine(name=HELPER),),
        issuing_organ=rules.issuing_organ,
        issued_on=ASSIGNED,
        is_sample=True,
    )
    words = fill(PaperKind.SLIP, texts, values_of_slip(sheet, district=rules.district, contact=rules.office_contact))
    return assignment_slip(replace(worded(sheet, words), requirements=dict(words)["requirement"]))


def _notice(texts: Mapping[str, str], rules: OfficeRules) -> bytes:
    sheet = NoticeSheet(
        district=rules.district,
        held_on=date(2026, 12, 15),
        theme="优化营商环境",
        spans=((time(9), time(12)),),
        slots=4,
        slot_minutes=40,
        venue="区工商联会议室",
        leaders=(NoticeLeader(name="某某", post="区长", seat="主接待"),),
        form=rules.notice_form,
        booking=rules.notice_booking,
        bring=rules.notice_bring,
        issuing_organ=rules.issuing_organ,
        issued_on=date(2026, 12, 10),
        is_sample=True,
    )
    words = fill(PaperKind.NOTICE, texts, values_of_notice(sheet))
    return notice(replace(sheet, heading=dict(words)["heading"], texts=words))


def _registration(texts: Mapping[str, str], rules: OfficeRules) -> bytes:
    sheet = RegistrationSheet(
        district=rules.district,
        held_on=date(2026, 12, 15),
        venue="区工商联会议室",
        printed_at=datetime(2026, 12, 14, 9, tzinfo=ZONE),
        is_sample=True,
        forms=(RegistrationForm(serial="20261215-01", code="20261215-01"),),
        kinds=tuple(it.label for it in MatterKind),
        identities=tuple(it.label for it in Identity),
        origins=tuple(it.label for it in Origin),
        dispositions=tuple(it.label for it in Disposition),
    )
    return registration_forms(replace(sheet, texts=fill(PaperKind.REGISTRATION, texts, values_of_registration(sheet))))
