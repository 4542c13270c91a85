"""Accounts: the system administrator makes them, the security administrator opens them (domain 7.2)."""

from datetime import timedelta

from flask import Response, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.accounts import ACCOUNT_STEPS, AccountState
from portal.domain.masking import mask_email
from portal.domain.people import Role
from portal.services import accounts
from portal.store.extension import read
from portal.store.queries.accounts import (
    AccountRow,
    account_page,
    account_row,
    account_rows,
    belonging,
    email_of,
    locked_rows,
    open_sign_in_count,
)
from portal.store.queries.people import leader_rows, unit_rows
from portal.web.access import allow, me
from portal.web.acting import attempt, press
from portal.web.admin.blueprint import bp
from portal.web.admin.forms import AccountForm, ConfirmForm, EditAccountForm, PasswordForm, chosen
from portal.web.asked import asked_text, asked_word, choices
from portal.web.downloads import xlsx
from portal.web.htmx import render
from portal.web.listing import Listing, wanted_page
from portal.web.office import rules


@bp.get("/accounts", endpoint="accounts")
@allow(Role.SYSTEM, Role.SECURITY)
def every_account() -> Response:
    """Every account."""
    role, state, q = asked_word(Role, "role"), asked_word(AccountState, "state"), asked_text("q")
    wanted = wanted_page(("username", "name"), default="username")
    return render(
        "pages/admin/accounts.html",
        "fragments/admin/_account_list.html",
        page=Listing(account_page(read(), wanted, role=role, state=state, q=q)),
        roles=choices(Role),
        states=choices(AccountState),
        role=role,
        state=state,
        q=q,
        waiting=len(account_rows(read(), state=AccountState.PENDING)),
    )


@bp.get("/accounts.xlsx")
@allow(Role.SYSTEM, Role.SECURITY)
def accounts_xlsx() -> Response:
    """Every account as a list on paper, for the yearly check of who still needs one."""
    columns = [Column("用户名"), Column("姓名"), Column("角色"), Column("所属单位", 30), Column("状态", 8)]
    columns += [Column("建立时间", 20), Column("最近登录", 20)]
    rows = (
        (it.username, it.display_name, it.role.label, it.unit, it.state.label, it.created_at, it.last_sign_in)
        for it in account_rows(read())
    )
    return xlsx("账号清单", columns, rows, today=clock.today())


@bp.route("/accounts/new", methods=["GET", "POST"])
@allow(Role.SYSTEM)
def add_account() -> Response:
    """Make an account."""
    form = AccountForm().offer(unit_rows(read()), leader_rows(read(), clock.today()))
    answer = attempt(
        form,
        lambda session: accounts.add_account(
            session,
            form.username.data,
            display_name=form.display_name.data,
            password=form.password.data,
            role=Role(form.role.data),
            unit_id=form.unit_id.data or None,
            leader_ids=chosen(form.leader_ids.data),
            heads_unit=form.heads_unit.data,
            email=form.email.data or "",
            actor=me(),
            now=clock.now(),
        ),
        done=f"已建账号 {form.username.data}，等安全管理员审批后即可登录。",
        onward=url_for("admin.accounts"),
    )
    if isinstance(answer, Response):
        return answer
    return render("pages/admin/add_account.html", "fragments/admin/_account_form.html", status=answer, form=form)


@bp.get("/accounts/<int:account_id>")
@allow(Role.SYSTEM, Role.SECURITY)
def account(account_id: int) -> Response:
    """One account, and what this administrator may do with it."""
    now, policy = clock.now(), rules().sign_in
    found = account_row(read(), account_id)
    locks = locked_rows(read(), policy=policy, now=now)
    return render(
        "pages/admin/account.html",
        account=found,
        masked_email=mask_email(email_of(read(), account_id)),
        heads_unit=belonging(read(), account_id).heads_unit,
        lock=next((it for it in locks if it.account_id == account_id), None),
        open_sign_ins=open_sign_in_count(read(), account_id, since=now - timedelta(minutes=policy.idle_minutes)),
        can=may_become(found),
        keeps=me().role is Role.SYSTEM,
        approves=me().role is Role.SECURITY,
        own=account_id == me().account_id,
    )


