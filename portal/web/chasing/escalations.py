"""Matters taken to the level above: the list, one with its answer, the whole file as paper."""

from flask import Response, url_for

from portal import clock
from portal.documents.escalation_file import escalation_file
from portal.documents.spreadsheets import Column
from portal.domain.chasing import EscalatedTo
from portal.domain.people import Role
from portal.services import escalations as acts
from portal.services.escalation_files import sheet_of_escalation
from portal.store.extension import read
from portal.store.queries.escalations import (
    ESCALATION_SORTS,
    EscalationFilter,
    EscalationRow,
    EscalationWanted,
    all_escalations,
    escalation_counts,
    escalation_row,
    escalation_rows,
)
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.asked import asked_again, asked_number, asked_text, asked_word, choices
from portal.web.calendars import calendar_warning
from portal.web.chasing.blueprint import TAKEN_UP, bp
from portal.web.chasing.forms import AnswerForm, KeyedAnswerForm
from portal.web.downloads import pdf, xlsx
from portal.web.htmx import render
from portal.web.listing import Listing, heading_links, unit_choices, wanted_page
from portal.web.matters.asked import address
from portal.web.matters.due import MATTER_TONES, TimeLeft, time_left

WORDS = ("state", "to", "unit", "q")
WAITING, LATE, ANSWERED = EscalationWanted
TITLES = {WAITING: "等待答复的上报事项", LATE: "逾期未答复的上报事项", ANSWERED: "已答复的上报事项"}
OWN_TITLES = {WAITING: "报我的事项", LATE: "报我的事项，逾期未答复", ANSWERED: "报我的事项，已答复"}


@bp.get("/escalations")
@allow(*TAKEN_UP)
def escalations() -> Response:
    """What was taken to the level above; a leader sees what came to him or her."""
    asked, today, spelled = _asked(), clock.today(), asked_again(WORDS)
    done = asked.wanted is ANSWERED
    wanted = wanted_page(ESCALATION_SORTS, default="answered" if done else "due", descending=done)
    page = Listing(escalation_rows(read(), me(), asked, wanted, today=today))
    counts = escalation_counts(read(), me(), asked, today=today)
    every = counts[WAITING] + counts[ANSWERED]
    own = me().role in (Role.LEADER, Role.SECRETARY)
    return render(
        "pages/chasing/escalations.html",
        "fragments/chasing/_escalation_list.html",
        page=page,
        asked=asked,
        said=asked_text("state"),
        title=(OWN_TITLES if own else TITLES)[asked.wanted] if asked.wanted else "全部上报事项",
        number=counts[asked.wanted] if asked.wanted else every,
        late=counts[LATE],
        states=heading_links("chasing.escalations", spelled, counts, asked.wanted, every),
        whom=choices(EscalatedTo),
        units=unit_choices(),
        left_of=_left_of,
        calendar_warning=calendar_warning(
            (it.answer_by for it in page.rows if it.answered_at is None), "希望答复的日期"
        ),
        export_url=address("chasing.escalations_spreadsheet", spelled),
    )


@bp.get("/escalations.xlsx")
@allow(*TAKEN_UP)
def escalations_spreadsheet() -> Response:
    """The same list to save."""
    today = clock.today()
    columns = [
        Column("编号", 14), Column("诉求", 40), Column("企业", 32), Column("事项状态", 14), Column("承办单位", 18),
        Column("报给", 24), Column("为什么上报", 50), Column("希望答复", 14), Column("报送人", 14), Column("报送时间", 18),
        Column("答复情况", 12), Column("答复", 50), Column("答复人", 18), Column("答复时间", 18),
    ]  # fmt: skip
    rows = (
        (
            it.number, it.title, it.enterprise or "", it.state.label, it.unit or "", it.whom, it.why, it.answer_by,
            it.by, it.at, it.standing(today).label, it.answer, it.answered_by, it.answered_at,
        )
        for it in all_escalations(read(), me(), _asked(), today=today)
    )  # fmt: skip
    return xlsx("上报事项", columns, rows, today=today)


@bp.route("/escalations/<int:escalation_id>", methods=["GET", "POST"])
@allow(*TAKEN_UP)
def escalation(escalation_id: int) -> Response:
    """One matter taken up, its whole file, and the answer: the leader's own, or keyed in."""
    row = escalation_row(read(), me(), escalation_id)
    own = me().role is Role.LEADER and row.leader_id in me().leader_ids
    form = AnswerForm() if own else KeyedAnswerForm()
    answer = attempt(
        form,
        lambda session: acts.answer_escalation(
            session, escalation_id, form.answer.data or "", by=_by(form), actor=me(), now=clock.now()
        ),
        done="已记录答复，并已通知报送方和牵头单位。",
        onward=url_for("chasing.escalation", escalation_id=escalation_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/chasing/escalation.html",
        "fragments/chasing/_answer_form.html",
        status=answer,
        row=row,
        form=form,
        left=_left_of(row),
        answers=row.answered_at is None and (own or me().role in (Role.OFFICE, Role.SUPERVISOR)),
        tones=MATTER_TONES,
    )


@bp.get("/escalations/<int:escalation_id>.pdf")
@allow(*TAKEN_UP)
def escalation_paper(escalation_id: int) -> Response:
    """The whole file as it stands now, personal data masked."""
    sheet = sheet_of_escalation(read(), escalation_id, actor=me(), now=clock.now())
    return pdf(escalation_file(sheet), f"上报材料（{sheet.number}）.pdf")


def _by(form: AnswerForm) -> str:
    return form.by.data or "" if isinstance(form, KeyedAnswerForm) else ""


def _left_of(row: EscalationRow) -> TimeLeft | None:
    return time_left(row.answer_by, runs=row.answered_at is None)


def _asked() -> EscalationFilter:
    """What the address asks for; without a word what waits for its answer."""
    return EscalationFilter(
        wanted=asked_word(EscalationWanted, "state") if asked_text("state") else WAITING,
        to=asked_word(EscalatedTo, "to"),
        unit_id=asked_number("unit"),
        words=asked_text("q"),
    )
