"""Which words of each paper the office may change, within what limits, and which places it may fill in.

Layout and data are never among them. The words below are what is printed until the office writes its own; how a text may be
written is checked in `portal/documents/paper_texts.py`. `{企业}` stands for what the name says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from portal.domain.paper_kinds import PaperKind, UrgingColour

LONGEST_HEADING, LONGEST_LABEL, LONGEST_SENTENCE, LONGEST_NOTE = 40, 4, 400, 300


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of a paper's words: `longest` counts its own characters, without what is filled in.

    `may_be_blank` texts are left out of the paper when empty; `multiline` ones may have several paragraphs.
    """

    name: str
    label: str
    default: str
    longest: int
    multiline: bool = False
    may_be_blank: bool = False


def _heading(default: str) -> TextPart:
    return TextPart("heading", "标题", default, LONGEST_HEADING)


def _body(default: str, name: str = "body", label: str = "正文") -> TextPart:
    return TextPart(name, label, default, LONGEST_SENTENCE, multiline=True)


def _requirement(default: str, name: str = "requirement", label: str = "办理要求") -> TextPart:
    return TextPart(name, label, default, LONGEST_SENTENCE, multiline=True, may_be_blank=True)


def _note(default: str) -> TextPart:
    return TextPart("note", "附注", default, LONGEST_NOTE, multiline=True, may_be_blank=True)


FILED = "注：此单随办理全过程运转、立卷、归档。"

SLIP_LABELS = {
    "enterprise": "来访企业",
    "visitor": "反映人",
    "receivers": "接待领导",
    "matters": "诉求事项",
    "prior_check": "前期核实",
    "proposal": "拟办意见",
    "instruction": "领导批示",
    "lead_official": "牵头领导",
    "lead_unit": "牵头单位",
    "due_on": "办结时限",
    "assisting_units": "配合单位",
    "requirements": "办理要求",
    "receipts": "签收",
}
"""What stands at the left of the slip's rows; a label is at most four characters, which is what its column holds."""


def _slip() -> tuple[TextPart, ...]:
    labels = (TextPart(f"label_{name}", f"栏目名“{word}”", word, LONGEST_LABEL) for name, word in SLIP_LABELS.items())
    return (
        _heading("{区县}“民营企业接待日”交办单"),
        _requirement("请牵头单位会同配合单位抓紧办理，在办结时限前将办理情况书面反馈{工商联}，并答复企业。"),
        _note(FILED),
        *labels,
    )


def _supervision() -> tuple[TextPart, ...]:
    overdue = "{% if 超期 %}，现已逾期{超期}{% endif %}"
    bodies = {
        UrgingColour.BLUE: f"你单位牵头办理的{{交办单编号}}，办结时限为{{时限}}{overdue}，目前进展缓慢。现发{{颜色}}督办单予以提醒。",
        UrgingColour.YELLOW: (
            f"你单位牵头办理的{{交办单编号}}，办结时限为{{时限}}{overdue}，"
            "经催办、提醒仍未按要求推进。现发{颜色}督办单予以警示。"
        ),
        UrgingColour.RED: (
            f"你单位牵头办理的{{交办单编号}}，办结时限为{{时限}}{overdue}，经多次督办仍未办结。现发{{颜色}}督办单，责令限期办结。"
        ),
    }
    requirements = {
        UrgingColour.BLUE: "请抓紧办理，于{回复时限}前书面反馈办理进展、存在问题和下一步措施。",
        UrgingColour.YELLOW: "请单位分管负责人专题研究，于{回复时限}前书面说明未按时办结的原因、整改措施和办结日期。",
        UrgingColour.RED: "请单位主要负责人牵头办理，于{回复时限}前办结并书面报告；逾期仍未办结的，按规定提请约谈、通报。",
    }
    return (
        _heading("{区县}“民营企业接待日”督办单"),
        *(_body(text, f"body_{colour.value}", f"正文（{colour.label}）") for colour, text in bodies.items()),
        *(
            _requirement(text, f"requirement_{colour.value}", f"督办要求（{colour.label}）")
            for colour, text in requirements.items()
        ),
        _note(FILED),
    )


