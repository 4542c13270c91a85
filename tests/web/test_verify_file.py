"""Anybody may hand in a file to be checked: it is looked at and forgotten."""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from portal import clock
from portal.documents.bounded_check import AT_ONCE, BOUNDS, check_bounded
from portal.documents.pades_check import LARGEST
from tests.documents.hostile_files import an_endless_pdf
from tests.documents.signing_builders import SIGNED_AT, a_paper, a_signed_slip, with_a_page_added
from tests.kept_files import keep_as, the_authority_on_record
from tests.slip_builders import a_scene, an_issued_slip


@pytest.fixture
def anybody(app):
    clock.stand_at(SIGNED_AT)
    return app.test_client()


def handed_in(browser, data, name="a.pdf"):
    answer = browser.post("/verify/file", data={"file": (io.BytesIO(data), name)})
    answer.request.environ["wsgi.input"].close()  # a large one lies in a file of the test client, which leaves it open
    return answer


def text_of(answer):
    return answer.get_data(as_text=True)


def test_the_kept_file_is_genuine_and_neither_file_nor_names_are_kept_or_shown(app, session, instance, anybody):
    the_authority_on_record(session)
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    keep_as(session, slip, a_signed_slip())
    before = {it for it in instance.rglob("*") if it.is_file()}
    page = handed_in(anybody, a_signed_slip())
    assert page.status_code == 200
    for words in ("真</p>", "逐字节一致", slip.number, "领导签批", "区长", "本系统时间戳", "系统内签批"):
        assert words in text_of(page), words
    for secret in ("孙国强", scene.receiver.name, scene.booking.visitor_name, scene.booking.enterprise.name):
        assert secret not in text_of(page), secret
    assert {it for it in instance.rglob("*") if it.is_file()} <= before | {
        instance / "portal.db-wal",
        instance / "portal.db-shm",
    }


@pytest.mark.parametrize(
    "file, word",
    [
        (lambda: with_a_page_added(a_signed_slip()), "已被改动"),
        (lambda: a_paper().pdf, "不是本系统的单据"),
        (lambda: b"GIF89a", "无法核验"),
    ],
)
def test_any_other_file_gets_its_word(session, anybody, file, word):
    the_authority_on_record(session)
    answer = handed_in(anybody, file())
    assert answer.status_code == 200
    assert f"{word}</p>" in text_of(answer)


@pytest.mark.parametrize("data, said", [(b"", "请选择要核验的文件"), (b"x" * (LARGEST + 1), "文件超过 20 MB")])
def test_no_file_and_too_large_a_file_are_refused_beside_the_field(session, anybody, data, said):
    answer = handed_in(anybody, data)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert anybody.post("/verify/file").status_code == 422


def test_the_address_without_a_file_leads_to_the_form(session, anybody):
    answer = anybody.get("/verify/file")
    assert (answer.status_code, answer.location) == (303, "/verify/")
    assert 'type="file"' in text_of(anybody.get("/verify/"))


@pytest.mark.usefixtures("counting_requests")
def test_files_are_checked_at_a_slow_pace_only(session, anybody):
    answers = [handed_in(anybody, b"x").status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]


def files_of(*folders):
    return {it for folder in folders for it in folder.rglob("*") if it.is_file()}


@pytest.mark.timeout(90)
def test_a_file_that_would_take_for_ever_gets_its_answer_and_leaves_nothing(
    session, instance, anybody, tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    the_authority_on_record(session)
    before, began = files_of(instance, tmp_path), os.times()
    page = handed_in(anybody, an_endless_pdf(padding=1 << 20))
    assert page.status_code == 200
    assert "无法核验</p>" in text_of(page)
    assert "这个文件无法在限定时间内核验，请联系工商联办公室。" in text_of(page)
    assert os.times().user - began.user < 5, "the reading was done in this process"
    left = {it.relative_to(instance).parts[0] for it in files_of(instance) - before}
    assert left <= {"portal.db-wal", "portal.db-shm", "figures"}  # figures: how many pages were served
    assert not files_of(tmp_path) - before


def test_who_finds_all_places_taken_is_asked_to_try_again_beside_the_field(session, anybody):
    the_authority_on_record(session)
    bounds = replace(BOUNDS, seconds=8)
    with ThreadPoolExecutor(AT_ONCE) as others:
        at_work = [
            others.submit(check_bounded, an_endless_pdf(), [], moment=SIGNED_AT, bounds=bounds) for _ in range(AT_ONCE)
        ]
        page = handed_in(anybody, a_signed_slip())
        while page.status_code == 200 and not all(it.done() for it in at_work):
            page = handed_in(anybody, a_signed_slip())
    assert page.status_code == 503
    assert "请等一分钟再试" in text_of(page)
    assert 'type="file"' in text_of(page)
