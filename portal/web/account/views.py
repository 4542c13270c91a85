"""Signing in and out, the browsers one is signed in with, and one's password."""

from urllib.parse import urlsplit

from flask import Response, current_app, flash, request, session, url_for
from flask_login import login_user, logout_user

from portal import clock
from portal.config import Settings
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services import accounts, sign_ins
from portal.store.extension import read, write
from portal.store.queries.accounts import email_of
from portal.store.queries.sign_ins import open_sign_ins, signed_in
from portal.web.access import Visitor, allow, anyone, every_role, me, visitor
from portal.web.account import keys
from portal.web.account.blueprint import bp
from portal.web.account.forms import ChangePasswordForm, EmailForm, SignInForm
from portal.web.htmx import go, render
from portal.web.limits import SIGN_IN, limiter
from portal.web.office import rules

__all__ = ["bp", "keys"]

TWO_YEARS = 63_072_000
_HEAD = ("unit_head", "单位负责人")
SAMPLE_ACCOUNTS = tuple(
    named for role in Role for named in ((role.value, role.label), *([_HEAD] if role is Role.UNIT else []))
)
"""The accounts of the sample district as the sign-in page names them: one a role, and the head of the unit."""


def inside(target: str | None) -> str:
    """A place of this portal to go on to; anything that could lead elsewhere becomes the workbench."""
    if target:
        parts = urlsplit(target)
        local = not parts.scheme and not parts.netloc and target.startswith("/")
        if local and not target.startswith("//") and "\\" not in target:
            return target
    return url_for("home.workbench")


@bp.route("/login", methods=["GET", "POST"])
@limiter.limit(SIGN_IN, methods=["POST"])
@anyone
def login() -> Response:
    """Sign in."""
    onward = inside(request.args.get("next"))
    if visitor() is not None and request.method == "GET":
        return go(onward)
    form = SignInForm()
    if form.validate_on_submit():
        try:
            token = _sign_in(form)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            session.clear()
            signed = signed_in(read(), token, now=clock.now(), idle_minutes=rules().sign_in.idle_minutes)
            if signed is not None:
                login_user(Visitor(signed))
            return go(onward)
    return render(
        "pages/account/login.html",
        "fragments/account/_sign_in_form.html",
        status=422 if request.method == "POST" else 200,
        form=form,
        onward=request.args.get("next"),
        city=rules().city,
        federation=rules().federation,
        sample_accounts=SAMPLE_ACCOUNTS,
    )


def _sign_in(form: SignInForm) -> str:
    """Check lock and password, and open a sign-in. The slow hash is computed outside the write lock."""
    now, policy = clock.now(), rules().sign_in
    username, records = form.username.data, read()
    sign_ins.check_lock(records, username, policy=policy, now=now)
    stored = sign_ins.password_hash_of(records, username)
    if not sign_ins.verify_password(stored, form.password.data):
        write(lambda records: sign_ins.note_failure(records, username, policy=policy, now=now))
        raise RuleBroken(sign_ins.REFUSED)
    return write(
        lambda records: sign_ins.start(
            records,
            username,
            address=request.remote_addr or "",
            browser=request.user_agent.string,
            now=now,
        )
    )


@bp.post("/logout")
@allow(*every_role())
def logout() -> Response:
    """Sign out of this browser."""
    here = visitor()
    if here is not None:
        signed = here.signed.sign_in_id
        write(lambda records: sign_ins.end(records, signed, actor=me(), now=clock.now()))
    logout_user()
    session.clear()
    return go(url_for("account.login"))


@bp.get("/account/")
@allow(*every_role())
def own() -> Response:
    """My account: who I am, where I am signed in, my password."""
    return _own_page(ChangePasswordForm())


@bp.post("/account/password")
@allow(*every_role())
def change_password() -> Response:
    """Choose a new password; every other browser is signed out."""
    form = ChangePasswordForm()
    here = visitor()
    if form.validate_on_submit() and here is not None:
        try:
            old, new, keep = form.old.data, form.new.data, here.signed.sign_in_id
            write(lambda it: accounts.change_own_password(it, old, new, keep=keep, actor=me(), now=clock.now()))
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            flash("密码已修改，其他浏览器上的登录已退出。", "success")
            return go(url_for("account.own"))
    return _own_page(form, status=422)


@bp.post("/account/email")
@allow(*every_role())
def change_email() -> Response:
    """Say where my messages go by mail as well."""
    form = EmailForm()
    if form.validate_on_submit():
        try:
            email = form.email.data or ""
            write(lambda records: accounts.set_own_email(records, email, actor=me(), now=clock.now()))
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            flash("邮箱已保存。" if form.email.data else "邮箱已清除，以后只在站内提醒。", "success")
            return go(url_for("account.own"))
    return _own_page(ChangePasswordForm(formdata=None), form, fragment="fragments/account/_email_form.html", status=422)


@bp.post("/account/sign-ins/<int:sign_in_id>/end")
@allow(*every_role())
def end_sign_in(sign_in_id: int) -> Response:
    """Sign another browser of mine out."""
    write(lambda records: sign_ins.end(records, sign_in_id, actor=me(), now=clock.now()))
    flash("已让那台浏览器退出登录。", "success")
    return go(url_for("account.own"))


def _own_page(
    form: ChangePasswordForm,
    email_form: EmailForm | None = None,
    *,
    fragment: str = "fragments/account/_password_form.html",
    status: int = 200,
) -> Response:
    here = visitor()
    settings: Settings = current_app.config["SETTINGS"]
    return render(
        "pages/account/own.html",
        fragment,
        status=status,
        form=form,
        email_form=email_form or EmailForm(formdata=None, data={"email": email_of(read(), me().account_id)}),
        mail_is_set_up=settings.smtp_url is not None,
        sign_ins=open_sign_ins(read(), me().account_id, now=clock.now(), idle_minutes=rules().sign_in.idle_minutes),
        this_one=here.signed.sign_in_id if here else None,
        policy=rules().sign_in,
    )


@bp.post("/account/large-print")
@anyone
def large_print() -> Response:
    """Switch the large print on or off for this browser."""
    answer = go(inside(request.form.get("next")))
    wanted = "1" if request.form.get("large_print") == "1" else "0"
    answer.set_cookie("large_print", wanted, max_age=TWO_YEARS, samesite="Lax", httponly=True)
    return answer
