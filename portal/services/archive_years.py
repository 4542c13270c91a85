"""A year's package for the archive, made in parts so that a stopped one is taken up again, then put together (domain 2.5).

A part holds the files of some slips. Binding numbers the items, writes catalogue, row of numbers, transfer list and the
year's audit lines, and signs the checksums with the organ's key if there is one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import IO

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents import archive_package as package
from portal.documents.archive_package import ArchiveFile, Package, files_of_part, write_part
from portal.documents.archive_signature import sign_bytes
from portal.documents.certificates import SigningKey
from portal.documents.pades import prepare
from portal.documents.spreadsheets import SAMPLE_LINE, Column, spreadsheet
from portal.documents.transfer_list import ClassLine, LackingLine, NumberLine, TransferListSheet, transfer_list
from portal.domain.archiving import UNACCOUNTED, CatalogueLine, NumberUse, totals, whole_row
from portal.domain.errors import NotFound
from portal.domain.office import OfficeRules
from portal.domain.people import Action, Actor, must
from portal.domain.retention import Retention
from portal.services.archive_files import Shelves, as_json, as_line, line_as_json, line_from_json, slip_file
from portal.store.audit_trail import Target, key_mark, record
from portal.store.queries.archives import audit_of_year, files_of_year, last_serials, number_uses
from portal.store.queries.office import office_rules

SLIPS_A_PART = 50
LINE = "@"
"""What a part calls the catalogue line of the slip whose files follow."""

CATALOGUE_COLUMNS = (
    Column("件号", 8),
    Column("文号", 24),
    Column("题名", 60),
    Column("责任者", 26),
    Column("日期", 16),
    Column("页数", 8),
    Column("保管期限", 10),
    Column("密级", 8),
    Column("备注", 30),
    Column("存放位置", 34),
)
NUMBER_COLUMNS = (Column("机关代字", 16), Column("序号", 8), Column("文号", 26), Column("去向", 30))


@dataclass(frozen=True, slots=True)
class OrganSeal:
    """How the organ's key signs: bytes as they are, and a PDF that is certified; its certificates as PEM."""

    certificate: str
    sign: Callable[[bytes], bytes]
    certify: Callable[[bytes], bytes]


def organ_seal(key: SigningKey, *, now: datetime) -> OrganSeal:
    """The organ's key as it signs a package: the checksums as bytes, the transfer list certified."""
    return OrganSeal(
        certificate=key.certificate_pem + key.chain_pem,
        sign=partial(sign_bytes, key),
        certify=lambda pdf: prepare(pdf, (), certify_with=key, certified_at=now, reason="归档移交"),
    )


@dataclass(frozen=True, slots=True)
class YearMade:
    """What came of it."""

    year: int
    items: int
    pages: int
    files: int
    bytes: int
    lacking: int
    signed: bool
    fingerprint: str


def slips_to_archive(session: Session, year: int, *, actor: Actor) -> list[int]:
    """The slips of a year in the order of their numbers. Raises NotFound when there are none."""
    must(actor, Action.ARCHIVE)
    found = [row.id for row in files_of_year(session, year)]
    if not found:
        raise NotFound(f"{year} 年没有已编号的交办单，没有可以归档的内容。")
    return found


def write_year_part(
    session: Session, year: int, slip_ids: Sequence[int], shelves: Shelves, target: IO[bytes], tick: Callable[[], None]
) -> int:
    """Write the files of some slips of a year; answers how many. `tick` is called between slips."""
    return write_part(target, _part_files(session, year, slip_ids, shelves, tick))


