"""What the verify page says of a paper, line by line: enough to compare with the paper in hand, nothing personal."""

from dataclasses import dataclass

from portal.documents.certificates import Usage
from portal.documents.pdf_verdict import SignatureVerdict
from portal.domain.reserved_numbers import ReservedState
from portal.domain.signing import SignedHow
from portal.domain.slips import SlipState
from portal.services.file_checks import FileAnswer
from portal.services.paper_checks import PaperAnswer
from portal.store.queries.paper_codes import CompanionOnPaper, ReservedOnPaper, SignatureOnPaper, VersionOnPaper
from portal.web.filters import full_date, moment

SHORT_SIGNS = 16
NOT_SIGNED = "尚未登记签批"

Facts = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SignatureShown:
    """One signature as the public may see it."""

    role: str
    signer: str
    way: str
    meaning: str
    when: str
    binding: str
    state: str
    ended: str


@dataclass(frozen=True, slots=True)
class SignatureInFile:
    """One signature inside a file, as its certificate tells it."""

    usage: str
    signer: str
    when: str
    good: bool
    remarks: tuple[str, ...]


def in_fours(text: str) -> str:
    """A code or a fingerprint in groups of four, as it is read aloud and compared."""
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def short_print(sha256: str) -> str:
    """The beginning of a fingerprint, to compare by eye."""
    return in_fours(sha256[:SHORT_SIGNS].upper())


def facts_shown(answer: PaperAnswer) -> Facts:
    """The lines to compare with the paper; none for a code that is not ours."""
    if answer.version is not None:
        return _of_version(answer.version, answer)
    if answer.companion is not None:
        return _of_companion(answer.companion)
    if answer.reserved is not None:
        return _of_reserved(answer.reserved, answer)
    return []


def signatures_shown(answer: PaperAnswer) -> list[SignatureShown]:
    """The signatures of the slip; the post as held that day, the name only where the office wants it."""
    if answer.version is None:
        return []
    return [_signature(it, answer.version, names=answer.shows_names) for it in answer.signatures]


def facts_of_file(answer: FileAnswer) -> Facts:
    """The file itself: its fingerprint, and what was found in it."""
    lines = [("文件短指纹", short_print(answer.sha256)), ("文件指纹", answer.sha256)]
    if answer.scan is not None:
        return [*lines, ("保存时间", moment(answer.scan.attached_at))]
    if answer.pdf is not None and answer.pdf.signatures:
        lines.append(("文件内的签名", f"{len(answer.pdf.signatures)} 个"))
        lines.append(("签名后的改动", "有" if answer.pdf.appended_later or not answer.pdf.unchanged else "没有"))
        if answer.pdf.empty_fields:
            lines.append(("空着的签名栏", f"{len(answer.pdf.empty_fields)} 处"))
    return lines


def signatures_in_file(answer: FileAnswer, *, names: bool) -> list[SignatureInFile]:
    """The signatures inside the file; persons by their post, by name only where the office wants it."""
    return [_in_file(it, names=names) for it in answer.pdf.signatures] if answer.pdf else []


def _in_file(it: SignatureVerdict, *, names: bool) -> SignatureInFile:
    organ = it.usage is Usage.ORGAN
    who = it.name if organ else "　".join(word for word in (it.post, it.name if names else "") if word)
    stranger = "证书不是本系统签发" if it.usage is None else "职务未登记"
    return SignatureInFile(
        usage=it.usage.value if it.usage else "其他签名",
        signer=who or stranger,
        when=f"{moment(it.signed_at)}（{it.clock.value}）" if it.signed_at else "没有写明",
        good=it.is_good,
        remarks=it.remarks,
    )


def _of_version(version: VersionOnPaper, answer: PaperAnswer) -> Facts:
    standing = [it for it in answer.signatures if it.void_at is None]
    lines = [
        ("公文种类", "交办单"),
        ("编号", version.number or "未编号"),
        ("状态", version.state.label),
        ("版本", f"第 {version.version} 版（{version.why}），现行第 {version.latest} 版"),
        ("出具时间", moment(version.made_at)),
        ("签批日期", full_date(standing[0].signed_on) if standing else NOT_SIGNED),
    ]
    if version.issued_at is not None:
        lines.append(("印发时间", moment(version.issued_at)))
    if answer.replaced_by is not None:
        lines.append(("取代它的单", answer.replaced_by or "尚未编号"))
    lines += [("内容短指纹", short_print(version.sha256)), ("内容指纹", version.sha256)]
    if version.kept_sha256 is not None:
        lines += [("存档短指纹", short_print(version.kept_sha256)), ("存档指纹", version.kept_sha256)]
    return lines


def _of_companion(paper: CompanionOnPaper) -> Facts:
    lines = [("公文种类", paper.kind.label)]
    if paper.colour is not None:
        lines.append(("颜色", paper.colour.label))
    if paper.number:
        lines.append(("编号", paper.number))
    lines += [
        ("所附交办单", paper.slip_number or "未编号"),
        ("交办单状态", paper.slip_state.label),
        ("出具时间", moment(paper.made_at)),
    ]
    if paper.void_at is not None:
        lines.append(("作废时间", moment(paper.void_at)))
    return [*lines, ("内容短指纹", short_print(paper.sha256)), ("内容指纹", paper.sha256)]


def _of_reserved(paper: ReservedOnPaper, answer: PaperAnswer) -> Facts:
    lines = [("公文种类", "交办单（预留空白单）"), ("编号", paper.number), ("预留时间", moment(paper.reserved_at))]
    if paper.state is ReservedState.USED:
        lines.append(("登记时间", moment(paper.settled_at)))
        state = f"（{paper.slip_state.label}）" if paper.slip_state else ""
        lines.append(("登记为", f"{paper.slip_number or '未编号'}{state}"))
    elif paper.state is ReservedState.VOID:
        lines.append(("作废时间", moment(paper.settled_at)))
    if answer.replaced_by is not None:
        lines.append(("取代它的单", answer.replaced_by or "尚未编号"))
    return lines


def _signature(it: SignatureOnPaper, shown: VersionOnPaper, *, names: bool) -> SignatureShown:
    by_hand = it.how is SignedHow.HAND
    return SignatureShown(
        role=it.role.label,
        signer="　".join(word for word in (it.post or "职务未登记", it.name if names else "") if word)
        + ("（代签，受书面委托）" if it.by_mandate else "（本人）"),
        way=it.how.label,
        meaning=it.how.meaning,
        when=full_date(it.signed_on) + ("" if by_hand else f" {moment(it.signed_at).split()[-1]}"),
        binding="签在本版上" if it.document_sha256 == shown.sha256 else f"签在第 {it.version} 版上",
        state="已失效" if it.void_at else "单已作废" if shown.state is SlipState.VOID else "有效",
        ended=moment(it.void_at),
    )
