"""What a meeting decides becomes real: a slip is drafted, a request for more time decided, every matter told (JY-05, domain 2.5).

No last day is moved past the rules: a later day is only the one the lead unit has asked for, and who may grant it still does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.fonts import must_be_printable
from portal.documents.words import day as dated
from portal.domain.errors import Problem, RuleBroken
from portal.domain.extensions import ExtensionState
from portal.domain.matters import MatterState
from portal.domain.meetings import (
    LONGEST_TEXT,
    OFF_THE_AGENDA,
    DayChange,
    Decided,
    MeetingState,
    Standing,
    day_change,
    decision_problems,
)
from portal.domain.people import Actor
from portal.domain.slips import SlipState
from portal.services.extensions import decide_extension
from portal.services.meetings import attach_to_minutes, planned_meeting, written_minutes
from portal.services.messages import accounts_of_units, tell
from portal.services.slip_drafts import draft_slip, edit_draft, proposed_draft
from portal.services.slip_links import draft_of_record
from portal.services.slip_orders import locked_slip
from portal.services.uploads import AcceptedFile
from portal.store.audit_trail import record
from portal.store.models.handling import Extension
from portal.store.models.meetings import AgendaItem, Meeting
from portal.store.models.people import Unit
from portal.store.queries.slip_links import carriers

NOTHING_DECIDED = Decided("")


class DecisionsRefused(RuleBroken):
    """What the meeting decided cannot be carried out; `problems` name the field of each item (`due_on_17`)."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("".join(dict.fromkeys(it.message for it in problems)), field=problems[0].field)
        self.problems = tuple(problems)


