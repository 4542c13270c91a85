"""What goes to the level above with a matter (上报材料): why, the matter, its slip, how far it is, papers, opinions, course."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.documents.printable import sheet_must_be_printable
from portal.documents.typesetter import typeset
from portal.documents.words import moment

TEMPLATE, STYLE = "escalation_file.html", "escalation_file.css"


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line of a part: when, who, what, and what came of it."""

    when: str
    who: str
    what: str
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationFileSheet:
    """Everything that is put together; personal data is masked by the caller. A part without lines says so."""

    heading: str
    number: str
    whom: str
    by: str
    on: date
    answer_by: date | None = None
    why: str
    facts: tuple[tuple[str, str], ...]
    detail: str
    slip: tuple[tuple[str, str], ...] = ()
    progress: tuple[FileLine, ...] = ()
    papers: tuple[FileLine, ...] = ()
    measures: tuple[FileLine, ...] = ()
    results: tuple[FileLine, ...] = ()
    course: tuple[FileLine, ...] = ()
    printed_at: datetime
    is_sample: bool = False


def escalation_file(sheet: EscalationFileSheet) -> bytes:
    """Print the file as PDF. Raises RuleBroken naming characters no face has."""
    sheet_must_be_printable(sheet)
    context = {
        "sheet": sheet,
        "title": f"{sheet.heading} {sheet.number}",
        "printed_at": sheet.printed_at,
        "printed": f"打印时间：{moment(sheet.printed_at)}",
        "mark": "示例数据" if sheet.is_sample else "",
        "parts": (
            ("三、办理进展", sheet.progress, "承办单位还没有报告进展。"),
            ("四、催办督办及单位回复", sheet.papers, "没有发出过催办单、督办单。"),
            ("五、约谈、挂牌、通报", sheet.measures, "没有采取过。"),
            ("六、办理结果及企业意见", sheet.results, "承办单位还没有报送办理结果。"),
            ("七、办理过程", sheet.course, "没有记录。"),
        ),
    }
    return typeset(TEMPLATE, STYLE, context)
