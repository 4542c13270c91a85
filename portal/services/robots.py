"""Robots of groups, kept by the office: their addresses and secrets are sealed, and nobody reads them again (domain 8)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.messages import GROUPS, Channel
from portal.domain.people import Action, Actor, must
from portal.notify.letters import Line
from portal.notify.mail import NotSent
from portal.notify.robots import RobotAddress, address_problem, digest, post
from portal.services.group_outbox import count_post, may_post
from portal.store.audit_trail import record
from portal.store.models.messages import Robot
from portal.store.queries.office import office_rules

LONGEST_NAME, LONGEST_KEYWORD, LONGEST_ADDRESS, LONGEST_SECRET = 40, 40, 300, 120


@dataclass(frozen=True, slots=True)
class RobotEntry:
    """What the office says of a robot; without an address or a secret those on file stay."""

    name: str
    channel: Channel
    address: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    keyword: str = ""
    drops_secret: bool = False


def add_robot(session: Session, entry: RobotEntry, *, allowed: Collection[str], actor: Actor, now: datetime) -> Robot:
    """Enter a robot; it hears of what happens from now on. `allowed` are the further hosts of the settings."""
    must(actor, Action.KEEP_ROBOTS)
    if not entry.address.strip():
        raise RuleBroken("请填写机器人的 Webhook 地址。", field="address")
    robot = Robot(active=True, posts="", keyword="", name="", channel=entry.channel, address="")
    _write(session, robot, entry, allowed)
    session.add(robot)
    _store(session)
    record(session, actor, now, "robot_added", robot, summary=f"新增群机器人“{robot.name}”")
    return robot


def edit_robot(
    session: Session, robot_id: int, entry: RobotEntry, *, allowed: Collection[str], actor: Actor, now: datetime
) -> Robot:
    """Change a robot; the kind of its group stays, as what waits for it was written for that kind."""
    must(actor, Action.KEEP_ROBOTS)
    robot = _robot(session, robot_id)
    if entry.channel is not robot.channel:
        raise RuleBroken("机器人的类型不能改。请停用这一个，另外新增。", field="channel")
    changed = bool(entry.address.strip())
    _write(session, robot, entry, allowed)
    _store(session)
    record(session, actor, now, "robot_edited", robot, summary=f"修改群机器人“{robot.name}”", address_changed=changed)
    return robot


def stop_robot(session: Session, robot_id: int, *, actor: Actor, now: datetime) -> Robot:
    """Tell a group nothing any more; what still waits for it is given up."""
    return _switch(session, robot_id, active=False, actor=actor, now=now)


def start_robot(session: Session, robot_id: int, *, actor: Actor, now: datetime) -> Robot:
    """Tell a group again, of what happens from now on."""
    return _switch(session, robot_id, active=True, actor=actor, now=now)


def claim_test(session: Session, robot_id: int, *, at: datetime, actor: Actor, now: datetime) -> RobotAddress:
    """Take one of the robot's posts of this minute for a test. Raises RuleBroken when there is none left."""
    must(actor, Action.KEEP_ROBOTS)
    robot = _robot(session, robot_id)
    if not may_post(robot, at):
        raise RuleBroken("这个机器人刚刚发得太多，钉钉和企业微信每分钟最多 20 条。请过一会儿再试。")
    count_post(session, robot, at)
    record(session, actor, now, "robot_tested", robot, summary=f"试发群机器人“{robot.name}”")
    return RobotAddress(robot.channel, robot.address, robot.secret, robot.keyword)


def send_test(session: Session, robot: RobotAddress, *, address: str, allowed: Collection[str], at: datetime) -> None:
    """Post a test into the group. Raises RuleBroken with what the service said."""
    rules = office_rules(session)
    session.rollback()  # nothing of the database is held while a server far away takes its time
    lines = [Line("这是一条试发的消息，收到说明机器人已经设置好")]
    text = digest(
        robot.channel, lines,
        organ=rules.issuing_organ, address=address, keyword=robot.keyword, sample=rules.sample,
    )  # fmt: skip
    try:
        post(robot, text, allowed=allowed, at=at)
    except NotSent as trouble:
        raise RuleBroken(f"试发没有成功：{trouble}。") from None


def _switch(session: Session, robot_id: int, *, active: bool, actor: Actor, now: datetime) -> Robot:
    must(actor, Action.KEEP_ROBOTS)
    robot = _robot(session, robot_id)
    robot.active = active
    act, word = ("robot_started", "启用") if active else ("robot_stopped", "停用")
    record(session, actor, now, act, robot, summary=f"{word}群机器人“{robot.name}”")
    return robot


def _write(session: Session, robot: Robot, entry: RobotEntry, allowed: Collection[str]) -> None:
    name, address = entry.name.strip(), entry.address.strip()
    secret, keyword = entry.secret.strip(), entry.keyword.strip()
    for field_, text, most in (
        ("name", name, LONGEST_NAME), ("address", address, LONGEST_ADDRESS),
        ("secret", secret, LONGEST_SECRET), ("keyword", keyword, LONGEST_KEYWORD),
    ):  # fmt: skip
        if len(text) > most:
            raise RuleBroken(f"最多 {most} 个字符，请检查。", field=field_)
    if not name:
        raise RuleBroken("请填写群的名称，例如“接待日工作群”。", field="name")
    if entry.channel not in GROUPS:
        raise RuleBroken("请选择钉钉群或企业微信群。", field="channel")
    if session.scalar(select(Robot.id).where(Robot.name == name, Robot.id != (robot.id or 0))) is not None:
        raise RuleBroken(f"已有名为“{name}”的机器人（停用的也算），请换一个名称。", field="name")
    if address:
        problem = address_problem(entry.channel, address, allowed)
        if problem is not None:
            raise RuleBroken(problem, field="address")
        robot.address = address
    if secret and entry.channel is not Channel.DINGTALK:
        raise RuleBroken("企业微信群机器人没有加签，请留空。", field="secret")
    if secret or entry.drops_secret:
        robot.secret = secret or None
    robot.name, robot.channel, robot.keyword = name, entry.channel, keyword


def _store(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(
            "同名的机器人刚刚由别人建立，没有重复保存。请换一个名称，或返回列表查看。", field="name"
        ) from None


def _robot(session: Session, robot_id: int) -> Robot:
    robot = session.get(Robot, robot_id, with_for_update=True, populate_existing=True)
    if robot is None:
        raise NotFound("没有找到这个群机器人。请从“群机器人”进入。")
    return robot
