"""Repairing the published rota: what does not fit any more, the fewest changes, and carrying them out."""

from flask import Response, flash, request, url_for

from portal import clock
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services.duty_repairs import Leaving, apply_repair, proposed_repair
from portal.store.extension import read, write
from portal.store.queries.duty import leader_name, rota_leaders
from portal.web.access import allow, me
from portal.web.asked import asked_day, asked_number
from portal.web.duty.blueprint import bp
from portal.web.duty.plan_forms import RepairForm
from portal.web.errors import status_of
from portal.web.htmx import go, render

CONFLICT = 409


@bp.route("/repair", methods=["GET", "POST"])
@allow(Role.OFFICE)
def repair() -> Response:
    """Show what does not fit and what would change, and do it in one act."""
    leader_id, since = asked_number("leader"), asked_day("from")
    leaving = Leaving(leader_id, since) if leader_id is not None and since is not None else None
    name = leader_name(read(), leaving.leader_id) if leaving else ""
    found = proposed_repair(read(), today=clock.today(), leaving=leaving)
    form, status = RepairForm(data={"seen": found.mark}), 200
    if request.method == "POST":
        status = 422
        if form.validate_on_submit():
            if form.seen.data != found.mark:
                form.form_errors.append("您查看之后，轮值、请假或设置有了变化，没有修复。请看过新的结果再确认。")
                status = CONFLICT
            else:
                try:
                    write(lambda session: apply_repair(session, found, leaving=leaving, actor=me(), now=clock.now()))
                except RuleBroken as refusal:
                    form.refuse(refusal)
                    status = status_of(refusal)
                else:
                    flash(f"已修复，调整 {len(found.changes)} 个席位，有关领导已收到消息。", "success")
                    return go(url_for("duty.rota"))
        form.seen.data = found.mark
    return render(
        "pages/duty/repair.html",
        "fragments/duty/_repair_form.html",
        status=status,
        form=form,
        found=found,
        leaving=leaving,
        name=name,
        leaders=[(it.id, it.name) for it in rota_leaders(read(), clock.today())],
    )
