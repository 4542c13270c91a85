"""Units' opinions: the list, one request with its answer, and asking."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, flash, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.opinions import OPINION_STEPS, OpinionState, usual_due
from portal.domain.people import Role
from portal.services import opinions
from portal.services.opinions import Asked
from portal.store.extension import read
from portal.store.queries.category_units import usual_units
from portal.store.queries.opinions import (
    OPINION_SORTS,
    Answer,
    MatterToAsk,
    OpinionPage,
    OpinionRow,
    SoughtOpinions,
    all_opinions,
    answers_about,
    matters_to_ask,
    opinion_page,
    opinion_rows,
)
from portal.store.queries.people import unit_rows
from portal.store.queries.reception_days import next_reception_day
from portal.web.access import allow, me
from portal.web.acting import attempt, press
from portal.web.asked import asked_day, asked_number, asked_text, asked_word, choices
from portal.web.bookings.acting import posted_version
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.downloads import xlsx
from portal.web.forms import PortalForm
from portal.web.htmx import render
from portal.web.listing import Listing, wanted_page
from portal.web.office import rules
from portal.web.opinions.forms import AnswerForm, AskAgainForm, AskForm, ReleaseForm

bp = Blueprint("opinions", __name__, url_prefix="/opinions")


def _sought() -> SoughtOpinions:
    return SoughtOpinions(
        asked_day("day"),
        asked_number("unit") if me().role is Role.OFFICE else None,
        asked_word(OpinionState, "state"),
        asked_text("overdue") == "1",
        asked_text("q"),
    )


@bp.get("/")
@allow(Role.OFFICE, Role.UNIT)
def listing() -> Response:
    """What was asked of which unit, and whether it has answered."""
    sought, today, office = _sought(), clock.today(), me().role is Role.OFFICE
    page = opinion_rows(
        read(), me(), sought, wanted_page(OPINION_SORTS, default="waiting", descending=True), today=today
    )
    return render(
        "pages/opinions/listing.html",
        "fragments/opinions/_opinion_list.html",
        page=Listing(page),
        calendar_warning=calendar_warning((row.due_on for row in page.rows), "回复期限"),
        sought=sought,
        states=choices(OpinionState),
        units=[(it.id, it.short_name) for it in unit_rows(read(), active_only=False)] if office else (),
        office=office,
    )


@bp.get("/list.xlsx")
@allow(Role.OFFICE, Role.UNIT)
def export() -> Response:
    """The same list as a spreadsheet, with the opinions and their basis."""
    today = clock.today()
    columns = [
        Column("接待日", 16), Column("企业", 32), Column("事项编号"), Column("诉求", 40), Column("单位", 16),
        Column("回复期限", 14), Column("状态", 10), Column("意见", 50), Column("政策依据", 40), Column("答复人", 18),
        Column("回复时间", 18), Column("逾期", 8),
    ]  # fmt: skip
    rows = (_exported(it) for it in all_opinions(read(), me(), _sought(), today=today))
    return xlsx("单位意见", columns, rows, today=today)


def _exported(it: OpinionRow) -> list[object]:
    answered = f"{it.answered_at:%Y-%m-%d %H:%M}" if it.answered_at else ""
    late = "逾期" if it.came_late or it.is_overdue(clock.today()) else ""
    return [
        it.day, it.enterprise, it.number, it.title, it.unit, it.due_on, it.state.label, it.opinion, it.policy_basis,
        it.answered_by, answered, late,
    ]  # fmt: skip


@bp.route("/<int:opinion_id>", methods=["GET", "POST"])
@allow(Role.OFFICE, Role.UNIT)
def show(opinion_id: int) -> Response:
    """One request: what is asked, what was answered; the unit answers here."""
    opinion = opinion_page(read(), me(), opinion_id)
    answers = me().role is Role.UNIT and _is_open(opinion, OpinionState.ANSWERED)
    form = AnswerForm.of(opinion) if me().role is Role.UNIT else None
    status = 200
    if form is not None:
        answer = attempt(
            form,
            lambda session: opinions.answer_opinion(
                session, opinion_id, form.given(), version=form.version.data, actor=me(), now=clock.now()
            ),
            done="已回复。接待日之前还可以修改。",
            onward=url_for("opinions.show", opinion_id=opinion_id),
        )
        if isinstance(answer, Response):
            return answer
        status = answer
        if status == 409:
            opinion = opinion_page(read(), me(), opinion_id)
            form.has_seen(opinion.version)
    return render(
        "pages/opinions/show.html",
        "fragments/opinions/_answer_form.html",
        status=status,
        opinion=opinion,
        calendar_warning=calendar_warning([opinion.due_on, opinion.day], "回复期限"),
        form=form if answers or status != 200 else None,
        possible={step.to for step in OPINION_STEPS.possible(opinion.state)},
        states=OpinionState,
        wanted=opinion.is_wanted(clock.today()),
        office=me().role is Role.OFFICE,
    )


def _is_open(opinion: OpinionPage, target: OpinionState) -> bool:
    possible = {step.to for step in OPINION_STEPS.possible(opinion.state)}
    return target in possible and opinion.is_wanted(clock.today())


@bp.route("/<int:opinion_id>/release", methods=["GET", "POST"])
@allow(Role.UNIT)
def release(opinion_id: int) -> Response:
    """Ask to be let off: the matter is another unit's."""
    opinion = opinion_page(read(), me(), opinion_id)
    form = ReleaseForm(version=opinion.version)
    return _acting(
        form,
        opinion,
        lambda session: opinions.ask_release(
            session, opinion_id, form.reason.data or "", version=form.version.data, actor=me(), now=clock.now()
        ),
        name="release",
        title="不属于本单位",
        done="已告知工商联办公室，由其改为征求其他单位。",
    )


