"""Forms about a matter."""

from collections.abc import Iterable

from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from portal.domain.labelled import Labelled
from portal.domain.matters import Check, Disposition
from portal.services.preparations import PriorCheck
from portal.web.forms import PortalForm, at_most, required


def words(kind: Iterable[Labelled]) -> list[SelectChoice]:
    """What a form offers: each word with the office's name for it."""
    return [SelectChoice(it.value, it.label) for it in kind]


class DisposeForm(PortalForm):
    """How the matter leaves the room."""

    version = HiddenField()
    disposition = RadioField("处置方式", [required("请选择处置方式。")], choices=words(Disposition))
    answer = TextAreaField(
        "答复内容或不予受理的理由",
        [Optional(), at_most(2_000)],
        description="现场办结须写明如何答复；不予受理须写明理由和应走的渠道。交办的可以不填。",
    )
    answered_by = StringField("答复人", [Optional(), at_most(80)], description="例如：区住建局 副局长")

    def chosen(self) -> Disposition:
        """What was chosen."""
        return Disposition(self.disposition.data)


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
