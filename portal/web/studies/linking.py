"""Which matters a study rests on: added from its category or by a word, removed again."""

from flask import Response, request, url_for

from portal import clock
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services import studies
from portal.store.extension import read
from portal.store.queries.studies import matters_for_study, study_page
from portal.web.access import allow, me
from portal.web.acting import press
from portal.web.asked import asked_text
from portal.web.bookings.acting import posted_version
from portal.web.converters import number_in
from portal.web.htmx import render
from portal.web.matters.due import MATTER_TONES
from portal.web.studies.blueprint import bp


@bp.get("/<int:study_id>/matters")
@allow(Role.OFFICE)
def link(study_id: int) -> Response:
    """Choose the matters a study rests on."""
    study, words = study_page(read(), me(), study_id), asked_text("q")
    if not study.stands:
        raise RuleBroken(f"专题研究现为“{study.state.label}”，关联的诉求不能再改。")
    return render(
        "pages/studies/link.html",
        "fragments/studies/_link.html",
        study=study,
        words=words,
        offered=matters_for_study(read(), me(), study, words, category=study.category_code),
        tones=MATTER_TONES,
    )


@bp.post("/<int:study_id>/matters/add")
@allow(Role.OFFICE)
def add(study_id: int) -> Response:
    """Let what was ticked belong to it."""
    chosen = [number for it in request.form.getlist("matter") if (number := number_in(it)) is not None]
    return press(
        lambda session: studies.add_to_study(
            session, study_id, chosen, version=posted_version(), actor=me(), now=clock.now()
        ),
        done=f"已关联 {len(set(chosen))} 件。",
        onward=url_for("studies.link", study_id=study_id),
    )


@bp.post("/<int:study_id>/matters/<int:matter_id>/off")
@allow(Role.OFFICE)
def take_off(study_id: int, matter_id: int) -> Response:
    """Let one belong to it no more."""
    return press(
        lambda session: studies.take_from_study(
            session, study_id, matter_id, version=posted_version(), actor=me(), now=clock.now()
        ),
        done="已移出。",
        onward=url_for("studies.link", study_id=study_id),
    )
