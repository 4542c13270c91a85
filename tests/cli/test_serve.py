"""`./manage run` as its person meets it: it starts and says where, or says in one line what is wrong and what to do."""

import os
import signal
import socket
import sqlite3
import subprocess
from pathlib import Path

import pytest

from portal.config import SettingsRefused, load_settings
from tests.live.browsers import Browser
from tests.live.processes import HOST, PROGRAMS, ROOT, environment, family, free_port, start

SERVE = [str(PROGRAMS / "flask"), "--app", "wsgi", "serve"]
PASSWORD = "Anlan-2026-test"


def refusal(settings: dict[str, object], *, inside: str | None = None) -> str:
    """The one line with which a start ends that cannot succeed; `inside` runs in its own view of the file system first."""
    command = SERVE
    if inside is not None:
        command = ["unshare", "--map-root-user", "--mount", "sh", "-ec", f'{inside}\nexec "$@"', "sh", *SERVE]
    given = {"bind": f"{HOST}:{free_port()}", "sample": 0} | settings
    ended = subprocess.run(
        command, cwd=ROOT, env=environment(**given), capture_output=True, text=True, timeout=300, check=False
    )
    if inside is not None and "unshare" in ended.stderr:
        pytest.skip(f"this machine lets nobody mount a small disk: {ended.stderr.strip()}")
    assert ended.returncode not in (0, -signal.SIGKILL), ended.stdout
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert ended.stderr.rstrip().endswith("。"), ended.stderr
    return ended.stderr


def test_a_start_says_where_the_portal_is_and_the_password_of_its_sample_once(tmp_path: Path):
    port = free_port()
    env = environment(
        instance=tmp_path / "i", bind=f"localhost:{port}", sample=1, sample_password=PASSWORD, today="2026-11-22"
    )
    first = start(SERVE, port, tmp_path / "first", env, patience=500)
    try:
        with Browser(port) as browser:
            assert browser.sign_in("office", PASSWORD).get("/").status == 200
        assert f"http://localhost:{port}" in first.said
        assert PASSWORD in first.said
    finally:
        first.stop()
    second = start(SERVE, port, tmp_path / "second", env)
    try:
        assert f"http://localhost:{port}" in second.said
        assert PASSWORD not in second.said
        assert (tmp_path / "i" / "keys" / "data.key").stat().st_mode & 0o777 == 0o600
    finally:
        second.stop()


def test_ctrl_c_ends_every_process_without_a_word_of_python(tmp_path: Path):
    port = free_port()
    env = environment(instance=tmp_path / "i", bind=f"{HOST}:{port}", sample=0, workers=2)
    running = start(SERVE, port, tmp_path / "log", env)
    try:
        everybody = family(running.process.pid)
        os.killpg(running.process.pid, signal.SIGINT)
        running.process.wait(timeout=100)
        assert not [pid for pid in everybody if Path(f"/proc/{pid}").exists()]
        assert "Traceback" not in running.said
        assert "[" not in running.said.replace("[0m", ""), "the server program has something to say of its own"
    finally:
        running.stop()


def test_a_port_in_use_is_named_and_another_is_offered(tmp_path: Path):
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        bind = f"{HOST}:{other.getsockname()[1]}"
        said = refusal({"instance": tmp_path / "i", "bind": bind})
    assert bind in said
    assert "已被占用" in said
    assert "PORTAL_BIND=" in said


@pytest.mark.parametrize(
    "bind, why", [("nowhere.invalid:28000", "没有这个主机名"), ("192.0.2.1:28000", "本机没有这个地址")]
)
def test_an_address_that_is_not_ours_is_refused(tmp_path: Path, bind: str, why: str):
    assert why in refusal({"instance": tmp_path / "i", "bind": bind})


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    said = refusal({"instance": tmp_path / "file" / "instance"})
    assert str(tmp_path / "file" / "instance") in said
    assert "同名文件" in said


def test_a_disk_that_cannot_be_written_is_named(tmp_path: Path):
    said = refusal({"instance": tmp_path / "i"}, inside=f"mount -t tmpfs -o ro none {tmp_path}")
    assert f"{tmp_path / 'i'} 不能写入（磁盘只读）" in said


def test_too_little_room_on_the_disk_stops_the_start(tmp_path: Path):
    said = refusal({"instance": tmp_path / "i"}, inside=f"mount -t tmpfs -o size=1m none {tmp_path}")
    assert "磁盘空间不足" in said
    assert "至少需要 64 MB" in said


def test_a_disk_that_is_full_to_the_brim_stops_the_start(tmp_path: Path):
    fill = f"mount -t tmpfs -o size=1m none {tmp_path}\ndd if=/dev/zero of={tmp_path}/fill bs=4k 2>/dev/null || true"
    said = refusal({"instance": tmp_path / "i"}, inside=fill)
    assert "不能写入（磁盘已满）" in said


