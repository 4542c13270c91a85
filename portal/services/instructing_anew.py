"""A new instruction on a closed matter (再次批示): it waits for a slip again, and the draft names the slip it follows (domain 9)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.errors import RuleBroken
from portal.domain.matter_course import MatterAct
from portal.domain.people import Action, Actor, must
from portal.services.handling import handling_of, move
from portal.services.slip_drafts import Origin, draft_following
from portal.store.audit_trail import record
from portal.store.models.slips import Slip

SHORTEST, LONGEST = 4, 1_000


def instruct_anew(
    session: Session, matter_id: int, instruction: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Slip:
    """Have a closed matter handled again on another slip, whose draft carries the new instruction. Answers that draft.

    The old slip stays as it was closed. Raises NotAllowed, RuleBroken, Conflict.
    """
    must(actor, Action.OVERSEE_MATTER)
    instruction = instruction.strip()
    if not SHORTEST <= len(instruction) <= LONGEST:
        raise RuleBroken(f"请写明新的批示，{SHORTEST} 至 {LONGEST} 个字。", field="instruction")
    handling = handling_of(session, matter_id, version=version, actor=actor)
    follows = handling.slip
    move(session, handling, MatterAct.INSTRUCT_ANEW, now=now)
    session.flush()
    draft = draft_following(session, [matter_id], Origin(follows_id=follows.id), instruction, actor=actor, now=now)
    record(
        session, actor, now, "matter_instructed_anew", handling.matter,
        summary=f"再次批示：{instruction[:80]}", slip=draft.id, follows=follows.id,
    )  # fmt: skip
    return draft
