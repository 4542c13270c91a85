"""Handling a matter as a petition (信访事项), so that the law's own clocks run for it, or no longer."""

from flask import Response, url_for
from wtforms import TextAreaField

from portal import clock
from portal.domain.people import Role
from portal.services import petitions
from portal.services.petition_slips import Remedy, SlipEffect
from portal.store.extension import read
from portal.store.queries.matter_pages import matter_page
from portal.web.access import allow, me
from portal.web.forms import at_most, required
from portal.web.matters.acting import ActForm, ActTold, act_page
from portal.web.matters.blueprint import bp


class PetitionForm(ActForm):
    """Why a matter is handled so."""

    why = TextAreaField(
        "理由",
        [required("请写明理由。"), at_most(petitions.LONGEST)],
        description="写入办理记录，例如来访人提出的依据。",
    )


@bp.route("/<int:matter_id>/petition", methods=["GET", "POST"])
@allow(Role.OFFICE)
def petition(matter_id: int) -> Response:
    """Let the law's clocks run for a matter, or the office's again."""
    marked = not matter_page(read(), me(), matter_id).is_petition
    effect = petitions.petition_effect(read(), matter_id, marked=marked, today=clock.today())
    form = PetitionForm()
    title = "按信访事项办理" if marked else "不再按信访事项办理"
    by_law = "此后按《信访工作条例》：15日内告知，5个工作日内可提异议，60日内办结，最多延长30日，均含休息日"
    return act_page(
        matter_id,
        form,
        lambda session: petitions.mark_petition(
            session, matter_id, form.why.data or "", marked=marked, version=form.seen, actor=me(), now=clock.now()
        ),
        ActTold(
            title=title,
            primary="确认标注" if marked else "确认取消",
            done="已标注，按信访事项的法定时限计时。" if marked else "已取消，按通常的时限计时。",
            consequences=(
                f"{effect.said}。",
                *(f"{it.said}。" for it in effect.slips),
                f"{by_law}。" if marked else "此后按本单位的时限规则计时。",
                "写入办理记录，并告知牵头单位。",
            ),
        ),
        ways=[(it.remedy.label, _address(it)) for it in effect.slips if it.remedy in WAYS],
    )


WAYS = {Remedy.EDIT: "slips.edit", Remedy.SEND_BACK: "slips.send_back", Remedy.REPLACE: "slips.replace"}
"""Where the office lets a paper say the new date."""


def _address(it: SlipEffect) -> str:
    return url_for(WAYS[it.remedy], slip_id=it.slip_id)
