"""Where matters are concentrated, the list of studies, one study, its paper."""

from dataclasses import dataclass

from flask import Response

from portal import clock
from portal.documents.spreadsheets import Column
from portal.documents.study_sheet import study_sheet
from portal.domain.meetings import StudyState
from portal.domain.people import Role
from portal.services.study_sheets import sheet_of_study
from portal.store.extension import read
from portal.store.queries.handling_files import one_of
from portal.store.queries.matter_choices import categories
from portal.store.queries.studies import (
    STUDY_SORTS,
    StudyFilter,
    all_studies,
    concentrations,
    first_day_counted,
    study_counts,
    study_page,
    study_rows,
)
from portal.web.access import allow, me
from portal.web.asked import asked_again, asked_number, asked_text, asked_word
from portal.web.calendars import calendar_warning
from portal.web.downloads import pdf, xlsx
from portal.web.htmx import render
from portal.web.listing import Listing, heading_links, unit_choices, wanted_page
from portal.web.matters.asked import address
from portal.web.matters.blueprint import BUSINESS
from portal.web.matters.due import MATTER_TONES, time_left
from portal.web.matters.files import given_out
from portal.web.office import rules
from portal.web.studies.blueprint import TONES, bp

WORDS = ("state", "category", "unit", "overdue", "q")
SEES_CONCENTRATION = (Role.OFFICE, Role.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class Bar:
    """A category in the drawing: how many matters, and where they are listed."""

    label: str
    values: tuple[int, ...]
    url: str


@bp.get("/")
@allow(*BUSINESS)
def listing() -> Response:
    """Which studies there are; above it, what is raised most."""
    asked, today, spelled = _asked(), clock.today(), asked_again(WORDS)
    counts, late = study_counts(read(), me(), asked, today=today)
    page = Listing(study_rows(read(), me(), asked, wanted_page(STUDY_SORTS, default="state")))
    sees, months = me().role in SEES_CONCENTRATION, rules().study_months
    found = concentrations(read(), months=months, today=today) if sees else []
    since = first_day_counted(months, today)
    return render(
        "pages/studies/listing.html",
        "fragments/studies/_study_list.html",
        page=page,
        calendar_warning=calendar_warning((it.due_on for it in page.rows), "完成时限"),
        asked=asked,
        said=asked_text("state"),
        states=heading_links("studies.listing", spelled, counts, asked.state, sum(counts.values())),
        late=late,
        units=unit_choices(),
        categories=[(code, name) for code, name in categories(read()) if not name.startswith("　")],
        tones=TONES,
        keeps=me().role is Role.OFFICE,
        sees=sees,
        concentrated=found,
        bars=[
            Bar(it.name, (it.matters,), address("matters.listing", {"category": it.code, "from": since.isoformat()}))
            for it in found
        ],
        months=months,
        least=rules().study_from,
        left_of=lambda it: time_left(it.due_on, runs=it.state is StudyState.OPEN),
        export_url=address("studies.export", spelled),
    )


@bp.get("/list.xlsx")
@allow(*BUSINESS)
def export() -> Response:
    """The same list to save."""
    columns = [
        Column("研究题目", 40), Column("类别", 16), Column("状态", 12), Column("牵头单位", 20), Column("完成时限", 16),
        Column("关联诉求", 10), Column("提出", 16), Column("系统解决办法", 80),
    ]  # fmt: skip
    rows = (
        (it.title, it.category, it.state.label, it.lead_unit, it.due_on, it.matters, it.made_on, it.conclusion)
        for it in all_studies(read(), me(), _asked())
    )
    return xlsx("专题研究", columns, rows, today=clock.today())


@bp.get("/<int:study_id>")
@allow(*BUSINESS)
def show(study_id: int) -> Response:
    """One study: why, who, until when, the matters it rests on, what it came to."""
    study = study_page(read(), me(), study_id)
    return render(
        "pages/studies/show.html",
        study=study,
        calendar_warning=calendar_warning([study.due_on], "完成时限"),
        states=StudyState,
        tones=TONES,
        matter_tones=MATTER_TONES,
        left=time_left(study.due_on, runs=study.state is StudyState.OPEN),
        keeps=me().role is Role.OFFICE,
    )


@bp.get("/<int:study_id>/sheet.pdf")
@allow(*BUSINESS)
def paper(study_id: int) -> Response:
    """The study as it is printed."""
    sheet = sheet_of_study(read(), study_id, actor=me(), now=clock.now())
    return pdf(study_sheet(sheet), f"{sheet.title}.pdf")


@bp.get("/<int:study_id>/files/<int:file_id>")
@allow(*BUSINESS)
def file(study_id: int, file_id: int) -> Response:
    """A file that goes with what a study came to, for whoever sees the study."""
    return given_out(one_of(study_page(read(), me(), study_id).files, file_id))


def _asked() -> StudyFilter:
    return StudyFilter(
        state=asked_word(StudyState, "state"),
        category=asked_text("category") or None,
        unit_id=asked_number("unit"),
        late_on=clock.today() if asked_text("overdue") == "1" else None,
        words=asked_text("q"),
    )


from portal.web.studies import acts, linking  # noqa: E402, F401 - they hang their views on the blueprint
