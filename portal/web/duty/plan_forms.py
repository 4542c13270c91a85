"""Forms of rota plans, of dates that do not suit, and of repairs."""

from collections.abc import Iterable

from wtforms import DateField, HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from portal.domain.duty_plans import PlanMode
from portal.services.plan_problems import PlanOrder
from portal.web.forms import PortalForm, SelectManyField, at_most, required

INCOMPLETE = "页面不完整，请重新打开后再试。"


class NewPlanForm(PortalForm):
    """Which days, and what may move."""

    first = DateField("从", [required("请填写开始日期。")])
    last = DateField("到", [required("请填写结束日期。")])
    mode = RadioField(
        "怎么排",
        choices=[SelectChoice(mode.value, mode.label) for mode in PlanMode],
        description="手工指定、调换、补位和已发布接待日的席位总是不动。从头重排不顾原来的安排，变动可能很多。",
    )

    def order(self) -> PlanOrder:
        """What was asked, as the service takes it."""
        return PlanOrder(self.first.data, self.last.data, PlanMode(self.mode.data))


class PlanVersionForm(PortalForm):
    """A press of a button on a plan that was looked at."""

    version = IntegerField(validators=[required(INCOMPLETE)], widget=HiddenInput())


class ChooseForm(PlanVersionForm):
    """Who takes a place of a draft by hand, and why."""

    leader = SelectField("领导", [required("请选择领导。")])
    reason = StringField("理由", [required("请写明理由，例如“分管当日主要诉求”。"), at_most(150)])

    def offer(self, choices: Iterable[tuple[int, str]]) -> "ChooseForm":
        """Fill in who may be chosen."""
        offered = [SelectChoice(str(number), label) for number, label in choices]
        self.leader.choices = [SelectChoice("", "请选择"), *offered]
        return self


class UnsuitableForm(PortalForm):
    """The coming reception days on which a leader cannot come."""

    leader = SelectField("领导", [required("请选择领导。")])
    days = SelectManyField(
        "不便的接待日",
        [required("请至少勾选一个日期。")],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    reason = StringField("原因", [Optional(), at_most(200)], description="可不填，例如“市里会议”。")

    def offer(self, leaders: Iterable[tuple[int, str]], days: Iterable[tuple[int, str]]) -> "UnsuitableForm":
        """Fill in for whom and which days."""
        offered = [SelectChoice(str(number), name) for number, name in leaders]
        self.leader.choices = offered if len(offered) == 1 else [SelectChoice("", "请选择"), *offered]
        self.days.choices = [SelectChoice(str(number), label) for number, label in days]
        return self


class RepairForm(PortalForm):
    """Carry out the changes that were looked at."""

    seen = HiddenField(validators=[required(INCOMPLETE)])
