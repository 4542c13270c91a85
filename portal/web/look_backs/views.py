"""Looking back at what was closed: the list, one look-back, who does it, what was found (JY-24, JY-35)."""

from typing import Any

from flask import Blueprint, Response, url_for

from portal import clock
from portal.documents.companion_papers import companion_paper
from portal.documents.spreadsheets import Column
from portal.domain.look_backs import Finding, LookBackWhy
from portal.domain.people import Role
from portal.services import look_backs
from portal.services.closing_sheets import look_back_sheet
from portal.store.extension import read
from portal.store.queries.closings import closing_rounds, four_words, matter_in_closing
from portal.store.queries.handling_files import files_of_matter
from portal.store.queries.look_backs import (
    LOOK_BACK_SORTS,
    LookBackFilter,
    LookBackRow,
    LookBackWanted,
    all_look_back_rows,
    look_back_counts,
    look_back_page,
    look_back_rows,
    who_can_look,
)
from portal.store.queries.satisfaction import ratings_of
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.asked import asked_again, asked_number, asked_text, asked_word, choices
from portal.web.calendars import calendar_warning
from portal.web.downloads import pdf, xlsx
from portal.web.forms import PortalForm
from portal.web.htmx import render
from portal.web.listing import Listing, heading_links, unit_choices, wanted_page
from portal.web.look_backs.forms import AssignForm, RecordForm
from portal.web.matters.asked import address
from portal.web.matters.due import time_left
from portal.web.matters.evidence import attempt_with_files
from portal.web.office import rules

bp = Blueprint("look_backs", __name__, url_prefix="/look-backs")

KEPT_BY = (Role.OFFICE, Role.SUPERVISOR)
WORDS = ("state", "why", "unit", "finding", "q")
FINDING_TONES = {
    Finding.HOLDS: "good",
    Finding.PARTLY: "wait",
    Finding.NOT_DONE: "stop",
    Finding.FAKE: "late",
    Finding.UNREACHABLE: "neutral",
}
TITLES = {
    LookBackWanted.OPEN: "要回头看的诉求",
    LookBackWanted.DUE: "到期要回头看的诉求",
    LookBackWanted.MINE: "等我去回头看的诉求",
    LookBackWanted.DONE: "回头看的结论",
    LookBackWanted.FAKE: "认定为虚假销号的诉求",
}


def asked_look_backs() -> LookBackFilter:
    """What the address asks for; without a word what is still to be looked at."""
    said = asked_text("state")
    return LookBackFilter(
        wanted=asked_word(LookBackWanted, "state") if said else LookBackWanted.OPEN,
        why=asked_word(LookBackWhy, "why"),
        unit_id=asked_number("unit"),
        finding=asked_word(Finding, "finding"),
        words=asked_text("q"),
    )


@bp.get("/")
@allow(*KEPT_BY)
def listing() -> Response:
    """What is to be looked at again, and what was found."""
    asked, today = asked_look_backs(), clock.today()
    done = asked.wanted in (LookBackWanted.DONE, LookBackWanted.FAKE)
    wanted = wanted_page(LOOK_BACK_SORTS, default="done" if done else "planned", descending=done)
    found = look_back_rows(read(), me(), asked, wanted, today=today)
    spelled = asked_again(WORDS)
    counts = look_back_counts(read(), me(), asked, today=today)
    total = counts[LookBackWanted.OPEN] + counts[LookBackWanted.DONE]
    return render(
        "pages/look_backs/listing.html",
        "fragments/look_backs/_look_back_list.html",
        page=Listing(found),
        asked=asked,
        done=done,
        title=TITLES[asked.wanted] if asked.wanted else "全部回头看",
        calendar_warning=calendar_warning((row.planned_on for row in found.rows if not row.done_on), "回头看的日期"),
        states=heading_links("look_backs.listing", spelled, counts, asked.wanted, total),
        whys=choices(LookBackWhy),
        findings=choices(Finding),
        units=unit_choices(),
        narrowed=bool(asked.why or asked.unit_id or asked.finding or asked.words),
        said=asked_text("state"),
        tones=FINDING_TONES,
        time_left=time_left,
        export_url=address("look_backs.spreadsheet", spelled),
        percent=rules().look_back_percent,
        months=rules().look_back_months,
    )