def bind_year(
    session: Session,
    year: int,
    parts: Iterable[IO[bytes]],
    target: IO[bytes],
    *,
    seal: OrganSeal | None,
    actor: Actor,
    now: datetime,
) -> YearMade:
    """Put the package together from its parts, in their order."""
    must(actor, Action.ARCHIVE)
    rules = office_rules(session)
    made = Package(target, now.astimezone(ZONE))
    lines = list(_numbered(_put_in(made, parts)))
    uses = list(whole_row(number_uses(session, year), last_serials(session, year)))
    mark = SAMPLE_LINE if rules.sample else ""
    catalogue = spreadsheet(
        f"{year}年归档文件目录", CATALOGUE_COLUMNS, map(_catalogue_row, lines), mark=mark, created=now
    )
    made.add(package.CATALOGUE, catalogue)
    made.add(package.NUMBERS, as_json([asdict(it) for it in uses]))
    used = ((it.organ, it.serial, it.number, it.use) for it in uses)
    made.add(
        package.NUMBER_LIST,
        spreadsheet(f"{year}年编号使用情况", NUMBER_COLUMNS, used, mark=mark, created=now),
    )
    audit = _Counted(audit_of_year(session, year))
    made.add_stream(package.AUDIT, map(as_line, audit))
    sheet = _transfer_sheet(rules, year, lines, uses, made.files, audit.count, catalogue, actor=actor, now=now)
    printed = transfer_list(sheet)
    made.add(package.TRANSFER_LIST, seal.certify(printed) if seal else printed)
    about = {
        "year": year,
        "organ": rules.issuing_organ,
        "made_at": now,
        "taken_by": actor.name,
        "items": len(lines),
        "pages": sum(it.pages for it in lines),
        "classes": {it.retention.label: {"items": it.items, "pages": it.pages} for it in totals(lines)},
        "lacking": [{"number": it.number, "remark": it.remark} for it in lines if it.remark],
        "audit_lines": audit.count,
        "audit_key": key_mark(),
        "sample": rules.sample,
    }
    made.add(package.METADATA, as_json(about))
    made.add(package.ABOUT, _about(rules, year, signed=seal is not None).encode())
    fingerprint = made.close(seal.sign if seal else None, seal.certificate if seal else "")
    return YearMade(
        year=year,
        items=len(lines),
        pages=sum(it.pages for it in lines),
        files=made.files,
        bytes=made.size,
        lacking=len(sheet.lacking),
        signed=seal is not None,
        fingerprint=fingerprint,
    )


def note_taking(session: Session, made: YearMade, *, actor: Actor, now: datetime) -> None:
    """Write down who had a package made: it names enterprises, and its originals name the visitors."""
    record(
        session, actor, now, "archive_made", Target("archive", made.year),
        summary=f"生成 {made.year} 年度归档包，{made.items} 件 {made.pages} 页",
        items=made.items, pages=made.pages, files=made.files, signed=made.signed, sha256sums=made.fingerprint,
    )  # fmt: skip


class _Counted:
    """Counts what passes through."""

    def __init__(self, source: Iterable[dict[str, object]]) -> None:
        self.source = source
        self.count = 0

    def __iter__(self) -> Iterator[dict[str, object]]:
        for it in self.source:
            self.count += 1
            yield it


def _part_files(
    session: Session, year: int, slip_ids: Sequence[int], shelves: Shelves, tick: Callable[[], None]
) -> Iterator[ArchiveFile]:
    known = set(session)
    for row in files_of_year(session, year, slip_ids=slip_ids):
        file = slip_file(session, row, shelves)
        yield ArchiveFile(f"{LINE}{row.id}", line_as_json(file.line))
        yield from file.files
        for each in set(session) - known:  # so that the last slip needs no more memory than the first
            session.expunge(each)
        tick()


def _put_in(made: Package, parts: Iterable[IO[bytes]]) -> Iterator[CatalogueLine]:
    for part in parts:
        for file in files_of_part(part):
            if file.path.startswith(LINE):
                yield line_from_json(file.data)
            else:
                made.add(file.path, file.data)


def _numbered(lines: Iterable[CatalogueLine]) -> Iterator[CatalogueLine]:
    """Items are counted within their retention class, in the order of their numbers."""
    counted = dict.fromkeys(Retention, 0)
    for line in lines:
        counted[line.retention] += 1
        yield replace(line, item=counted[line.retention])


def _catalogue_row(it: CatalogueLine) -> tuple[object, ...]:
    return (
        it.item, it.number, it.title, it.author, it.on, it.pages, it.retention.label, "", it.remark, it.folder
    )  # fmt: skip


