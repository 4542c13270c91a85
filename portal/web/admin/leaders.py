"""Leaders with their dated posts and portfolios (domain 11.2)."""

from flask import Response, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.errors import NotFound
from portal.domain.people import Role
from portal.domain.rota import DutySeat
from portal.domain.workdays import ONE_DAY
from portal.services import leaders
from portal.store.extension import read
from portal.store.queries.people import LeaderFile, Term, leader_file, leader_rows
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.admin.blueprint import bp
from portal.web.admin.forms import CorrectPostForm, EndFieldForm, FieldForm, LeaderForm, NewLeaderForm, PostForm
from portal.web.asked import asked_text
from portal.web.downloads import xlsx
from portal.web.htmx import render


@bp.get("/leaders", endpoint="leaders")
@allow(Role.OFFICE)
def every_leader() -> Response:
    """The leaders in the district's order, with the post each holds today."""
    everybody, today = asked_text("state") == "all", clock.today()
    return render(
        "pages/admin/leaders.html",
        leaders=leader_rows(read(), today, serving_only=not everybody),
        everybody=everybody,
    )


@bp.get("/leaders.xlsx")
@allow(Role.OFFICE)
def leaders_xlsx() -> Response:
    """The leaders on paper."""
    columns = [Column("序号", 6), Column("姓名"), Column("职务", 30), Column("分管领域", 36)]
    columns += [Column("开始任职", 18), Column("离任", 18), Column("轮值权重", 10)]
    rows = (
        (number, it.name, it.post, "、".join(it.portfolios), it.serves_from, it.serves_until, it.weight)
        for number, it in enumerate(leader_rows(read(), clock.today(), serving_only=False), start=1)
    )
    return xlsx("领导与职务", columns, rows, today=clock.today())


@bp.route("/leaders/new", methods=["GET", "POST"])
@allow(Role.OFFICE)
def add_leader() -> Response:
    """Enter a leader."""
    place = len(leader_rows(read(), clock.today(), serving_only=False)) + 1
    form = NewLeaderForm(data={"position": place, "weight": 1.0, "serves_from": clock.today()})
    answer = attempt(
        form,
        lambda session: leaders.add_leader(
            session,
            form.entry(),
            post=form.post.data,
            fields=form.looked_after(),
            actor=me(),
            now=clock.now(),
        ),
        done=f"已新增领导 {form.name.data}。",
        onward=url_for("admin.leaders"),
    )
    if isinstance(answer, Response):
        return answer
    return render("pages/admin/add_leader.html", "fragments/admin/_new_leader_form.html", status=answer, form=form)


@bp.get("/leaders/<int:leader_id>")
@allow(Role.OFFICE)
def leader(leader_id: int) -> Response:
    """One leader's file: posts and portfolios with their dates."""
    return _file_page(leader_file(read(), leader_id))


