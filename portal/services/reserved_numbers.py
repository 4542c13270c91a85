"""Numbers set aside with blank paper for a day without power; later a record takes the number and the code on the paper."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.sheets import AssignmentSlipSheet
from portal.domain.errors import Conflict, NotFound, RuleBroken, refuse
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Action, Actor, must
from portal.domain.reserved_numbers import ReservedState, open_problems, reserving_problems, voiding_problems
from portal.services.paper_numbers import numbers_for
from portal.services.slip_sheets import copies, in_the_offices_words, new_code
from portal.store.audit_trail import record
from portal.store.models.papers import ReservedNumber
from portal.store.models.slips import Slip
from portal.store.queries.office import office_rules

UNKNOWN = "没有找到这个预留号，请回到预留号列表重新选择。"
CHANGED = "您打开页面之后，别人已处理了这个预留号。请核对最新情况。"


def reserve_numbers(
    session: Session, count: int, purpose: str, *, actor: Actor, now: datetime
) -> Sequence[ReservedNumber]:
    """Set the next numbers of slips aside, each with the code its blank paper will carry; they leave no gap."""
    must(actor, Action.NUMBER_SLIP)
    refuse(reserving_problems(count, purpose))
    made = [
        ReservedNumber(
            paper=PaperKind.SLIP.value,
            organ=given.organ,
            year=given.year,
            serial=given.serial,
            number=given.text,
            verify_code=new_code(),
            state=ReservedState.OPEN,
            purpose=purpose.strip(),
            reserved_by=actor.name,
            reserved_at=now,
        )
        for given in numbers_for(session, PaperKind.SLIP, count, now)
    ]
    session.add_all(made)
    session.flush()
    span = made[0].number if count == 1 else f"{made[0].number} 至 {made[-1].number}"
    record(
        session, actor, now, "numbers_reserved", made[0],
        summary=f"预留 {count} 个号：{span}（{purpose.strip()}）", numbers=[it.number for it in made],
    )  # fmt: skip
    return made


def use_reserved(session: Session, reserved_id: int, slip: Slip, *, actor: Actor, now: datetime) -> ReservedNumber:
    """Give a draft without a number one that was set aside; only an open one, and only once."""
    if slip.number is not None:
        raise RuleBroken(f"这张交办单已有编号 {slip.number}，不能再用预留号。", field="reserved_id")
    reserved = _locked(session, reserved_id, None)
    refuse(open_problems(reserved.state, reserved.number, "reserved_id"))
    slip.organ, slip.year, slip.serial, slip.number = reserved.organ, reserved.year, reserved.serial, reserved.number
    reserved.state, reserved.slip_id = ReservedState.USED, slip.id
    reserved.settled_at, reserved.settled_by = now, actor.name
    said = f"预留号 {reserved.number} 用于补录交办单"
    record(session, actor, now, "reserved_number_used", reserved, summary=said, slip=slip.id)
    return reserved


def void_reserved(
    session: Session, reserved_id: int, reason: str, *, version: int | None = None, actor: Actor, now: datetime
) -> ReservedNumber:
    """Make an unused number void (空白单写坏、遗失): it stays in the row with the reason and is not used again."""
    must(actor, Action.VOID_SLIP)
    reserved = _locked(session, reserved_id, version)
    refuse(open_problems(reserved.state, reserved.number, "state"))
    refuse(voiding_problems(reason))
    reserved.state, reserved.void_reason = ReservedState.VOID, reason.strip()
    reserved.settled_at, reserved.settled_by = now, actor.name
    said = f"作废预留号 {reserved.number}：{reserved.void_reason}"
    record(session, actor, now, "reserved_number_voided", reserved, summary=said)
    return reserved


def blank_sheets(
    session: Session, reserved_ids: Sequence[int], *, address: str, actor: Actor, now: datetime
) -> list[AssignmentSlipSheet]:
    """Blank slips with the numbers and codes that were set aside, in their order; only those still open are printed."""
    must(actor, Action.NUMBER_SLIP)
    found = session.scalars(
        select(ReservedNumber)
        .where(ReservedNumber.id.in_(reserved_ids), ReservedNumber.state == ReservedState.OPEN)
        .order_by(ReservedNumber.year, ReservedNumber.serial)
    ).all()
    if not found:
        raise NotFound("没有可以打印的预留号：所选的号都已用或已作废。")
    rules = office_rules(session)
    blanks = [
        AssignmentSlipSheet(
            heading="",
            number=it.number,
            enterprise_name="",
            visitor_name="",
            copies_to=copies(rules.slip_copies_to),
            issuing_organ=rules.issuing_organ,
            verify_code=it.verify_code,
            verify_url=f"{address.upper()}/VERIFY/{it.verify_code}",
            is_sample=rules.sample,
            printed_at=now,
        )
        for it in found
    ]
    sheets = [in_the_offices_words(session, it) for it in blanks]
    return [replace(it, requirements=dict(it.texts)["requirement"]) for it in sheets]


def _locked(session: Session, reserved_id: int, version: int | None) -> ReservedNumber:
    reserved = session.scalar(
        select(ReservedNumber)
        .where(ReservedNumber.id == reserved_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if reserved is None:
        raise NotFound(UNKNOWN)
    if version is not None and version != reserved.version:
        raise Conflict(CHANGED)
    return reserved
