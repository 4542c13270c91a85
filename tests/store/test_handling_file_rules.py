"""A file goes with exactly one thing, and is of a matter unless it goes with minutes or a conclusion: the database says so."""

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from portal.domain.meetings import MeetingKind, MeetingState, StudyState
from portal.services.handling_files import attach
from portal.services.uploads import AcceptedFile
from portal.store.extension import db
from portal.store.models.files import StoredFile
from portal.store.models.handling import HandlingFile
from portal.store.models.meetings import Meeting, Study
from portal.store.queries.handling_files import files_of_meeting, files_of_study
from tests.slip_builders import NOW, a_scene

pytestmark = pytest.mark.postgresql


@pytest.fixture
def session(each_app):
    with each_app.app_context():
        found = db.session()
        found.info["unaudited"] = True
        yield found
        found.rollback()
        db.session.remove()


@pytest.fixture
def of(session):
    """What a file may go with, by column."""
    matter = a_scene(session, matters=1).matters[0]
    meeting = Meeting(
        kind=MeetingKind.DISPATCH, state=MeetingState.HELD, title="调度会", held_on=NOW.date(), made_by="工商联",
        made_at=NOW,
    )  # fmt: skip
    study = Study(state=StudyState.OPEN, title="研究", why="反映集中", made_by="工商联", made_at=NOW)
    session.add_all([meeting, study])
    session.flush()
    return {"matter_id": matter.id, "meeting_id": meeting.id, "study_id": study.id}


def kept(session, **of):
    file = StoredFile(sha256="0" * 64, name="甲.pdf", media_type="application/pdf", size=1, uploaded_at=NOW)
    session.add(file)
    session.flush()
    session.execute(insert(HandlingFile).values(file_id=file.id, caption="", **of))


@pytest.mark.parametrize(
    "which", [(), ("matter_id",), ("matter_id", "meeting_id"), ("matter_id", "study_id"), ("meeting_id", "study_id")]
)
def test_a_file_of_nothing_of_two_things_or_of_a_matter_and_a_meeting_is_refused(session, of, which):
    with pytest.raises(IntegrityError, match=r"of_one_thing|of_a_matter_or_of_many"):
        kept(session, **{name: of[name] for name in which})


def test_a_file_goes_with_minutes_or_with_a_conclusion(session, of):
    accepted = AcceptedFile("0" * 64, "签到表.pdf", "application/pdf", 1)
    attach(session, [accepted], meeting_id=of["meeting_id"], now=NOW)
    attach(session, [accepted, accepted], study_id=of["study_id"], now=NOW)
    session.flush()
    assert [(it.whose, it.what) for it in files_of_meeting(session, of["meeting_id"])] == [("调度会", "会议附件")]
    assert [it.study_id for it in files_of_study(session, of["study_id"])] == [of["study_id"]] * 2
