"""`user`: accounts from the machine itself, with the exit codes a script can rely on."""

import json

import pytest
from sqlalchemy import func, select

from portal.domain.people import Role
from portal.store.models.audit import AuditLine
from portal.store.models.people import Account
from tests.builders import PASSWORD, a_leader, a_unit


@pytest.fixture
def run(app):
    """Run a command with what is typed into it."""

    def run_it(*words, typed=f"{PASSWORD}\n"):
        with app.app_context():
            return app.test_cli_runner().invoke(args=list(words), input=typed)

    return run_it


def test_a_new_account_can_be_used_at_once(app, run):
    done = run("user", "add", "office", "--role", "office", "--password-stdin")
    assert (done.exit_code, done.stdout) == (0, "已新增账号 office（工商联办公室）。\n")
    answer = app.test_client().post("/login", data={"username": "office", "password": PASSWORD})
    assert answer.status_code == 303


def test_a_unit_or_leader_is_named_in_words(session, run):
    session.add_all([a_unit(name="安澜区财政局", short_name="区财政局"), a_leader(name="申示安")])
    session.commit()
    assert run("user", "add", "cz", "--role", "unit", "--unit", "区财政局", "--password-stdin").exit_code == 0
    assert run("user", "add", "sa", "--role", "leader", "--leader", "申示安", "--password-stdin").exit_code == 0


@pytest.mark.parametrize(
    "words, typed, said",
    [
        (("twice", "--role", "office"), f"{PASSWORD}\n", "已被使用"),
        (("weak", "--role", "office"), "short\n", "密码至少 8 个字符"),
        (("empty", "--role", "office"), "", "密码至少 8 个字符"),
        (("cz", "--role", "unit"), f"{PASSWORD}\n", "须指定所属单位"),
        (("cz", "--role", "unit", "--unit", "没有的局"), f"{PASSWORD}\n", "没有名为“没有的局”的单位"),
        (("sa", "--role", "leader", "--leader", "没有此人"), f"{PASSWORD}\n", "没有名为“没有此人”的领导"),
    ],
)
def test_a_refusal_is_one_line_on_stderr_and_status_1(session, run, words, typed, said):
    run("user", "add", "twice", "--role", "auditor", "--password-stdin")
    refused = run("user", "add", *words, "--password-stdin", typed=typed)
    assert refused.exit_code == 1
    assert said in refused.stderr
    assert refused.stdout == ""
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Account)) == 1


@pytest.mark.parametrize(
    "words",
    [("user", "add"), ("user", "add", "x", "--role", "king", "--password-stdin"), ("user", "add", "x", "--role", "unit"), ("user", "nonsense")],
)  # fmt: skip
def test_wrong_usage_is_status_2(run, words):
    assert run(*words).exit_code == 2


def test_the_list_is_text_for_people_and_json_for_programs(run):
    assert run("user", "list").stdout == "还没有账号。\n"
    for role in Role:
        if role not in (Role.UNIT, Role.LEADER, Role.SECRETARY):
            run("user", "add", role.value, "--role", role.value, "--password-stdin")
    listed = json.loads(run("user", "list", "--json").stdout)
    assert {it["role"] for it in listed} == {"office", "supervisor", "auditor", "security", "system"}
    assert {it["state"] for it in listed} == {"active"}
    assert "office\toffice\t工商联办公室\t启用" in run("user", "list").stdout


def test_a_forgotten_password_is_set_anew(app, run):
    run("user", "add", "office", "--role", "office", "--password-stdin")
    assert run("user", "password", "office", "--password-stdin", typed="Another-2026\n").exit_code == 0
    door = app.test_client()
    assert door.post("/login", data={"username": "office", "password": PASSWORD}).status_code == 422
    assert door.post("/login", data={"username": "office", "password": "Another-2026"}).status_code == 303
    refused = run("user", "password", "nobody", "--password-stdin")
    assert (refused.exit_code, refused.stderr) == (1, "没有用户名为“nobody”的账号。\n")


def test_what_a_command_does_is_on_the_trail_as_the_portals_own_act(session, run):
    run("user", "add", "office", "--role", "office", "--password-stdin")
    line = session.scalar(select(AuditLine))
    assert (line.actor_name, line.act, line.account_id) == ("系统", "account_added", 0)
    assert PASSWORD not in line.details + line.summary


@pytest.mark.parametrize(
    "words", [("user",), ("user", "add"), ("user", "list"), ("user", "password"), ("audit", "verify")]
)
def test_every_command_explains_itself(run, words):
    helped = run(*words, "--help")
    assert helped.exit_code == 0
    assert "Usage" in helped.stdout


def test_the_head_of_a_unit_is_made_with_a_word(session, run):
    session.add(a_unit(name="安澜区财政局", short_name="区财政局"))
    session.commit()
    done = run("user", "add", "cz", "--role", "unit", "--unit", "区财政局", "--heads-unit", "--password-stdin")
    assert done.exit_code == 0
    assert session.scalar(select(Account.heads_unit).where(Account.username == "cz")) is True
    refused = run("user", "add", "gsl", "--role", "office", "--heads-unit", "--password-stdin")
    assert refused.exit_code == 1
    assert "单位负责人" in refused.stderr
