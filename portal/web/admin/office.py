"""The office's own rules, and how people sign in."""

from dataclasses import asdict, fields
from datetime import time

from flask import Response, url_for

from portal import clock
from portal.domain.clock_policy import OFFICE_RULE
from portal.domain.labelled import Labelled
from portal.domain.office import SEATS, OfficeRules
from portal.domain.people import Role
from portal.services import office_settings
from portal.services.office_settings import DEFAULTS, NOT_THE_OFFICES, fingerprint
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.admin.blueprint import bp
from portal.web.admin.forms import SignInPolicyForm
from portal.web.admin.office_forms import OfficeRulesForm
from portal.web.htmx import render
from portal.web.office import rules


@bp.route("/office", methods=["GET", "POST"], endpoint="office")
@allow(Role.OFFICE)
def office_rules() -> Response:
    """Every rule the office may decide for itself."""
    now_in_force = rules()
    form = OfficeRulesForm.showing(now_in_force, fingerprint(now_in_force))
    answer = attempt(
        form,
        lambda session: office_settings.change_rules(
            session, form.wanted(), seen=form.seen.data, actor=me(), now=clock.now()
        ),
        done="工作设置已保存，即时生效。接待上限同时改到仍用原上限的接待日；其余已编排的和已印发的不变。",
        onward=url_for("admin.office"),
    )
    if isinstance(answer, Response):
        return answer
    if answer == 409:  # the next press is made knowing what others wrote
        form.seen.data = fingerprint(rules())
    return render(
        "pages/admin/office.html",
        "fragments/admin/_office_form.html",
        status=answer,
        form=form,
        differences=differences(rules(), OfficeRulesForm()),
    )


def differences(held: OfficeRules, form: OfficeRulesForm) -> list[tuple[str, str, str]]:
    """What the office has changed: the field's label, what is in force, what the default is."""
    elsewhere = {name: f"{stage.label}时限" for stage, (name, _) in OFFICE_RULE.items()}
    return [
        (
            elsewhere.get(each.name) or form[each.name].label.text,
            spelled(getattr(held, each.name)),
            spelled(getattr(DEFAULTS, each.name)),
        )
        for each in fields(held)
        if each.name not in NOT_THE_OFFICES and getattr(held, each.name) != getattr(DEFAULTS, each.name)
    ]


def spelled(value: object) -> str:
    """A rule's value in words."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Labelled):
        return value.label
    if isinstance(value, tuple):
        return "；".join(str(SEATS.get(each, each)) for each in value) or "不设"
    return value.isoformat("minutes") if isinstance(value, time) else str(value)


@bp.route("/sign-in", methods=["GET", "POST"])
@allow(Role.SECURITY)
def sign_in_policy() -> Response:
    """How people sign in: failures, locks, idle time, passwords."""
    form = SignInPolicyForm(data=asdict(rules().sign_in))
    answer = attempt(
        form,
        lambda session: office_settings.change_sign_in_policy(session, form.wanted(), actor=me(), now=clock.now()),
        done="登录策略已保存，即时生效。",
        onward=url_for("admin.sign_in_policy"),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/admin/sign_in_policy.html", "fragments/admin/_sign_in_policy_form.html", status=answer, form=form
    )
