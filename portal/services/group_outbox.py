"""What waits for groups: claimed per robot as one post, never more than twenty a minute whoever sends (decision 0009)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.messages import GROUPS, MessageState
from portal.notify.letters import Line
from portal.notify.robots import RobotAddress, fitting, head
from portal.services.outbox import due, is_attempted
from portal.store.models.messages import Message, Robot
from portal.store.queries.office import office_rules

A_MINUTE = timedelta(minutes=1)
MOST_A_MINUTE = 20
HOLD = timedelta(minutes=10)
"""How long DingTalk and WeCom do not listen to a robot that has posted too often."""

STOPPED = "群机器人已停用"


@dataclass(frozen=True, slots=True)
class Post:
    """Everything that goes into one post, claimed for this attempt."""

    robot: RobotAddress
    ids: tuple[int, ...]
    lines: tuple[Line, ...]


def waiting_robots(session: Session, *, now: datetime) -> list[int]:
    """The robots with something to post by now, those that have waited longest first."""
    rows = session.execute(select(Message.robot_id).where(*due(now, *GROUPS)).order_by(Message.due_at, Message.id))
    return list(dict.fromkeys(row.robot_id for row in rows))


def claim_post(session: Session, robot_id: int, *, now: datetime, at: datetime) -> tuple[Post | None, int]:
    """Take what goes into one post of a robot and count the post; and say how many messages were given up instead.

    None where nothing waits, or where the robot may not post now: `at` is the running clock's, and the row of the robot is
    held, so two processes never count past the limit.
    """
    robot = session.get_one(Robot, robot_id, with_for_update=True, populate_existing=True)
    waiting = session.scalars(
        select(Message)
        .where(Message.robot_id == robot_id, *due(now, *GROUPS))
        .order_by(Message.due_at, Message.id)
        .with_for_update(skip_locked=True)
    ).all()
    if not robot.active:
        for message in waiting:
            message.state, message.error = MessageState.DROPPED, STOPPED
        return None, len(waiting)
    if not waiting or not may_post(robot, at):
        return None, 0
    rules = office_rules(session)
    lines = [Line(it.subject, it.body, it.url) for it in waiting]
    most = fitting(
        robot.channel, lines, frame=head(rules.issuing_organ, robot.keyword, sample=rules.sample) + "x" * 200
    )
    taken = [(it, line) for it, line in zip(waiting[:most], lines, strict=False) if is_attempted(it, now)]
    given_up = len(waiting[:most]) - len(taken)
    if not taken:
        return None, given_up
    count_post(session, robot, at)
    address = RobotAddress(robot.channel, robot.address, robot.secret, robot.keyword)
    return Post(address, tuple(it.id for it, _ in taken), tuple(line for _, line in taken)), given_up


def may_post(robot: Robot, at: datetime) -> bool:
    """Whether a robot has a post left this minute and the service listens to it."""
    held = robot.held_until is not None and at < robot.held_until <= at + HOLD
    return not held and len(_recent(robot, at)) < MOST_A_MINUTE


def count_post(session: Session, robot: Robot, at: datetime) -> None:
    """Write down that a robot posts at this moment, before it does, so that one that dies while posting has counted."""
    moments = [*_recent(robot, at), at]
    _write(session, robot.id, posts=" ".join(str(int(it.timestamp() * 1000)) for it in moments))


def hold(session: Session, robot_id: int, ids: Collection[int], why: str, *, now: datetime, at: datetime) -> None:
    """Put a robot off that posts too often; the attempt was none of the messages' fault and is not counted."""
    _write(session, robot_id, held_until=at + HOLD)
    session.execute(
        update(Message)
        .where(Message.id.in_(ids), Message.state == MessageState.WAITING)
        .values(attempts=Message.attempts - 1, due_at=now, error=why[:300])
        .execution_options(synchronize_session=False)
    )


def _recent(robot: Robot, at: datetime) -> list[datetime]:
    """The posts of the last minute; what lies in the future was written before the clock was set back."""
    moments = (datetime.fromtimestamp(int(it) / 1000, at.tzinfo) for it in robot.posts.split())
    return [it for it in moments if at - A_MINUTE < it <= at]


def _write(session: Session, robot_id: int, **values: object) -> None:
    """Bookkeeping beside the robot's settings: no version and no line of the trail."""
    session.execute(
        update(Robot).where(Robot.id == robot_id).values(**values).execution_options(synchronize_session=False)
    )