@bp.route("/<int:opinion_id>/record", methods=["GET", "POST"])
@allow(Role.OFFICE)
def record_answer(opinion_id: int) -> Response:
    """Write down what the unit said on the telephone."""
    opinion = opinion_page(read(), me(), opinion_id)
    form = AnswerForm.of(opinion)
    return _acting(
        form,
        opinion,
        lambda session: opinions.record_answer(
            session, opinion_id, form.given(), version=form.version.data, actor=me(), now=clock.now()
        ),
        name="record",
        title="代为登记电话答复",
        done="已代为登记，注明是电话答复。",
    )


@bp.route("/<int:opinion_id>/again", methods=["GET", "POST"])
@allow(Role.OFFICE)
def ask_again(opinion_id: int) -> Response:
    """Ask the unit once more."""
    opinion = opinion_page(read(), me(), opinion_id)
    due_on = usual_due(opinion.day, rules().opinion_days, working_calendar_now(), clock.today())
    form = AskAgainForm(version=opinion.version, due_on=due_on, question=opinion.question)
    return _acting(
        form,
        opinion,
        lambda session: opinions.ask_again(
            session, opinion_id, form.wish(), version=form.version.data, actor=me(), now=clock.now()
        ),
        name="again",
        title="再次征求意见",
        done=f"已再次征求{opinion.unit}的意见。",
    )


@bp.post("/<int:opinion_id>/withdraw")
@allow(Role.OFFICE)
def withdraw(opinion_id: int) -> Response:
    """Take the request back."""
    version = posted_version()
    return press(
        lambda session: opinions.withdraw_opinion(session, opinion_id, version=version, actor=me(), now=clock.now()),
        done="已撤回，单位不必再回复。",
        onward=url_for("opinions.show", opinion_id=opinion_id),
    )


def _acting(
    form: PortalForm,
    opinion: OpinionPage,
    act: Callable[[Session], object],
    *,
    name: str,
    title: str,
    done: str,
) -> Response:
    answer = attempt(form, act, done=done, onward=url_for("opinions.show", opinion_id=opinion.id))
    if isinstance(answer, Response):
        return answer
    if answer == 409:
        opinion = opinion_page(read(), me(), opinion.id)
        form.has_seen(opinion.version)
    fragment = f"fragments/opinions/_{name}_form.html"
    return render(
        "pages/opinions/act.html", fragment, status=answer, form=form, opinion=opinion, fragment=fragment, title=title
    )


@bp.route("/ask", methods=["GET", "POST"])
@allow(Role.OFFICE)
def ask() -> Response:
    """Ask units about one matter, the matters of a booking, or those of a day."""
    matter_id, booking_id, day = asked_number("matter"), asked_number("booking"), asked_day("day")
    today = clock.today()
    if matter_id is None and booking_id is None and day is None:
        day = next_reception_day(read(), today)
    found = matters_to_ask(read(), today, matter_id=matter_id, booking_id=booking_id, day=day)
    if not found:
        return render("pages/opinions/nothing_to_ask.html", status=404 if matter_id or booking_id else 200)
    form = _ask_form(found, ticked=day is None)
    onward = url_for("reception_days.preparation", day=found[0].day)
    came: list[Asked] = []
    answer = attempt(
        form,
        lambda session: came.append(
            opinions.ask_opinions(
                session, form.matters.data or (), form.units.data or (), form.wish(), actor=me(), now=clock.now()
            )
        ),
        done="已征求意见，单位会在工作台和消息里看到。",
        onward=onward,
    )
    if isinstance(answer, Response):
        if came[-1].stood:
            flash(f"有 {came[-1].stood} 条已征求过，未重复征求。", "info")
        return answer
    return render(
        "pages/opinions/ask.html",
        "fragments/opinions/_ask_form.html",
        status=answer,
        form=form,
        calendar_warning=calendar_warning([found[0].day], "回复期限"),
        day=found[0].day,
        enterprise=found[0].enterprise if len({it.booking_id for it in found}) == 1 else None,
        address=url_for("opinions.ask", matter=matter_id, booking=booking_id, day=day.isoformat() if day else None),
        onward=onward,
        asked=_asked_already(found),
    )


def _asked_already(found: Sequence[MatterToAsk]) -> list[tuple[str, list[Answer]]]:
    answers = answers_about(read(), [it.id for it in found])
    return [(it.title, answers[it.id]) for it in found if it.id in answers]


def _ask_form(found: Sequence[MatterToAsk], *, ticked: bool) -> AskForm:
    """A form that offers these matters; of a booking they are ticked, and so are the units usual for them."""
    by_category = usual_units(read(), {it.category_code for it in found})
    usual = {unit_id for ids in by_category.values() for unit_id in ids}
    due_on = usual_due(found[0].day, rules().opinion_days, working_calendar_now(), clock.today())
    given: dict[str, Any] = {"due_on": due_on}
    if ticked:
        given |= {"matters": [it.id for it in found], "units": sorted(usual)}
    form = AskForm(**given)
    several = len({it.booking_id for it in found}) > 1
    form.offer(found, unit_rows(read()), () if several else usual, named=several)
    return form
