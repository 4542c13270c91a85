"""Forms of the working calendar: the office's word on a day, and an arrangement that is handed in."""

from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import NumberInput

from portal.domain.arrangements import FIRST_YEAR, LAST_YEAR, LONGEST_NAME, LONGEST_SOURCE, NotReadable
from portal.domain.errors import RuleBroken
from portal.domain.workdays import DayKind
from portal.services.announcement_files import HandedIn, handed_in
from portal.web.admin.forms import offered
from portal.web.forms import PortalForm, at_most, required

LONGEST_CONTENT = 100_000


class CalendarDayForm(PortalForm):
    """What the office says of a day; `seen` is the mark of the moves that were shown."""

    seen = HiddenField()
    day = DateField("日期", [required("请填写日期。")])
    kind = SelectField("定为", choices=offered((kind.value, kind.label) for kind in DayKind))
    name = StringField("节假日名称", [Optional(), at_most(LONGEST_NAME)], description="放假时填写，例如“国庆节”。")
    source = StringField(
        "依据",
        [required("请写明依据，例如通知的名称和文号。"), at_most(LONGEST_SOURCE)],
        description="通知的名称和文号，供日后核对。",
    )


class ClearDayForm(PortalForm):
    """Which day's word is taken back; `seen` is the mark of the moves that were shown."""

    seen = HiddenField()
    day = DateField("日期", [required("请填写日期。")])


class RecountForm(PortalForm):
    """Move what was looked at; `seen` is its mark."""

    seen = HiddenField(validators=[required("页面不完整，请重新打开后再试。")])


class ImportForm(PortalForm):
    """An arrangement as a file or as a text."""

    file = FileField(
        "文件", [Optional()], description="xlsx、csv、JSON 或通知全文（txt），不超过 2 MB；选了文件就以文件为准。"
    )
    content = TextAreaField(
        "或粘贴内容",
        [Optional(), at_most(LONGEST_CONTENT)],
        description="可直接粘贴国务院办公厅通知全文，系统逐条核对星期和天数。",
    )
    year = IntegerField(
        "年份",
        [Optional(), NumberRange(FIRST_YEAR, LAST_YEAR, f"年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间。")],
        widget=NumberInput(min=FIRST_YEAR, max=LAST_YEAR),
        description="文件或通知里写明的可不填。",
    )
    partial = BooleanField("只调整所列节日", description="年中的调整通知只写个别节日时勾选：其余节日保持现有安排。")
    source = StringField(
        "依据", [Optional(), at_most(LONGEST_SOURCE)], description="通知的名称和文号；不填时取文件或通知里的。"
    )

    def handed_in(self) -> HandedIn:
        """What was handed in; a file that is text comes back into the text area, where it can be corrected."""
        if not self.file.data:
            return HandedIn(self.content.data or "")
        given = handed_in(self.file.data.read(), self.file.data.filename or "")
        if given.text:
            self.content.data = given.text
        return given

    def refuse(self, refusal: RuleBroken) -> None:
        """Show a refusal beside its field; of many problems the field says only how many there are."""
        if isinstance(refusal, NotReadable) and len(refusal.problems) > 1:
            self.content.errors = [*self.content.errors, f"有 {len(refusal.problems)} 处须改正，见上方清单。"]
        else:
            super().refuse(refusal)


class ApplyForm(PortalForm):
    """An arrangement that was previewed, as it was read; `seen` is the mark of the preview."""

    content = HiddenField(validators=[required("页面不完整，请重新预览后再导入。")])
    source = HiddenField(validators=[required("页面不完整，请重新预览后再导入。"), at_most(LONGEST_SOURCE)])
    origin = HiddenField(validators=[required("页面不完整，请重新预览后再导入。")])
    seen = HiddenField(validators=[required("页面不完整，请重新预览后再导入。")])
