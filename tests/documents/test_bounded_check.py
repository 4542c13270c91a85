"""A file that anybody hands in is checked elsewhere, gets the same verdict, and cannot take more than it may."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from portal.documents.bounded import TooMuch, run_bounded
from portal.documents.bounded_check import AT_ONCE, BOUNDS, check_bounded
from portal.documents.pades import SIGNER, sign
from portal.documents.pades_check import BEYOND_BOUNDS, DAMAGED, LARGEST, check
from portal.documents.pdf_verdict import PdfVerdict
from portal.domain.errors import Busy
from tests.documents.hostile_files import an_endless_pdf
from tests.documents.signing_builders import (
    SIGNED_AT,
    a_countersigned_slip,
    a_key,
    a_paper,
    a_prepared_slip,
    a_signed_slip,
    the_authority,
    with_a_page_added,
)

STRANGERS = "别家认证中心"
A_STRANGER = a_key(authority=STRANGERS)
ASKED = {"moment": SIGNED_AT, "revoked": {a_key().serial: SIGNED_AT}, "known": [A_STRANGER.certificate_pem]}
OURS = [the_authority().certificate_pem]


PATIENT = replace(BOUNDS, seconds=200, processor_seconds=100)
"""For files that come to an end: how long a busy machine takes is not what is tested."""


def bounded(pdf, **bounds):
    return check_bounded(pdf, OURS, bounds=replace(PATIENT, **bounds), **ASKED)


def processor_time_of_children():
    spent = os.times()
    return spent.children_user + spent.children_system


@pytest.mark.parametrize(
    "file",
    [
        a_signed_slip,
        a_countersigned_slip,
        lambda: a_prepared_slip(STRANGERS),
        lambda: sign(a_prepared_slip(), SIGNER, A_STRANGER, signed_at=SIGNED_AT),
        lambda: with_a_page_added(a_signed_slip()),
        lambda: a_paper().pdf,
        lambda: b"%PDF-1.7 nothing",
        lambda: b"GIF89a",
        lambda: b"%PDF-" + b"x" * LARGEST,
        lambda: an_endless_pdf(depth=5),
    ],
)
def test_the_verdict_is_the_one_of_the_check_in_this_process(file):
    assert bounded(file()) == check(file(), OURS, **ASKED)


def look_until_all_are_done(at_work):
    while not all(it.done() for it in at_work):
        bounded(b"%PDF-1.7 nothing")


def test_whom_to_believe_is_told_to_the_other_process():
    signed = sign(a_prepared_slip(), SIGNER, A_STRANGER, signed_at=SIGNED_AT)
    strangers = [the_authority(STRANGERS).certificate_pem]
    assert bounded(signed).is_genuine
    assert check_bounded(signed, OURS, moment=SIGNED_AT, other_roots=strangers, bounds=PATIENT).is_genuine
    assert not check_bounded(signed, OURS, moment=SIGNED_AT, bounds=PATIENT).is_genuine


@pytest.mark.parametrize("bounds", [{"seconds": 2}, {"processor_seconds": 1}])
def test_a_file_that_would_take_for_ever_is_given_up_in_time(bounds):
    spent = processor_time_of_children()
    assert bounded(an_endless_pdf(), **bounds) == PdfVerdict(problem=BEYOND_BOUNDS)
    assert processor_time_of_children() - spent < 3, "it went on when its time was over"


def test_a_file_that_takes_more_memory_than_it_may_is_not_judged():
    verdict = bounded(a_signed_slip(), memory=48 << 20)
    assert verdict.problem in (BEYOND_BOUNDS, DAMAGED)
    assert not verdict.is_genuine


def test_no_more_files_are_looked_at_at_once_than_may_be_and_afterwards_there_is_room_again():
    with ThreadPoolExecutor(AT_ONCE) as others:
        at_work = [others.submit(bounded, an_endless_pdf(), seconds=6) for _ in range(AT_ONCE)]
        with pytest.raises(Busy, match="请等一分钟再试"):
            look_until_all_are_done(at_work)
        assert bounded(b"GIF89a").problem  # what need not be opened needs no room
        assert [it.result().problem for it in at_work] == [BEYOND_BOUNDS] * AT_ONCE
    assert bounded(a_signed_slip()).signatures


def test_a_program_heeds_nothing_of_its_surroundings_and_ends_in_time(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "this.py").write_text("raise SystemExit(9)")
    status, said = run_bounded("this", (), b"", BOUNDS)
    assert status == 0
    assert b"Zen" in said
    with pytest.raises(TooMuch):
        run_bounded("portal.documents.check_reading", (), b"", replace(BOUNDS, seconds=0.001))
