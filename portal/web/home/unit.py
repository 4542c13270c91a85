"""A handling unit's workbench."""

from typing import Any

from flask import url_for

from portal import clock
from portal.domain.matters import MatterState
from portal.domain.results import ClosingStep
from portal.domain.unit_todo import TodoKind
from portal.services.contact_days import contact_days
from portal.store.extension import read
from portal.store.queries.invitations import coming_invitations
from portal.store.queries.opinions import opinion_counts
from portal.store.queries.slip_papers import papers_to_answer
from portal.store.queries.unit_todo import contacts_to_make
from portal.store.queries.workbench_slips import (
    slips_due,
    slips_late,
    slips_to_receive,
)
from portal.web.access import me
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.home.followed import closing_todos
from portal.web.home.todos import SHOWN, SOON, Todo, due
from portal.web.home.waits import REDONE, Wait, in_state, led_by, todos_of
from portal.web.slips.receipt_words import own_receipts


def for_a_unit() -> dict[str, Any]:
    """Slips to sign for, overdue, falling due."""
    session, actor, today = read(), me(), clock.today()
    soon = working_calendar_now().after(today, SOON)
    to_receive = [due(it, today) for it in slips_to_receive(session, actor)]
    late_count, late = slips_late(session, actor, today, limit=SHOWN)
    coming = [due(it, today) for it in slips_due(session, actor, since=today, until=soon)]
    asked, asked_late, _ = opinion_counts(session, actor, today=today)
    invitations = coming_invitations(session, actor.unit_id or 0, today)
    return {
        "todos": [
            Todo(len(to_receive), "交办单等我签收", "#to-receive"),
            Todo(
                asked,
                "征求意见等我回复",
                url_for("opinions.listing", state="asked"),
                f"{asked_late} 条已逾期" if asked_late else "",
                tone="late" if asked_late else "",
            ),
            Todo(sum(not it.representative for it in invitations), "参加接待等我回复", "#invitations"),
            _papers_to_answer(),
            _enterprises_to_contact(),
            *(closing_todos(actor, [(ClosingStep.HEAD, "办理结果等我审签")]) if actor.heads_unit else ()),
            *todos_of(actor, [led_by(actor.unit_id, it) for it in in_hand()]),
            Todo(late_count, "已经逾期", "#overdue", tone="late"),
            Todo(len(coming), f"{SOON} 个工作日内到期", "#due-soon", tone="wait"),
        ],
        "to_receive": to_receive,
        "own": own_receipts([it.slip.id for it in to_receive]),
        "invitations": invitations,
        "late": [due(it, today) for it in late],
        "late_count": late_count,
        "coming": coming,
        "calendar_warning": calendar_warning([soon, *(it.slip.due_on for it in to_receive)], "办结时限"),
    }


def _papers_to_answer() -> Todo:
    """What the unit was urged to answer in writing."""
    asked = papers_to_answer(read(), me())
    late = sum(it.reply_by is not None and it.reply_by < clock.today() for it in asked)
    note = f"{late} 份回复时限已过" if late else ""
    return Todo(len(asked), "随单文书等我回复", url_for("slips.papers"), note, tone="late" if late else "")


def _enterprises_to_contact() -> Todo:
    """The enterprises that have not heard from the unit since it signed for their matters."""
    actor = me()
    number, late = contacts_to_make(read(), actor, days=contact_days(read(), actor), now=clock.now())
    note = f"{late} 项已逾期" if late else ""
    url = url_for("matters.mine", kind=TodoKind.CONTACT.value)
    return Todo(number, "诉求企业等我联系", url, note, tone="late" if late else "")


def in_hand() -> list[Wait]:
    """The matters the unit leads, by what it has to do with them."""
    return [REDONE, in_state("在办事项", MatterState.HANDLING)]
