"""The file that goes to the level above, put together from everything on record, personal data masked (domain 7.1, QD-21)."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.documents.escalation_file import EscalationFileSheet, FileLine
from portal.documents.words import day, moment
from portal.domain.deadlines import is_overdue
from portal.domain.masking import mask_name, mask_numbers
from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.people import Action, Actor, must
from portal.domain.slips import SlipState
from portal.services.calendars import calendar_now
from portal.store.queries.course_of_matter import course_of_matter
from portal.store.queries.escalations import escalation_row
from portal.store.queries.matter_pages import MatterPage, matter_page
from portal.store.queries.measures import measures_of_matter
from portal.store.queries.office import office_rules
from portal.store.queries.slips import SlipRow, slips_of_matter
from portal.store.queries.whole_file import progress_told, rounds_of_closing, urging_papers

HEADING = "民营企业诉求事项上报材料"


def sheet_of_escalation(session: Session, escalation_id: int, *, actor: Actor, now: datetime) -> EscalationFileSheet:
    """The file of one escalation as it stands now, for whoever sees it. Raises NotFound."""
    must(actor, Action.SEE_BUSINESS)
    row = escalation_row(session, actor, escalation_id)
    matter = matter_page(session, actor, row.matter_id)
    rules = office_rules(session)
    standing = next((it for it in slips_of_matter(session, actor, matter.id) if it.state is not SlipState.VOID), None)
    course = course_of_matter(session, actor, matter.id, matter.booking_id).lines
    return EscalationFileSheet(
        heading=rules.district + HEADING,
        number=matter.number,
        whom=row.whom,
        by=row.by,
        on=row.at.date(),
        answer_by=row.answer_by,
        why=mask_numbers(row.why),
        facts=_facts(session, matter, now.date()),
        detail=mask_numbers(matter.detail or matter.title),
        slip=_slip(standing) if standing else (),
        progress=_progress(session, matter.id),
        papers=_papers(session, matter.id, now.date()),
        measures=_measures(session, matter.id),
        results=_results(session, matter.id),
        course=tuple(FileLine(moment(it.at), it.who, mask_numbers(it.what)) for it in reversed(course)),
        printed_at=now,
        is_sample=rules.sample,
    )


def _facts(session: Session, matter: MatterPage, today: date) -> tuple[tuple[str, str], ...]:
    over = ""
    if matter.due_on is not None and matter.state in CLOCK_RUNS and is_overdue(today, matter.due_on):
        over = f"（已逾期{calendar_now(session).between(matter.due_on, today)}个工作日）"
    visitor = mask_name(matter.visitor) if matter.visitor else ""
    return (
        ("事项", matter.title),
        ("企业", matter.enterprise or ""),
        ("来访人", f"{visitor}（{matter.identity.label}）" if matter.identity else visitor),
        ("类别", f"{matter.kind.label} · {matter.category}"),
        ("提出日期", day(matter.day or matter.raised_on)),
        ("现在状态", matter.state.label),
        ("牵头单位", matter.lead_unit or ""),
        ("办结时限", (day(matter.due_on) if matter.due_on else "") + over),
    )


def _slip(slip: SlipRow) -> tuple[tuple[str, str], ...]:
    return (
        ("交办单", slip.number or ""),
        ("接待领导", slip.receiver or ""),
        ("签批领导", slip.signer or ""),
        ("牵头领导", slip.lead_official or ""),
        ("牵头单位", slip.lead_unit or ""),
        ("状态", slip.state.label),
    )


def _progress(session: Session, matter_id: int) -> tuple[FileLine, ...]:
    return tuple(
        FileLine(
            moment(it.at), f"{it.unit} {it.by}", f"{it.kind.label}：{mask_numbers(it.told)}",
            f"下一步：{mask_numbers(it.next_step)}" if it.next_step else "",
        )
        for it in progress_told(session, matter_id)
    )  # fmt: skip


def _papers(session: Session, matter_id: int, today: date) -> tuple[FileLine, ...]:
    lines = []
    for it in urging_papers(session, matter_id):
        until = f"，{day(it.reply_by)}前回复" if it.reply_by else ""
        if it.told is None:
            outcome = "逾期未回复" if it.reply_by is not None and it.reply_by < today else "等待回复"
        else:
            promise = f"（承诺{day(it.promised_on)}办结）" if it.promised_on else ""
            outcome = f"{it.replied_by}回复：{mask_numbers(it.told)}{promise}"
            outcome += f"；回复不到位：{it.poor_why}" if it.poor_why else ""
        lines.append(FileLine(moment(it.made_at), it.made_by, f"向{it.unit}发出{it.title} {it.number}{until}", outcome))
    return tuple(lines)


def _measures(session: Session, matter_id: int) -> tuple[FileLine, ...]:
    return tuple(
        FileLine(
            moment(it.at), it.by, f"{it.kind.label}{it.unit}：{mask_numbers(it.why)}",
            f"结果：{mask_numbers(it.outcome)}" if it.outcome else "正在整改",
        )
        for it in reversed(measures_of_matter(session, matter_id))
    )  # fmt: skip


def _results(session: Session, matter_id: int) -> tuple[FileLine, ...]:
    lines = []
    for it in rounds_of_closing(session, matter_id):
        said = _joined(
            ("企业意见：", it.grade.label if it.grade else "", it.resolved.label if it.resolved else "", it.opinion)
        )
        outcome = said if it.grade or it.resolved else "企业还没有表示意见"
        outcome += f"；{it.ended_why}" if it.ended_why else ""
        what = f"第{it.round}次报送：{it.result.label}。{mask_numbers(it.told)}"
        lines.append(FileLine(moment(it.at), it.unit, what, mask_numbers(outcome)))
    return tuple(lines)


def _joined(words: Iterable[str]) -> str:
    first, *rest = [it for it in words if it]
    return first + "，".join(rest)
