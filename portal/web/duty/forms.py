"""Forms of the rota."""

from collections.abc import Iterable

from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice

from portal.web.converters import number_in
from portal.web.forms import PortalForm, at_most, required


class AssignForm(PortalForm):
    """Who takes a place, and why by hand."""

    leader = SelectField("领导", [required("请选择领导。")])
    reason = TextAreaField("理由", [required("请写明理由，例如“与市级会议冲突”。"), at_most(150)])
    holder = HiddenField()

    def offer(self, choices: Iterable[tuple[int, str]]) -> "AssignForm":
        """Fill in who may be chosen."""
        offered = [SelectChoice(str(number), label) for number, label in choices]
        self.leader.choices = [SelectChoice("", "请选择"), *offered]
        return self

    @property
    def holder_id(self) -> int | None:
        """The leader who sat there when the page was opened, None for an empty place."""
        return number_in(self.holder.data)


class RemoveForm(PortalForm):
    """Why a leader is taken off."""

    holder = HiddenField(validators=[required("页面不完整，请重新打开后再试。")])
    reason = TextAreaField("理由", [required("请写明理由，例如“领导外出培训”。"), at_most(150)])

    @property
    def holder_id(self) -> int | None:
        """The leader who sat there when the page was opened."""
        return number_in(self.holder.data)
