"""The enterprise files: one an enterprise, found again however its name was typed (一企一档, domain 8)."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import Row, bindparam, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from portal.domain.errors import Conflict, NotFound, Problem, RuleBroken, refuse
from portal.domain.people import Action, Actor, must
from portal.services.initials import initials
from portal.store.attempts import attempt
from portal.store.audit_trail import record
from portal.store.base import table_of
from portal.store.models.enterprises import Enterprise
from portal.store.queries.enterprises import enterprise_names, enterprise_with_code

CODE_LENGTH = 18
ALIKE = 82
"""How alike two names must be for a warning, of 100; below that honest neighbours (安澜一建, 安澜二建) would be named."""

_LEGAL_FORM = re.compile(r"(?:股份|有限|责任|公司|集团|合伙企业|（[^）]*）)")


@dataclass(frozen=True, slots=True)
class EnterpriseGiven:
    """What somebody wrote down about an enterprise."""

    name: str
    credit_code: str = ""
    registered_place: str = ""
    is_private: bool = True
    industry: str = ""
    legal_representative: str = ""


def tidy_name(name: str) -> str:
    """A name written one way: no blanks, full-width brackets, so that the same enterprise is found again."""
    plain = "".join(unicodedata.normalize("NFKC", name).split())
    return plain.translate(str.maketrans("()", "（）"))


def tidy_code(code: str) -> str:
    """A credit code in half-width capitals without blanks or dashes."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", code)).upper()


def code_problems(code: str) -> list[Problem]:
    """What makes a credit code impossible to keep: its length or its signs, never its check digit."""
    plain = tidy_code(code)
    if not plain:
        return []
    if not (plain.isascii() and plain.isalnum()):
        return [Problem("credit_code", "统一社会信用代码只含数字和大写字母，请检查。")]
    if len(plain) != CODE_LENGTH:
        message = f"统一社会信用代码应为 {CODE_LENGTH} 位，现为 {len(plain)} 位，请检查；暂时没有可不填。"
        return [Problem("credit_code", message)]
    return []


def code_warning(code: str) -> str | None:
    """A sentence if the code's check digit or parts look wrong (GB 32100-2015).

    Genuine codes have been seen to fail, so it is only ever a warning (domain 8).
    """
    plain = tidy_code(code)
    if not plain or code_problems(plain):
        return None
    try:
        uscc.validate(plain)
    except ValidationError:
        return f"统一社会信用代码 {plain} 的校验位不符，可能抄录有误，请与营业执照核对；核对无误可照此登记。"
    return None


def names_alike(name: str, known: Iterable[tuple[int, str]], *, limit: int = 3) -> Sequence[str]:
    """Known names that may be the same enterprise written differently, the most alike first; never the name itself."""
    wanted = tidy_name(name)
    names = {other for _, other in known} - {wanted}
    if not wanted:
        return []
    cores = {other: _core(other) for other in names}
    found = process.extract(_core(wanted), cores, scorer=fuzz.ratio, limit=limit, score_cutoff=ALIKE)
    return [other for _, _, other in found]


def similar_names(session: Session, name: str) -> Sequence[str]:
    """Enterprises on file whose name looks much like this one."""
    return names_alike(name, enterprise_names(session))


@lru_cache(maxsize=20_000)
def _core(name: str) -> str:
    """What is left of a name without the words nearly every company has."""
    return _LEGAL_FORM.sub("", name) or name


def add_enterprise(session: Session, given: EnterpriseGiven, *, actor: Actor, now: datetime) -> Enterprise:
    """Open a file for an enterprise. Raises RuleBroken for a name or code that is on file already."""
    must(actor, Action.KEEP_ENTERPRISES)
    refuse(problems_of(session, given, own_id=None))
    added = _insert(session, given)
    if added is None:
        raise Conflict("刚刚有人登记了同名企业或同一代码，请查找后直接使用。", field="name")
    enterprise = session.get_one(Enterprise, added.id)
    record(session, actor, now, "enterprise_added", enterprise, summary=f"新建企业档案：{enterprise.name}")
    return enterprise


