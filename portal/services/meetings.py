"""Meetings that push open matters on (调度会、推进会、会商): planned, their agenda put together, called off (JY-05)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.documents.fonts import must_be_printable
from portal.domain.errors import Conflict, NotFound, RuleBroken, refuse
from portal.domain.meetings import (
    LONGEST_REASON,
    LONGEST_TEXT,
    MEETING_STEPS,
    MOST_ITEMS,
    OFF_THE_AGENDA,
    SHORTEST,
    MeetingKind,
    MeetingState,
    plan_problems,
)
from portal.domain.people import Action, Actor, must
from portal.services.handling_files import attach, must_be_few
from portal.services.uploads import AcceptedFile
from portal.store.audit_trail import record
from portal.store.models.matters import Matter
from portal.store.models.meetings import AgendaItem, Meeting
from portal.store.models.people import Leader

CHANGED = "您打开页面之后，别人已修改了这次会议。您填写的内容仍在，请核对最新内容后再提交。"
UNSEEN = "没有找到这次会议，可能编号有误，或不在您可见的范围内。"


@dataclass(frozen=True, slots=True)
class MeetingPlan:
    """What is settled before a meeting: its kind and name, when and where, who chairs it."""

    kind: MeetingKind
    title: str
    held_on: date
    venue: str = ""
    chair_id: int | None = None


def plan_meeting(
    session: Session, plan: MeetingPlan, matter_ids: Sequence[int] = (), *, actor: Actor, now: datetime
) -> Meeting:
    """Plan a meeting; `matter_ids` are the first of its agenda. It may be entered after it took place.

    The same plan sent twice by the same person is one meeting.
    """
    must(actor, Action.KEEP_MEETINGS)
    twin = session.scalar(_twins(plan).where(Meeting.made_by == actor.name).limit(1))
    if twin is not None:
        meeting = planned_meeting(session, twin, version=None, actor=actor)
        _add(session, meeting, matter_ids)
        return meeting
    meeting = Meeting(state=MeetingState.PLANNED, made_by=actor.name, made_at=now, agenda=[])
    _write_plan(session, meeting, plan)
    session.add(meeting)
    session.flush()
    _add(session, meeting, matter_ids)
    record(session, actor, now, "meeting_planned", meeting, summary=f"安排{meeting.kind.label}：{meeting.title}")
    return meeting


def edit_meeting(
    session: Session, meeting_id: int, plan: MeetingPlan, *, version: int | None = None, actor: Actor, now: datetime
) -> Meeting:
    """Change what is settled of a meeting that has not taken place."""
    meeting = planned_meeting(session, meeting_id, version=version, actor=actor)
    _write_plan(session, meeting, plan)
    record(session, actor, now, "meeting_edited", meeting, summary=f"修改{meeting.kind.label}：{meeting.title}")
    return meeting


def put_on_agenda(
    session: Session,
    meeting_id: int,
    matter_ids: Sequence[int],
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Put open matters at the end of the agenda; one that is on it stays where it is. Answers how many came."""
    meeting = planned_meeting(session, meeting_id, version=version, actor=actor)
    came = _add(session, meeting, matter_ids)
    if not matter_ids:
        raise RuleBroken("请先勾选要列入议题的诉求。", field="matters")
    if came:
        _edited(session, meeting, f"{meeting.kind.label}增加 {came} 项议题", actor, now)
    return came


