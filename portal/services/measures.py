"""What the supervision office does when a red notice did not help: 约谈, 挂牌督办, 通报 (domain 2.4; 信访工作条例 arts. 39, 40)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.fonts import must_be_printable
from portal.domain.chasing import MeasureKind
from portal.domain.errors import Conflict, NotFound, Problem, RuleBroken, refuse
from portal.domain.matter_course import MatterAct
from portal.domain.paper_kinds import UrgingColour
from portal.domain.people import Action, Actor, must
from portal.domain.urging import FAILED, DirectGround, direct_problems
from portal.services.handling import Handling, handling_of, move, units_on
from portal.services.matter_news import measure_has_ended, measure_is_taken
from portal.services.urging import urged
from portal.store.audit_trail import record
from portal.store.models.chasing import Measure
from portal.store.models.matters import Matter
from portal.store.models.people import Unit

SHORTEST, LONGEST = 4, 1_000
FARTHEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class MeasureOrder:
    """Which measure is taken with whom, why, and by when things are to be put right; `ground` where no red notice came first."""

    kind: MeasureKind
    unit_id: int
    why: str
    due_on: date | None
    ground: DirectGround | None = None


def take_measure(
    session: Session, matter_id: int, order: MeasureOrder, *, version: int | None = None, actor: Actor, now: datetime
) -> Measure:
    """Take a measure after a red notice whose reply date passed, or directly with its ground; each kind once at a time."""
    must(actor, Action.SUPERVISE)
    handling = handling_of(session, matter_id, version=version, actor=actor)
    move(session, handling, MatterAct.SUPERVISE, now=now)
    refuse(_problems(order, now.date()))
    must_be_printable(order.why, field="why")
    unit = session.get(Unit, order.unit_id)
    if unit is None or unit.id not in units_on(handling):
        raise RuleBroken("所选单位没有承办这项诉求，请重新选择。", field="unit_id")
    if order.ground is None and not _red_has_failed(session, handling, unit.id, now.date()):
        raise RuleBroken(
            "还没有逾期未回复或回复不到位的红色督办单。情况紧急、影响重大或领导有批示的，请选择直接采取的情形。",
            field="ground",
        )
    standing = session.scalar(
        select(Measure.id).where(
            Measure.matter_id == matter_id,
            Measure.unit_id == unit.id,
            Measure.kind == order.kind,
            Measure.ended_at.is_(None),
        )
    )
    if standing is not None:
        raise Conflict(f"对{unit.short_name}的{order.kind.label}还没有结束，不重复采取。")
    directly = f"（直接采取，{order.ground.label}）" if order.ground else ""
    measure = Measure(
        matter_id=matter_id, unit_id=unit.id, kind=order.kind, why=directly + order.why.strip(), due_on=order.due_on,
        by=actor.name, at=now,
    )  # fmt: skip
    session.add(measure)
    session.flush()
    measure_is_taken(session, measure, handling.matter, now=now)
    record(
        session, actor, now, "measure_taken", handling.matter,
        summary=f"{order.kind.label}{unit.short_name}：{measure.why[:60]}", measure=measure.id, unit=unit.id,
    )  # fmt: skip
    return measure


def end_measure(
    session: Session, measure_id: int, outcome: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Measure:
    """Put down what came of a measure, which ends with it."""
    must(actor, Action.SUPERVISE)
    measure = session.scalars(
        select(Measure).where(Measure.id == measure_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if measure is None:
        raise NotFound("没有找到这项措施。")
    if measure.ended_at is not None or (version is not None and version != measure.version):
        raise Conflict("您打开页面之后，这项措施已有变化，请核对后再提交。")
    outcome = outcome.strip()
    if not SHORTEST <= len(outcome) <= LONGEST:
        raise RuleBroken(f"请写明结果，{SHORTEST} 至 {LONGEST} 个字。", field="outcome")
    must_be_printable(outcome, field="outcome")
    measure.outcome, measure.ended_by, measure.ended_at = outcome, actor.name, now
    matter = session.get_one(Matter, measure.matter_id)
    measure_has_ended(session, measure, matter, now=now)
    record(
        session, actor, now, "measure_ended", matter, summary=f"{measure.kind.label}结束：{outcome[:60]}",
        measure=measure.id,
    )  # fmt: skip
    return measure


def _red_has_failed(session: Session, handling: Handling, unit_id: int, today: date) -> bool:
    """Whether a red notice to the unit about any of the matter's slips came to nothing."""
    earlier = urged(session, [(slip.id, unit_id) for slip in (handling.slip, *handling.others)])
    papers = (paper for of_slip in earlier.values() for paper in of_slip)
    return any(it.colour is UrgingColour.RED and it.standing(today) in FAILED for it in papers)


def _problems(order: MeasureOrder, today: date) -> list[Problem]:
    problems = []
    if not SHORTEST <= len(order.why.strip()) <= LONGEST:
        problems.append(Problem("why", f"请写明原因和要求，{SHORTEST} 至 {LONGEST} 个字。"))
    elif order.ground is not None and direct_problems(order.ground, order.why[:200]):
        problems.append(Problem("why", "请写明直接采取的理由。"))
    if order.due_on is None:
        problems.append(Problem("due_on", "请填写整改期限。"))
    elif not 0 <= (order.due_on - today).days <= FARTHEST_DAYS:
        problems.append(Problem("due_on", "整改期限应在今天至一年以内。"))
    return problems
