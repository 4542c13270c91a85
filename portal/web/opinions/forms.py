"""Forms about opinions: asking, answering, being let off."""

from collections.abc import Collection, Sequence
from datetime import date

from wtforms import DateField, IntegerField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from portal.domain.opinions import LONGEST_OPINION, LONGEST_POLICY, LONGEST_QUESTION, LONGEST_REASON
from portal.services.opinions import AnswerGiven, OpinionWish
from portal.store.queries.opinions import MatterToAsk, OpinionPage
from portal.store.queries.people import UnitRow
from portal.web.forms import PortalForm, SelectManyField, at_most, required


class WishForm(PortalForm):
    """By when, and what exactly is to be known."""

    due_on = DateField("回复期限", [required("请填写回复期限。")])
    question = TextAreaField(
        "想了解什么",
        [Optional(), at_most(LONGEST_QUESTION)],
        description="例如：能否解决、卡在哪里、依据哪条政策。不填则请单位就诉求本身提出意见。",
    )

    def wish(self) -> OpinionWish:
        """What the office wants to know."""
        return OpinionWish(self.due_on.data or date.min, self.question.data or "")


class AskForm(WishForm):
    """One or several units about one or several matters."""

    matters = SelectManyField("诉求", coerce=int, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))
    units = SelectManyField("单位", coerce=int, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))

    def offer(
        self, matters: Sequence[MatterToAsk], units: Sequence[UnitRow], usual: Collection[int], *, named: bool
    ) -> None:
        """Offer the matters, and the units with those first that are usual for their categories."""
        self.matters.choices = [
            SelectChoice(value=it.id, label=f"{it.enterprise}：{it.title}" if named else it.title) for it in matters
        ]
        ordered = sorted(units, key=lambda it: it.id not in usual)
        self.units.choices = [
            SelectChoice(value=it.id, label=f"{it.short_name}（按类别建议）" if it.id in usual else it.short_name)
            for it in ordered
        ]


class AskAgainForm(WishForm):
    """Another date and another question."""

    version = IntegerField(widget=HiddenInput())


class AnswerForm(PortalForm):
    """What a unit says."""

    opinion = TextAreaField(
        "意见",
        [required("请填写意见。"), at_most(LONGEST_OPINION)],
        description="能否解决、需要什么条件、由谁何时办理；不能解决的说明原因。",
    )
    policy_basis = TextAreaField(
        "政策依据",
        [Optional(), at_most(LONGEST_POLICY)],
        description="文件名、文号、条款，一行一条。没有直接依据的可以不填。",
    )
    answered_by = StringField(
        "答复人", [required("请填写答复人的姓名和职务。"), at_most(40)], description="姓名和职务，例如：王示例 副局长。"
    )
    version = IntegerField(widget=HiddenInput())

    @classmethod
    def of(cls, opinion: OpinionPage) -> "AnswerForm":
        """The form as the record stands; an answer that was given can be corrected."""
        return cls(
            opinion=opinion.opinion,
            policy_basis=opinion.policy_basis,
            answered_by=opinion.answered_by,
            version=opinion.version,
        )

    def given(self) -> AnswerGiven:
        """The answer as the office reads it."""
        return AnswerGiven(self.opinion.data or "", self.policy_basis.data or "", self.answered_by.data or "")


class ReleaseForm(PortalForm):
    """Why a matter is none of the unit's."""

    reason = TextAreaField(
        "理由",
        [required("请写明理由。"), at_most(LONGEST_REASON)],
        description="例如：该事项属区自然资源规划分局职责。",
    )
    version = IntegerField(widget=HiddenInput())
