"""What the notice of a refusal says, for a booking with all its matters or for one matter (domain 11.6)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.refusal_notice import RefusalNoticeSheet
from portal.documents.sheets import MatterLine
from portal.domain.errors import RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.refusals import RefusalGround, said_besides
from portal.services.dispositions import refusal_parts
from portal.services.follow_notes import follow_notes
from portal.services.visit_papers import matter_lines, whom_to_ask
from portal.store.queries.office import office_rules
from portal.store.queries.refusals import Refusal, refusal_of_booking, refusal_of_matter

NOBODY_NAMED = "来访人"


def booking_refusal_sheet(
    session: Session, booking_id: int, *, address: str = "", actor: Actor, now: datetime
) -> RefusalNoticeSheet:
    """The notice for a refused booking. Raises RuleBroken for any other."""
    must(actor, Action.REVIEW_BOOKING)
    found = refusal_of_booking(session, booking_id, actor=actor)
    if not found.is_refused:
        advice = "单项诉求的告知书请到该项诉求的页面打印。"
        raise RuleBroken(f"预约现为“{found.state}”，没有不予受理，不印告知书。{advice}")
    return _sheet(session, found, address, now)


def matter_refusal_sheet(
    session: Session, matter_id: int, *, address: str = "", actor: Actor, now: datetime
) -> RefusalNoticeSheet:
    """The notice for one refused matter. Raises RuleBroken for any other."""
    must(actor, Action.DISPOSE_MATTER)
    found = refusal_of_matter(session, matter_id, actor=actor)
    if not found.is_refused:
        raise RuleBroken(f"诉求现为“{found.state}”，没有不予受理，不印告知书。")
    return _sheet(session, found, address, now)


def _sheet(session: Session, found: Refusal, address: str, now: datetime) -> RefusalNoticeSheet:
    """Of what is classified neither the words of the matter nor those of the reason go on paper."""
    rules = office_rules(session)
    reason, channel = refusal_parts(found.ended_reason)
    is_secret = found.ground is RefusalGround.CLASSIFIED
    besides = said_besides(found.ground, reason)
    named = found.ground not in (None, RefusalGround.OTHER)
    return RefusalNoticeSheet(
        enterprise_name=found.enterprise or NOBODY_NAMED,
        matters=tuple(MatterLine(ordinal=place, title="") for place in range(1, len(found.matters) + 1))
        if is_secret
        else matter_lines(found.matters),
        raised_on=found.raised_on,
        held_on=found.held_on,
        ground=found.ground.label if found.ground and named else besides,
        reason=besides if named and not is_secret else "",
        channel=RefusalGround.CLASSIFIED.channel if is_secret else channel,
        contact=whom_to_ask(rules),
        issuing_organ=rules.issuing_organ,
        issued_on=(found.refused_at or now).astimezone(ZONE).date(),
        follow=follow_notes(session, [found.booking_id], address).get(found.booking_id) if found.booking_id else None,
        is_secret=is_secret,
        is_sample=rules.sample,
    )
