"""The pre-check of one matter: the form and its answer, wherever a page shows it (NX-17, NX-19)."""

from wtforms import BooleanField, IntegerField, RadioField, SubmitField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from portal.domain.matters import Check
from portal.services.preparations import PriorCheck
from portal.store.queries.told_matters import ToldMatter
from portal.web.forms import PortalForm, at_most

ANSWERS = [SelectChoice(value=it.value, label=it.label) for it in Check]


class PriorCheckForm(PortalForm):
    """The three questions of the pre-check and how pressing a matter is (NX-17, NX-19)."""

    is_true = RadioField("真实", choices=ANSWERS, default=Check.UNKNOWN.value)
    is_lawful = RadioField("合法", choices=ANSWERS, default=Check.UNKNOWN.value)
    is_reasonable = RadioField("合理", choices=ANSWERS, default=Check.UNKNOWN.value)
    urgent = BooleanField("急")
    grave = BooleanField("重")
    hard = BooleanField("难")
    check_note = TextAreaField("核实情况", [Optional(), at_most(2000)])
    sound = SubmitField("三项均是，保存")
    version = IntegerField(widget=HiddenInput())

    @classmethod
    def of(cls, matter: ToldMatter) -> "PriorCheckForm":
        """The form as the record stands; its names carry the matter's id, as a page has several."""
        names = ("is_true", "is_lawful", "is_reasonable")
        return cls(
            formdata=None,
            prefix=f"matter{matter.id}-",
            **{name: getattr(matter, name).value for name in names},
            urgent=matter.urgent,
            grave=matter.grave,
            hard=matter.hard,
            check_note=matter.check_note,
            version=matter.version,
        )

    def check(self) -> PriorCheck:
        """The answers as the domain knows them; one press may say yes to all three."""
        yes = Check.YES if self.sound.data else None
        return PriorCheck(
            is_true=yes or Check(self.is_true.data),
            is_lawful=yes or Check(self.is_lawful.data),
            is_reasonable=yes or Check(self.is_reasonable.data),
            note=self.check_note.data or "",
            urgent=self.urgent.data,
            grave=self.grave.data,
            hard=self.hard.data,
        )
