"""What the papers of a meeting say to whoever prints them: the office all of it, a unit its own items."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.meeting_papers import AgendaLine, MeetingSheet
from portal.domain.errors import RuleBroken
from portal.domain.meetings import MeetingState
from portal.domain.people import Action, Actor, must
from portal.services.handling_files import names_on_paper
from portal.store.queries.meetings import Item, meeting_page
from portal.store.queries.office import office_rules
from portal.store.queries.people import posts_held


def meeting_sheet(session: Session, meeting_id: int, *, held: bool, actor: Actor, now: datetime) -> MeetingSheet:
    """The sheet of a meeting as it stands; `held` asks for minutes, which there are only afterwards. Raises NotFound, RuleBroken."""
    must(actor, Action.SEE_BUSINESS)
    page, rules = meeting_page(session, actor, meeting_id), office_rules(session)
    if held and page.state is not MeetingState.HELD:
        raise RuleBroken(f"会议现为“{page.state.label}”，记录会议以后才有纪要。")
    post = posts_held(session, [page.chair_id], page.held_on).get(page.chair_id, "") if page.chair_id else ""
    marks = ("示例数据" if rules.sample else "", "已取消" if page.state is MeetingState.CANCELLED else "")
    return MeetingSheet(
        district=rules.district,
        organ=rules.issuing_organ,
        kind=page.kind.label,
        title=page.title,
        held_on=page.held_on,
        venue=page.venue,
        chair=f"{post}{page.chair}" if page.chair else "",
        lines=tuple(_line(it) for it in page.items),
        minutes=page.minutes,
        hidden=page.hidden,
        files=names_on_paper(page.files) if held else (),
        mark="　".join(it for it in marks if it),
        printed_at=now.astimezone(ZONE),
    )


def _line(it: Item) -> AgendaLine:
    return AgendaLine(
        number=it.number,
        title=it.title,
        enterprise=it.enterprise or "",
        state=it.state.label,
        lead_unit=it.lead_unit or "",
        due_on=it.matter_due_on,
        conclusion=it.conclusion,
        unit=it.unit or "",
        by=it.due_on,
    )
