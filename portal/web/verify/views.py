"""What anybody may ask about a paper: is it genuine, and is it the one in force (domain 7.3)."""

from dataclasses import dataclass

from flask import Blueprint, Response, request, url_for

from portal.domain.slips import SlipState
from portal.services.slip_sheets import fingerprint
from portal.store.extension import read
from portal.store.queries.slip_pages import Verification, verification
from portal.web.access import anyone
from portal.web.htmx import go, render
from portal.web.limits import VERIFY, limiter

bp = Blueprint("verify", __name__)

CODE_SIGNS = 16
LOOK_ALIKE = str.maketrans("018", "OIB")
"""Signs that base32 does not have, and the letters they are mistaken for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The big word, its tone, and what it means for the person holding the paper."""

    word: str
    tone: str
    meaning: str


UNKNOWN = Verdict(
    "查无此单", "stop", "系统中没有这个核验码。请核对输入是否有误；核对无误的，这张单不是本系统出具的，请勿采信。"
)


@bp.get("/verify/")
@anyone
def ask() -> Response:
    """Type a code that cannot be scanned."""
    code = request.args.get("code", "").strip()
    if code:
        return go(url_for("verify.verdict", code=plain(code)))
    return render("pages/verify/ask.html")


@bp.get("/VERIFY/<code>")  # what QR codes hold: upper case needs fewer modules
@bp.get("/verify/<code>")
@limiter.limit(VERIFY)
@anyone
def verdict(code: str) -> Response:
    """The answer; nothing in it is personal, and nothing says what the paper is about."""
    wanted = plain(code)
    found = verification(read(), wanted) if len(wanted) == CODE_SIGNS else None
    answer = judged(found) if found else UNKNOWN
    return render("pages/verify/verdict.html", status=200 if found else 404, found=found, verdict=answer, code=wanted)


def plain(code: str) -> str:
    """A code as it is kept: upper case, without the blanks and dashes people type for reading."""
    return "".join(sign for sign in code.upper() if sign.isalnum())[: 4 * CODE_SIGNS].translate(LOOK_ALIKE)


def judged(found: Verification) -> Verdict:
    """What becomes of a paper with this code."""
    if fingerprint(found.sheet) != found.sha256:
        return Verdict("存疑", "late", "这张单的存档内容与存档时的指纹不符。请勿采信，并联系区工商联核查。")
    if found.state is SlipState.VOID:
        return Verdict("已作废", "stop", "这张单是真的，但已经作废，不再有效。")
    if found.version < found.latest:
        later = (
            f"这张单是真的，但不是最新的一份：这是第 {found.version} 版，现行第 {found.latest} 版。请以最新的一份为准。"
        )
        return Verdict("有新版", "wait", later)
    if found.state is SlipState.DRAFT:
        return Verdict("修改中", "wait", "这张单是真的，但已退回修改。请以修改后重新打印的一份为准。")
    return Verdict("真", "good", "这张单由本系统出具，是现行有效的一份。请核对纸面编号、日期与下面是否一致。")
