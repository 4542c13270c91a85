"""A matter the enterprise no longer pursues (企业撤回), on its way or before a unit has it (domain 9)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.matter_course import MatterAct, after
from portal.domain.matter_parties import parties_of
from portal.domain.people import Action, Actor, must
from portal.domain.signing import ISSUED_STATES
from portal.services.handling import CHANGED, UNSEEN, begin_step, handling_of, move, must_be_as_seen
from portal.services.open_requests import end_everything
from portal.store.audit_trail import record
from portal.store.models.matters import Matter
from portal.store.queries.slip_links import carriers

SHORTEST, LONGEST = 4, 400


def withdraw_matter(
    session: Session, matter_id: int, why: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Matter:
    """Write down that the enterprise has taken its matter back, and why; nobody handles it any more.

    One that stands on a slip that is not issued yet has to be taken from it first. Raises RuleBroken, Conflict, NotFound.
    """
    must(actor, Action.OVERSEE_MATTER)
    why = why.strip()
    if not SHORTEST <= len(why) <= LONGEST:
        raise RuleBroken(f"请写明企业撤回的原因，{SHORTEST} 至 {LONGEST} 个字。", field="why")
    if session.get(Matter, matter_id) is None:
        raise NotFound(UNSEEN)
    on = carriers(session, [matter_id])
    drafted = next((it for it in on if it.state not in ISSUED_STATES), None)
    if drafted is not None:
        raise RuleBroken(f"事项已列入{drafted.name}，请先从草稿中去掉或作废该单，再登记企业撤回。", field="state")
    if on:
        handling = handling_of(session, matter_id, version=version, actor=actor)
        matter = handling.matter
        matter.ended_reason = why
        move(session, handling, MatterAct.WITHDRAW, now=now)
        end_everything(session, matter, "企业撤回", actor=actor, now=now)
    else:
        matter = _locked(session, matter_id, version)
        if carriers(session, [matter_id]):
            raise Conflict(CHANGED)  # a slip was drafted for it since it was looked at
        new_state = after(matter.state, MatterAct.WITHDRAW, parties_of(None, actor))
        matter.ended_reason = why
        matter.state, matter.state_since = new_state, now
        begin_step(session, matter, now)
    record(session, actor, now, "matter_withdrawn", matter, summary=f"企业撤回：{why[:80]}")
    return matter


def _locked(session: Session, matter_id: int, version: int | None) -> Matter:
    matter = session.scalars(
        select(Matter)
        .where(Matter.id == matter_id)
        .options(joinedload(Matter.enterprise))
        .with_for_update(of=Matter)
        .execution_options(populate_existing=True)
    ).one()
    must_be_as_seen(matter, version)
    return matter
