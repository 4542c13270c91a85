"""Robots of groups as the office sees them: their addresses masked, and what became of their latest posts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.masking import mask_address
from portal.domain.messages import Channel, MessageState
from portal.store.models.messages import Message, Robot


@dataclass(frozen=True, slots=True)
class RobotRow:
    """A robot; its address is masked, and of its secret is told only whether there is one."""

    id: int
    name: str
    channel: Channel
    address: str
    has_secret: bool
    keyword: str
    active: bool
    waiting: int = 0
    failed: int = 0
    sent_at: datetime | None = None

    @property
    def check(self) -> str:
        """How the group knows our posts."""
        ways = ["加签"] if self.has_secret else []
        ways += [f"关键词“{self.keyword}”"] if self.keyword else []
        return "、".join(ways) or "没有设置"


def robots(session: Session) -> Sequence[RobotRow]:
    """Every robot, those in use first."""
    found = session.scalars(select(Robot).order_by(Robot.active.desc(), Robot.name, Robot.id)).all()
    counts: dict[tuple[int | None, MessageState], tuple[int, datetime | None]] = {
        (row.robot_id, row.state): (row.number, row.latest)
        for row in session.execute(
            select(
                Message.robot_id, Message.state, func.count().label("number"), func.max(Message.sent_at).label("latest")
            )
            .where(Message.robot_id.is_not(None))
            .group_by(Message.robot_id, Message.state)
        )
    }
    nothing = (0, None)
    return [
        _row(
            it,
            counts.get((it.id, MessageState.WAITING), nothing)[0],
            counts.get((it.id, MessageState.FAILED), nothing)[0],
            counts.get((it.id, MessageState.SENT), nothing)[1],
        )
        for it in found
    ]


def robot_row(session: Session, robot_id: int) -> RobotRow:
    """One robot. Raises NotFound."""
    found = session.get(Robot, robot_id)
    if found is None:
        raise NotFound("没有找到这个群机器人。请从“群机器人”进入。")
    return _row(found)


def _row(it: Robot, waiting: int = 0, failed: int = 0, sent_at: datetime | None = None) -> RobotRow:
    masked = mask_address(it.address)
    return RobotRow(
        it.id, it.name, it.channel, masked, bool(it.secret), it.keyword, it.active, waiting, failed, sent_at
    )