def may_become(found: AccountRow) -> frozenset[AccountState]:
    """The states the account may be put into from where it stands."""
    return frozenset(step.to for step in ACCOUNT_STEPS.possible(found.state))


@bp.route("/accounts/<int:account_id>/edit", methods=["GET", "POST"])
@allow(Role.SYSTEM)
def edit_account(account_id: int) -> Response:
    """Correct a name, or whom the account belongs to."""
    found, held = account_row(read(), account_id), belonging(read(), account_id)
    given = {
        "display_name": found.display_name, "unit_id": held.unit_id or 0, "leader_ids": list(held.leader_ids),
        "heads_unit": held.heads_unit,
    }  # fmt: skip
    form = EditAccountForm(data=given).offer(unit_rows(read()), leader_rows(read(), clock.today()))
    answer = attempt(
        form,
        lambda session: accounts.edit_account(
            session,
            account_id,
            display_name=form.display_name.data,
            unit_id=form.unit_id.data or None,
            leader_ids=chosen(form.leader_ids.data),
            heads_unit=form.heads_unit.data,
            email=form.email.data or "",
            actor=me(),
            now=clock.now(),
        ),
        done=f"已修改账号 {found.username}。",
        onward=url_for("admin.account", account_id=account_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/admin/edit_account.html",
        "fragments/admin/_edit_account_form.html",
        status=answer,
        form=form,
        account=found,
        masked_email=mask_email(email_of(read(), account_id)),
    )


@bp.route("/accounts/<int:account_id>/password", methods=["GET", "POST"])
@allow(Role.SYSTEM)
def reset_password(account_id: int) -> Response:
    """Give somebody who forgot it a new password."""
    found, form = account_row(read(), account_id), PasswordForm()
    answer = attempt(
        form,
        lambda session: accounts.reset_password(session, account_id, form.password.data, actor=me(), now=clock.now()),
        done=f"已重置 {found.username} 的密码，该账号的全部登录已结束。",
        onward=url_for("admin.account", account_id=account_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/admin/reset_password.html",
        "fragments/admin/_reset_password_form.html",
        status=answer,
        form=form,
        account=found,
        policy=rules().sign_in,
    )


@bp.route("/accounts/<int:account_id>/disable", methods=["GET", "POST"])
@allow(Role.SYSTEM)
def disable_account(account_id: int) -> Response:
    """Close an account, after saying what that means."""
    found, form = account_row(read(), account_id), ConfirmForm()
    answer = attempt(
        form,
        lambda session: accounts.disable_account(session, account_id, actor=me(), now=clock.now()),
        done=f"已停用账号 {found.username}。",
        onward=url_for("admin.account", account_id=account_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/admin/disable_account.html",
        "fragments/admin/_disable_account_form.html",
        status=answer,
        form=form,
        account=found,
    )


@bp.post("/accounts/<int:account_id>/approve")
@allow(Role.SECURITY)
def approve_account(account_id: int) -> Response:
    """Open an account."""
    return press(
        lambda session: accounts.approve_account(session, account_id, actor=me(), now=clock.now()),
        done="已审批启用，该账号现在可以登录。",
        onward=url_for("admin.account", account_id=account_id),
    )


@bp.post("/accounts/<int:account_id>/sign-out")
@allow(Role.SYSTEM, Role.SECURITY)
def sign_out_account(account_id: int) -> Response:
    """End every sign-in of an account."""
    return press(
        lambda session: accounts.sign_out_everywhere(session, account_id, actor=me(), now=clock.now()),
        done="已结束该账号的全部登录，再次使用须重新输入密码。",
        onward=url_for("admin.account", account_id=account_id),
    )


@bp.post("/accounts/<int:account_id>/unlock")
@allow(Role.SECURITY)
def unlock_account(account_id: int) -> Response:
    """Lift a lock-out."""
    return press(
        lambda session: accounts.lift_lock(session, account_id, actor=me(), now=clock.now()),
        done="已解除锁定，该账号可以立即重试。",
        onward=url_for("admin.account", account_id=account_id),
    )
