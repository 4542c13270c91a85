"""A mail as it is read: what it is about, where to look, and that nobody need answer."""

from collections.abc import Sequence
from dataclasses import dataclass

SAMPLE_MARK = "【示例】"
SAMPLE_LINE = "示例数据：单位、企业、人员均为虚构。"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing told in a mail; `url` is a path within the portal."""

    subject: str
    body: str = ""
    url: str = ""


def letter_text(name: str, lines: Sequence[Line], *, district: str, address: str, sample: bool) -> tuple[str, str]:
    """Subject and text of one mail that tells one person everything that waits; `address` is the portal's own."""
    subject = lines[0].subject if len(lines) == 1 else f"{len(lines)} 条提醒：{lines[0].subject}等"
    parts = [SAMPLE_LINE] if sample else []
    parts.append(f"{name}：")
    parts += ["\n".join(_told(line, number, len(lines), address)) for number, line in enumerate(lines, start=1)]
    parts.append(
        f"——\n{district}民营企业接待日门户自动发送，请勿回复。\n"
        f"不再需要邮件的，可在“我的账号”里清除邮箱：{address}/account/"
    )
    return (SAMPLE_MARK if sample else "") + " ".join(subject.split()), "\n\n".join(parts) + "\n"


def _told(line: Line, number: int, of: int, address: str) -> list[str]:
    told = [f"{number}. {line.subject}" if of > 1 else line.subject]
    if line.body:
        told.append(line.body)
    if line.url:
        told.append(f"查看：{address}{line.url}")
    return told
