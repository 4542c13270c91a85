"""Categories of matters: two levels, named, ordered and retired by the office (JY-16)."""

from flask import Response, request, url_for

from portal import clock
from portal.domain.people import Role
from portal.services import categories
from portal.store.extension import read, write
from portal.store.queries.categories import category, category_rows, matters_by_category
from portal.store.queries.category_units import unit_ids_of_category, units_by_category
from portal.store.queries.people import unit_rows
from portal.web.access import allow, me
from portal.web.acting import attempt, press
from portal.web.admin.blueprint import bp
from portal.web.admin.forms import CategoryForm, CategoryUnitsForm, RenameCategoryForm, offered
from portal.web.htmx import go, render


@bp.route("/categories", methods=["GET", "POST"], endpoint="categories")
@allow(Role.OFFICE)
def every_category() -> Response:
    """The categories in order, and a form for another one."""
    rows = category_rows(read(), active_only=False)
    form = CategoryForm()
    uppers = [(row.code, row.name) for row in rows if row.parent_code is None and row.active]
    form.parent_code.choices = offered([("", "（一级类别）"), *uppers])
    answer = attempt(
        form,
        lambda session: categories.add_category(
            session, form.name.data, parent_code=form.parent_code.data or None, actor=me(), now=clock.now()
        ),
        done=f"已新增类别“{form.name.data}”。",
        onward=url_for("admin.categories"),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/admin/categories.html",
        "fragments/admin/_category_form.html",
        status=answer,
        form=form,
        rows=rows,
        matters=matters_by_category(read()),
        units=units_by_category(read()),
    )


@bp.post("/categories/starter")
@allow(Role.OFFICE)
def adopt_categories() -> Response:
    """Take over the suggested categories."""
    return press(
        lambda session: categories.adopt_starter_categories(session, actor=me(), now=clock.now()),
        done="已采用建议的类别，可按本区实际改名、调整顺序或停用。",
        onward=url_for("admin.categories"),
    )


@bp.route("/categories/<code>", methods=["GET", "POST"])
@allow(Role.OFFICE)
def rename_category(code: str) -> Response:
    """Call a category something else."""
    found = category(read(), code)
    form = RenameCategoryForm(name=found.name)
    answer = attempt(
        form,
        lambda session: categories.rename_category(session, code, form.name.data, actor=me(), now=clock.now()),
        done=f"已改名为“{form.name.data}”。",
        onward=url_for("admin.categories"),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/admin/rename_category.html",
        "fragments/admin/_rename_category_form.html",
        status=answer,
        form=form,
        category=found,
    )


@bp.route("/categories/<code>/units", methods=["GET", "POST"])
@allow(Role.OFFICE)
def category_units(code: str) -> Response:
    """Say which units are usually asked about a category."""
    found = category(read(), code)
    form = CategoryUnitsForm(units=unit_ids_of_category(read(), code))
    form.units.choices = offered((it.id, it.short_name) for it in unit_rows(read()))
    answer = attempt(
        form,
        lambda session: categories.set_usual_units(session, code, form.units.data or (), actor=me(), now=clock.now()),
        done=f"已保存“{found.name}”的常请单位。",
        onward=url_for("admin.categories", _anchor=f"category-{code}"),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/admin/category_units.html",
        "fragments/admin/_category_units_form.html",
        status=answer,
        form=form,
        category=found,
    )


@bp.post("/categories/<code>/move")
@allow(Role.OFFICE)
def move_category(code: str) -> Response:
    """One place up or down."""
    up = request.form.get("to") == "up"
    write(lambda session: categories.move_category(session, code, up=up, actor=me(), now=clock.now()))
    return go(url_for("admin.categories", _anchor=f"category-{code}"))


@bp.post("/categories/<code>/retire")
@allow(Role.OFFICE)
def retire_category(code: str) -> Response:
    """Stop offering a category."""
    return press(
        lambda session: categories.retire_category(session, code, actor=me(), now=clock.now()),
        done="已停用：新的诉求不能再选，已有的诉求保留原类别。需要时可以恢复。",
        onward=url_for("admin.categories", _anchor=f"category-{code}"),
    )


@bp.post("/categories/<code>/restore")
@allow(Role.OFFICE)
def restore_category(code: str) -> Response:
    """Offer a retired category again."""
    return press(
        lambda session: categories.restore_category(session, code, actor=me(), now=clock.now()),
        done="已恢复使用。",
        onward=url_for("admin.categories", _anchor=f"category-{code}"),
    )
