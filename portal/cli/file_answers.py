"""What `slips verify` says of a file, for people and as JSON."""

from typing import Any

from portal.clock import ZONE
from portal.documents.pdf_verdict import SignatureVerdict
from portal.services.file_checks import FileAnswer


def answer_data(answer: FileAnswer) -> dict[str, Any]:
    """Everything that was found, for programs; names are those in the certificates and on record."""
    pdf, paper = answer.pdf, answer.paper
    version = paper.version if paper else None
    return {
        "good": answer.is_good,
        "standing": answer.judgement.standing.value,
        "word": answer.judgement.standing.label,
        "meaning": answer.judgement.meaning,
        "online": answer.online,
        "sha256": answer.sha256,
        "signatures": [_signature(it) for it in pdf.signatures] if pdf else [],
        "appended_later": pdf.appended_later if pdf else None,
        "empty_fields": list(pdf.empty_fields) if pdf else [],
        "verify_code": (version.verify_code if version else "") or (pdf.verify_code if pdf and pdf.is_genuine else ""),
        "scan": answer.scan is not None,
        "slip": None
        if version is None
        else {
            "number": version.number,
            "state": version.state.value,
            "version": version.version,
            "latest": version.latest,
            "sheet_sha256": version.sha256,
            "kept_sha256": version.kept_sha256,
            "replaced_by": paper.replaced_by if paper else None,
        },
        "recorded": [
            {
                "role": it.role.value,
                "name": it.name,
                "post": it.post,
                "how": it.how.value,
                "by_mandate": it.by_mandate,
                "signed_on": it.signed_on,
                "version": it.version,
                "void": it.void_at is not None,
            }
            for it in (paper.signatures if paper else ())
        ],
    }


def answer_words(answer: FileAnswer) -> str:
    """The same as lines to read."""
    lines = [f"{answer.judgement.standing.label}：{answer.judgement.meaning}", f"文件指纹 {answer.sha256}"]
    version = answer.paper.version if answer.paper else None
    if version is not None:
        lines.append(
            f"{version.number or '未编号'}　第 {version.version} 版，现行第 {version.latest} 版，{version.state.label}"
        )
    for it in answer.pdf.signatures if answer.pdf else ():
        when = f"{it.signed_at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}" if it.signed_at else "没有写明时间"
        usage = it.usage.value if it.usage else "其他"
        who = "　".join(word for word in (it.organisation, it.post, it.name) if word)
        lines.append(f"签名（{usage}）：{who}　{when}（{it.clock.value}）{'' if it.is_good else '　不能认可'}")
    for recorded in answer.paper.signatures if answer.paper else ():
        ended = "　已失效" if recorded.void_at else ""
        who = "　".join(word for word in (recorded.post, recorded.name) if word)
        lines.append(f"登记（{recorded.role.label}，{recorded.how.label}）：{who}　{recorded.signed_on}{ended}")
    return "\n".join(lines)


def _signature(it: SignatureVerdict) -> dict[str, Any]:
    return {
        "field": it.field,
        "usage": it.usage.value if it.usage else None,
        "name": it.name,
        "post": it.post,
        "organisation": it.organisation,
        "serial": it.serial,
        "signed_at": it.signed_at,
        "clock": it.clock.name.lower(),
        "good": it.is_good,
        "intact": it.intact,
        "trusted": it.trusted,
        "covers_file": it.covers_file,
        "remarks": list(it.remarks),
    }
