"""Photos of the day: handed in several at once, seen by those who may see the room, captioned, deleted."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO

from flask import Response, flash, make_response, request, send_file, session, url_for
from werkzeug.datastructures import FileStorage

from portal import clock
from portal.documents.pictures import small_picture
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services import photos as verbs
from portal.services.uploads import MEGABYTE, AcceptedFile, opened
from portal.store import uploads
from portal.store.extension import read, write
from portal.store.queries.photos import PhotoRow, photo_row, photos_of_day
from portal.store.queries.receptions import queue_of_day
from portal.web.access import allow, me
from portal.web.acting import press
from portal.web.asked import asked_number
from portal.web.bookings.letters import uploads_folder
from portal.web.htmx import go, render
from portal.web.office import rules
from portal.web.room.blueprint import SEEN_BY, bp
from portal.web.room.page import seen_day

MOST_TOGETHER = 20
MOST_MEGABYTES = 160
"""So much of one upload at most, whatever the files are allowed singly."""


@bp.url_value_preprocessor
def let_several_in(endpoint: str | None, values: object) -> None:
    """Photos come many at once: a signed-in person may send more here than a form may elsewhere."""
    if endpoint == "room.photos" and request.method == "POST" and "_user_id" in session:
        request.max_content_length = min(MOST_TOGETHER * rules().upload_megabytes + 1, MOST_MEGABYTES) * MEGABYTE


@bp.route("/<date:day>/photos", methods=["GET", "POST"])
@allow(*SEEN_BY)
def photos(day: date) -> Response:
    """All photos of the day, and the form to hand in more."""
    room, office = seen_day(day), me().role is Role.OFFICE
    problems: list[str] = []
    if request.method == "POST" and office:
        taken, problems = _taken()
        booking_id = request.form.get("booking", type=int)
        try:
            added = write(
                lambda records: verbs.add_photos(
                    records, room.id, booking_id, taken, request.form.get("caption", ""), actor=me(), now=clock.now()
                )
            )
        except RuleBroken as refusal:
            problems.append(refusal.message)
        else:
            if taken:
                return _handed_in(day, booking_id, added, len(taken) - added, problems)
    queue = queue_of_day(read(), room.id)
    return render(
        "pages/room/photos.html",
        status=422 if problems else 403 if request.method == "POST" and not office else 200,
        room=room,
        office=office,
        photos=photos_of_day(read(), room.id),
        queue=queue,
        chosen=asked_number("booking") or request.form.get("booking", type=int),
        problems=problems,
        megabytes=rules().upload_megabytes,
        most=MOST_TOGETHER,
    )


def _taken() -> tuple[list[AcceptedFile], list[str]]:
    """The pictures that can be kept, and what is wrong with the others."""
    taken, problems = [], []
    for number, file in enumerate(_files(), start=1):
        if number > MOST_TOGETHER:
            problems.append(f"一次最多上传 {MOST_TOGETHER} 张，其余没有保存，请分次上传。")
            break
        try:
            megabytes = rules().upload_megabytes
            taken.append(verbs.take_in(uploads_folder(), file.filename or "", file.stream, megabytes=megabytes))
        except RuleBroken as refusal:
            problems.append(refusal.message)
    return taken, problems or ([] if taken else ["请先选择照片，可以一次选多张。"])


def _files() -> Iterator[FileStorage]:
    return (it for it in request.files.getlist("photos") if it.filename)


def _handed_in(day: date, booking_id: int | None, added: int, known: int, problems: list[str]) -> Response:
    if added:
        flash(f"已保存 {added} 张照片。", "success")
    if known:
        flash(f"有 {known} 张已经上传过，没有重复保存。", "info")
    for problem in problems:
        flash(f"没有保存：{problem}", "warning")
    onward = url_for("room.show", day=day, booking=booking_id, _anchor="photos")
    return go(onward if request.form.get("from") == "room" else url_for("room.photos", day=day))


@bp.get("/photos/<int:photo_id>.jpg")
@allow(*SEEN_BY)
def photo(photo_id: int) -> Response:
    """One photo in full."""
    return _picture(photo_row(read(), photo_id, actor=me()), small=False)


@bp.get("/photos/<int:photo_id>/small.jpg")
@allow(*SEEN_BY)
def small_photo(photo_id: int) -> Response:
    """The same for lists."""
    return _picture(photo_row(read(), photo_id, actor=me()), small=True)


def _picture(row: PhotoRow, *, small: bool) -> Response:
    """The bytes; a browser that has them asks whether it still may show them, and gets no more than that."""
    tag = f"{row.sha256}{'-small' if small else ''}"
    if tag in request.if_none_match:
        answer = make_response("", 304)
    else:
        answer = send_file(_bytes(row, small=small), mimetype="image/jpeg", download_name=row.name)
    answer.set_etag(tag)
    answer.cache_control.private = True
    answer.cache_control.no_cache = True
    return answer


def _bytes(row: PhotoRow, *, small: bool) -> BytesIO:
    data = opened(uploads_folder(), row.sha256, "照片文件")
    return BytesIO(small_picture(data) if small else data)


@bp.post("/photos/<int:photo_id>/caption")
@allow(Role.OFFICE)
def caption_photo(photo_id: int) -> Response:
    """Write below a photo what it shows."""
    row, caption = photo_row(read(), photo_id, actor=me()), request.form.get("caption", "")
    return press(
        lambda records: verbs.caption_photo(records, photo_id, caption, actor=me(), now=clock.now()),
        done="已保存照片说明。",
        onward=url_for("room.photos", day=row.day, _anchor=f"photo-{photo_id}"),
    )


@bp.route("/photos/<int:photo_id>/delete", methods=["GET", "POST"])
@allow(Role.OFFICE)
def delete_photo(photo_id: int) -> Response:
    """Delete a photo, after saying that it is for good."""
    row = photo_row(read(), photo_id, actor=me())
    if request.method == "GET":
        return render("pages/room/delete_photo.html", photo=row)
    unused = write(lambda records: verbs.delete_photo(records, photo_id, actor=me(), now=clock.now()))
    if unused:
        uploads.wipe(uploads_folder(), unused)
    flash("已删除照片。", "success")
    return go(url_for("room.photos", day=row.day))