@bp.get("/look-backs.xlsx")
@allow(*KEPT_BY)
def spreadsheet() -> Response:
    """The same list as a spreadsheet."""
    today = clock.today()
    columns = [
        Column("编号", 14), Column("诉求", 40), Column("企业", 32), Column("牵头单位", 16), Column("原办理结果", 16),
        Column("销号时间", 18), Column("为什么看", 12), Column("最迟日期", 12), Column("由谁去看", 12),
        Column("结论", 12), Column("情况", 50), Column("见到的人", 20), Column("看的日期", 12), Column("记录人", 12),
        Column("重新办理", 10), Column("逾期", 8),
    ]  # fmt: skip
    rows = (_line(it) for it in all_look_back_rows(read(), me(), asked_look_backs(), today=today))
    return xlsx("回头看", columns, rows, today=today)


def _line(it: LookBackRow) -> list[object]:
    return [
        it.number, it.title, it.enterprise or "", it.unit or "", it.result.label if it.result else "",
        f"{it.closed_at:%Y-%m-%d %H:%M}" if it.closed_at else "", it.why.label, it.planned_on, it.assignee or "",
        it.finding.label if it.finding else "", it.told, it.met_whom, it.done_on, it.done_by,
        "是" if it.reopened else "", "逾期" if it.is_overdue(clock.today()) else "",
    ]  # fmt: skip


@bp.get("/<int:look_back_id>")
@allow(Role.OFFICE, Role.SUPERVISOR, Role.LEADER, Role.SECRETARY)
def show(look_back_id: int) -> Response:
    """One look-back: what was closed, who looks, what was found."""
    return render("pages/look_backs/show.html", keeps=me().role in KEPT_BY, **_facts(look_back_id))


@bp.route("/<int:look_back_id>/assign", methods=["GET", "POST"])
@allow(*KEPT_BY)
def assign(look_back_id: int) -> Response:
    """Say who looks; never somebody who handled the matter."""
    row = look_back_page(read(), me(), look_back_id)
    form = AssignForm(version=row.version, assignee_id=row.assignee_id)
    form.offer(who_can_look(read(), row.matter_id))
    answer = attempt(
        form,
        lambda session: look_backs.assign_look_back(
            session, look_back_id, form.assignee_id.data, version=form.version.data, actor=me(), now=clock.now()
        ),
        done="已安排人员，对方会收到消息。",
        onward=url_for("look_backs.show", look_back_id=look_back_id),
    )
    return answer if isinstance(answer, Response) else _act(look_back_id, form, "assign", "安排回头看", answer)


@bp.route("/<int:look_back_id>/record", methods=["GET", "POST"])
@allow(*KEPT_BY)
def record(look_back_id: int) -> Response:
    """Write down what was found."""
    row = look_back_page(read(), me(), look_back_id)
    form = RecordForm(version=row.version, done_on=clock.today())
    answer = attempt_with_files(
        form,
        lambda session: look_backs.record_look_back(
            session, look_back_id, form.found(), version=form.version.data, actor=me(), now=clock.now()
        ),
        done="已记录回头看。",
        onward=url_for("look_backs.show", look_back_id=look_back_id),
    )
    return answer if isinstance(answer, Response) else _act(look_back_id, form, "record", "记录回头看", answer)


@bp.get("/<int:look_back_id>/record-form.pdf")
@allow(Role.OFFICE, Role.SUPERVISOR, Role.LEADER, Role.SECRETARY)
def record_form(look_back_id: int) -> Response:
    """The record on paper: to take along before, to file after."""
    sheet = look_back_sheet(read(), look_back_id, actor=me(), now=clock.now())
    return pdf(companion_paper(sheet), f"回头看记录表{look_back_id}.pdf")


def _act(look_back_id: int, form: PortalForm, name: str, title: str, status: int) -> Response:
    facts = _facts(look_back_id)
    if status == CONFLICT:
        form.has_seen(facts["row"].version)
    fragment = f"fragments/look_backs/_{name}_form.html"
    return render(
        "pages/look_backs/act.html", fragment, status=status, form=form, fragment=fragment, title=title,
        megabytes=rules().upload_megabytes, **facts,
    )  # fmt: skip


CONFLICT = 409


def _facts(look_back_id: int) -> dict[str, Any]:
    row = look_back_page(read(), me(), look_back_id)
    matter = matter_in_closing(read(), me(), row.matter_id)
    rounds = closing_rounds(read(), me(), row.matter_id)
    return {
        "row": row,
        "matter": matter,
        "closed": next((it for it in rounds if it.round == row.round), None),
        "words": four_words(matter, rounds, ratings_of(read(), [row.matter_id]).get(row.matter_id)),
        "files": [it for it in files_of_matter(read(), me(), row.matter_id) if it.look_back_id == look_back_id],
        "tones": FINDING_TONES,
        "left": time_left(row.planned_on, runs=row.done_on is None),
    }
