"""A matter's page: on top where it stands, in the middle its whole course, on the right what can be done now."""

from collections.abc import Sequence

from flask import Response, url_for

from portal.domain.matter_course import CLOCK_RUNS, TERMINAL
from portal.domain.matters import MatterState
from portal.domain.people import Action, Actor, may
from portal.services.handling import STAGE_OF
from portal.store.extension import read
from portal.store.queries.carrying_slips import carrying_slips
from portal.store.queries.course_of_matter import course_of_matter
from portal.store.queries.matter_pages import MatterPage, matter_page
from portal.store.queries.slips import SlipRow, slips_of_matter
from portal.store.queries.visibility import sees_the_reception
from portal.web.access import me
from portal.web.calendars import calendar_warning
from portal.web.htmx import render
from portal.web.matters.course import passed, told_acts
from portal.web.matters.due import MATTER_TONES, SLIP_TONES, time_left
from portal.web.matters.offered import Offer, offers, requests_on, situation_of
from portal.web.matters.panels import panels_of


def shown(matter_id: int) -> Response:
    """The whole page."""
    actor = me()
    matter = matter_page(read(), actor, matter_id)
    on = slips_of_matter(read(), actor, matter_id)
    carrying = carrying_slips(read(), matter.id, matter.lead_unit_id)
    standing = next((it for it in on if it.id in {slip.id for slip in carrying}), None)
    can, cannot = offers(situation_of(matter, carrying, requests_on(matter, carrying), actor), actor)
    course = course_of_matter(read(), actor, matter_id, matter.booking_id)
    before, hindered = _before_a_slip(matter, standing, actor)
    return render(
        "pages/matters/show.html",
        matter=matter,
        calendar_warning=calendar_warning([matter.due_on], "办结时限"),
        slips=on,
        standing=standing,
        left=time_left(matter.due_on, runs=matter.state in CLOCK_RUNS),
        acts=told_acts(matter_id, course.lines),
        steps=passed(course, matter.state, whole=sees_the_reception(actor)),
        can=sorted([*can, *before], key=lambda it: (not it.primary, it.danger)),
        cannot=[*hindered, *cannot],
        panels=panels_of(matter, actor, {it.act for it in course.lines}),
        helpers=[it for slip in carrying if slip.is_issued for it in slip.assisting],
        step_word=_step_word(matter.state),
        step_left=time_left(matter.step_due_on, at=matter.step_due_at, runs=matter.state in STEPPING),
        tones=MATTER_TONES,
        slip_tones=SLIP_TONES,
        time_left=time_left,
    )


STEPPING = frozenset({*STAGE_OF, MatterState.SUSPENDED, MatterState.LONG_TERM})
"""States in which somebody owes a step with a last day of its own."""


def _step_word(state: MatterState) -> str:
    return STAGE_OF[state].label if state in STAGE_OF else "复核"


def _before_a_slip(
    matter: MatterPage, standing: SlipRow | None, actor: Actor
) -> tuple[Sequence[Offer], Sequence[Offer]]:
    """What the office does with a matter before a unit has it, and the way to its slip for everybody."""
    can, cannot = list[Offer](), list[Offer]()
    if standing is not None:
        can.append(Offer(f"打开交办单 {standing.number or '（草稿）'}", url_for("slips.show", slip_id=standing.id)))
    if not may(actor, Action.DISPOSE_MATTER):
        return can, cannot
    if matter.state is MatterState.REFUSED:
        can.append(Offer("打印不予受理告知书", url_for("matters.refusal_notice_pdf", matter_id=matter.id)))
    waits = matter.state is MatterState.AWAITING_ASSIGNMENT
    draft_url = url_for("slips.draft", matter=matter.id)
    if waits and standing is None:
        can.insert(0, Offer("草拟交办单", draft_url, primary=True))
    elif standing is None:
        cannot.append(Offer("草拟交办单", reason=f"事项现为“{matter.state.label}”，待交办的事项才能草拟交办单。"))
    can.append(Offer("类别和层级", url_for("matters.classify", matter_id=matter.id)))
    if matter.state not in TERMINAL:
        label = "不再按信访事项办理" if matter.is_petition else "按信访事项办理"
        can.append(Offer(label, url_for("matters.petition", matter_id=matter.id)))
    held = f"事项已列入{standing.number or '交办单草稿'}，须先作废该单。" if standing else None
    for label, endpoint in (("核实", "matters.check"), ("变更处置方式", "matters.dispose")):
        if held:
            cannot.append(Offer(label, reason=held))
        else:
            can.append(Offer(label, url_for(endpoint, matter_id=matter.id)))
    return can, cannot
