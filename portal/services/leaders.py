"""Leaders: the person stays, posts and portfolios are dated, so old papers keep the post held then (domain 11.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.documents.fonts import must_be_printable
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.workdays import ONE_DAY
from portal.services.initials import initials
from portal.store.audit_trail import record
from portal.store.models.duty import SeatPool
from portal.store.models.people import Leader, Portfolio, Post
from portal.store.models.reception import DutyTurn, ReceptionDay

T = TypeVar("T", Post, Portfolio)


@dataclass(frozen=True, slots=True)
class LeaderEntry:
    """What stays with the person: name, place in the order, the span of service, and what the rota must know.

    A weight of 0.5 asks for half as many turns as the others take; None for `serves_until` means still serving. A chief
    receives once a quarter at least. `pools` are the seats whose list the leader is on; a seat with an empty list is
    open to all.
    """

    name: str
    serves_from: date
    serves_until: date | None = None
    position: int = 0
    weight: float = 1.0
    is_chief: bool = False
    pools: tuple[DutySeat, ...] = ()


def add_leader(
    session: Session,
    entry: LeaderEntry,
    *,
    post: str,
    fields: Sequence[str] = (),
    actor: Actor,
    now: datetime,
) -> Leader:
    """Enter a leader with the post and the fields held from the first day of service on."""
    must(actor, Action.KEEP_LEADERS)
    _check(entry)
    for name, text in (("post", post), *(("fields", each) for each in fields)):
        must_be_printable(text, field=name)
    since, until = entry.serves_from, entry.serves_until
    leader = Leader(
        initials="",
        posts=[Post(title=post, starts_on=since, ends_on=until)],
        portfolios=[Portfolio(field=each, starts_on=since, ends_on=until) for each in fields],
    )
    _write(leader, entry)
    session.add(leader)
    session.flush()
    _keep_pools(session, leader, entry.pools)
    record(session, actor, now, "leader_added", leader, summary=f"新增领导 {leader.name}（{post}）")
    return leader


def edit_leader(session: Session, leader_id: int, entry: LeaderEntry, *, actor: Actor, now: datetime) -> Leader:
    """Correct an entry, or end the service: open posts and portfolios end with it.

    Raises RuleBroken when a post began after that day, or a turn of duty lies after it.
    """
    must(actor, Action.KEEP_LEADERS)
    _check(entry)
    leader = leader_with_history(session, leader_id)
    if entry.serves_until is not None:
        _end_service(session, leader, entry.serves_until)
    first = min((post.starts_on for post in leader.posts), default=entry.serves_from)
    if entry.serves_from > first:
        raise RuleBroken(
            f"开始任职日期不能晚于第一个职务的任职日期（{_text(first)}）。请先更正该职务的日期。", field="serves_from"
        )
    _write(leader, entry)
    _keep_pools(session, leader, entry.pools)
    record(session, actor, now, "leader_edited", leader, summary=f"修改领导 {leader.name} 的信息")
    return leader


def take_up_post(session: Session, leader_id: int, title: str, since: date, *, actor: Actor, now: datetime) -> Post:
    """A leader takes up a post; the one held before ends the day before, and stays in the history (domain 11.2)."""
    must(actor, Action.KEEP_LEADERS)
    must_be_printable(title, field="title")
    leader = leader_with_history(session, leader_id)
    _within_service(leader, since)
    latest = max(leader.posts, key=lambda post: post.starts_on, default=None)
    if latest is not None:
        if since <= latest.starts_on:
            raise RuleBroken(
                f"新职务的任职日期须晚于现职务“{latest.title}”的任职日期（{_text(latest.starts_on)}）。"
                "如果是现职务填错了，请更正现职务。",
                field="starts_on",
            )
        if latest.ends_on is None or latest.ends_on >= since:
            latest.ends_on = since - ONE_DAY
    taken = Post(title=title, starts_on=since, ends_on=leader.serves_until)
    leader.posts.append(taken)
    record(session, actor, now, "post_taken_up", leader, summary=f"{leader.name} 自{_text(since)}起任{title}")
    return taken


def correct_post(
    session: Session,
    leader_id: int,
    post_id: int,
    *,
    title: str,
    since: date,
    until: date | None,
    actor: Actor,
    now: datetime,
) -> Post:
    """Put right what was entered wrongly; papers already issued keep the words they were issued with."""
    must(actor, Action.KEEP_LEADERS)
    must_be_printable(title, field="title")
    leader = leader_with_history(session, leader_id)
    post = _held(leader.posts, post_id)
    _must_run_forwards(since, until)
    _within_service(leader, since)
    for other in leader.posts:
        if other is not post and _overlap(since, until, other.starts_on, other.ends_on):
            raise RuleBroken(f"这段时间与职务“{other.title}”的任职时间重叠，请先更正其中一个。", field="starts_on")
    post.title, post.starts_on, post.ends_on = title, since, until
    record(session, actor, now, "post_corrected", leader, summary=f"更正 {leader.name} 的职务记录：{title}")
    return post


def take_up_field(
    session: Session, leader_id: int, field: str, since: date, *, actor: Actor, now: datetime
) -> Portfolio:
    """A leader begins to look after a field; others held at the same time go on."""
    must(actor, Action.KEEP_LEADERS)
    must_be_printable(field, field="field")
    leader = leader_with_history(session, leader_id)
    _within_service(leader, since)
    if any(each.field == field and _overlap(since, None, each.starts_on, each.ends_on) for each in leader.portfolios):
        raise RuleBroken(f"{leader.name}这段时间已分管“{field}”，不必再加。", field="field")
    taken = Portfolio(field=field, starts_on=since, ends_on=leader.serves_until)
    leader.portfolios.append(taken)
    record(session, actor, now, "field_taken_up", leader, summary=f"{leader.name} 自{_text(since)}起分管{field}")
    return taken


def give_up_field(
    session: Session, leader_id: int, portfolio_id: int, until: date, *, actor: Actor, now: datetime
) -> Portfolio:
    """A leader looks after a field until and including a day."""
    must(actor, Action.KEEP_LEADERS)
    leader = leader_with_history(session, leader_id)
    held = _held(leader.portfolios, portfolio_id)
    if until < held.starts_on:
        raise RuleBroken(f"结束日期不能早于开始分管的日期（{_text(held.starts_on)}）。", field="ends_on")
    held.ends_on = until
    record(session, actor, now, "field_given_up", leader, summary=f"{leader.name} 分管{held.field}至{_text(until)}止")
    return held


def leader_with_history(session: Session, leader_id: int) -> Leader:
    """A leader with every post and portfolio. Raises NotFound."""
    leader = session.scalar(
        select(Leader)
        .where(Leader.id == leader_id)
        .options(selectinload(Leader.posts), selectinload(Leader.portfolios))
        .execution_options(populate_existing=True)
    )
    if leader is None:
        raise NotFound("没有找到这位领导。")
    return leader


def _write(leader: Leader, entry: LeaderEntry) -> None:
    leader.name, leader.initials = entry.name, initials(entry.name, surname_first=True)[:40]
    leader.position, leader.weight, leader.is_chief = entry.position, entry.weight, entry.is_chief
    leader.serves_from, leader.serves_until = entry.serves_from, entry.serves_until


def _keep_pools(session: Session, leader: Leader, wanted: Sequence[DutySeat]) -> None:
    kept = {each.seat: each for each in session.scalars(select(SeatPool).where(SeatPool.leader_id == leader.id))}
    for seat in DutySeat:
        if seat in wanted and seat.value not in kept:
            session.add(SeatPool(seat=seat.value, leader_id=leader.id))
        elif seat not in wanted and seat.value in kept:
            session.delete(kept[seat.value])


def _check(entry: LeaderEntry) -> None:
    must_be_printable(entry.name, field="name")
    if entry.serves_until is not None and entry.serves_until < entry.serves_from:
        raise RuleBroken("离任日期不能早于开始任职日期。", field="serves_until")
    if not 0 < entry.weight <= 10:
        raise RuleBroken("轮值权重须大于 0、不超过 10；一般为 1，少排一半填 0.5。", field="weight")


def _end_service(session: Session, leader: Leader, until: date) -> None:
    for post in leader.posts:
        if post.starts_on > until:
            raise RuleBroken(f"离任日期早于职务“{post.title}”的任职日期，请先更正该职务。", field="serves_until")
        if post.ends_on is None or post.ends_on > until:
            post.ends_on = until
    for held in leader.portfolios:
        if held.starts_on > until:
            raise RuleBroken(f"离任日期早于开始分管“{held.field}”的日期，请先结束该分管。", field="serves_until")
        if held.ends_on is None or held.ends_on > until:
            held.ends_on = until
    turn = session.scalar(
        select(ReceptionDay.day)
        .join(DutyTurn, DutyTurn.reception_day_id == ReceptionDay.id)
        .where(DutyTurn.leader_id == leader.id, ReceptionDay.day > until, ReceptionDay.state != DayState.CANCELLED)
        .order_by(ReceptionDay.day)
        .limit(1)
    )
    if turn is not None:
        raise RuleBroken(
            f"{leader.name}在离任之后的{_text(turn)}还排有接待轮值。请先到“轮值安排”的“修复排班”把离任之后的轮值交给别人，再填写离任日期。",
            field="serves_until",
        )


def _held(terms: Sequence[T], term_id: int) -> T:
    found = next((each for each in terms if each.id == term_id), None)
    if found is None:
        raise NotFound("没有找到这条任职记录。")
    return found


def _within_service(leader: Leader, since: date) -> None:
    if since < leader.serves_from or (leader.serves_until is not None and since > leader.serves_until):
        raise RuleBroken(f"日期须在{leader.name}的任职期间内（自{_text(leader.serves_from)}起）。", field="starts_on")


def _must_run_forwards(since: date, until: date | None) -> None:
    if until is not None and until < since:
        raise RuleBroken("结束日期不能早于开始日期。", field="ends_on")


def _overlap(since: date, until: date | None, other_since: date, other_until: date | None) -> bool:
    return since <= (other_until or date.max) and other_since <= (until or date.max)


def _text(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