@pytest.mark.parametrize("name", ["data.key", "session.key"])
def test_a_damaged_key_is_never_replaced(tmp_path: Path, name: str):
    key = tmp_path / "i" / "keys" / name
    key.parent.mkdir(parents=True)
    key.write_bytes(b"torn off")
    said = refusal({"instance": tmp_path / "i"})
    assert str(key) in said
    assert "备份" in said
    assert key.read_bytes() == b"torn off"


def test_a_database_that_is_none_is_said_to_be_unusable(tmp_path: Path):
    (tmp_path / "i").mkdir()
    (tmp_path / "i" / "portal.db").write_bytes(b"not a database at all, but long enough to look at" * 100)
    assert "数据库不可用" in refusal({"instance": tmp_path / "i"})


def test_a_database_of_a_newer_portal_is_left_alone(tmp_path: Path):
    (tmp_path / "i").mkdir()
    with sqlite3.connect(tmp_path / "i" / "portal.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999_of_tomorrow')")
    database.close()
    said = refusal({"instance": tmp_path / "i"})
    assert "9999_of_tomorrow" in said
    assert "比本程序新" in said


def test_an_unknown_setting_stops_the_start_and_the_known_ones_are_listed(tmp_path: Path):
    said = refusal({"instance": tmp_path / "i", "workrs": 2})
    assert "PORTAL_WORKRS" in said
    assert "PORTAL_WORKERS" in said


def test_a_clock_that_stands_is_refused_where_others_can_reach_it(tmp_path: Path):
    said = refusal({"instance": tmp_path / "i", "bind": "0.0.0.0:28000", "today": "2026-11-22"})
    assert "PORTAL_TODAY" in said


@pytest.mark.parametrize(
    "name, value, why",
    [
        ("WORKERS", "many", "应为整数"),
        ("WORKERS", "0", "不能小于 1"),
        ("WORKERS", "65", "不能大于 64"),
        ("BIND", "8000", "127.0.0.1:8000"),
        ("BIND", "127.0.0.1:99999", "127.0.0.1:8000"),
        ("TODAY", "22.11.2026", "2026-11-22"),
        ("SAMPLE", "perhaps", "应为 1 或 0"),
        ("SAMPLE_PASSWORD", "short", "至少 8 个字符"),
        ("SECRET_KEY", "short", "至少 16 个字符"),
        ("DATABASE_URL", "mysql://portal@127.0.0.1/portal", "postgresql+psycopg://"),
        ("DATABASE_URL", "postgresql+psycopg://portal@127.0.0.1:port/portal", "格式不对"),
        ("REDIS_URL", "127.0.0.1:6379", "redis://"),
        ("SMTP_URL", "mail.example.cn:25", "smtp://用户:密码@主机"),
        ("SMTP_URL", "smtp://mail.example.cn:port", "smtp://用户:密码@主机"),
        ("SMTP_URL", "smtp://mail.example.cn?starttls=yes", "starttls=1"),
        ("MAIL_FROM", "接待日门户", "邮箱地址"),
    ],
)
def test_a_malformed_setting_is_named_with_what_it_should_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, why: str
):
    monkeypatch.setenv(f"PORTAL_{name}", value)
    with pytest.raises(SettingsRefused) as refused:
        load_settings(instance=tmp_path)
    assert str(refused.value).startswith(f"设置 PORTAL_{name} 不正确：")
    assert why in str(refused.value)


def test_a_mail_server_needs_an_address_to_send_from(tmp_path: Path):
    with pytest.raises(SettingsRefused, match="PORTAL_MAIL_FROM"):
        load_settings(instance=tmp_path, smtp_url="smtp://mail.example.cn")
    assert load_settings(instance=tmp_path, smtp_url="smtp://mail.example.cn", mail_from="a@example.cn").smtp_url


def test_a_malformed_setting_stops_the_start(tmp_path: Path):
    assert "PORTAL_WORKERS" in refusal({"instance": tmp_path / "i", "workers": "many"})


def test_settings_saved_by_a_windows_editor_are_read(tmp_path: Path):
    (tmp_path / "portal.env").write_text("PORTAL_WORKERS=3\r\n", encoding="utf-8-sig", newline="")
    assert load_settings(instance=tmp_path).workers == 3


def test_settings_in_another_encoding_are_refused_with_the_cure(tmp_path: Path):
    (tmp_path / "portal.env").write_text("# 工作进程数\nPORTAL_WORKERS=3\n", encoding="gb18030")
    with pytest.raises(SettingsRefused, match="UTF-8"):
        load_settings(instance=tmp_path)


def test_an_unknown_name_in_the_settings_file_is_refused_with_the_file(tmp_path: Path):
    (tmp_path / "portal.env").write_text("PORTAL_WORKRS=3\n", encoding="utf-8")
    with pytest.raises(SettingsRefused, match=r"PORTAL_WORKRS.*portal\.env"):
        load_settings(instance=tmp_path)
