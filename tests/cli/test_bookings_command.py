"""`bookings`: a table imported from the machine itself, through the same door as every other booking."""

import json

import pytest
from sqlalchemy import func, select

from portal.store.models.bookings import Booking
from tests.booking_orders import the_district
from tests.builders import a_reception_day
from tests.documents.test_tables import a_workbook
from tests.services.test_booking_imports import HEADINGS, row


@pytest.fixture
def run(app, session, tmp_path):
    session.add_all([a_reception_day(slots=1), *the_district()])
    session.commit()
    file = tmp_path / "预约.xlsx"

    def command(*rows, words=()):
        file.write_bytes(a_workbook([HEADINGS, *rows]))
        return app.test_cli_runner().invoke(args=["bookings", "import", str(file), "--day", "2026-12-15", *words])

    return command


def standing(session):
    return session.scalar(select(func.count(Booking.id)))


def test_without_yes_it_only_says_what_would_become_of_it(session, run):
    answer = run(row(企业名称="安澜甲公司"))
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert "可以登记（尚未登记，加 --yes 登记） 1 家" in answer.stdout
    assert standing(session) == 0


def test_with_yes_it_registers_and_tells_the_ids(session, run):
    told = json.loads(run(row(企业名称="安澜甲公司"), words=["--yes", "--json"]).stdout)
    assert told["applied"] is True
    assert told["bookings"][0]["booking"] == session.scalar(select(Booking.id))


def test_the_last_place_is_given_once_and_the_rest_is_refused_by_row(session, run):
    rows = [row(企业名称="安澜甲公司"), row(企业名称="安澜乙公司")]
    answer = run(*rows, words=["--yes"])
    assert answer.exit_code == 1
    assert "第 3 行：安澜乙公司：当天没有空余名额了" in answer.stderr
    assert standing(session) == 0
    assert run(*rows, words=["--yes", "--skip-wrong"]).exit_code == 0
    assert standing(session) == 1


def test_the_template_can_be_written_and_read_again(app, tmp_path):
    file = tmp_path / "模板.xlsx"
    answer = app.test_cli_runner().invoke(args=["bookings", "template", str(file)])
    assert answer.exit_code == 0
    assert file.read_bytes().startswith(b"PK")
    refused = app.test_cli_runner().invoke(args=["bookings", "template", str(tmp_path / "no" / "x.xlsx")])
    assert refused.exit_code == 1
    assert "没有这个文件" in refused.stderr


def test_a_day_that_is_none_is_refused(run, app, tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("企业名称,来访人,联系电话,诉求标题,类别\n甲,乙,13800005678,丙,丁", encoding="utf-8")
    answer = app.test_cli_runner().invoke(args=["bookings", "import", str(file), "--day", "2027-05-05"])
    assert answer.exit_code == 1
    assert "不是接待日" in answer.stderr
