"""Words of enterprises: the list of what waits, one in full, its answer, and a matter taken up again because of it."""

from flask import Blueprint, Response, flash, request, url_for
from wtforms import IntegerField, TextAreaField
from wtforms.widgets import HiddenInput

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.clocks import Clock, Stage, clock_of, ends_on, late_from
from portal.domain.matters import MatterState
from portal.domain.people import Role
from portal.domain.voices import WordKind
from portal.services import voices as services
from portal.services.clock_policy import clocks_in_force
from portal.store.extension import read, write
from portal.store.queries.voices import (
    VOICE_SORTS,
    VoiceFilter,
    VoiceRow,
    VoiceWanted,
    all_voices,
    days_of_open_voices,
    voice,
    voice_counts,
    voice_rows,
)
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.asked import asked_again, asked_text, asked_word, choices
from portal.web.calendars import working_calendar_now
from portal.web.downloads import xlsx
from portal.web.forms import PortalForm, at_most, required
from portal.web.htmx import go, render
from portal.web.listing import Listing, heading_links, wanted_page
from portal.web.matters.asked import address
from portal.web.matters.due import time_left

bp = Blueprint("voices", __name__, url_prefix="/voices")

READERS = (Role.OFFICE, Role.SUPERVISOR)
WORDS = ("state", "kind", "q")
TITLES = {VoiceWanted.OPEN: "等待答复的企业来言", VoiceWanted.ANSWERED: "已答复的企业来言"}


class AnswerForm(PortalForm):
    """What the enterprise is answered; it reads it in its own window."""

    answer = TextAreaField(
        "答复",
        [required("请写明怎样处理、怎样答复企业。"), at_most(services.LONGEST)],
        description="企业扫码后在自己的页面上看到，请不要写内部意见和个人信息。",
    )
    version = IntegerField(widget=HiddenInput())


def _asked() -> VoiceFilter:
    """Without a word about it, those still open."""
    return VoiceFilter(
        wanted=asked_word(VoiceWanted, "state") if asked_text("state") else VoiceWanted.OPEN,
        kind=asked_word(WordKind, "kind"),
        words=asked_text("q"),
    )


def _clock() -> Clock:
    return clock_of(Stage.WORD, clocks_in_force(read()))


@bp.get("/")
@allow(*READERS)
def listing() -> Response:
    """What enterprises wrote, and what of it waits for an answer."""
    asked, spelled = _asked(), asked_again(WORDS)
    wanted = wanted_page(VOICE_SORTS, default="at", descending=asked.wanted is not VoiceWanted.OPEN)
    counts = voice_counts(read(), me(), asked)
    clock_, calendar = _clock(), working_calendar_now()
    found = voice_rows(read(), me(), asked, wanted)
    days, first_in_time = days_of_open_voices(read(), actor=me()), late_from(clock_, clock.today(), calendar)
    return render(
        "pages/voices/listing.html",
        "fragments/voices/_voice_list.html",
        page=Listing(found),
        late=sum(day < first_in_time for day in days),
        due={it.id: ends_on(clock_, it.at.date(), calendar) for it in found.rows},
        time_left=time_left,
        asked=asked,
        said=asked_text("state"),
        title=TITLES[asked.wanted] if asked.wanted else "全部企业来言",
        states=heading_links("voices.listing", spelled, counts, asked.wanted, sum(counts.values())),
        kinds=choices(WordKind) if me().role is Role.OFFICE else [],
        export_url=address("voices.listing_xlsx", spelled),
    )


@bp.get("/voices.xlsx")
@allow(*READERS)
def listing_xlsx() -> Response:
    """The same as a spreadsheet; how to reach whoever wrote stays out of it."""
    columns = [Column("时间", 20), Column("种类", 14), Column("企业", 36), Column("接待日", 14), Column("事项编号", 16)]
    columns += [
        Column("事项", 36),
        Column("内容", 60),
        Column("答复", 60),
        Column("答复人", 14),
        Column("答复时间", 20),
    ]
    rows = (
        (
            it.at, it.kind.label, it.enterprise, it.day, it.matter_number, it.matter_title, it.told, it.answer,
            it.answered_by, it.answered_at,
        )
        for it in all_voices(read(), me(), _asked())
    )  # fmt: skip
    return xlsx("企业来言", columns, rows, today=clock.today())


@bp.route("/<int:word_id>", methods=["GET", "POST"])
@allow(*READERS)
def show(word_id: int) -> Response:
    """One word in full, and its answer."""
    word, form = voice(read(), word_id, actor=me()), AnswerForm()
    if request.method == "GET":
        form.version.data = word.version
    status = attempt(
        form,
        lambda session: services.answer_word(
            session, word_id, form.answer.data, version=form.version.data, actor=me(), now=clock.now()
        ),
        done="已答复，企业扫码可以看到。",
        onward=url_for("voices.listing"),
    )
    return status if isinstance(status, Response) else _show(word_id, form, status)


@bp.post("/<int:word_id>/reach")
@allow(*READERS)
def reach(word_id: int) -> Response:
    """Show how to reach whoever wrote, and write down that it was looked at."""
    found = write(lambda session: services.see_reach(session, word_id, actor=me(), now=clock.now()))
    form = AnswerForm(formdata=None)
    form.version.data = voice(read(), word_id, actor=me()).version
    return _show(word_id, form, 200, reach_shown=found)


def _show(word_id: int, form: AnswerForm, status: int, *, reach_shown: str = "") -> Response:
    word = voice(read(), word_id, actor=me())
    return render(
        "pages/voices/show.html",
        "fragments/voices/_answer_form.html",
        status=status,
        word=word,
        form=form,
        reach_shown=reach_shown,
        reopens=_reopens(word),
        due=ends_on(_clock(), word.at.date(), working_calendar_now()),
        office=me().role is Role.OFFICE,
    )


@bp.route("/<int:word_id>/reopen", methods=["GET", "POST"])
@allow(Role.OFFICE)
def reopen(word_id: int) -> Response:
    """An objection is right: answer it and have its closed matter handled again."""
    word, form = voice(read(), word_id, actor=me()), AnswerForm()
    if request.method == "GET":
        if not _reopens(word):
            flash("只有对已销号事项提出、尚未答复的异议可以重新办理，请直接答复。", "warning")
            return go(url_for("voices.show", word_id=word_id))
        form.version.data = word.version
    status = attempt(
        form,
        lambda session: services.reopen_for_word(
            session, word_id, form.answer.data, version=form.version.data, actor=me(), now=clock.now()
        ),
        done="已答复企业，事项重新办理，期限重新起算。",
        onward=url_for("matters.show", matter_id=word.matter_id) if word.matter_id else url_for("voices.listing"),
    )
    if isinstance(status, Response):
        return status
    return render("pages/voices/reopen.html", status=status, word=word, form=form)


def _reopens(word: VoiceRow) -> bool:
    """Whether its answer may be that the matter is taken up again."""
    objects = word.kind is WordKind.OBJECTION and word.answered_at is None
    return objects and word.matter_state is MatterState.CLOSED
