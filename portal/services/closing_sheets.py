"""The forms of closing printed from the record as it stands: result report, closing form, look-back record (domain 3.2).

What has not happened yet is room for the pen, so the same paper serves at every step.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.companion_sheets import CompanionSheet, Signed
from portal.documents.sheets import MatterLine
from portal.domain.errors import RuleBroken
from portal.domain.look_backs import Finding
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Actor
from portal.domain.results import AnsweredHow
from portal.domain.workdays import day_text
from portal.services.companion_sheets import blank_sheet, form_sheet
from portal.store.models.handling import Closing, Progress
from portal.store.queries.closings import ClosingRound, MatterInClosing, closing_rounds, matter_in_closing
from portal.store.queries.look_backs import LookBackRow, look_back_page
from portal.store.queries.slip_records import slip_records

MOST_LINES = 8
LONGEST_LINE = 160
STATE_ON_PAPER = {
    Finding.HOLDS: "落实到位",
    Finding.PARTLY: "部分落实",
    Finding.NOT_DONE: "未落实",
    Finding.FAKE: "未落实",
}
NO_HEAD = "工作设置不要求单位负责人审签。"
NOT_ASKED = {"enterprise": "工作设置不征求企业意见。", "no_enterprise": "没有登记来访企业，无从征求意见。"}


def closing_form_sheet(session: Session, matter_id: int, *, actor: Actor, now: datetime) -> CompanionSheet:
    """The closing form (销号审批表) of a matter's present round, as far as it has got. Raises NotFound, RuleBroken."""
    matter, it = _present(session, matter_id, actor)
    sheet: CompanionSheet = replace(
        _of_matter(session, matter, it.id, PaperKind.CLOSING, actor, now),
        completed_on=it.head_at.date() if it.head_at else None,
        result=it.result.label,
        summary=it.told,
        grade=it.grade.label if it.grade else "",
        unit=Signed(name=it.proposed_by, on=it.proposed_at.date()),
        head=_head(it),
        enterprise=_enterprise(it),
        federation=_said(it.review_remark or "审核通过。", it.reviewed_by, it.reviewed_at),
        leader=_said(it.approval_remark or "同意销号。", it.approved_by, it.approved_at),
    )
    return sheet


def result_report_sheet(session: Session, matter_id: int, *, actor: Actor, now: datetime) -> CompanionSheet:
    """The unit's report of how a matter was handled (办理情况反馈表), from its progress and its result."""
    matter, it = _present(session, matter_id, actor)
    answered = it.answered_how is not AnsweredHow.NOT_YET
    sheet: CompanionSheet = replace(
        _of_matter(session, matter, it.id, PaperKind.RESULT_REPORT, actor, now),
        reported_on=it.proposed_at.date(),
        process="\n".join(_progress(session, matter_id)),
        result=it.result.label,
        result_detail=it.told,
        legal_basis=it.basis,
        answered=answered,
        answered_how=it.answered_how.label.removesuffix("答复") if answered else "",
        answered_on=it.answered_on,
        grade=it.grade.label if it.grade else "",
        enterprise=_enterprise(it),
        handler=it.proposed_by,
        head=_head(it),
    )
    return sheet


def look_back_sheet(session: Session, look_back_id: int, *, actor: Actor, now: datetime) -> CompanionSheet:
    """The record of a look-back (回头看记录表), to take along before and to file after."""
    it = look_back_page(session, actor, look_back_id)
    matter = matter_in_closing(session, actor, it.matter_id)
    closing_id = session.scalar(select(Closing.id).where(Closing.matter_id == it.matter_id, Closing.round == it.round))
    sheet: CompanionSheet = replace(
        _of_matter(session, matter, closing_id, PaperKind.LOOK_BACK, actor, now),
        closed_on=it.closed_at.date() if it.closed_at else None,
        result=it.result.label if it.result else "",
        looked_on=it.done_on,
        people="、".join(name for name in (it.done_by or it.assignee or "", it.met_whom) if name),
        state=STATE_ON_PAPER.get(it.finding, "") if it.finding else "",
        findings=_found(it),
        outcome=("重新办理" if it.reopened else "维持销号") if it.finding in STATE_ON_PAPER else "",
        recorder=it.done_by,
    )
    return sheet


def _present(session: Session, matter_id: int, actor: Actor) -> tuple[MatterInClosing, ClosingRound]:
    matter = matter_in_closing(session, actor, matter_id)
    rounds = closing_rounds(session, actor, matter_id)
    if not rounds or rounds[0].ended_at is not None:
        raise RuleBroken("单位还没有报送办理结果。空白表格可以在交办单页面打印。")
    return matter, rounds[0]


def _of_matter(
    session: Session, matter: MatterInClosing, closing_id: int | None, kind: PaperKind, actor: Actor, now: datetime
) -> Any:
    """The form of the matter's slip, with this matter alone on it; without a slip the matter's own words."""
    slip_id = session.scalar(select(Closing.slip_id).where(Closing.id == closing_id)) if closing_id else None
    given: dict[str, Any] = {"enterprise_name": matter.enterprise or "", "due_on": matter.due_on, "due_note": ""}
    if slip_id is None:
        line = MatterLine(ordinal=1, title=matter.title, detail=matter.detail)
        sheet = replace(blank_sheet(session, kind, actor=actor), printed_at=now.astimezone(ZONE))
        return replace(sheet, lead_unit=matter.lead_unit or "", matters=(line,), **given)
    sheet = form_sheet(session, slip_id, kind, actor=actor, now=now)
    (slip,) = slip_records(session, [slip_id])
    carried = [entry.matter_id for entry in slip.entries]
    if matter.id in carried:
        own = sheet.matters[carried.index(matter.id)]
        given["matters"] = (replace(own, ordinal=1, enterprise=""),)
    return replace(sheet, **given)


def _head(it: ClosingRound) -> Signed:
    if "head" in it.left_out:
        return Signed(opinion=NO_HEAD)
    on_paper = f"纸面签字，由{it.head_recorded_by}登记。" if it.head_recorded_by else ""
    return Signed(opinion=on_paper, name=it.head_by, on=it.head_at.date() if it.head_at else None)


def _enterprise(it: ClosingRound) -> Signed:
    left_out = next((why for code, why in NOT_ASKED.items() if code in it.left_out), "")
    if left_out or it.opinion_at is None or it.resolved is None:
        return Signed(opinion=left_out)
    how = f"（{it.opinion_how.label}）" if it.opinion_how else ""
    return Signed(opinion=f"{it.resolved.label}{how}。{it.opinion}", name=it.opinion_by, on=it.opinion_at.date())


def _said(opinion: str, name: str, at: datetime | None) -> Signed:
    return Signed(opinion=opinion, name=name, on=at.date()) if at else Signed()


def _progress(session: Session, matter_id: int) -> Sequence[str]:
    rows = session.execute(
        select(Progress.at, Progress.told)
        .where(Progress.matter_id == matter_id)
        .order_by(Progress.at.desc())
        .limit(MOST_LINES)
    ).all()
    return [f"{day_text(at.date())}：{' '.join(told.split())[:LONGEST_LINE]}" for at, told in reversed(rows)]


def _found(it: LookBackRow) -> str:
    return f"{it.finding.label}。{it.told}" if it.finding in (Finding.FAKE, Finding.UNREACHABLE) else it.told
