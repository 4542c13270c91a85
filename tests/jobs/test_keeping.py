"""Papers that lag behind are made in their turn, and what no record names is taken off the disk."""

import os

from portal.jobs.keeping import AT_ONCE, handed_in, keep_what_is_behind, scans_of, sweep
from portal.services.slip_scans import KeptScan, attach_scan
from portal.services.uploads import AcceptedFile, stored_file
from portal.store import sealed_files, uploads
from portal.store.models.slips import SlipVersion
from portal.store.queries.kept_papers import kept_row
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene, a_signed_slip


def sweep_everything(app):
    for turn in range(256):
        sweep(app.config["SETTINGS"], turn)


def test_scans_that_were_never_attached_are_swept_after_a_month_and_attached_ones_never(app, session):
    slip, folder = a_numbered_slip(session, a_scene(session)), scans_of(app.config["SETTINGS"])
    names = [sealed_files.keep(folder, data) for data in (b"attached", b"left aside", b"of today")]
    attach_scan(session, slip.id, KeptScan(names[0], "a.jpg", "image/jpeg", 8, 1), "核对过编号", actor=OFFICE, now=NOW)
    session.commit()
    for name in names[:2]:
        os.utime(uploads.place_of(folder, name), (1.0, 1.0))
    sweep_everything(app)
    assert [uploads.place_of(folder, name).exists() for name in names] == [True, False, True]


def test_files_of_forms_that_were_never_sent_are_swept_after_a_month_and_named_ones_never(app, session):
    folder = handed_in(app.config["SETTINGS"])
    names = [
        sealed_files.keep(folder, data) for data in (b"a letter", b"of a form given up", b"of a form being filled in")
    ]
    session.add(stored_file(AcceptedFile(names[0], "委托书.pdf", "application/pdf", 8), now=NOW))
    session.commit()
    for name in names[:2]:
        os.utime(uploads.place_of(folder, name), (1.0, 1.0))
    sweep_everything(app)
    assert [uploads.place_of(folder, name).exists() for name in names] == [True, False, True]


def test_papers_that_cannot_be_made_do_not_keep_others_from_being_made(app, session):
    scene = a_scene(session, matters=AT_ONCE + 1)
    *broken, good = [a_signed_slip(session, scene, matter_id) for matter_id in scene.ids]
    for slip in broken:
        session.get_one(SlipVersion, (slip.id, slip.paper_version)).sheet += " "
    session.commit()
    assert keep_what_is_behind(app.config["SETTINGS"], now=NOW, goes_on=lambda _: True) == 1
    assert kept_row(session, good.id) is not None
