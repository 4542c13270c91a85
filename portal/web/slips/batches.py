"""Printing many slips: at once while one waits, or in the background with a page that says how far it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from flask import Response, current_app, flash, request, send_file, url_for

from portal import clock
from portal.config import Settings
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.print_jobs import JobKind, JobState, pace, time_left
from portal.jobs.direct import print_now
from portal.jobs.keeping import keeping_of
from portal.jobs.press import PressFailed, PressLost
from portal.jobs.printers import job_folder, result_file
from portal.services import print_jobs
from portal.services.batch_papers import batch_papers
from portal.store.audit_trail import Target
from portal.store.extension import read, write
from portal.store.queries.print_jobs import UNSEEN_JOB, JobRow, jobs_ahead, own_job, own_jobs, pace_of
from portal.store.queries.slips import batch_slips
from portal.store.sealed_streams import unsealed
from portal.web.access import allow, me
from portal.web.acting import press
from portal.web.asked import asked_day
from portal.web.downloads import original
from portal.web.errors import status_of
from portal.web.filters import short_date
from portal.web.htmx import go, render
from portal.web.office import rules
from portal.web.slips.blueprint import BUSINESS, bp
from portal.web.slips.lists import BATCH_KINDS, asked_slips, shown_list

TYPES = {JobKind.PDF: "application/pdf"}
ZIP = "application/zip"
NO_RESULT = "这份打印结果已过保存期限，文件已删除。请从交办单列表重新打印。"
PRESS_ENDED = "排版没有完成，可能是内存不足。请少选几张再试；仍不行的，请把时间告诉系统管理员。"
TONES = {
    JobState.WAITING: "neutral",
    JobState.RUNNING: "info",
    JobState.DONE: "good",
    JobState.CANCELLED: "stop",
    JobState.FAILED: "late",
}


@dataclass(frozen=True, slots=True)
class JobShown:
    """A job with how fast it goes and what stands before it."""

    row: JobRow
    ahead: int = 0
    a_second: float | None = None
    left: str = ""


@bp.post("/print")
@allow(*BUSINESS)
def print_many() -> Response:
    """The slips that were ticked, or all of the list, as one PDF or a zip; very many are printed in the background."""
    kind = _kind()
    ticked = request.form.getlist("slip", type=int) if request.form.get("what") == "ticked" else None
    full = request.form.get("full") == "1"
    try:
        return _print(batch_slips(read(), me(), asked_slips(), ticked), kind, full=full, ticked=ticked is not None)
    except RuleBroken as refusal:
        flash(refusal.message, "error")
        return shown_list(status=status_of(refusal), ticked=ticked or (), kind=kind)


@bp.get("/jobs")
@allow(*BUSINESS)
def jobs() -> Response:
    """How far my long prints are, and what came of them."""
    rows = own_jobs(read(), me())
    return render(
        "pages/slips/jobs.html",
        "fragments/slips/_job_list.html",
        jobs=[_shown(it) for it in rows],
        going=any(it.is_open for it in rows),
        tones=TONES,
        whose=me().account_id,
        days=rules().print_result_days,
        now=clock.running(),
    )


@bp.get("/jobs/<int:job_id>/file")
@allow(*BUSINESS)
def job_file(job_id: int) -> Response:
    """What came of a job."""
    job = own_job(read(), me(), job_id)
    file = result_file(job_folder(_settings(), job.id))
    if job.state is not JobState.DONE:
        raise NotFound(UNSEEN_JOB)
    if job.kind is JobKind.ARCHIVE:
        must(me(), Action.ARCHIVE)  # whoever asked may have another role today
    if job.full:
        must(me(), Action.SEE_PERSONAL_DATA)
    if not job.can_be_fetched or not file.exists():
        raise NotFound(NO_RESULT)
    kind = TYPES.get(job.kind, ZIP)
    if job.full or job.kind is JobKind.ARCHIVE:
        what = f"{'归档包' if job.kind is JobKind.ARCHIVE else '完整版交办单'}（{job.title}）"
        answer = original(unsealed(file), job.result_name, kind, Target("print_job", job_id), what, as_attachment=True)
    else:
        answer = send_file(unsealed(file), mimetype=kind, as_attachment=True, download_name=job.result_name)
    answer.content_length = job.result_bytes or 0
    return answer


@bp.post("/jobs/<int:job_id>/cancel")
@allow(*BUSINESS)
def cancel_job(job_id: int) -> Response:
    """Stop a job that is not over."""
    act = partial(print_jobs.cancel_job, job_id=job_id, actor=me(), now=clock.now())
    return press(act, done="已取消。", onward=url_for("slips.jobs"))


@bp.post("/jobs/<int:job_id>/retry")
@allow(*BUSINESS)
def retry_job(job_id: int) -> Response:
    """Begin a job anew that failed or was cancelled."""
    act = partial(print_jobs.retry_job, job_id=job_id, actor=me(), now=clock.now())
    return press(act, done="已重新排队，做好的部分不再重做。", onward=url_for("slips.jobs"))


def _print(found: Iterable[int], kind: JobKind, *, full: bool, ticked: bool) -> Response:
    ids, actor = list(found), me()
    if full:
        must(actor, Action.SEE_PERSONAL_DATA)
    if not ids:
        raise RuleBroken(print_jobs.NOTHING)
    title = _title(len(ids), ticked=ticked)
    if len(ids) > rules().print_job_from:
        asking = partial(print_jobs.ask_slips, kind=kind, slip_ids=ids, title=title, full=full, actor=actor)
        write(partial(asking, now=clock.now()))
        flash(f"已提交，共 {len(ids)} 张，正在后台打印。可以离开本页，完成后会有消息。", "success")
        return go(url_for("slips.jobs"))
    return _at_once(ids, kind, title, actor, full=full)


def _at_once(ids: list[int], kind: JobKind, title: str, actor: Actor, *, full: bool) -> Response:
    papers = batch_papers(keeping_of(_settings()), ids, actor=actor, now=clock.now(), full=full)
    try:
        printed = print_now(_settings(), papers, title, apart=kind is JobKind.ZIP)
    except (PressLost, PressFailed) as trouble:
        current_app.logger.exception("a batch could not be printed", exc_info=trouble)
        raise RuleBroken(PRESS_ENDED) from trouble
    answer = send_file(
        unsealed(result_file(printed.folder)),
        mimetype=TYPES.get(kind, ZIP),
        as_attachment=kind is JobKind.ZIP,
        download_name=f"{title}.{kind.value}",
    )
    answer.content_length = printed.size
    answer.direct_passthrough = False  # else nobody is told when it was sent
    answer.call_on_close(printed.wipe)
    return answer


def _title(count: int, *, ticked: bool) -> str:
    """What the batch is called, in the list and as a file: 12月15日 周二 交办单（12份）."""
    day, state = asked_day("day"), asked_slips().state
    words = [short_date(day) if day and not ticked else "", state.label if state and not ticked else ""]
    return f"{''.join(words).replace(' ', '')}交办单（{count}份{'，选' if ticked else ''}）"


def _kind() -> JobKind:
    wanted = request.form.get("kind", "")
    return next((it for it in BATCH_KINDS if it.value == wanted), JobKind.PDF)


def _shown(row: JobRow) -> JobShown:
    if row.state is JobState.WAITING:
        return JobShown(row, ahead=jobs_ahead(read(), row.id))
    if row.state is not JobState.RUNNING:
        return JobShown(row)
    a_second = pace(pace_of(read(), row.id))
    return JobShown(row, a_second=a_second, left=time_left(row.total - row.done, a_second))


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
