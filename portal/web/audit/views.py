"""The audit trail: who did what to which record, and whether the chain still holds. For the auditor alone."""

from time import perf_counter
from typing import Any

from flask import Blueprint, Response, flash, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.people import Role
from portal.services.auditing import record_verification
from portal.store.audit_trail import verify
from portal.store.extension import read, write
from portal.store.queries.accounts import account_rows
from portal.store.queries.audit import (
    AuditFilter,
    acts_in_use,
    audit_line,
    audit_page,
    audit_rows,
    kinds_in_use,
    last_verification,
)
from portal.web.access import allow, me
from portal.web.asked import asked_day, asked_number, asked_text
from portal.web.audit.words import act_word, kind_word
from portal.web.downloads import xlsx
from portal.web.htmx import go, render
from portal.web.listing import Listing, wanted_page

bp = Blueprint("audit", __name__, url_prefix="/audit")

MOST_ROWS = 50_000
"""A list on paper holds the newest lines up to this many; beyond it a spreadsheet is no longer a help."""


def asked_lines() -> AuditFilter:
    """Which lines the address asks for."""
    return AuditFilter(
        since=asked_day("since"),
        until=asked_day("until"),
        account_id=asked_number("account"),
        act=asked_text("act"),
        kind=asked_text("kind"),
        target=asked_text("target"),
        q=asked_text("q"),
    )


@bp.get("/")
@allow(Role.AUDITOR)
def trail() -> Response:
    """The trail, newest first."""
    asked = asked_lines()
    people = [(it.id, f"{it.display_name}（{it.username}）") for it in account_rows(read())]
    return render(
        "pages/audit/trail.html",
        "fragments/audit/_line_list.html",
        page=Listing(audit_page(read(), wanted_page((), default="id", descending=True), asked)),
        asked=asked,
        filtered=asked != AuditFilter(),
        people=[*people, (0, "系统")],
        acts=sorted(((act, act_word(act)) for act in acts_in_use(read())), key=lambda it: it[1]),
        kinds=sorted(((kind, kind_word(kind)) for kind in kinds_in_use(read())), key=lambda it: it[1]),
        act_word=act_word,
        kind_word=kind_word,
        export_url=url_for("audit.trail_xlsx", **{name: value for name, value in spelled(asked).items() if value}),
    )


def spelled(asked: AuditFilter) -> dict[str, Any]:
    """The filter as an address spells it."""
    return {
        "since": asked.since.isoformat() if asked.since else "",
        "until": asked.until.isoformat() if asked.until else "",
        "account": "" if asked.account_id is None else str(asked.account_id),
        "act": asked.act,
        "kind": asked.kind,
        "target": asked.target,
        "q": asked.q,
    }


@bp.get("/trail.xlsx")
@allow(Role.AUDITOR)
def trail_xlsx() -> Response:
    """The lines asked for, as a list on paper."""
    columns = [Column("行号", 9), Column("时间", 20), Column("姓名"), Column("角色"), Column("动作", 18)]
    columns += [Column("对象", 12), Column("对象编号", 12), Column("内容", 60)]
    rows = (
        (it.id, it.at, it.name, it.role_label, act_word(it.act), kind_word(it.kind), it.target, it.summary)
        for it in audit_rows(read(), asked_lines(), limit=MOST_ROWS)
    )
    return xlsx("审计日志", columns, rows, today=clock.today())


@bp.get("/<int:line_id>")
@allow(Role.AUDITOR)
def line(line_id: int) -> Response:
    """One line in full."""
    found = audit_line(read(), line_id)
    return render("pages/audit/line.html", line=found, act=act_word(found.row.act), kind=kind_word(found.row.kind))


@bp.get("/verify")
@allow(Role.AUDITOR)
def verification() -> Response:
    """Walk the whole chain and say whether it holds."""
    began = perf_counter()
    lines, broken = verify(read())
    return render(
        "pages/audit/verification.html",
        lines=lines,
        broken=broken,
        seconds=perf_counter() - began,
        now=clock.now(),
        last=last_verification(read()),
    )


@bp.post("/verify")
@allow(Role.AUDITOR)
def note_verification() -> Response:
    """Walk the chain once more and put the outcome on record."""
    lines, broken = write(lambda session: record_verification(session, actor=me(), now=clock.now()))
    if broken is None:
        flash(f"已记入审计日志：共 {lines} 行完好。", "success")
    else:
        flash(f"已记入审计日志：在第 {broken.line_id} 行断开。", "error")
    return go(url_for("audit.verification"))
