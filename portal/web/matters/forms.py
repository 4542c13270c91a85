"""Forms about a matter."""

from collections.abc import Iterable

from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from portal.domain.labelled import Labelled
from portal.domain.matters import Check, Disposition
from portal.domain.refusals import RefusalGround
from portal.services.dispositions import Decision
from portal.services.preparations import PriorCheck
from portal.web.forms import PortalForm, at_most, required


def words(kind: Iterable[Labelled]) -> list[SelectChoice]:
    """What a form offers: each word with the office's name for it."""
    return [SelectChoice(it.value, it.label) for it in kind]


class DecisionForm(PortalForm):
    """How a matter leaves the room (QD-11, domain 11.11); the same in the room and on the matter's own page."""

    version = HiddenField()
    disposition = RadioField("处置", [required("请选择如何处置。")], choices=words(Disposition))
    answer = TextAreaField(
        "答复内容或不予受理的理由",
        [Optional(), at_most(2_000)],
        description="现场办结写明当场怎样答复；不予受理写明理由；交办可不填。",
    )
    answered_by = StringField(
        "答复人", [Optional(), at_most(80)], description="现场办结时填写，例如：区住建局 申示例。"
    )
    ground = SelectField(
        "不予受理的情形", [Optional()], choices=[SelectChoice("", "不是不予受理"), *words(RefusalGround)], default=""
    )
    channel = StringField("应走的渠道", [Optional(), at_most(60)], description="不予受理时填写；选了情形可不填。")

    def decision(self) -> Decision:
        """The decision as the domain knows it."""
        return Decision(
            disposition=Disposition(self.disposition.data),
            answer=self.answer.data or "",
            answered_by=self.answered_by.data or "",
            channel=self.channel.data or "",
            ground=RefusalGround(self.ground.data) if self.ground.data else None,
        )

    @property
    def seen(self) -> int | None:
        """The version of the matter the page showed."""
        return int(self.version.data) if str(self.version.data).isdigit() else None


class CheckForm(PortalForm):
    """真实、合法、合理, and how pressing it is."""

    version = HiddenField()
    is_true = RadioField("是否真实", [required()], choices=words(Check))
    is_lawful = RadioField("是否合法", [required()], choices=words(Check))
    is_reasonable = RadioField("是否合理", [required()], choices=words(Check))
    note = TextAreaField(
        "核实情况", [Optional(), at_most(2_000)], description="部门意见、政策依据，将写入交办单的“前期核实”。"
    )
    urgent = BooleanField("急")
    grave = BooleanField("重")
    hard = BooleanField("难")

    def check(self) -> PriorCheck:
        """What was found."""
        return PriorCheck(
            is_true=Check(self.is_true.data),
            is_lawful=Check(self.is_lawful.data),
            is_reasonable=Check(self.is_reasonable.data),
            note=self.note.data or "",
            urgent=self.urgent.data,
            grave=self.grave.data,
            hard=self.hard.data,
        )
