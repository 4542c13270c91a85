"""Signatures inside a PDF (PAdES-B, ETSI.CAdES.detached), each in a revision of its own.

Every empty field is made first, then the organ certifies the paper and allows forms to be filled in, so that a leader's
signature, a countersignature and the seal may follow and everything else that is added later breaks the certification.
The PDF library is imported on first use: only processes that sign pay for it. No signature here claims force of law.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from tempfile import NamedTemporaryFile
from typing import Any

from portal.documents.certificates import SigningKey
from portal.documents.length_repair import repair_lengths
from portal.documents.own_loop import with_a_loop_of_its_own
from portal.documents.signature_look import SignatureLook, look_pdf
from portal.documents.typesetter import Place, PlacedPaper
from portal.domain.errors import RuleBroken

CERTIFICATION, SIGNER, SEAL, COUNTER = "Certification", "Signer", "OrganSeal", "Counter"
CERTIFIED = "存档并确认单据内容"
BROKEN = "单据的 PDF 文件已损坏，不能签名，请重新生成。"


@dataclass(frozen=True, slots=True)
class SignatureField:
    """An empty place for a signature; without a place it is not seen."""

    name: str
    place: Place | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class OwnClock:
    """A time stamp of the portal itself: needs no network, and proves no more than the portal's own clock."""

    key: SigningKey


@dataclass(frozen=True, slots=True)
class TimeService:
    """A time-stamp service outside (RFC 3161)."""

    url: str
    timeout: int = 5


def counter(number: int) -> str:
    """The field of a countersignature, counted from 1."""
    return f"{COUNTER}{number}"


def fields_of(paper: PlacedPaper) -> tuple[SignatureField, ...]:
    """The fields of an assignment slip, at the places it was set with."""
    wanted = [("signature", SIGNER, "签批领导签名")]
    wanted += [(f"countersign-{number}", counter(number), f"会签领导签名（{number}）") for number in (1, 2, 3)]
    wanted.append(("seal", SEAL, "出具单位用印"))
    return tuple(
        SignatureField(name, paper.places[anchor], label) for anchor, name, label in wanted if anchor in paper.places
    )


def prepare(
    pdf: bytes,
    fields: Sequence[SignatureField],
    *,
    certify_with: SigningKey,
    certified_at: datetime,
    reason: str = CERTIFIED,
    timestamper: OwnClock | TimeService | None = None,
) -> bytes:
    """Make all empty fields and certify the paper with the organ's key, in one revision; forms may be filled in after."""
    from pyhanko.sign.fields import SigFieldSpec, append_signature_field  # noqa: PLC0415

    with _broken_is_said():
        writer = _writer(pdf)
        for field in (SignatureField(CERTIFICATION, label="出具单位确认"), *fields):
            spec = SigFieldSpec(
                field.name,
                on_page=field.place.page if field.place else 0,
                box=_box(field.place) if field.place else None,
                readable_field_name=field.label or None,
            )
            append_signature_field(writer, spec)
        return _signed(
            writer,
            CERTIFICATION,
            certify_with,
            reason=reason,
            signed_at=certified_at,
            timestamper=timestamper,
            certify=True,
        )


def sign(
    pdf: bytes,
    field_name: str,
    key: SigningKey,
    *,
    signed_at: datetime,
    reason: str = "",
    look: SignatureLook | None = None,
    timestamper: OwnClock | TimeService | None = None,
) -> bytes:
    """Sign in one of the empty fields, in a revision of its own; what was there stays byte for byte.

    Raises RuleBroken when the field is missing or taken, and with the field `timestamp` when the service outside gives
    no stamp.
    """
    with _broken_is_said():
        writer = _writer(pdf)
        box = _empty_boxes(writer.prev).get(field_name)
    if box is None:
        raise RuleBroken("此处已经签名，或单据没有留出这个签名位置，请刷新后再试。")
    drawn = look_pdf(look, box[2] - box[0], box[3] - box[1]) if look and box[2] > box[0] else b""
    with _broken_is_said(), _stamp_style(drawn) as style:
        return _signed(
            writer, field_name, key, reason=reason, signed_at=signed_at, timestamper=timestamper, style=style
        )


def empty_fields(pdf: bytes) -> tuple[str, ...]:
    """The names of the fields nobody has signed in yet."""
    with _broken_is_said():
        return tuple(_empty_boxes(_writer(pdf).prev))


def _writer(pdf: bytes) -> Any:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415

    class Writer(IncrementalPdfFileWriter):
        """Leaves the description of the document alone: it says when the paper was made, the signature when signed."""

        def _update_meta(self) -> None:
            pass

    return Writer(io.BytesIO(pdf))


