"""All slips of a reception day in one press: drafted as they are laid out, numbered in that order (NX-14, NX-15)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.errors import RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.slip_matters import Groups
from portal.services.slip_drafts import draft_slip
from portal.services.slips import number_slip
from portal.store.models.slips import Slip

MOST_AT_ONCE = 100


def draft_slips(
    session: Session, groups: Groups, *, numbered: bool = False, actor: Actor, now: datetime
) -> Sequence[Slip]:
    """A slip for every group of matters as proposed, all or none; `numbered` gives them numbers in the same order.

    Raises RuleBroken when there is nothing to draft or too much, and what `draft_slip` and `number_slip` raise.
    """
    must(actor, Action.DRAFT_SLIP)
    if not groups:
        raise RuleBroken("没有要草拟的事项，请至少保留一张单。", field="matters")
    if len(groups) > MOST_AT_ONCE:
        raise RuleBroken(f"一次最多草拟 {MOST_AT_ONCE} 张交办单，请分几次办理。", field="matters")
    made = [draft_slip(session, group, actor=actor, now=now) for group in groups]
    if numbered:
        number_slips(session, [it.id for it in made], actor=actor, now=now)
    return made


def number_slips(session: Session, slip_ids: Sequence[int], *, actor: Actor, now: datetime) -> Sequence[Slip]:
    """Number several drafts in this order, all or none."""
    if not slip_ids:
        raise RuleBroken("没有要编号的草稿。", field="slips")
    return [number_slip(session, slip_id, actor=actor, now=now) for slip_id in slip_ids]
