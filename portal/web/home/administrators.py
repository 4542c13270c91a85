"""The workbenches of the three administrators: auditor, security, system."""

import platform
from collections.abc import Sequence
from datetime import timedelta
from importlib.metadata import version as release
from typing import Any

from flask import url_for

from portal import clock
from portal.domain.accounts import AccountState
from portal.store.extension import read
from portal.store.queries.accounts import account_rows, locked_rows
from portal.store.queries.audit import last_verification
from portal.store.queries.workbench_office import lines_on
from portal.web.home.todos import Todo
from portal.web.office import rules, version
from portal.web.readiness import checks


def for_the_auditor() -> dict[str, Any]:
    """Today's lines, when the chain was last verified, who is locked out."""
    session, today, now = read(), clock.today(), clock.now()
    locked = locked_rows(session, policy=rules().sign_in, now=now)
    last = last_verification(session)
    stale = last is None or (now - last.at) > timedelta(days=7)
    return {
        "todos": [
            Todo(int(stale), "审计链待核对", url_for("audit.verification"), "每周至少一次", tone="wait"),
            Todo(len(locked), "账号被锁定", url_for("audit.trail", act="locked"), tone="wait"),
        ],
        "last": last,
        "locked": locked,
        "lines": version(),
        "lines_today": lines_on(session, today),
    }


def for_security() -> dict[str, Any]:
    """Accounts to approve, names locked out."""
    session = read()
    pending = account_rows(session, state=AccountState.PENDING)
    locked = locked_rows(session, policy=rules().sign_in, now=clock.now())
    return {
        "todos": [
            Todo(len(pending), "账号待审批", "#pending"),
            Todo(len(locked), "账号被锁定", "#locked", tone="wait"),
        ],
        "pending": pending,
        "locked": locked,
    }


def for_the_system() -> dict[str, Any]:
    """Whether everything is in order: readiness, disk, versions."""
    found = checks()
    return {
        "troubles": [it for it in found if it.trouble],
        "conditions": [{"label": it.label, "done": it.done, "note": it.state} for it in found],
        "pending": len(account_rows(read(), state=AccountState.PENDING)),
        "versions": versions(),
    }


def versions() -> Sequence[tuple[str, str]]:
    """What the portal runs on."""
    engine = read().get_bind().dialect
    number = ".".join(map(str, engine.server_version_info or ()))
    return (
        ("Python", platform.python_version()),
        ("数据库", f"{engine.name} {number}"),
        ("Flask", release("flask")),
        ("SQLAlchemy", release("sqlalchemy")),
        ("WeasyPrint", release("weasyprint")),
        ("数据版本", f"第 {version()} 行"),
    )
