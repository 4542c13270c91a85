"""Ways to cut a day into slots, by name (NX-08)."""

from dataclasses import dataclass

from flask import Response, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.people import Role
from portal.domain.slot_times import SlotTime, lay_out_slots
from portal.services import slot_templates
from portal.store.extension import read
from portal.store.queries import day_furniture
from portal.store.queries.day_furniture import SlotTemplateRow
from portal.web.access import allow, me
from portal.web.acting import attempt, press
from portal.web.admin.blueprint import bp
from portal.web.admin.day_forms import SlotTemplateForm
from portal.web.downloads import xlsx
from portal.web.htmx import render
from portal.web.office import rules


@dataclass(frozen=True, slots=True)
class Shown:
    """A template with the slots it gives."""

    row: SlotTemplateRow
    times: list[SlotTime]

    @property
    def rest(self) -> str:
        """The break as people say it: 12:00 起 90 分钟."""
        return f"{self.row.break_from:%H:%M} 起 {self.row.break_minutes} 分钟" if self.row.break_from else ""


def _shown() -> list[Shown]:
    return [
        Shown(
            it,
            lay_out_slots(it.starts_at, it.slot_minutes, it.slots, it.gap_minutes, it.break_from, it.break_minutes),
        )
        for it in day_furniture.slot_templates(read(), active_only=False)
    ]


@bp.get("/slot-templates", endpoint="slot_templates")
@allow(Role.OFFICE)
def every_slot_template() -> Response:
    """Every template with the slots it gives, those in use first."""
    return render("pages/admin/slot_templates.html", rows=_shown())


@bp.get("/slot-templates.xlsx")
@allow(Role.OFFICE)
def slot_templates_xlsx() -> Response:
    """The same list as a spreadsheet."""
    columns = [Column("模板", 24), Column("开始", 8), Column("结束", 8), Column("时段数", 8), Column("每段分钟", 10)]
    columns += [
        Column("间隔分钟", 10),
        Column("每段名额", 10),
        Column("休息", 20),
        Column("接待室", 24),
        Column("形式", 12),
        Column("状态", 8),
    ]
    rows = (
        (it.row.name, f"{it.times[0].starts:%H:%M}", f"{it.times[-1].ends:%H:%M}", it.row.slots, it.row.slot_minutes,
         it.row.gap_minutes, it.row.seats, it.rest, "、".join(it.row.rooms), it.row.mode.label, "在用" if it.row.active else "停用")
        for it in _shown()
    )  # fmt: skip
    return xlsx("时段模板", columns, rows, today=clock.today())


@bp.route("/slot-templates/new", methods=["GET", "POST"])
@allow(Role.OFFICE)
def add_slot_template() -> Response:
    """Keep another way to cut a day; it begins as the office's usual one."""
    known, held = day_furniture.slot_templates(read(), active_only=False), rules()
    form = SlotTemplateForm(
        data={
            "starts_at": held.default_start,
            "slots": held.slots_a_day,
            "slot_minutes": held.slot_minutes,
            "gap_minutes": held.gap_minutes,
            "seats": held.seats_a_slot,
            "break_minutes": 0,
            "position": max((it.position for it in known), default=0) + 1,
        }
    )
    answer = attempt(
        form,
        lambda session: slot_templates.add_slot_template(session, form.entry(), actor=me(), now=clock.now()),
        done=f"已新增时段模板“{form.name.data}”，编排接待日时可以套用。",
        onward=url_for("admin.slot_templates"),
    )
    if isinstance(answer, Response):
        return answer
    page, fragment = "pages/admin/slot_template.html", "fragments/admin/_slot_template_form.html"
    return render(page, fragment, status=answer, form=form, template=None)


@bp.route("/slot-templates/<int:template_id>", methods=["GET", "POST"])
@allow(Role.OFFICE)
def slot_template(template_id: int) -> Response:
    """Change a template."""
    found = day_furniture.slot_template_row(read(), template_id)
    form = SlotTemplateForm.showing(found)
    answer = attempt(
        form,
        lambda session: slot_templates.edit_slot_template(
            session, template_id, form.entry(), actor=me(), now=clock.now()
        ),
        done=f"已保存时段模板“{form.name.data}”；已编排的接待日不变。",
        onward=url_for("admin.slot_templates"),
    )
    if isinstance(answer, Response):
        return answer
    page, fragment = "pages/admin/slot_template.html", "fragments/admin/_slot_template_form.html"
    return render(page, fragment, status=answer, form=form, template=found)


@bp.post("/slot-templates/<int:template_id>/retire")
@allow(Role.OFFICE)
def retire_slot_template(template_id: int) -> Response:
    """Stop offering a template."""
    return press(
        lambda session: slot_templates.retire_slot_template(session, template_id, actor=me(), now=clock.now()),
        done="已停用：编排接待日时不再提供，已编排的接待日不变。需要时可以恢复。",
        onward=url_for("admin.slot_templates"),
    )


@bp.post("/slot-templates/<int:template_id>/restore")
@allow(Role.OFFICE)
def restore_slot_template(template_id: int) -> Response:
    """Offer a retired template again."""
    return press(
        lambda session: slot_templates.restore_slot_template(session, template_id, actor=me(), now=clock.now()),
        done="已恢复使用。",
        onward=url_for("admin.slot_templates"),
    )
