"""What a study's paper says to whoever prints it."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.study_sheet import StudyLine, StudySheet
from portal.domain.meetings import StudyState
from portal.domain.people import Action, Actor, must
from portal.services.handling_files import names_on_paper
from portal.store.queries.office import office_rules
from portal.store.queries.studies import study_page


def sheet_of_study(session: Session, study_id: int, *, actor: Actor, now: datetime) -> StudySheet:
    """The sheet of a study as it stands. Raises NotFound when not visible."""
    must(actor, Action.SEE_BUSINESS)
    page, rules = study_page(session, actor, study_id), office_rules(session)
    marks = ("示例数据" if rules.sample else "", "不予立项" if page.state is StudyState.DROPPED else "")
    return StudySheet(
        organ=rules.issuing_organ,
        title=page.title,
        state=page.state.label,
        category=page.category or "",
        why=page.why,
        lead_unit=page.lead_unit or "",
        due_on=page.due_on,
        lines=tuple(
            StudyLine(number=it.number, title=it.title, enterprise=it.enterprise, state=it.state.label)
            for it in page.matters
        ),
        conclusion=page.conclusion,
        concluded_on=page.concluded_on,
        files=names_on_paper(page.files),
        made_on=page.made_on,
        mark="　".join(it for it in marks if it),
        printed_at=now.astimezone(ZONE),
    )
