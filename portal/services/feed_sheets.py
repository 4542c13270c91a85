"""What a calendar feed says at this moment: the events of whoever holds its address (domain 7.1)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.calendar_feed import FeedEvent, FeedSheet
from portal.domain.feeds import MONTHS_BACK, EventStatus, FeedScope, event_status
from portal.domain.rota import DutySeat
from portal.store.queries.duty import TurnRow
from portal.store.queries.feeds import FeedDay, FeedHolder, feed_days, lost_turns
from portal.store.sealing import derived_key

WITHOUT_SLOTS = timedelta(hours=3)
"""How long a reception day is taken to last before it has slots: half a working day."""


def feed_sheet(session: Session, holder: FeedHolder, *, source: str, district: str, today: date) -> FeedSheet:
    """Put a feed together; `source` is the whole address at which it is read.

    The same records always give the same feed. It names leaders and places and nobody else.
    """
    own = uid_space()
    root = source.partition("/calendar/")[0]
    days = feed_days(session, _months_before(today, MONTHS_BACK))
    personal = holder.scope is FeedScope.PERSONAL
    events = _turns(session, holder, days, own, root) if personal else _days(holder, days, own, root)
    name = f"{district}民营企业接待日" + ("（我的轮值）" if personal else "")
    return FeedSheet(
        uid=f"feed-{holder.feed_id}@{own}",
        name=name,
        description="由民营企业接待日门户提供，随安排自动更新。",
        source=source,
        url=f"{root}/calendar/",
        events=tuple(events),
        changed_at=max((day.changed_at for day in days if day.changed_at), default=holder.made_at),
    )


def uid_space() -> str:
    """What follows the @ of every UID: this portal's own, whatever address it is reached at (RFC 7986, 5.3)."""
    return derived_key("calendar-uid").hex()[:24]


def _days(holder: FeedHolder, days: Sequence[FeedDay], own: str, root: str) -> Iterator[FeedEvent]:
    """Every reception day once."""
    for day in days:
        title = "民营企业接待日" + (f"：{day.theme}" if day.theme else "")
        uid = f"reception-day-{day.id}@{own}"
        yield _event(day, uid, title, event_status(day.state), holder, root)


def _turns(session: Session, holder: FeedHolder, days: Sequence[FeedDay], own: str, root: str) -> Iterator[FeedEvent]:
    """Every turn of the leaders this person stands for; one that was given up stays as cancelled, so it goes away."""
    mine = holder.actor.leader_ids
    lost = {(it.day_id, it.leader_id): it.leader for it in lost_turns(session, mine, days[0].day)} if days else {}
    for day in days:
        seated = {turn.leader_id: turn for turn in day.turns if turn.leader_id in mine}
        gone = {leader: name for (day_id, leader), name in lost.items() if day_id == day.id and leader not in seated}
        for leader_id in sorted({*seated, *gone}):
            turn = seated.get(leader_id)
            title = f"{turn.leader}：接待日{turn.seat.label}" if turn else f"{gone[leader_id]}：接待日轮值已调整"
            status = event_status(day.state, serves=turn is not None)
            yield _event(day, f"duty-{day.id}-{leader_id}@{own}", title, status, holder, root)


def _event(day: FeedDay, uid: str, title: str, status: EventStatus, holder: FeedHolder, root: str) -> FeedEvent:
    starts = _moment(day.day, day.starts_at)
    ends = _moment(day.day, day.ends_at) if day.ends_at else starts + WITHOUT_SLOTS
    return FeedEvent(
        uid=uid,
        title=title if status is EventStatus.CONFIRMED else f"{title}（{status.label}）",
        status=status,
        starts=starts,
        ends=max(ends, starts),
        place=day.venue,
        description="\n".join(_duty_lines(day.turns)) if status is not EventStatus.CANCELLED else "",
        url=f"{root}/reception-days/{day.day}",
        sequence=day.sequence,
        changed_at=day.changed_at or holder.made_at,
    )


def _duty_lines(turns: tuple[TurnRow, ...]) -> Iterator[str]:
    for seat in DutySeat:
        people = [f"{turn.leader} {turn.post}".strip() for turn in turns if turn.seat is seat]
        if people:
            yield f"{seat.label}：" + "、".join(people)


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, ZONE)


def _months_before(day: date, months: int) -> date:
    """The first of the month so many months ago, so that a feed does not change with every day."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)
