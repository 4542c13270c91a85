"""Where the sample district receives, and how it cuts a day into slots, and whom it could tell."""

from datetime import datetime, time

from sqlalchemy.orm import Session

from portal.domain.messages import Channel
from portal.domain.people import Actor
from portal.services.robots import RobotEntry, add_robot, stop_robot
from portal.services.sample.registers import Registers
from portal.services.slot_templates import TemplateEntry, add_slot_template
from portal.services.venues import VenueEntry, add_venue

VENUES = (
    ("区工商联会议室", "安澜区澄江路88号区工商联三楼"),
    ("区政务服务中心接待大厅", "安澜区望岳大道1号一楼"),
)
ROBOT = RobotEntry(
    "接待日工作群（示例）",
    Channel.DINGTALK,
    "https://oapi.dingtalk.com/robot/send?access_token=0example0",
    keyword="接待日",
)
"""Invented, and stopped from the beginning: a sample tells nobody outside anything."""

TEMPLATES = (
    TemplateEntry("半天六场", time(9, 0), 40, 6, position=1),
    TemplateEntry("全天八场（午休）", time(9, 0), 40, 8, break_from=time(11, 45), break_minutes=105, position=2),
)


def furnish(session: Session, registers: Registers, *, now: datetime) -> None:
    """Enter the venues, the last one the room of the enterprise with the longest name, the slot templates, and a robot."""
    actor, lender = Actor.system(), registers.enterprises[-1]
    entries = [VenueEntry(name, address, position=place) for place, (name, address) in enumerate(VENUES, start=1)]
    entries.append(VenueEntry(f"{lender.name}会议室", lender.registered_place, lender.id, len(entries) + 1))
    for entry in entries:
        add_venue(session, entry, actor=actor, now=now)
    for template in TEMPLATES:
        add_slot_template(session, template, actor=actor, now=now)
    robot = add_robot(session, ROBOT, allowed=(), actor=actor, now=now)
    stop_robot(session, robot.id, actor=actor, now=now)
