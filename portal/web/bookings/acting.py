"""What forms and buttons of these areas share beyond `portal.web.acting`."""

from collections.abc import Iterable

from flask import request

from portal.domain.errors import Problem, RuleBroken
from portal.web.forms import PortalForm


def tell(form: PortalForm, problems: Iterable[Problem]) -> None:
    """Put each sentence beside the field it belongs to."""
    for problem in problems:
        form.refuse(RuleBroken(problem.message, field=problem.field))


def posted_version() -> int | None:
    """The version of the record a page showed, from its hidden field."""
    return request.form.get("version", type=int)
