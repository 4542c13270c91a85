"""`slips verify`: 0 for a paper that counts, 1 with the reason for any other, 2 for wrong usage; with or without the database."""

import json

import pytest
from sqlalchemy import event

from portal import clock
from portal.store.extension import db
from tests.documents.signing_builders import SIGNED_AT, a_paper, a_signed_slip, the_authority, with_a_page_added
from tests.kept_files import keep_as, the_authority_on_record
from tests.slip_builders import a_scene, an_issued_slip


@pytest.fixture
def files(tmp_path):
    """A good file, a changed one, and the authority's certificate."""
    contents = {
        "good.pdf": a_signed_slip(),
        "more.pdf": with_a_page_added(a_signed_slip()),
        "plain.pdf": a_paper().pdf,
        "authority.pem": the_authority().certificate_pem.encode(),
        "text.pem": "不是证书".encode(),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.fixture(autouse=True)
def _after_the_signing(app):
    clock.stand_at(SIGNED_AT)


def verify(app, *words):
    return app.test_cli_runner().invoke(args=["slips", "verify", *map(str, words)])


def test_a_file_is_verified_with_the_public_certificate_alone_and_no_statement_is_sent(app, files):
    sent = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *_: sent.append(1))
    done = verify(app, files / "good.pdf", "--authority", files / "authority.pem")
    assert done.exit_code == 0, done.output
    assert "孙国强" in done.stdout
    assert "2026-12-16 10:40:00（本系统时间戳）" in done.stdout
    assert sent == []


@pytest.mark.parametrize(
    "name, said", [("more.pdf", "已被改动"), ("plain.pdf", "没有任何签名"), ("none.pdf", "没有这个文件")]
)
def test_a_file_that_does_not_count_is_refused_with_the_reason(app, files, name, said):
    done = verify(app, files / name, "--authority", files / "authority.pem")
    assert done.exit_code == 1
    assert said in done.stderr


def test_with_the_database_the_slip_is_told_and_an_unknown_file_refused(app, session, files):
    the_authority_on_record(session)
    assert verify(app, files / "good.pdf").exit_code == 1
    slip = an_issued_slip(session, a_scene(session))
    keep_as(session, slip, a_signed_slip())
    number = slip.number
    done = verify(app, files / "good.pdf", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["good"], told["standing"], told["slip"]["number"]) == (True, "genuine", number)
    assert [it["usage"] for it in told["signatures"]] == ["机关用印", "领导签批"]
    assert told["recorded"][0]["how"] == "screen"


def test_as_json_a_refusal_is_on_both_streams(app, files):
    done = verify(app, files / "more.pdf", "--authority", files / "authority.pem", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["standing"] == "changed"
    assert "已被改动" in done.stderr


def test_wrong_usage(app, files):
    assert verify(app).exit_code == 2
    assert verify(app, files / "good.pdf", "--offline").exit_code == 2
    assert verify(app, files / "good.pdf", "--authority", files / "missing.pem").exit_code == 2
    unreadable = verify(app, files / "good.pdf", "--authority", files / "text.pem")
    assert unreadable.exit_code == 1
    assert "不是 PEM 格式" in unreadable.stderr
