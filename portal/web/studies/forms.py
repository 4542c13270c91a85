"""Forms about studies: opening one, its conclusion, why it is dropped."""

from collections.abc import Iterable, Sequence

from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from portal.domain.meetings import LONGEST_REASON, LONGEST_TEXT, LONGEST_TITLE
from portal.services.studies import StudyOrder
from portal.store.queries.people import UnitRow
from portal.store.queries.studies import StudyPage
from portal.web.forms import at_most, required
from portal.web.matters.acting import ActForm
from portal.web.matters.evidence import EvidenceForm
from portal.web.slips.forms import NOT_CHOSEN, a_choice


class StudyForm(ActForm):
    """What the office settles when it opens a study."""

    title = StringField("研究题目", [required("请填写研究题目。"), at_most(LONGEST_TITLE)])
    why = TextAreaField("立项缘由", [required("请写明立项缘由。"), at_most(LONGEST_TEXT)])
    lead_unit_id = a_choice("牵头单位")
    due_on = DateField("完成时限", [required("请填写完成时限。")])

    def offer(self, units: Iterable[UnitRow]) -> None:
        """Say which units there are."""
        self.lead_unit_id.choices = [NOT_CHOSEN, *(SelectChoice(str(it.id), it.name) for it in units)]

    def show(self, page: StudyPage) -> None:
        """What is settled so far."""
        self.title.data, self.why.data = page.title, page.why
        self.lead_unit_id.data, self.due_on.data = page.lead_unit_id, page.due_on

    def order(self, category: str | None = None) -> StudyOrder:
        """What was settled."""
        return StudyOrder(
            self.title.data or "", self.why.data or "", self.lead_unit_id.data, self.due_on.data, category
        )


class StartForm(StudyForm):
    """A study the office thinks of itself may be of a category, or of none."""

    category_code = SelectField("类别", [Optional()], choices=[], default="")

    def offer_categories(self, categories: Sequence[tuple[str, str]]) -> None:
        """Say which categories of the upper level there are."""
        self.category_code.choices = [
            SelectChoice("", "不限类别"),
            *(SelectChoice(code, name) for code, name in categories if not name.startswith("　")),
        ]


class ConcludeForm(ActForm, EvidenceForm):
    """The systematic solution."""

    conclusion = TextAreaField(
        "系统解决办法",
        [required("请写明系统解决办法。"), at_most(LONGEST_TEXT)],
        description="针对共性原因提出的政策、机制、资金或者流程上的办法，谁来做、何时做到；每行成一段。",
    )


class DropForm(ActForm):
    """Why there is no study."""

    reason = TextAreaField("不予立项的理由", [required("请写明理由。"), at_most(LONGEST_REASON)])