PARTS: Mapping[PaperKind, tuple[TextPart, ...]] = MappingProxyType(
    {
        PaperKind.SLIP: _slip(),
        PaperKind.TRANSFER: (
            _heading("{区县}“民营企业接待日”转办单"),
            _body("{企业}反映的下列事项，属你单位职责范围，现转你单位办理。"),
            _requirement(
                "请依法依规办理，于{回复时限}前答复企业，并将办理情况书面反馈{工商联}。"
                "认为不属本单位职责的，请按规定说明理由、依据并提出承办单位建议，及时退回。"
            ),
            _note(FILED),
        ),
        PaperKind.REMINDER: (
            _heading("{区县}“民营企业接待日”催办单"),
            _body(
                "你单位牵头办理的{交办单编号}，办结时限为{时限}，"
                "{% if 超期 %}现已逾期{超期}{% else %}时限临近{% endif %}，尚未收到办理结果。现予催办。"
            ),
            _requirement(
                "请抓紧办理，于{回复时限}前书面反馈办理进展、存在问题和预计办结日期；确需延期的，请按规定提出延期申请。"
            ),
            _note(FILED),
        ),
        PaperKind.SUPERVISION: _supervision(),
        PaperKind.RESULT_REPORT: (
            _heading("{区县}“民营企业接待日”事项办理情况反馈表"),
            _requirement("请牵头单位汇总各配合单位办理情况，于{时限}前填报，经单位负责人签字、加盖公章后报{工商联}。"),
            _note("注：企业意见由企业法定代表人或授权代表填写并签名。本表随交办单一并归档。"),
        ),
        PaperKind.EXTENSION: (
            _heading("{区县}“民营企业接待日”事项延期申请表"),
            _requirement(""),
            _note("注：延期应在办结时限届满前提出，未经批准的按原时限办理；批准后应向企业说明。本表随交办单一并归档。"),
        ),
        PaperKind.OBJECTION: (
            _heading("{区县}“民营企业接待日”事项退回（异议）单"),
            _requirement(""),
            _note("注：裁定作出前，原承办单位不停止办理；裁定作出后，不得再次退回。本单随交办单一并归档。"),
        ),
        PaperKind.CLOSING: (
            _heading("{区县}“民营企业接待日”事项销号审批表"),
            _requirement(""),
            _note("注：各栏自上而下依次签署，承办单位不得自行销号。本表随交办单一并归档。"),
        ),
        PaperKind.LOOK_BACK: (
            _heading("{区县}“民营企业接待日”事项回头看记录表"),
            _requirement(""),
            _note("注：回头看由{工商联}组织，企业意见由企业填写并签名。本表随交办单一并归档。"),
        ),
        PaperKind.REGISTRATION: (
            _heading("{区县}民营企业接待日来访登记表"),
            _note(""),
        ),
        PaperKind.NOTICE: (
            _heading("接待通告"),
            TextPart("purpose", "开头（缘由）", "为畅通民营企业诉求反映渠道", 100),
            TextPart("ending", "结束语", "特此通告。", 100),
        ),
    }
)

_OFFICE = {
    "区县": "本区县的名称",
    "工商联": "印发机关的名称",
    "联系方式": "办公室的电话和房间",
}
_MATTER = {
    "企业": "企业的名称",
    "事项": "事项的标题，有几项时用顿号隔开",
    "交办单编号": "交办单的编号",
    "牵头单位": "牵头单位的名称",
    "配合单位": "各配合单位的名称",
    "交办日期": "交办的日期",
    "时限": "办结时限",
}
_ORDER = {
    "编号": "本单自己的编号",
    "签发日期": "本单印发的日期",
    "回复时限": "要求书面回复的日期",
}
_DAY = {"接待日期": "接待日的日期", "主题": "接待日的主题"}
_OVERDUE = {"超期": "超过时限多久，例如“5个工作日”；没有超过时为空"}

PLACEHOLDERS: Mapping[PaperKind, Mapping[str, str]] = MappingProxyType(
    {
        PaperKind.SLIP: _OFFICE | _MATTER,
        PaperKind.TRANSFER: _OFFICE | _MATTER | _ORDER,
        PaperKind.REMINDER: _OFFICE | _MATTER | _ORDER | _OVERDUE,
        PaperKind.SUPERVISION: _OFFICE | _MATTER | _ORDER | _OVERDUE | {"颜色": "督办单的颜色，例如“红色”"},
        PaperKind.RESULT_REPORT: _OFFICE | _MATTER,
        PaperKind.EXTENSION: _OFFICE | _MATTER,
        PaperKind.OBJECTION: _OFFICE | _MATTER,
        PaperKind.CLOSING: _OFFICE | _MATTER,
        PaperKind.LOOK_BACK: _OFFICE | _MATTER,
        PaperKind.REGISTRATION: _OFFICE | _DAY,
        PaperKind.NOTICE: _OFFICE | _DAY,
    }
)
"""The names a text of each paper may use, and what each stands for."""


def part_of(kind: PaperKind, name: str) -> TextPart:
    """The part of that name; KeyError when the paper has none."""
    for part in PARTS[kind]:
        if part.name == name:
            return part
    raise KeyError(name)


def standard_texts(kind: PaperKind) -> Iterable[tuple[str, str]]:
    """Every part's name with the words printed until the office writes its own."""
    return tuple((part.name, part.default) for part in PARTS[kind])
