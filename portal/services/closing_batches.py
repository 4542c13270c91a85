"""Like matters closed together (批处理, JY-21): one step for all that were ticked, each with its own evidence and audit line.

A matter that cannot go is named with its reason; the rest goes through, or nothing does, as whoever sent it chose. What this
person has done already counts as done, so the same form sent twice changes nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound, PortalError, RuleBroken
from portal.domain.labelled import Labelled
from portal.domain.people import Action, Actor, Role, must
from portal.domain.results import ClosingStep, ReviewPoint
from portal.domain.signing import ISSUED_STATES
from portal.services import closing, result_opinions, results
from portal.services.closing import EVERY_POINT
from portal.services.result_opinions import Opinion
from portal.services.results import ResultProposed
from portal.services.slip_orders import slip_in_hand
from portal.services.uploads import AcceptedFile
from portal.store.audit_trail import record
from portal.store.models.handling import Closing
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip, SlipMatter
from portal.store.queries.office import office_rules
from portal.store.queries.visibility import visible_matters

MOST_TOGETHER = 100
NONE_CHOSEN = "请先勾选要一并办理的诉求。"


class Outcome(Labelled):
    """What came of one matter of a batch."""

    DONE = "done", "已办理"
    BEFORE = "before", "此前已办理"
    LEFT = "left", "未办理"


@dataclass(frozen=True, slots=True)
class BatchAct:
    """The step, and what is said of all of them."""

    step: ClosingStep
    remark: str = ""
    signed_by: str = ""
    opinion: Opinion | None = None
    points: Collection[ReviewPoint] = EVERY_POINT


@dataclass(frozen=True, slots=True)
class Fate:
    """What came of one matter, and why it was left if it was."""

    matter_id: int
    number: str
    title: str
    outcome: Outcome
    reason: str = ""


class NotAllCanGo(RuleBroken):
    """Somebody wanted all or nothing, and not all can go; `fates` says of each why not."""

    def __init__(self, fates: Sequence[Fate]) -> None:
        left = [it for it in fates if it.outcome is Outcome.LEFT]
        super().__init__(f"{len(left)} 件不能办理，按您的选择全部没有办理。原因逐件列在下面，可以取消勾选后再提交。")
        self.fates = tuple(fates)


def carry_out(
    session: Session,
    matter_ids: Collection[int],
    act: BatchAct,
    *,
    versions: Mapping[int, int],
    all_or_nothing: bool = False,
    actor: Actor,
    now: datetime,
) -> Sequence[Fate]:
    """Do one step for some matters. Raises NotAllCanGo when it was to be all or nothing and not all can go."""
    must(actor, Action.SEE_BUSINESS)

    def one(matter_id: int) -> None:
        _one(session, matter_id, act, versions.get(matter_id), actor, now)

    return _each(session, matter_ids, one, act.step, all_or_nothing=all_or_nothing, actor=actor)


def propose_together(
    session: Session,
    proposed: Mapping[int, ResultProposed],
    common: Sequence[AcceptedFile] = (),
    *,
    all_or_nothing: bool = False,
    actor: Actor,
    now: datetime,
) -> Sequence[Fate]:
    """Report the same result for several like matters of a unit: each with its own evidence, and the common files with each.

    What proves all of them does not prove one of them, so where evidence is needed each has a file of its own.
    """
    must(actor, Action.HANDLE_MATTER)
    needed = office_rules(session).evidence_needed

    def one(matter_id: int) -> None:
        given = proposed[matter_id]
        if needed and not given.files:
            raise RuleBroken("没有附这一件自己的佐证材料。", field="evidence")
        own = {it.sha256: it for it in (*given.files, *common)}
        results.propose_result(session, matter_id, replace(given, files=tuple(own.values())), actor=actor, now=now)

    return _each(session, proposed, one, None, all_or_nothing=all_or_nothing, actor=actor)


def _each(
    session: Session,
    matter_ids: Collection[int],
    one: Callable[[int], None],
    step: ClosingStep | None,
    *,
    all_or_nothing: bool,
    actor: Actor,
) -> Sequence[Fate]:
    """One after the other, each in a savepoint of its own; the slips are held before, in the order of their ids."""
    wanted = sorted(set(matter_ids))
    if not wanted:
        raise RuleBroken(NONE_CHOSEN, field="matters")
    if len(wanted) > MOST_TOGETHER:
        raise RuleBroken(f"一次最多 {MOST_TOGETHER} 件，请分次办理。", field="matters")
    _hold_slips(session, wanted)
    seen = session.execute(
        select(Matter.id, Matter.number, Matter.title)
        .where(Matter.id.in_(wanted), visible_matters(actor))
        .order_by(Matter.number)
    ).all()
    fates = []
    for matter_id, number, title in seen:
        outcome, reason = Outcome.DONE, ""
        if step is not None and _did_it_before(session, matter_id, step, actor):
            outcome = Outcome.BEFORE
        else:
            try:
                with session.begin_nested():
                    one(matter_id)
            except PortalError as refusal:
                outcome, reason = Outcome.LEFT, refusal.message
        fates.append(Fate(matter_id, number, title, outcome, reason))
    if not fates:
        raise NotFound("所选的诉求都不在您可见的范围内，可能已由他人办理。请刷新列表。")
    if all_or_nothing and any(it.outcome is Outcome.LEFT for it in fates):
        raise NotAllCanGo(fates)
    return fates


def _one(session: Session, matter_id: int, act: BatchAct, version: int | None, actor: Actor, now: datetime) -> None:
    if act.step is ClosingStep.HEAD:
        results.head_signs(session, matter_id, act.signed_by, version=version, actor=actor, now=now)
        if act.remark.strip():
            matter = session.get_one(Matter, matter_id)
            record(session, actor, now, "result_signed", matter, summary=f"审签说明：{act.remark.strip()[:80]}")
    elif act.step is ClosingStep.OPINION and act.opinion is not None:
        result_opinions.give_opinion(session, matter_id, act.opinion, version=version, actor=actor, now=now)
    elif act.step is ClosingStep.REVIEW:
        closing.review(
            session, matter_id, passed=True, points=act.points, remark=act.remark, version=version, actor=actor, now=now
        )
    else:
        closing.approve_closing(
            session, matter_id, approved=True, remark=act.remark, version=version, actor=actor, now=now
        )


def _did_it_before(session: Session, matter_id: int, step: ClosingStep, actor: Actor) -> bool:
    """Whether this very step of the present round bears the name of who asks for it again."""
    row = session.scalar(
        select(Closing)
        .join(Matter, (Matter.id == Closing.matter_id) & (Matter.round == Closing.round))
        .where(Closing.matter_id == matter_id, Closing.ended_at.is_(None))
    )
    if row is None:
        return False
    office = actor.role is Role.OFFICE
    by, at = {
        ClosingStep.HEAD: (row.head_recorded_by if office else row.head_by, row.head_at),
        ClosingStep.OPINION: (row.opinion_recorded_by, row.opinion_at),
        ClosingStep.REVIEW: (row.reviewed_by, row.reviewed_at),
        ClosingStep.APPROVAL: (row.approved_by, row.approved_at),
    }[step]
    return at is not None and by == actor.name


def _hold_slips(session: Session, matter_ids: Sequence[int]) -> None:
    """All of them before anything is written, so that two batches never wait for each other."""
    carrying = session.scalars(
        select(SlipMatter.slip_id)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(SlipMatter.matter_id.in_(matter_ids), SlipMatter.ended_at.is_(None), Slip.state.in_(ISSUED_STATES))
        .distinct()
        .order_by(SlipMatter.slip_id)
    ).all()
    for slip_id in carrying:
        slip_in_hand(session, slip_id)