def _transfer_sheet(
    rules: OfficeRules,
    year: int,
    lines: Sequence[CatalogueLine],
    uses: Sequence[NumberUse],
    files: int,
    audit_lines: int,
    catalogue: bytes,
    *,
    actor: Actor,
    now: datetime,
) -> TransferListSheet:
    void = "作废"
    return TransferListSheet(
        heading=f"{rules.district}“民营企业接待日”交办单归档移交清单",
        year=year,
        organ=rules.issuing_organ,
        classes=tuple(ClassLine(retention=it.retention.label, items=it.items, pages=it.pages) for it in totals(lines)),
        numbers=tuple(_number_lines(uses)),
        lacking=tuple(
            LackingLine(number=it.number, lacking=it.remark) for it in lines if it.remark and it.remark != void
        ),
        files=files,
        audit_lines=audit_lines,
        catalogue_sha256=sha256(catalogue).hexdigest(),
        made_at=now.astimezone(ZONE),
        taken_by=actor.name,
        is_sample=rules.sample,
    )


def _number_lines(uses: Sequence[NumberUse]) -> Iterator[NumberLine]:
    for organ in sorted({it.organ for it in uses}):
        own = [it for it in uses if it.organ == organ]
        slips = [it for it in own if it.use.startswith("交办单")]
        unaccounted = sum(it.use == UNACCOUNTED for it in own)
        yield NumberLine(
            organ=organ,
            last=len(own),
            slips=len(slips),
            void=sum(it.use == "交办单（作废）" for it in slips),
            unused=len(own) - len(slips) - unaccounted,
            unaccounted=unaccounted,
        )


def _about(rules: OfficeRules, year: int, *, signed: bool) -> str:
    how = (
        "三、核对签名：SHA256SUMS.sig 是出具单位的密钥对 SHA256SUMS 的签名，certificate.pem 是对应的证书。\n"
        "    openssl x509 -in certificate.pem -pubkey -noout > organ.pub\n"
        "    openssl dgst -sha256 -verify organ.pub -signature SHA256SUMS.sig SHA256SUMS\n"
        "    证书须由本系统的认证机构签发，认证机构的证书请另从本系统取得（/verify/authority.pem），不要只信包内的。\n"
        "    该签名用于发现改动，不代替纸质移交手续上的签字盖章。\n"
        if signed
        else "三、本包没有签名：生成时系统还没有出具单位的密钥。请以移交手续上登记的 SHA256SUMS 指纹核对。\n"
    )
    sample = "（示例数据，单位、企业、人员均为虚构。）\n" if rules.sample else ""
    return (
        f"{rules.issuing_organ}　{year} 年度交办单归档包\n{sample}\n"
        "一、包内有什么\n"
        "    永久、30年、10年 三个文件夹：按保管期限分，每张交办单一个文件夹，以编号为名，算作一件：\n"
        "        交办单-第N版.pdf            存档件，PDF/A-3，内附数据 slip.json；没有存档件的单为重新打印的一份\n"
        "        签批原件扫描件-N.pdf 等     领导手写签批的原件扫描\n"
        "        随单文书-N-….pdf            催办单、督办单等\n"
        "        receipts.json              各单位签收情况\n"
        "        metadata.json              登记信息：版本、签名、指纹、文件清单\n"
        "        audit.jsonl                该单的审计记录，一行一条，previous 为前一行的校验值\n"
        "    catalogue.xlsx                 归档文件目录\n"
        "    归档移交清单.pdf                汇总数、编号使用情况、不完整的件\n"
        "    编号使用情况.xlsx、numbers.json  全年编号逐号的去向，作废和未使用的号都列出\n"
        "    metadata.json                  本包的登记信息\n"
        "    audit.jsonl                    全年审计记录：与交办单有关的为全文，其余只有校验值，前后相接\n"
        "二、核对文件：在解压后的文件夹内执行\n"
        "    sha256sum -c SHA256SUMS\n"
        f"{how}"
        "四、用本系统核对整个包（包括编号连续和审计记录）：\n"
        "    flask slips archive --check 文件名.zip\n"
        "    审计记录的校验值由本系统的密钥生成，只有本系统能核对；别的机器能核对前后是否相接。\n"
        "五、个人信息：存档件和扫描件是原件，含来访人姓名；其余文件中来访人姓名已隐去，全包不含完整电话号码和证件号。\n"
        "    谁在何时生成了本包，系统已记入审计。请按档案管理要求保管，不得转发。\n"
        "六、本包不含涉密文件，密级一栏均为空。\n"
    )
