"""The dates a slip is proposed to have, how they were counted, and how they follow when the matters are classed otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from portal.documents.words import day as dated
from portal.domain.deadlines import HandlingTime
from portal.services.calendars import calendar_now
from portal.services.slip_drafts import SlipDraft
from portal.services.slip_orders import Classed, assisting_date, handling_time, usual_limit
from portal.store.queries.office import office_rules


@dataclass(frozen=True, slots=True)
class CountedDates:
    """Until when a slip is due and its assisting units answer, as counted from `start`."""

    due: date
    assisting: date | None
    start: date
    time: HandlingTime
    lead_days: int
    is_close: bool = False

    @property
    def due_note(self) -> str:
        """How the due date was counted."""
        return f"{self.time.label}，自{dated(self.start)}起算，至{dated(self.due)}。"

    @property
    def assisting_note(self) -> str:
        """How the date of the units that assist was counted."""
        if self.assisting is None:
            return ""
        if self.is_close:
            return f"办结时限已近，取下一个工作日，不晚于办结时限：{dated(self.assisting)}。"
        early = f"比办结时限早 {self.lead_days} 个工作日" if self.lead_days else "与办结时限相同"
        return f"{early}：{dated(self.assisting)}。"


def counted_dates(
    session: Session, matters: Sequence[Classed], day: date, *, today: date, due: date | None = None
) -> CountedDates:
    """What the dates would be for these matters; `due` is one set by hand, from which the earlier one is counted."""
    usual = usual_limit(session, day, today, matters)
    lead_days, last = office_rules(session).assisting_lead_days, due or usual.due
    early = calendar_now(session).before(last, lead_days) if lead_days else last
    return CountedDates(
        due=usual.due,
        assisting=assisting_date(session, last, today),
        start=usual.start,
        time=handling_time(session, matters),
        lead_days=lead_days,
        is_close=early <= today,
    )


def follow_classes(
    draft: SlipDraft, seen_due: date | None, seen_assisting: date | None, now: CountedDates
) -> SlipDraft:
    """The draft with the dates proposed now, where it still has those proposed before; a date set by hand stays.

    The proposal's text names the date too, so it follows.
    """
    order, proposal = draft.order, draft.proposal
    if order.due_on is not None and order.due_on == seen_due != now.due:
        proposal = proposal.replace(dated(order.due_on), dated(now.due))
        order = replace(order, due_on=now.due)
    helpers = tuple(
        replace(it, due_on=now.assisting) if it.due_on is not None and it.due_on == seen_assisting else it
        for it in order.assisting
    )
    return replace(draft, order=replace(order, assisting=helpers), proposal=proposal)