@bp.route("/leaders/<int:leader_id>/edit", methods=["GET", "POST"])
@allow(Role.OFFICE)
def edit_leader(leader_id: int) -> Response:
    """Correct what stays with the person, or end the service."""
    found = leader_file(read(), leader_id)
    form = LeaderForm(obj=found)
    answer = attempt(
        form,
        lambda session: leaders.edit_leader(session, leader_id, form.entry(), actor=me(), now=clock.now()),
        done=f"已保存 {form.name.data} 的信息。",
        onward=url_for("admin.leader", leader_id=leader_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/admin/edit_leader.html",
        "fragments/admin/_leader_form.html",
        status=answer,
        form=form,
        leader=found,
        repair_url=_repair_url(form, leader_id),
    )


def _repair_url(form: LeaderForm, leader_id: int) -> str | None:
    """Where the turns after the end of a service are handed on, once ending it has been refused."""
    if not form.serves_until.errors or form.serves_until.data is None:
        return None
    return url_for("duty.repair", leader=leader_id, **{"from": (form.serves_until.data + ONE_DAY).isoformat()})


@bp.post("/leaders/<int:leader_id>/posts")
@allow(Role.OFFICE)
def take_up_post(leader_id: int) -> Response:
    """A new post; the one before ends the day before."""
    found, form = leader_file(read(), leader_id), PostForm()
    answer = attempt(
        form,
        lambda session: leaders.take_up_post(
            session, leader_id, form.title.data, form.starts_on.data, actor=me(), now=clock.now()
        ),
        done=f"已登记 {found.name} 的新职务，原职务留在历史里。",
        onward=url_for("admin.leader", leader_id=leader_id),
    )
    if isinstance(answer, Response):
        return answer
    return _file_page(found, form=form, status=answer)


@bp.route("/leaders/<int:leader_id>/fields", methods=["GET", "POST"])
@allow(Role.OFFICE)
def take_up_field(leader_id: int) -> Response:
    """A field the leader begins to look after."""
    found, form = leader_file(read(), leader_id), FieldForm(data={"starts_on": clock.today()})
    answer = attempt(
        form,
        lambda session: leaders.take_up_field(
            session, leader_id, form.field.data, form.starts_on.data, actor=me(), now=clock.now()
        ),
        done=f"已登记 {found.name} 分管{form.field.data}。",
        onward=url_for("admin.leader", leader_id=leader_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/admin/take_up_field.html",
        "fragments/admin/_take_up_field_form.html",
        status=answer,
        form=form,
        leader=found,
    )


@bp.route("/leaders/<int:leader_id>/posts/<int:post_id>", methods=["GET", "POST"])
@allow(Role.OFFICE)
def correct_post(leader_id: int, post_id: int) -> Response:
    """Put right a post that was entered wrongly."""
    found = leader_file(read(), leader_id)
    term = _term(found.posts, post_id)
    form = CorrectPostForm(data={"title": term.text, "starts_on": term.since, "ends_on": term.until})
    answer = attempt(
        form,
        lambda session: leaders.correct_post(
            session,
            leader_id,
            post_id,
            title=form.title.data,
            since=form.starts_on.data,
            until=form.ends_on.data,
            actor=me(),
            now=clock.now(),
        ),
        done="已更正。以前印发的单据不变。",
        onward=url_for("admin.leader", leader_id=leader_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/admin/correct_post.html",
        "fragments/admin/_correct_post_form.html",
        status=answer,
        form=form,
        leader=found,
        term=term,
    )


@bp.route("/leaders/<int:leader_id>/fields/<int:field_id>", methods=["GET", "POST"])
@allow(Role.OFFICE)
def give_up_field(leader_id: int, field_id: int) -> Response:
    """The last day on which the leader looks after a field."""
    found = leader_file(read(), leader_id)
    term, form = _term(found.portfolios, field_id), EndFieldForm(data={"ends_on": clock.today()})
    answer = attempt(
        form,
        lambda session: leaders.give_up_field(
            session, leader_id, field_id, form.ends_on.data, actor=me(), now=clock.now()
        ),
        done=f"{found.name}分管{term.text}的结束日期已登记。",
        onward=url_for("admin.leader", leader_id=leader_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/admin/give_up_field.html",
        "fragments/admin/_give_up_field_form.html",
        status=answer,
        form=form,
        leader=found,
        term=term,
    )


def _file_page(found: LeaderFile, *, form: PostForm | None = None, status: int = 200) -> Response:
    return render(
        "pages/admin/leader.html",
        "fragments/admin/_post_form.html",
        status=status,
        leader=found,
        pools=[seat.label for seat in DutySeat if seat.value in found.pools],
        form=form or PostForm(formdata=None, data={"starts_on": clock.today()}),
    )


def _term(terms: tuple[Term, ...], term_id: int) -> Term:
    found = next((each for each in terms if each.id == term_id), None)
    if found is None:
        raise NotFound("没有找到这条任职记录。")
    return found
