"""Where the sample district receives, and how it cuts a day into slots."""

from datetime import datetime, time

from sqlalchemy.orm import Session

from portal.domain.people import Actor
from portal.services.sample.registers import Registers
from portal.services.slot_templates import TemplateEntry, add_slot_template
from portal.services.venues import VenueEntry, add_venue

VENUES = (
    ("区工商联会议室", "安澜区澄江路88号区工商联三楼"),
    ("区政务服务中心接待大厅", "安澜区望岳大道1号一楼"),
)
TEMPLATES = (
    TemplateEntry("半天六场", time(9, 0), 40, 6, position=1),
    TemplateEntry("全天八场（午休）", time(9, 0), 40, 8, break_from=time(11, 45), break_minutes=105, position=2),
)


def furnish(session: Session, registers: Registers, *, now: datetime) -> None:
    """Enter the venues, the last one the room of the enterprise with the longest name, and the slot templates."""
    actor, lender = Actor.system(), registers.enterprises[-1]
    entries = [VenueEntry(name, address, position=place) for place, (name, address) in enumerate(VENUES, start=1)]
    entries.append(VenueEntry(f"{lender.name}会议室", lender.registered_place, lender.id, len(entries) + 1))
    for entry in entries:
        add_venue(session, entry, actor=actor, now=now)
    for template in TEMPLATES:
        add_slot_template(session, template, actor=actor, now=now)
