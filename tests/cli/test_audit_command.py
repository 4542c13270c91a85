"""`audit verify`: walks the chain; the first broken line is named, exit 1."""

import json

from sqlalchemy import text

from tests.builders import PASSWORD


def three_accounts(app):
    runner = app.test_cli_runner()
    for name in ("one", "two", "three"):
        runner.invoke(args=["user", "add", name, "--role", "office", "--password-stdin"], input=f"{PASSWORD}\n")
    return runner


def test_an_untouched_chain_is_whole(app, session):
    runner = three_accounts(app)
    done = runner.invoke(args=["audit", "verify"])
    assert (done.exit_code, done.stdout) == (0, "审计链完好，共 3 行。\n")
    assert json.loads(runner.invoke(args=["audit", "verify", "--json"]).stdout) == {"lines": 3, "broken": None}


def test_the_first_broken_line_is_named_and_the_status_is_1(app, session):
    runner = three_accounts(app)
    session.execute(text("DROP TRIGGER audit_line_no_UPDATE"))
    session.execute(text("UPDATE audit_line SET actor_name = '别人' WHERE id = 2"))
    session.commit()
    refused = runner.invoke(args=["audit", "verify"])
    assert refused.exit_code == 1
    assert "审计链在第 2 行断开" in refused.stderr
    told = runner.invoke(args=["audit", "verify", "--json"])
    assert told.exit_code == 1
    assert json.loads(told.stdout)["broken"]["line"] == 2


def test_a_command_that_is_none_is_wrong_usage(app):
    assert app.test_cli_runner().invoke(args=["audit", "nonsense"]).exit_code == 2
