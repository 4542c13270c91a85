"""Who may open a page: nobody, unless its view says so (deny by default)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

from flask import Flask, abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user

from portal import clock
from portal.domain.errors import CannotKeep
from portal.domain.people import Actor, Role
from portal.services import sign_ins
from portal.store.extension import read, transaction
from portal.store.queries.sign_ins import SignedIn, signed_in
from portal.web.htmx import is_htmx, is_poll, leave_for
from portal.web.office import rules

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

EVERYBODY = frozenset[Role]()
"""The rule of a page that needs no sign-in."""

PLACE = "access_rule"
NOT_SENT = "登录已过期，刚才的内容没有提交。登录后回到原来的页面，浏览器留着的内容可以在那里恢复。"
SEEN_SECONDS = 60
"""How often at most a sign-in notes that it was seen: a page view should not cost a write."""


class Visitor(UserMixin):  # type: ignore[misc]
    """The person behind this request, in the shape Flask-Login wants."""

    def __init__(self, signed: SignedIn) -> None:
        self.id = signed.token
        self.signed = signed
        self.actor = signed.actor
        self.name = signed.actor.name
        self.role = signed.actor.role
        self.role_label = signed.actor.role.label


def allow(*roles: Role) -> Callable[[View], View]:
    """Open a view to these roles and to nobody else."""
    if not roles:
        raise ValueError("name the roles that may open this view, or use @anyone")

    def declare(view: View) -> View:
        setattr(view, PLACE, frozenset(roles))
        return view

    return declare


def anyone(view: View) -> View:
    """Open a view to people who are not signed in; it must show no personal data."""
    setattr(view, PLACE, EVERYBODY)
    return view


def rule_of(view: object) -> frozenset[Role] | None:
    """The roles a view declares, `EVERYBODY`, or None when it declares nothing."""
    return cast("frozenset[Role] | None", getattr(view, PLACE, None))


def me() -> Actor:
    """Who acts in this request. Only for views that need a sign-in."""
    return _here().actor


def visitor() -> Visitor | None:
    """The signed-in person, or None."""
    here = _here()
    return here if here.is_authenticated else None


def _here() -> Visitor:
    """Who is behind the proxy: a page asks for some twenty things, and the proxy would look the person up for each."""
    return cast("Visitor", current_user._get_current_object())  # noqa: SLF001 - how a proxy is opened


def guard(app: Flask) -> None:
    """Check every request before its view runs."""
    logins = LoginManager()
    logins.session_protection = None
    logins.init_app(app, add_context_processor=False)

    @logins.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> Visitor | None:
        now = clock.now()
        signed = signed_in(read(), token, now=now, idle_minutes=rules().sign_in.idle_minutes)
        if signed is None:
            return None
        if (now - signed.seen_at).total_seconds() >= SEEN_SECONDS and not is_poll():
            with suppress(CannotKeep), transaction() as records:  # whoever only looks can do so on a full disk as well
                sign_ins.note_seen(records, signed.sign_in_id, now=now)
        return Visitor(signed)

    @app.before_request
    def check() -> ResponseReturnValue | None:
        if request.endpoint is None or request.endpoint == "static":
            return None
        rule = rule_of(app.view_functions[request.endpoint])
        if rule is not None and not rule:
            return None
        if not current_user.is_authenticated:
            session.pop("_user_id", None)
            if request.method != "GET" and all(text != NOT_SENT for _, text in session.get("_flashes", ())):
                flash(NOT_SENT, "warn")
            there = url_for("account.login", next=_back_to())
            return leave_for(there) if is_htmx() else redirect(there, 303)
        if rule is None or me().role not in rule:
            abort(403)
        return None


def _back_to() -> str | None:
    """Where to go on after signing in: the page asked for, or the one whose form was sent; None where there is none."""
    pages = request.url_rule.methods if request.url_rule is not None else None
    return request.full_path.rstrip("?") if "GET" in (pages or ()) else None


def every_role(*except_for: Role) -> tuple[Role, ...]:
    """All roles but some: for pages such as one's own account."""
    return tuple(role for role in Role if role not in except_for)


def declared(app: Flask) -> dict[str, Any]:
    """Each endpoint with its rule; the house test reads it."""
    return {endpoint: rule_of(view) for endpoint, view in app.view_functions.items()}
