"""Taking a matter to the level above, and taking a measure with a unit that does not move."""

from flask import Response, url_for

from portal import clock
from portal.domain.people import Role
from portal.services.escalations import escalate as take_up
from portal.services.measures import take_measure
from portal.store.extension import read
from portal.store.queries.carrying_slips import carrying_slips
from portal.store.queries.escalations import chief_leaders
from portal.store.queries.matter_pages import matter_page
from portal.store.queries.people import unit_rows
from portal.web.access import allow, me
from portal.web.calendars import working_calendar_now
from portal.web.matters.acting import ActTold, act_page
from portal.web.matters.blueprint import bp
from portal.web.matters.taking_up_forms import EscalateForm, MeasureForm

QUICK_DAYS = (3, 5, 10)


@bp.route("/<int:matter_id>/escalate", methods=["GET", "POST"])
@allow(Role.OFFICE, Role.SUPERVISOR, Role.LEADER)
def escalate(matter_id: int) -> Response:
    """Take a matter with its whole file to the lead official, the signer, a chief leader or the level above."""
    form = EscalateForm()
    form.offer(chief_leaders(read(), clock.today()))
    told = ActTold(
        "上报",
        "上报",
        "已上报，并已通知对方。上报材料可在“上报事项”中打印。",
        consequences=(
            "被报送的领导会收到通知，并能看到这项诉求和交办单。",
            "牵头单位会知道事项已上报；办理时限照常计算。",
        ),
        quick={"answer_by": _quick()},
        rows={"why": 5},
    )
    return act_page(
        matter_id,
        form,
        lambda session: take_up(session, matter_id, form.order(), version=form.seen, actor=me(), now=clock.now()),
        told,
    )


@bp.route("/<int:matter_id>/measure", methods=["GET", "POST"])
@allow(Role.SUPERVISOR)
def measure(matter_id: int) -> Response:
    """Talk to a unit, list the matter, or name it in a bulletin."""
    matter, form = matter_page(read(), me(), matter_id), MeasureForm()
    form.offer(_units_on(matter_id, matter.lead_unit_id))
    told = ActTold(
        "约谈、挂牌、通报",
        "采取措施",
        "已登记，并已通知单位。",
        consequences=("单位会收到通知、原因和整改期限。", "结束时须写明结果；同一种措施结束前不能再采取一次。"),
        quick={"due_on": _quick()},
        rows={"why": 4},
    )
    return act_page(
        matter_id,
        form,
        lambda session: take_measure(session, matter_id, form.order(), version=form.seen, actor=me(), now=clock.now()),
        told,
        onward=lambda: url_for("chasing.measures"),
    )


def _units_on(matter_id: int, lead_unit_id: int | None) -> list[tuple[int, str]]:
    issued = [it for it in carrying_slips(read(), matter_id, lead_unit_id) if it.is_issued]
    names = {it.id: it.name for it in unit_rows(read())}
    lead = [it.lead_unit_id for it in issued if it.lead_unit_id is not None]
    helping = [helper.unit_id for it in issued for helper in it.assisting]
    return [(unit_id, names.get(unit_id, "")) for unit_id in dict.fromkeys([*lead, *helping])]


def _quick() -> list[tuple[str, str]]:
    calendar = working_calendar_now()
    return [(f"+{n} 个工作日", calendar.after(clock.today(), n).isoformat()) for n in QUICK_DAYS]
