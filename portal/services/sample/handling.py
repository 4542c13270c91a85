"""What units did with the sample's matters before their end: progress, tasks, sent back, more time, standing still."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.extensions import PauseKind
from portal.domain.matters import MatterState
from portal.domain.objections import ObjectionReason, Ruling
from portal.domain.people import Actor, Role
from portal.domain.progress import ProgressKind
from portal.services.calendars import calendar_now
from portal.services.extensions import ask_extension, decide_extension
from portal.services.objections import ObjectionMade, object_to, rule_on_objection
from portal.services.pauses import pause
from portal.services.progress import ProgressTold, report_progress
from portal.services.sample.people import person
from portal.services.unit_tasks import TaskGiven, finish_task, give_task
from portal.store.models.matters import Matter
from portal.store.models.papers import SlipPaper
from portal.store.models.people import Leader, Unit
from portal.store.models.slips import Slip, SlipMatter

OFFICE = Actor(0, "工商联办公室", Role.OFFICE)
NOT_OURS = ObjectionMade(
    (ObjectionReason.NOT_OUR_DUTY,),
    "该事项属其他单位法定职责，本单位没有审批权限，建议改派。",
    "《安澜区部门职责规定（示例）》第三条",
)
WORDS = (
    "已与企业经办人见面，核对了申请材料，缺少的两项已当场列出清单。",
    "已召集有关单位会商，办理方案基本明确，正在按程序报批。",
    "已现场查看，问题属实，施工单位已进场，预计两周内完成。",
)
MORE_TIME = "需上级主管部门批复，材料已报送，批复时间本单位不能掌握，申请延长办理时限。"
STANDS = "所涉地块规划正在调整，调整方案公示期间不能办理，待批复后恢复。"
HELD = "所需资金受本年度预算限制，已列入下年度预算草案，现阶段不具备办理条件。"


@dataclass(frozen=True, slots=True)
class InHand:
    """A matter a unit has, and who has a part in it."""

    matter: Matter
    unit: Unit
    signer: Leader
    since: datetime

    @property
    def clerk(self) -> Actor:
        """Who handles it in the unit."""
        return Actor(0, person(self.matter.id), Role.UNIT, unit_id=self.unit.id)

    @property
    def leader(self) -> Actor:
        """The leader who signed its slip."""
        return Actor(0, self.signer.name, Role.LEADER, leader_ids=frozenset({self.signer.id}))

    def after(self, days: int, *, hour: int = 10) -> datetime:
        """So many days after it was signed for."""
        return datetime.combine(self.since.date() + timedelta(days=days), time(hour), ZONE)


def work_on_matters(session: Session, unit_id: int, leader_id: int, *, now: datetime) -> None:
    """Let units report, send back, ask for time; the latest of others than the account's unit and leader stand still or wait."""
    handling = Matter.state == MatterState.HANDLING
    others = _with_units(session, handling, Slip.lead_unit_id != unit_id, Slip.signer_id != leader_id)
    latest = [it for it in others if it.since < now - timedelta(days=12)]
    for it, stand_still in zip(latest[1:], (_suspend, _hold), strict=False):
        stand_still(session, it, now)
    for it, speak_up in zip(latest[:1] + latest[3:], (_wait_for_more_time, _sent_back_in_vain, _granted), strict=False):
        speak_up(session, it)
    for it in latest[5::3]:
        _tell(session, it, 3)
    for place, it in enumerate(_with_units(session, handling, Slip.lead_unit_id == unit_id)[:4]):
        _tell(session, it, 2 + place)
        _share_out(session, it, now)
    _send_back(session, unit_id, leader_id, now)


def _with_units(session: Session, *whose: ColumnElement[bool]) -> Sequence[InHand]:
    """The latest first; what was urged stays as it is."""
    rows = session.execute(
        select(Matter, Unit, Leader, Slip.issued_at)
        .join(SlipMatter, SlipMatter.matter_id == Matter.id)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .join(Unit, Unit.id == Slip.lead_unit_id)
        .join(Leader, Leader.id == Slip.signer_id)
        .where(
            SlipMatter.ended_at.is_(None),
            Slip.issued_at.is_not(None),
            Slip.id.not_in(select(SlipPaper.slip_id)),
            *whose,
        )
        .order_by(Matter.raised_on.desc(), Matter.id.desc())
    )
    return [InHand(matter, unit, leader, matter.state_since or issued) for matter, unit, leader, issued in rows]


