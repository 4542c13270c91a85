"""`slips archive`: a year's package in a file, taken up again where it was stopped; and a package checked."""

import json
import zipfile

from portal.cli.year_files import parts_of
from portal.store.audit_trail import verify
from portal.store.models.audit import AuditLine
from portal.store.queries.archives import files_of_year
from tests.archives import YEAR, a_year


def test_a_year_is_written_to_a_file_for_its_owner_alone_and_found_whole(app, session, tmp_path):
    issued, _, _ = a_year(session)
    number = issued.number
    runner, file = app.test_cli_runner(), tmp_path / "2026.zip"
    made = runner.invoke(args=["slips", "archive", "--year", str(YEAR), str(file), "--json"])
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["items"] == 3
    assert file.stat().st_mode & 0o777 == 0o600
    assert [it.name for it in tmp_path.iterdir()] == ["2026.zip"]
    assert f"30年/{number}/metadata.json" in zipfile.ZipFile(file).namelist()
    checked = runner.invoke(args=["slips", "archive", "--check", str(file)])
    assert checked.exit_code == 0, checked.output
    assert "2026 年度 3 件" in checked.stdout
    assert json.loads(runner.invoke(args=["slips", "archive", "--check", str(file), "--json"]).stdout)["whole"] is True


def test_who_had_it_made_is_on_record(app, session, tmp_path):
    a_year(session)
    app.test_cli_runner().invoke(args=["slips", "archive", "--year", str(YEAR), str(tmp_path / "a.zip")])
    session.rollback()
    lines, broken = verify(session)
    assert broken is None
    assert session.get(AuditLine, lines).act == "archive_made"


def test_a_stopped_run_is_taken_up_where_it_stopped(app, session, tmp_path):
    a_year(session)
    runner, file = app.test_cli_runner(), tmp_path / "a.zip"
    ask = ["slips", "archive", "--year", str(YEAR), str(file)]
    parts = tmp_path / ".a.zip.parts"
    parts.mkdir(mode=0o700)
    ids = [it.id for it in files_of_year(session, YEAR)]
    (made,) = parts_of(app.config["SETTINGS"], YEAR, ids, parts, None)  # and there the machine went off
    before = made.stat().st_mtime_ns
    (again,) = parts_of(app.config["SETTINGS"], YEAR, ids, parts, None)
    assert again.stat().st_mtime_ns == before
    assert runner.invoke(args=ask).exit_code == 0
    assert not parts.exists()


def test_a_year_without_slips_and_a_file_that_cannot_be_written_are_refused(app, session, tmp_path):
    runner = app.test_cli_runner()
    empty = runner.invoke(args=["slips", "archive", "--year", "2001", str(tmp_path / "a.zip")])
    assert (empty.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert "没有可以归档的内容" in empty.stderr
    a_year(session)
    nowhere = runner.invoke(args=["slips", "archive", "--year", str(YEAR), str(tmp_path / "no" / "a.zip")])
    assert nowhere.exit_code == 1
    assert "没有这个文件" in nowhere.stderr


def test_a_changed_package_is_refused_with_what_is_wrong(app, session, tmp_path):
    a_year(session)
    runner, file = app.test_cli_runner(), tmp_path / "a.zip"
    runner.invoke(args=["slips", "archive", "--year", str(YEAR), str(file)])
    with zipfile.ZipFile(file, "a") as package:
        package.writestr("30年/夹带.pdf", b"x")
    refused = runner.invoke(args=["slips", "archive", "--check", str(file)])
    assert refused.exit_code == 1
    assert "多出的文件" in refused.stderr
    told = runner.invoke(args=["slips", "archive", "--check", str(file), "--json"])
    assert (told.exit_code, json.loads(told.stdout)["whole"]) == (1, False)


def test_neither_and_both_are_wrong_usage(app, tmp_path):
    runner = app.test_cli_runner()
    for more in ([], ["--check", "--year", "2026"]):
        assert runner.invoke(args=["slips", "archive", str(tmp_path / "a.zip"), *more]).exit_code == 2
