"""The form in which the office writes a paper's words: a field a part, each checked by itself."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Optional

from portal.documents.paper_texts import LONGEST_SOURCE, check_text
from portal.domain.paper_kinds import PaperKind
from portal.domain.paper_texts import PARTS, SLIP_LABELS, TextPart
from portal.services.paper_texts import LONGEST_WHY
from portal.web.converters import number_in
from portal.web.forms import PortalForm, at_most, fail, required

PREFIX = "text_"
LABEL = "label_"


class PaperTextsForm(PortalForm):
    """What every paper's form has; the fields of its parts are added by `texts_form`."""

    kind: PaperKind

    version = HiddenField()
    why = StringField("修改说明", [Optional(), at_most(LONGEST_WHY)], description="为什么改，记入版本历史。")

    def texts(self) -> dict[str, str]:
        """What was written, by part."""
        return {part.name: self[PREFIX + part.name].data or "" for part in PARTS[self.kind]}

    def seen(self) -> int | None:
        """The version the person had on the screen."""
        return number_in(self.version.data)

    def words(self) -> list[Any]:
        """The fields of the running text, in the order of the paper."""
        return [self[PREFIX + part.name] for part in PARTS[self.kind] if not part.name.startswith(LABEL)]

    def labels(self) -> list[Any]:
        """The fields of the names of the rows; only the slip lets them be changed."""
        return [self[PREFIX + part.name] for part in PARTS[self.kind] if part.name.startswith(LABEL)]


class RestoreTextsForm(PortalForm):
    """Why an earlier version comes into force again."""

    version = HiddenField()
    why = StringField(
        "恢复的原因", [required("请写明恢复的原因。"), at_most(LONGEST_WHY)], description="记入版本历史。"
    )

    def seen(self) -> int | None:
        """The version the person had on the screen."""
        return number_in(self.version.data)


def texts_form(kind: PaperKind, texts: Mapping[str, str], version: int | None) -> PaperTextsForm:
    """The form of a paper's words, showing these texts."""
    shown = {PREFIX + name: text for name, text in texts.items()}
    return _form_of(kind)(data=shown | {"version": version})


@cache
def _form_of(kind: PaperKind) -> type[PaperTextsForm]:
    made: dict[str, Any] = {PREFIX + part.name: _field(kind, part) for part in PARTS[kind]}
    return type(f"{kind.name.title()}TextsForm", (PaperTextsForm,), made | {"kind": kind})


def _field(kind: PaperKind, part: TextPart) -> Any:
    def allowed(_form: PortalForm, field: Any) -> None:
        for problem in check_text(kind, part.name, field.data or ""):
            fail(problem.message)

    hint = f"最多 {part.longest} 个字，填入的内容不算。"
    if part.name.startswith(LABEL):
        return StringField(SLIP_LABELS[part.name.removeprefix(LABEL)], [allowed])
    if part.may_be_blank:
        hint += "留空则不印。"
    made = TextAreaField if part.multiline else StringField
    return made(part.label, [at_most(LONGEST_SOURCE), allowed], description=hint)