def _tell(session: Session, it: InHand, days: int) -> None:
    told = ProgressTold(ProgressKind.PROGRESS, WORDS[it.matter.id % len(WORDS)], next_step="下周完成材料审核")
    report_progress(session, it.matter.id, told, actor=it.clerk, now=it.after(days, hour=16))
    if it.matter.id % 2:
        contact = ProgressTold(
            ProgressKind.CONTACT, "电话告知企业办理进度，企业表示理解。", contacted_on=it.after(days + 1).date()
        )
        report_progress(session, it.matter.id, contact, actor=it.clerk, now=it.after(days + 1, hour=11))


def _share_out(session: Session, it: InHand, now: datetime) -> None:
    """The unit gave a part of it to one of its people, who has done it, or not yet."""
    given = TaskGiven(handler=person(it.matter.id + 11), what="核对企业申报材料，与企业联系", due_on=it.after(6).date())
    task = give_task(session, it.matter.id, given, actor=it.clerk, now=it.after(1, hour=9))
    if it.matter.id % 3:
        finish_task(
            session, task.id, "材料已核对，与企业确认无误。", actor=it.clerk, now=min(it.after(5, hour=17), now)
        )


def _suspend(session: Session, it: InHand, now: datetime) -> None:
    review = now.date() + timedelta(days=20)
    _tell(session, it, 2)
    pause(session, it.matter.id, PauseKind.SUSPENSION, STANDS, review, actor=OFFICE, now=it.after(5))


def _hold(session: Session, it: InHand, now: datetime) -> None:
    review = now.date() + timedelta(days=60)
    pause(session, it.matter.id, PauseKind.LONG_TERM, HELD, review, actor=it.leader, now=it.after(6))


def _wait_for_more_time(session: Session, it: InHand) -> None:
    _tell(session, it, 1)
    _ask(session, it)


def _sent_back_in_vain(session: Session, it: InHand) -> None:
    """It was sent back, stayed where it was, and got more time instead."""
    object_to(session, it.matter.id, NOT_OURS, actor=it.clerk, now=it.after(1))
    told = "牵头办理符合三定规定，涉及其他单位的，由该单位配合。"
    rule_on_objection(session, it.matter.id, Ruling.DISMISSED, told, actor=OFFICE, now=it.after(2))


def _granted(session: Session, it: InHand) -> None:
    if _ask(session, it):
        decide_extension(session, it.matter.id, grant=True, actor=it.leader, now=it.after(6, hour=15))


def _ask(session: Session, it: InHand) -> bool:
    """Ask for a week more, where there is time to ask."""
    due = it.matter.due_on
    if due is None or due < it.after(8).date():
        return False
    until = calendar_now(session).after(due, 5)
    ask_extension(session, it.matter.id, until, MORE_TIME, actor=it.clerk, now=it.after(4))
    return True


def _send_back(session: Session, unit_id: int, leader_id: int, now: datetime) -> None:
    """Two units did not sign for a slip but sent its matter back: one is decided for the unit, one waits."""
    assigned = Matter.state == MatterState.ASSIGNED
    found = _with_units(session, assigned, Slip.lead_unit_id != unit_id, Slip.signer_id != leader_id)
    for it, hours in zip(found, (2, 30), strict=False):
        at = max(it.since + timedelta(minutes=5), now - timedelta(hours=hours))
        object_to(session, it.matter.id, NOT_OURS, actor=it.clerk, now=at)
        if hours > 2:
            told = "同意退回，请工商联办公室会商后另行交办。"
            upheld = min(at + timedelta(hours=5), now - timedelta(minutes=40))
            rule_on_objection(session, it.matter.id, Ruling.UPHELD, told, actor=OFFICE, now=max(at, upheld))