def hold_meeting(
    session: Session,
    meeting_id: int,
    minutes: str,
    decided: Mapping[int, Decided],
    *,
    files: Sequence[AcceptedFile] = (),
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Meeting:
    """Record a meeting that took place, and carry out what it decided about each matter of its agenda.

    Raises DecisionsRefused with every problem at its item; then nothing of it is done.
    """
    meeting = planned_meeting(session, meeting_id, version=version, actor=actor)
    today = now.astimezone(ZONE).date()
    if meeting.held_on > today:
        raise RuleBroken(
            f"会议定于{dated(meeting.held_on)}召开，还没有到日子；提前召开的，请先修改日期。", field="state"
        )
    if not meeting.agenda:
        raise RuleBroken("会议还没有议题，请先列入要研究的诉求。", field="state")
    meeting.minutes = written_minutes(minutes)
    asked = _asked_days(session, [it.matter_id for it in meeting.agenda])
    problems: list[Problem] = []
    for item in meeting.agenda:
        given = decided.get(item.matter_id, NOTHING_DECIDED)
        problems += _problems(session, item, given, _standing(item, asked), now)
    if problems:
        raise DecisionsRefused(problems)
    meeting.state = MeetingState.HELD
    for item in meeting.agenda:
        if item.matter.state not in OFF_THE_AGENDA:
            _carry_out(session, meeting, item, decided[item.matter_id], _standing(item, asked), actor=actor, now=now)
    session.flush()
    attach_to_minutes(session, meeting, files, now=now)
    record(
        session, actor, now, "meeting_held", meeting,
        summary=f"{meeting.kind.label}“{meeting.title}”研究 {len(meeting.agenda)} 项诉求",
    )  # fmt: skip
    return meeting


def _standing(item: AgendaItem, asked: Mapping[int, Extension]) -> Standing:
    matter, waits = item.matter, asked.get(item.matter_id)
    return Standing(matter.state, matter.lead_unit_id, matter.due_on, waits.until_on if waits else None)


def _asked_days(session: Session, matter_ids: list[int]) -> dict[int, Extension]:
    found = session.scalars(
        select(Extension).where(Extension.matter_id.in_(matter_ids), Extension.state == ExtensionState.ASKED)
    )
    return {it.matter_id: it for it in found}


def _problems(session: Session, item: AgendaItem, given: Decided, standing: Standing, now: datetime) -> list[Problem]:
    if standing.state in OFF_THE_AGENDA:
        return []
    found = decision_problems(standing, given, now.astimezone(ZONE).date())
    if len(given.conclusion) > LONGEST_TEXT:
        found.append(Problem("conclusion", f"议定意见最多 {LONGEST_TEXT} 个字，请精简。"))
    try:
        must_be_printable(given.conclusion, field="conclusion")
    except RuleBroken as refusal:
        found.append(Problem("conclusion", refusal.message))
    if given.unit_id is not None:
        unit = session.get(Unit, given.unit_id)
        if unit is None or not unit.active:
            found.append(Problem("unit_id", "所选的单位不存在或已停用，请重新选择。"))
        elif standing.state is MatterState.AWAITING_ASSIGNMENT:
            found += _draft_problems(session, item, given)
    return [Problem(f"{it.field}_{item.matter_id}", it.message) for it in found]


def _draft_problems(session: Session, item: AgendaItem, given: Decided) -> list[Problem]:
    """A slip that carries the matter already can only be changed while it is a draft, and for this matter alone."""
    for it in carriers(session, [item.matter_id]):
        if it.state is not SlipState.DRAFT:
            told = f"这项诉求已在{it.name}（{it.state.label}）上，请先把那张单退回修改，或不选单位、只记意见。"
            return [Problem("unit_id", told)]
        slip = locked_slip(session, it.slip_id, None)
        if len(slip.entries) > 1 and slip.lead_unit_id not in (None, given.unit_id):
            return [Problem("unit_id", "这项诉求与其他事项同在一张交办单草稿上，牵头单位不同，请先从那张草稿移出。")]
    return []


def _carry_out(
    session: Session,
    meeting: Meeting,
    item: AgendaItem,
    given: Decided,
    standing: Standing,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    item.conclusion, item.unit_id, item.due_on = given.conclusion.strip(), given.unit_id, given.due_on
    change, became = day_change(standing, given), ""
    if standing.state is MatterState.AWAITING_ASSIGNMENT and given.unit_id is not None:
        became = _assign(session, item, given, actor=actor, now=now)
    elif change is DayChange.GRANTS:
        remark = f"{meeting.kind.label}“{meeting.title}”议定"
        try:
            decide_extension(session, item.matter_id, grant=True, remark=remark, actor=actor, now=now)
        except RuleBroken as refusal:
            raise DecisionsRefused([Problem(f"due_on_{item.matter_id}", refusal.message)]) from refusal
        became = f"；同意延期至{dated(item.matter.due_on or meeting.held_on)}"
    elif change is DayChange.EARLIER and given.due_on is not None:
        became = f"；要求{dated(given.due_on)}前落实，办结时限不变"
    said = f"{meeting.kind.label}议定：{item.conclusion[:80]}{became}"
    record(session, actor, now, "meeting_decided", item.matter, summary=said, meeting=meeting.id)
    _tell_units(session, meeting, item, now)


def _assign(session: Session, item: AgendaItem, given: Decided, *, actor: Actor, now: datetime) -> str:
    """The unit goes on the matter's slip draft; there is a new one unless it had one."""
    on = carriers(session, [item.matter_id])
    if on:
        draft = draft_of_record(locked_slip(session, on[0].slip_id, None))
    else:
        draft = proposed_draft(session, [item.matter_id], today=now.astimezone(ZONE).date())
    order = replace(draft.order, lead_unit_id=given.unit_id, due_on=given.due_on or draft.order.due_on)
    order = replace(order, assisting=tuple(it for it in order.assisting if it.unit_id != given.unit_id))
    draft = replace(draft, order=order)
    try:
        if on:
            edit_draft(session, on[0].slip_id, draft, actor=actor, now=now)
        else:
            draft_slip(session, draft.matter_ids, draft, actor=actor, now=now)
    except RuleBroken as refusal:
        raise DecisionsRefused([Problem(f"unit_id_{item.matter_id}", refusal.message)]) from refusal
    return f"；由{session.get_one(Unit, given.unit_id).short_name}牵头，已写入交办单草稿"


def _tell_units(session: Session, meeting: Meeting, item: AgendaItem, now: datetime) -> None:
    """The unit in whose hands it is, and the one the meeting named, hear of it; who gets a slip hears with the slip."""
    matter = item.matter
    if matter.state is MatterState.AWAITING_ASSIGNMENT:
        return
    units = {it for it in (matter.lead_unit_id, item.unit_id) if it is not None}
    tell(
        session, accounts_of_units(session, units), f"meeting-decided:{meeting.id}:{item.matter_id}",
        f"{meeting.kind.label}议定：{matter.title}"[:120], body=item.conclusion[:400], url=f"/meetings/{meeting.id}",
        now=now,
    )  # fmt: skip