def take_off_agenda(
    session: Session, meeting_id: int, matter_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> None:
    """Take a matter off the agenda before the meeting."""
    meeting = planned_meeting(session, meeting_id, version=version, actor=actor)
    item = _item(meeting, matter_id)
    meeting.agenda.remove(item)
    _renumber(meeting, [it for it in meeting.agenda if it is not item])
    _edited(session, meeting, f"{meeting.kind.label}移出议题", actor, now, matter=matter_id)


def order_agenda(
    session: Session,
    meeting_id: int,
    matter_ids: Sequence[int],
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Put the agenda into this order; whatever is not named keeps its order behind it."""
    meeting = planned_meeting(session, meeting_id, version=version, actor=actor)
    places = {matter_id: place for place, matter_id in enumerate(matter_ids)}
    ordered = sorted(meeting.agenda, key=lambda it: (places.get(it.matter_id, len(places)), it.position))
    if [it.matter_id for it in ordered] == [it.matter_id for it in meeting.agenda]:
        return
    _renumber(meeting, ordered)
    _edited(session, meeting, f"调整{meeting.kind.label}议题顺序", actor, now)


def move_item(
    session: Session,
    meeting_id: int,
    matter_id: int,
    by: int,
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Move one item up (`by` -1) or down (1) the agenda; at its end it stays."""
    meeting = planned_meeting(session, meeting_id, version=version, actor=actor)
    _item(meeting, matter_id)
    ids = [it.matter_id for it in meeting.agenda]
    place = ids.index(matter_id)
    ids.insert(max(0, min(place + by, len(ids) - 1)), ids.pop(place))
    order_agenda(session, meeting_id, ids, actor=actor, now=now)


def cancel_meeting(
    session: Session, meeting_id: int, why: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Meeting:
    """Call a meeting off with a reason; its agenda stays to be read."""
    meeting = planned_meeting(session, meeting_id, version=version, actor=actor)
    why = why.strip()
    if not SHORTEST <= len(why) <= LONGEST_REASON:
        raise RuleBroken(f"请写明取消原因，{SHORTEST} 至 {LONGEST_REASON} 个字。", field="reason")
    meeting.state, meeting.cancelled_why = MeetingState.CANCELLED, why
    record(session, actor, now, "meeting_cancelled", meeting, summary=f"取消{meeting.kind.label}：{why[:60]}")
    return meeting


def correct_minutes(
    session: Session,
    meeting_id: int,
    minutes: str,
    *,
    files: Sequence[AcceptedFile] = (),
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Meeting:
    """Correct the minutes of a meeting that was held, or add files; what it assigned is changed where it went."""
    must(actor, Action.KEEP_MEETINGS)
    meeting = locked_meeting(session, meeting_id, version)
    if meeting.state is not MeetingState.HELD:
        raise RuleBroken(f"会议现为“{meeting.state.label}”，还没有纪要可改。", field="state")
    meeting.minutes = written_minutes(minutes)
    attach_to_minutes(session, meeting, files, now=now)
    said = f"，增加附件 {len(files)} 个" if files else ""
    record(
        session, actor, now, "meeting_edited", meeting, summary=f"修改{meeting.kind.label}纪要：{meeting.title}{said}"
    )
    return meeting


def attach_to_minutes(session: Session, meeting: Meeting, files: Sequence[AcceptedFile], *, now: datetime) -> None:
    """Let some files go with the minutes; the meeting is another version then, so that a form sent twice brings them once."""
    must_be_few(files)
    if files:
        attach(session, files, meeting_id=meeting.id, now=now)
        meeting.version += 1
        session.flush()


def written_minutes(text: str) -> str:
    """The text of the minutes as it is kept. Raises RuleBroken for one too long or that cannot be printed."""
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        raise RuleBroken(f"会议情况最多 {LONGEST_TEXT} 个字，请精简。", field="minutes")
    must_be_printable(text, field="minutes")
    return text


def locked_meeting(session: Session, meeting_id: int, version: int | None) -> Meeting:
    """A meeting with its agenda, locked. Raises NotFound, and Conflict when it was changed after the page was shown."""
    meeting = session.scalars(
        select(Meeting)
        .where(Meeting.id == meeting_id)
        .options(selectinload(Meeting.agenda).options(joinedload(AgendaItem.matter)))
        .with_for_update(of=Meeting)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if meeting is None:
        raise NotFound(UNSEEN)
    if version is not None and version != meeting.version:
        raise Conflict(CHANGED)
    return meeting


def planned_meeting(session: Session, meeting_id: int, *, version: int | None, actor: Actor) -> Meeting:
    """A meeting that has still to take place, locked. Raises RuleBroken for any other."""
    must(actor, Action.KEEP_MEETINGS)
    meeting = locked_meeting(session, meeting_id, version)
    MEETING_STEPS.advance(meeting.state, MeetingState.HELD)
    return meeting


def _twins(plan: MeetingPlan) -> Select[tuple[int]]:
    return select(Meeting.id).where(
        Meeting.state == MeetingState.PLANNED,
        Meeting.kind == plan.kind,
        Meeting.title == plan.title.strip(),
        Meeting.held_on == plan.held_on,
        Meeting.venue == plan.venue.strip(),
        Meeting.chair_id == plan.chair_id if plan.chair_id is not None else Meeting.chair_id.is_(None),
    )


def _write_plan(session: Session, meeting: Meeting, plan: MeetingPlan) -> None:
    refuse(plan_problems(plan.title, plan.venue))
    for name, text in (("title", plan.title), ("venue", plan.venue)):
        must_be_printable(text, field=name)
    if plan.chair_id is not None and session.get(Leader, plan.chair_id) is None:
        raise RuleBroken("所选的主持领导不存在，请重新选择。", field="chair_id")
    meeting.kind, meeting.title, meeting.held_on = plan.kind, plan.title.strip(), plan.held_on
    meeting.venue, meeting.chair_id = plan.venue.strip(), plan.chair_id


def _add(session: Session, meeting: Meeting, matter_ids: Sequence[int]) -> int:
    there = {it.matter_id for it in meeting.agenda}
    wanted = [it for it in dict.fromkeys(matter_ids) if it not in there]
    matters = {it.id: it for it in session.scalars(select(Matter).where(Matter.id.in_(wanted)))}
    if len(matters) != len(wanted):
        raise NotFound("所选的诉求事项不存在，请重新选择。")
    ended = [it.number for it in matters.values() if it.state in OFF_THE_AGENDA]
    if ended:
        raise RuleBroken(f"{'、'.join(ended)}已经办结，不必再上会。", field="matters")
    if len(there) + len(wanted) > MOST_ITEMS:
        raise RuleBroken(f"一次会议最多 {MOST_ITEMS} 项议题，请分次召开。", field="matters")
    meeting.agenda.extend(
        AgendaItem(matter_id=it, matter=matters[it], position=place)
        for place, it in enumerate(wanted, start=len(there) + 1)
    )
    session.flush()
    return len(wanted)


def _renumber(meeting: Meeting, items: Sequence[AgendaItem]) -> None:
    for place, item in enumerate(items, start=1):
        item.position = place
    meeting.agenda.sort(key=lambda it: it.position)


def _edited(session: Session, meeting: Meeting, summary: str, actor: Actor, now: datetime, **more: int) -> None:
    """The agenda is part of the meeting: its version says that it changed."""
    meeting.version += 1
    session.flush()
    record(session, actor, now, "meeting_edited", meeting, summary=summary, **more)


def _item(meeting: Meeting, matter_id: int) -> AgendaItem:
    found = next((it for it in meeting.agenda if it.matter_id == matter_id), None)
    if found is None:
        raise Conflict("这项诉求已不在议题中，可能别人已移出。")
    return found