def _empty_boxes(reader: Any) -> dict[str, tuple[float, float, float, float]]:
    from pyhanko.sign.fields import enumerate_sig_fields  # noqa: PLC0415

    boxes = {}
    for name, value, reference in enumerate_sig_fields(reader, filled_status=False):
        if value is None:
            left, bottom, right, top = (float(edge) for edge in reference.get_object().get("/Rect", (0, 0, 0, 0)))
            boxes[str(name)] = (left, bottom, right, top)
    return boxes


def _signed(
    writer: Any,
    field_name: str,
    key: SigningKey,
    *,
    reason: str,
    signed_at: datetime,
    timestamper: OwnClock | TimeService | None,
    style: Any = None,
    certify: bool = False,
) -> bytes:
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter  # noqa: PLC0415
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner  # noqa: PLC0415
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError  # noqa: PLC0415

    repair_lengths()
    about = PdfSignatureMetadata(
        field_name=field_name,
        md_algorithm="sha256",
        reason=reason or None,
        name=key.name or None,
        certify=certify,
        subfilter=SigSeedSubFilter.PADES,
        docmdp_permissions=MDPPerm.FILL_FORMS,
    )
    stamper = _timestamper(timestamper, signed_at)
    signer = PdfSigner(about, _signer(key), timestamper=stamper, stamp_style=style)
    try:
        return _at(signer, writer, signed_at)
    except TimestampRequestError as refusal:
        raise RuleBroken("时间戳服务没有应答，请稍后再试，或由管理员改用本机时间戳。", field="timestamp") from refusal


def _at(signer: Any, writer: Any, signed_at: datetime) -> bytes:
    """Sign with the moment given instead of the machine's clock."""
    from pyhanko.sign.signers import PdfSigner  # noqa: PLC0415

    begin = PdfSigner.init_signing_session

    def session_at(*wanted: Any, **named: Any) -> Any:
        session = begin(signer, *wanted, **named)
        session.system_time = signed_at
        return session

    signer.init_signing_session = session_at
    out = io.BytesIO()
    with_a_loop_of_its_own(partial(signer.sign_pdf, writer, existing_fields_only=True, output=out))
    return out.getvalue()


def _signer(key: SigningKey) -> Any:
    from pyhanko.keys import internal  # noqa: PLC0415
    from pyhanko.sign.signers import SimpleSigner  # noqa: PLC0415
    from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: PLC0415

    certificate = internal.translate_pyca_cryptography_cert_to_asn1
    between = SimpleCertificateStore()
    between.register_multiple(map(certificate, key.chain))
    opened = internal.translate_pyca_cryptography_key_to_asn1(key.private_key)
    return SimpleSigner(certificate(key.certificate), opened, between, embed_roots=False)


def _timestamper(wanted: OwnClock | TimeService | None, signed_at: datetime) -> Any:
    if wanted is None:
        return None
    if isinstance(wanted, TimeService):
        from portal.documents.time_service import OutsideTimeStamps  # noqa: PLC0415

        return OutsideTimeStamps(wanted.url, wanted.timeout)
    from portal.documents.own_clock import own_time_stamps  # noqa: PLC0415

    return own_time_stamps(wanted.key, signed_at)


def _box(place: Place) -> tuple[int, int, int, int]:
    return round(place.left), round(place.bottom), round(place.right), round(place.top)


@contextmanager
def _stamp_style(drawn: bytes) -> Iterator[Any]:
    """How the library shows a signature: the page set for it, as large as the field."""
    if not drawn:
        yield None
        return
    from pyhanko.pdf_utils.layout import AxisAlignment, InnerScaling, Margins, SimpleBoxLayoutRule  # noqa: PLC0415
    from pyhanko.stamp import StaticStampStyle  # noqa: PLC0415

    layout = SimpleBoxLayoutRule(
        x_align=AxisAlignment.ALIGN_MID,
        y_align=AxisAlignment.ALIGN_MID,
        margins=Margins.uniform(0),
        inner_content_scaling=InnerScaling.STRETCH_FILL,
    )
    with NamedTemporaryFile(suffix=".pdf") as file:
        file.write(drawn)
        file.flush()
        yield StaticStampStyle.from_pdf_file(
            file.name, border_width=0, background_opacity=1.0, background_layout=layout
        )


@contextmanager
def _broken_is_said() -> Iterator[None]:
    from pyhanko.pdf_utils.misc import PdfError  # noqa: PLC0415
    from pyhanko.sign.general import SigningError  # noqa: PLC0415

    try:
        yield
    except (PdfError, SigningError, RecursionError) as damage:
        raise RuleBroken(BROKEN) from damage
