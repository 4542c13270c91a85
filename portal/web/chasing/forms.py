"""Forms of those who urge: what came of a measure, and what the level above answers."""

from wtforms import StringField, TextAreaField

from portal.services import escalations, measures
from portal.web.forms import PortalForm, at_most, printable, required
from portal.web.matters.acting import ActForm


class EndMeasureForm(ActForm):
    """What came of a measure."""

    outcome = TextAreaField("结果", [required("请写明结果。"), at_most(measures.LONGEST), printable])


class AnswerForm(PortalForm):
    """The leader's own answer."""

    answer = TextAreaField(
        "答复意见",
        [required("请填写答复意见。"), at_most(escalations.LONGEST), printable],
        description="报送方、督查室和牵头单位会看到。",
    )


class KeyedAnswerForm(AnswerForm):
    """An answer given on paper or by telephone, keyed in."""

    by = StringField("谁作出的答复", [required("请填写是谁作出的答复。"), at_most(escalations.LONGEST_NAME), printable])
