"""Forms of mandates to sign."""

from collections.abc import Iterable

from wtforms import DateField, HiddenField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from portal.services.mandates import LONGEST_BASIS, MandateOrder
from portal.store.queries.people import LeaderRow
from portal.web.forms import PortalForm, at_most, required


class MandateForm(PortalForm):
    """Who signs in whose place, on which days."""

    leader_id = SelectField("委托人", [required("请选择委托人。")])
    delegate_id = SelectField("受托人", [required("请选择受托人。")])
    from_on = DateField("从", [required("请填写开始日期。")])
    until_on = DateField("至", [required("请填写结束日期。")], description="首尾两天都算。")
    basis = StringField(
        "依据", [Optional(), at_most(LONGEST_BASIS)], description="例如“12月3日书面委托”“外出学习期间”。"
    )

    def offer(self, own: Iterable[LeaderRow], everybody: Iterable[LeaderRow]) -> None:
        """Say for whom a mandate may be given, and to whom; one alone is chosen already."""
        givers = [SelectChoice(str(it.id), it.titled) for it in own]
        self.leader_id.choices = givers if len(givers) == 1 else [SelectChoice("", "请选择"), *givers]
        alone = givers[0].value if len(givers) == 1 else None
        others = [SelectChoice(str(it.id), it.titled) for it in everybody if str(it.id) != alone]
        self.delegate_id.choices = [SelectChoice("", "请选择"), *others]

    def order(self) -> MandateOrder:
        """What is wanted."""
        return MandateOrder(
            int(self.leader_id.data),
            int(self.delegate_id.data),
            self.from_on.data,
            self.until_on.data,
            self.basis.data or "",
        )


class RevokeForm(PortalForm):
    """A mandate is taken back."""

    version = HiddenField()
