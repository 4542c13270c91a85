"""An authority, its keys, a slip signed with them, and ways to tamper with it."""

import io
from datetime import datetime, timedelta
from functools import cache
from random import Random

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject

from portal.clock import ZONE
from portal.documents.assignment_slip import placed_assignment_slip
from portal.documents.certificates import SigningKey, Usage, issue, make_authority
from portal.documents.pades import SIGNER, OwnClock, counter, fields_of, prepare, sign
from portal.documents.pades_check import check
from portal.documents.pdf_verdict import PdfVerdict
from portal.documents.sheets import OfficialLine, Stroke
from portal.documents.signature_look import SignatureLook
from portal.documents.typesetter import PlacedPaper
from tests.documents.slip_sheets import a_slip_sheet

SIGNED_AT = datetime(2026, 12, 16, 10, 40, tzinfo=ZONE)
SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=ZONE), datetime(2036, 1, 1, tzinfo=ZONE)
OURS = "门户签名根证书"
ORGAN = "云溪区工商业联合会"
SLIP_DATA = '{"number":"云民接交〔2026〕15号"}'.encode()
COUNTERSIGNERS = (
    OfficialLine(name="赵立新", post="区委常委、统战部部长"),
    OfficialLine(name="刘晓梅", post="常务副区长"),
)


def the_authority(name: str = OURS) -> SigningKey:
    """One authority a name, made once."""
    return _authority(name)


@cache
def _authority(name: str) -> SigningKey:
    return make_authority(name=name, organisation=ORGAN, since=SINCE, until=UNTIL)


@cache
def a_key(
    usage: Usage = Usage.LEADER, name: str = "孙国强", authority: str = OURS, until: datetime = UNTIL
) -> SigningKey:
    """A key of that authority, made once."""
    return issue(
        the_authority(authority),
        usage,
        name=name,
        post="区长" if usage is Usage.LEADER else "",
        organisation="云溪区人民政府" if usage is Usage.LEADER else ORGAN,
        since=SINCE,
        until=until,
    )


def organ_key(authority: str = OURS) -> SigningKey:
    return a_key(Usage.ORGAN, ORGAN, authority)


def own_clock() -> OwnClock:
    return OwnClock(a_key(Usage.TIME, "门户时间戳"))


def handwriting_of(seed: int = 1) -> tuple[Stroke, ...]:
    """Strokes like a name written in a hurry."""
    random = Random(seed)
    return tuple(
        tuple((word * 100 + random.uniform(0, 80), random.uniform(0, 70)) for _ in range(5))
        for word in range(3)
        for _ in range(4)
    )


@cache
def a_paper() -> PlacedPaper:
    """A slip for the archive with two countersigners."""
    sheet = a_slip_sheet(instruction="请晓梅同志牵头，召集相关部门，迅速落实到位。", countersigners=COUNTERSIGNERS)
    return placed_assignment_slip(sheet, archived=True, data=SLIP_DATA)


@cache
def a_prepared_slip(authority: str = OURS) -> bytes:
    """Certified by the organ, nobody has signed."""
    paper = a_paper()
    return prepare(paper.pdf, fields_of(paper), certify_with=organ_key(authority), certified_at=SIGNED_AT)


@cache
def a_signed_slip() -> bytes:
    """Certified, and signed by the leader with the portal's time stamp."""
    look = SignatureLook(name="孙国强", signed_at=SIGNED_AT, strokes=handwriting_of())
    return sign(
        a_prepared_slip(), SIGNER, a_key(), signed_at=SIGNED_AT, reason="签批", look=look, timestamper=own_clock()
    )


@cache
def a_countersigned_slip() -> bytes:
    """Signed, and signed by another leader an hour later."""
    later = SIGNED_AT + timedelta(hours=1)
    look = SignatureLook(name="赵立新", signed_at=later, strokes=handwriting_of(2))
    return sign(a_signed_slip(), counter(1), a_key(name="赵立新"), signed_at=later, reason="会签", look=look)


def checked(pdf: bytes, **changes: object) -> PdfVerdict:
    """What the check says a day later, believing our authority."""
    asked = {"authorities": [the_authority().certificate_pem], "moment": SIGNED_AT + timedelta(days=1)} | changes
    return check(pdf, **asked)


def with_a_page_added(pdf: bytes) -> bytes:
    """The file with an empty page behind, added by an incremental update."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    nothing = writer.add_object(generic.StreamObject(stream_data=b" "))
    writer.insert_page(PageObject(contents=nothing, media_box=(0, 0, 595, 842)))
    return _written(writer)


def with_text_laid_over(pdf: bytes) -> bytes:
    """The file with a white box painted over the due date, added by an incremental update."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    box = writer.add_object(generic.StreamObject(stream_data=b"q 1 1 1 rg 440 200 90 40 re f Q"))
    writer.add_stream_to_page(0, box)
    return _written(writer)


def with_another_title(pdf: bytes) -> bytes:
    """The file with its catalogue changed by an incremental update that does not show on the page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer.root["/PageMode"] = generic.NameObject("/UseOutlines")
    writer.update_root()
    return _written(writer)


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