def change_enterprise(
    session: Session,
    enterprise_id: int,
    given: EnterpriseGiven,
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Enterprise:
    """Correct a file. Raises RuleBroken for a name or code of another, Conflict if somebody changed it meanwhile."""
    must(actor, Action.KEEP_ENTERPRISES)
    enterprise = session.get(Enterprise, enterprise_id)
    if enterprise is None:
        raise NotFound("没有找到这家企业。请从企业列表进入。")
    if version is not None and enterprise.version != version:
        raise Conflict("您打开页面之后，别人已修改了这家企业的档案。请核对最新内容后再改。")
    refuse(problems_of(session, given, own_id=enterprise_id))
    changed = _write(enterprise, given)
    if changed:
        record(
            session, actor, now, "enterprise_changed", enterprise,
            summary=f"修改企业档案：{enterprise.name}", fields=changed,
        )  # fmt: skip
    return enterprise


@dataclass(frozen=True, slots=True)
class Filed:
    """The file a booking refers to, and how it came about: `act` is what to record, None when nothing changed."""

    id: int
    name: str
    act: str | None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OnFile:
    """What the register says under a name and under a credit code: plain rows, or None."""

    by_name: Row[Any] | None
    by_code: Row[Any] | None


def on_file(session: Session, given: EnterpriseGiven) -> OnFile:
    """Look an enterprise up by its name and its code at once."""
    name, code = tidy_name(given.name), tidy_code(given.credit_code)
    rows = session.execute(_NAMED_OR_CODED, {"name": name, "code": code or None}).all()
    by_name = next((it for it in rows if it.name == name), None)
    return OnFile(by_name, next((it for it in rows if code and it.credit_code == code), None))


_ENTERPRISE = table_of(Enterprise)
_NAMED_OR_CODED = select(_ENTERPRISE).where(
    or_(_ENTERPRISE.c.name == bindparam("name"), _ENTERPRISE.c.credit_code == bindparam("code"))
)


def completed(known: OnFile, given: EnterpriseGiven) -> EnterpriseGiven:
    """What was written down with its blanks filled from the file of the enterprise with that name.

    Whoever is on file as not private stays so: a booking form says 民营 unless told otherwise.
    """
    file = known.by_name
    if file is None:
        return given
    return EnterpriseGiven(
        name=file.name,
        credit_code=tidy_code(given.credit_code) or file.credit_code or "",
        registered_place=given.registered_place or file.registered_place,
        is_private=given.is_private and file.is_private,
        industry=given.industry or file.industry,
        legal_representative=given.legal_representative or file.legal_representative,
    )


def filing_problems(known: OnFile, given: EnterpriseGiven) -> list[Problem]:
    """Why a booking may not name this enterprise so: a blank, or a code that belongs to somebody else."""
    name, code, file = tidy_name(given.name), tidy_code(given.credit_code), known.by_name
    problems = [*_blank(name, "enterprise_name", "请填写企业名称。"), *code_problems(given.credit_code)]
    problems += _blank(given.registered_place, "registered_place", "请填写企业注册地，例如“云山市安澜区人民路1号”。")
    if problems:
        return problems
    if known.by_code is not None and known.by_code.name != name:
        message = f"代码 {code} 已属于“{known.by_code.name}”，与所填企业名称不符，请核对名称或代码。"
        return [Problem("credit_code", message)]
    if file is not None and code and file.credit_code not in (None, code):
        message = f"“{name}”档案中的代码是 {file.credit_code}，与所填不符。请核对；确需更正的，先到企业档案修改。"
        return [Problem("credit_code", message)]
    return []


def file_for(session: Session, given: EnterpriseGiven, known: OnFile | None = None) -> Filed:
    """The file a booking refers to: the one with that name, brought up to date, or a new one.

    The caller records it, after its own savepoints. Whoever opens the same new file a moment earlier is waited for.
    """
    known = known or on_file(session, given)
    if known.by_name is None:
        added = _insert(session, given)
        if added is not None:
            return Filed(added.id, added.name, "enterprise_added")
        known = on_file(session, given)
        if known.by_name is None:
            raise RuleBroken("该统一社会信用代码刚被另一家企业使用，请核对。", field="credit_code")
    wanted = _columns(completed(known, given))
    if all(getattr(known.by_name, field) == value for field, value in wanted.items()):
        return Filed(known.by_name.id, known.by_name.name, None)
    file = session.get_one(Enterprise, known.by_name.id, populate_existing=True)
    changed = _write(file, completed(known, given))
    return Filed(file.id, file.name, "enterprise_changed" if changed else None, tuple(changed))


def _insert(session: Session, given: EnterpriseGiven) -> Row[Any] | None:
    """Add a file, or None if another transaction added its name or code first."""
    try:
        with attempt(session):
            return session.execute(_NEW_FILE, _columns(given)).one()
    except IntegrityError:
        return None


_NEW_FILE = insert(_ENTERPRISE).returning(_ENTERPRISE.c.id, _ENTERPRISE.c.name)


def _write(enterprise: Enterprise, given: EnterpriseGiven) -> list[str]:
    """Bring a file to what was given; answers the names of the fields that changed."""
    wanted = _columns(given)
    changed = [field for field, value in wanted.items() if getattr(enterprise, field) != value]
    for field in changed:
        setattr(enterprise, field, wanted[field])
    return changed


def _columns(given: EnterpriseGiven) -> dict[str, object]:
    name = tidy_name(given.name)
    return {
        "name": name,
        "initials": initials(name),
        "credit_code": tidy_code(given.credit_code) or None,
        "registered_place": given.registered_place.strip(),
        "is_private": given.is_private,
        "industry": given.industry.strip(),
        "legal_representative": given.legal_representative.strip(),
    }


def problems_of(session: Session, given: EnterpriseGiven, *, own_id: int | None) -> list[Problem]:
    """What is wrong with a file, by the fields of its form: blanks, and a name or code of another one."""
    name, code = tidy_name(given.name), tidy_code(given.credit_code)
    problems = [*_blank(name, "name", "请填写企业名称。"), *code_problems(code)]
    problems += _blank(given.registered_place, "registered_place", "请填写企业注册地。")
    same = session.scalar(select(Enterprise.id).where(Enterprise.name == name))
    if same not in (None, own_id):
        problems.append(Problem("name", f"“{name}”已有档案，请直接使用，不要重复新建。"))
    holder = enterprise_with_code(session, code)
    if holder is not None and holder.id != own_id:
        problems.append(Problem("credit_code", f"代码 {code} 已属于“{holder.name}”，请核对。"))
    return problems


def _blank(text: str, field: str, message: str) -> list[Problem]:
    return [] if text.strip() else [Problem(field, message)]
