"""Studies and a common task of the sample district: proposed by the portal, led by a unit, concluded, dropped (QD-25, PT-27)."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.meetings import StudyState
from portal.domain.people import Actor, Role
from portal.domain.progress import ProgressKind
from portal.services.calendars import calendar_now
from portal.services.common_proposals import LikelyGroup, likely_groups
from portal.services.common_tasks import TaskOrder, join_matters, report_on_task
from portal.services.progress import ProgressTold
from portal.services.studies import StudyOrder, conclude_study, drop_study, open_study, propose_studies
from portal.store.models.matters import Matter
from portal.store.models.meetings import Study, StudyMatter

OFFICE = Actor(0, "工商联办公室", Role.OFFICE)
WHY_NOT = "相关政策已由市级统一修订，拟于近期印发，先按新政策执行，再看是否仍有集中反映。"
SOLUTION = (
    "一、建立部门联席会商机制，由牵头单位每月召集，对同类诉求一次研究、一并答复。\n"
    "二、编制办事指引和材料清单，公开办理时限，凡涉及两个以上部门的实行一次受理、并联办理。\n"
    "三、对历史遗留事项建立台账，逐件明确处置路径和完成时间，每季度向企业通报一次进展。"
)
APPROACH = "由任务牵头单位统一核实情况、统一政策口径，能一并解决的一并解决；每家企业的具体情况分别答复。"
TOLD = "已召集涉及的几家企业座谈，逐家核对情况，形成统一办理意见，正在会同有关单位会签。"


def study(session: Session, unit_id: int, *, now: datetime) -> None:
    """What was concentrated forty days ago was proposed: one is led by a unit, one concluded, one dropped; others were proposed since."""
    began = _morning(now, 40)
    propose_studies(session, actor=Actor.system(), now=began)
    proposed = session.scalars(select(Study).where(Study.state == StudyState.PROPOSED).order_by(Study.id)).all()
    for place, (it, days) in enumerate(zip(proposed[:3], (38, 37, 36), strict=False)):
        at = _morning(now, days, hour=10)
        if place == 2:
            drop_study(session, it.id, WHY_NOT, actor=OFFICE, now=at)
            continue
        lead = unit_id if place == 0 else _leads_most(session, it.id)
        order = StudyOrder(it.title, it.why, lead, calendar_now(session).after(at.date(), 40 if place == 0 else 20))
        open_study(session, it.id, order, actor=OFFICE, now=at)
        if place == 1:
            conclude_study(session, it.id, SOLUTION, actor=OFFICE, now=_morning(now, 9, hour=16))
    propose_studies(session, actor=Actor.system(), now=_morning(now, 1))


def join(session: Session, unit_id: int, *, now: datetime) -> None:
    """Matters that say the same were joined, first of all those the unit leads, which told of them once for all."""
    groups = likely_groups(session, actor=OFFICE)
    if not groups:
        return
    led = next((it for it in groups if any(matter.lead_unit_id == unit_id for matter in it.matters)), groups[0])
    ids = _a_few(led, unit_id)
    at = _morning(now, 6, hour=11)
    task = join_matters(session, ids, TaskOrder(f"{led.title}（共性）", APPROACH, unit_id), actor=OFFICE, now=at)
    clerk = Actor(0, "区住建局", Role.UNIT, unit_id=unit_id)
    if any(
        matter.id in ids and matter.lead_unit_id == unit_id and matter.state == "handling" for matter in led.matters
    ):
        told = ProgressTold(ProgressKind.PROGRESS, TOLD, next_step="会签后一并答复各企业")
        report_on_task(session, task.id, told, actor=clerk, now=_morning(now, 2, hour=15))


def _a_few(group: LikelyGroup, unit_id: int) -> Sequence[int]:
    """Some of a group, the unit's own first."""
    ordered = sorted(group.matters, key=lambda it: (it.lead_unit_id != unit_id, it.id))
    return [it.id for it in ordered[:4]]


def _leads_most(session: Session, study_id: int) -> int | None:
    """The unit that leads the most of a study's matters."""
    led = select(Matter.lead_unit_id).join(StudyMatter, StudyMatter.matter_id == Matter.id)
    found = led.where(StudyMatter.study_id == study_id, Matter.lead_unit_id.is_not(None))
    return session.scalars(
        found.group_by(Matter.lead_unit_id).order_by(func.count().desc(), Matter.lead_unit_id)
    ).first()


def _morning(now: datetime, days: int, *, hour: int = 8) -> datetime:
    return datetime.combine(now.date() - timedelta(days=days), time(hour), ZONE)
