import io
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import tsp

from portal.documents.own_clock import own_time_stamps
from portal.documents.pades import (
    CERTIFICATION,
    SEAL,
    SIGNER,
    TimeService,
    counter,
    empty_fields,
    fields_of,
    prepare,
    sign,
)
from portal.documents.pdf_verdict import Clock
from portal.documents.signature_look import Seal, SignatureLook, look_pdf
from portal.domain.errors import RuleBroken
from tests.documents.signing_builders import (
    ORGAN,
    SIGNED_AT,
    SLIP_DATA,
    a_countersigned_slip,
    a_key,
    a_paper,
    a_prepared_slip,
    a_signed_slip,
    checked,
    handwriting_of,
    organ_key,
    own_clock,
)
from tests.documents.slip_sheets import fonts_of, page_texts, picture

ROOT = Path(__file__).resolve().parents[2]


def pdfsig(pdf, folder):
    """What poppler says of each signature."""
    (folder / "signed.pdf").write_bytes(pdf)
    ran = subprocess.run(
        ["pdfsig", "-nocert", "signed.pdf"], cwd=folder, check=True, capture_output=True, text=True, timeout=60
    )
    return [line.partition(":")[2].strip() for line in ran.stdout.splitlines() if "Signature Validation" in line]


def dark_dots(pdf, place, folder):
    drawn = picture(pdf, folder, 72)
    rows = range(round(drawn.height - place.top), round(drawn.height - place.bottom))
    return sum(
        drawn.dots[row * drawn.width + x] < 160 for row in rows for x in range(round(place.left), round(place.right))
    )


def test_all_fields_are_there_before_anybody_signs():
    assert empty_fields(a_prepared_slip()) == (SIGNER, counter(1), counter(2), SEAL)
    assert empty_fields(a_signed_slip()) == (counter(1), counter(2), SEAL)


def test_every_signature_is_a_revision_and_leaves_what_was_there():
    assert a_prepared_slip().startswith(a_paper().pdf)
    assert a_signed_slip().startswith(a_prepared_slip())
    assert a_countersigned_slip().startswith(a_signed_slip())


def test_a_stock_reader_validates_ours(tmp_path):
    assert pdfsig(a_countersigned_slip(), tmp_path) == ["Signature is Valid."] * 3


def test_the_signature_is_pades_and_the_certification_allows_forms_only():
    with pikepdf.open(io.BytesIO(a_signed_slip())) as pdf:
        fields = {str(field.T): field for field in pdf.Root.AcroForm.Fields}
        for name in (CERTIFICATION, SIGNER):
            assert fields[name].V.SubFilter == "/ETSI.CAdES.detached"
        assert pdf.Root.Perms.DocMDP.Reference[0].TransformParams.P == 2
        assert str(fields[SIGNER].V.Reason) == "签批"


def test_handwriting_and_line_are_in_the_field_and_not_outside(tmp_path):
    place = a_paper().places["signature"]
    assert dark_dots(a_prepared_slip(), place, tmp_path) == 0
    assert dark_dots(a_signed_slip(), place, tmp_path) > 100
    before, after = picture(a_prepared_slip(), tmp_path, 72), picture(a_signed_slip(), tmp_path, 72)
    top, bottom = round(before.height - place.top) - 1, round(before.height - place.bottom) + 1
    width = before.width
    assert before.dots[: top * width] == after.dots[: top * width]
    assert before.dots[bottom * width :] == after.dots[bottom * width :]


def test_a_seal_stands_over_the_organs_name_with_the_day_beneath(tmp_path):
    seal = SignatureLook(name=ORGAN, signed_at=SIGNED_AT, seal=Seal(organ=ORGAN, is_sample=True))
    sealed = sign(a_countersigned_slip(), SEAL, organ_key(), signed_at=SIGNED_AT, reason="用印", look=seal)
    place = a_paper().places["seal"]
    before, after = dark_dots(a_countersigned_slip(), place, tmp_path), dark_dots(sealed, place, tmp_path)
    assert 0 < before < after
    assert page_texts(look_pdf(seal, 140, 74))[0].count("2026年") == 1
    assert checked(sealed).is_genuine


def test_every_font_of_the_signed_paper_is_in_it(tmp_path):
    (tmp_path / "signed.pdf").write_bytes(a_countersigned_slip())
    listed = subprocess.run(
        ["pdffonts", "signed.pdf"], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60
    ).stdout
    rows = listed.splitlines()[2:]
    assert len(rows) > len(fonts_of(a_paper().pdf))
    assert all(row.split()[-5:-2] == ["yes", "yes", "yes"] for row in rows)


def test_the_paper_is_written_as_pdf_a_3u_with_its_data():
    with pikepdf.open(io.BytesIO(a_signed_slip())) as pdf:
        with pdf.open_metadata() as about:
            assert (about["pdfaid:part"], about["pdfaid:conformance"]) == ("3", "U")
        attached = pdf.Root.AF[0]
        assert {it.objgen for it in pdf.Root.AF} == {attached.objgen}
        assert attached.AFRelationship == "/Data"
        assert attached.F == "slip.json"
        stream = attached.EF.F
        assert stream.read_bytes() == SLIP_DATA
        assert stream.Subtype == "/application/json"
        assert str(stream.Params.CreationDate) == "D:20261216023200Z"
        assert "/OutputIntents" in pdf.Root


def test_a_field_is_signed_once():
    with pytest.raises(RuleBroken, match="已经签名"):
        sign(a_signed_slip(), SIGNER, a_key(), signed_at=SIGNED_AT)
    with pytest.raises(RuleBroken, match="已经签名"):
        sign(a_signed_slip(), counter(3), a_key(), signed_at=SIGNED_AT)


@pytest.mark.parametrize(
    "damaged", [lambda: b"", lambda: b"hello", lambda: b"%PDF-1.7\n", lambda: a_paper().pdf[:5000]]
)
def test_a_damaged_paper_is_not_signed(damaged):
    with pytest.raises(RuleBroken, match="损坏"):
        sign(damaged(), SIGNER, a_key(), signed_at=SIGNED_AT)


def test_the_signing_time_is_the_one_given():
    (_, signature) = checked(a_signed_slip()).signatures
    assert signature.signed_at == SIGNED_AT
    assert signature.clock is Clock.OWN


def test_a_signature_without_look_or_stamp_is_a_signature():
    signed = sign(a_prepared_slip(), SIGNER, a_key(), signed_at=SIGNED_AT)
    assert checked(signed).is_genuine
    assert checked(signed).signatures[1].clock is Clock.CLAIMED


def test_the_certification_may_be_stamped_too():
    paper = a_paper()
    pdf = prepare(
        paper.pdf, fields_of(paper), certify_with=organ_key(), certified_at=SIGNED_AT, timestamper=own_clock()
    )
    assert checked(pdf).signatures[0].clock is Clock.OWN


class Stamps(BaseHTTPRequestHandler):
    """A time-stamp service on this machine, of another authority."""

    def do_POST(self):
        asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        answer = own_time_stamps(self.server.key, SIGNED_AT).request_tsa_response(asked).dump()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *parts):
        pass


@pytest.fixture
def stamp_service():
    from portal.documents.certificates import Usage  # noqa: PLC0415

    server = ThreadingHTTPServer(("127.0.0.1", 0), Stamps)
    server.key = a_key(Usage.TIME, "外部时间戳", "时间戳中心")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_service_outside_may_stamp_the_time(stamp_service):
    from tests.documents.signing_builders import the_authority  # noqa: PLC0415

    signed = sign(a_prepared_slip(), SIGNER, a_key(), signed_at=SIGNED_AT, timestamper=TimeService(stamp_service))
    known = checked(signed, other_roots=[the_authority("时间戳中心").certificate_pem])
    assert known.signatures[1].clock is Clock.OTHER
    unknown = checked(signed)
    assert unknown.signatures[1].clock is Clock.CLAIMED
    assert any("时间戳" in remark for remark in unknown.signatures[1].remarks)
    assert unknown.is_genuine


def test_a_service_that_does_not_answer_is_said():
    with pytest.raises(RuleBroken, match="时间戳服务") as refusal:
        sign(a_prepared_slip(), SIGNER, a_key(), signed_at=SIGNED_AT, timestamper=TimeService("http://127.0.0.1:9/", 1))
    assert refusal.value.field == "timestamp"


def test_who_does_not_sign_does_not_load_the_library():
    program = "import sys, portal.documents.pades, portal.documents.pades_check; print('pyhanko' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, timeout=60)
    assert ran.stdout.split() == [b"False"]


def test_a_deputy_and_countersigners_are_found_on_further_pages():
    from dataclasses import replace  # noqa: PLC0415

    from portal.documents.assignment_slip import placed_assignment_slip  # noqa: PLC0415
    from tests.documents.signing_builders import COUNTERSIGNERS  # noqa: PLC0415
    from tests.documents.slip_sheets import a_slip_sheet  # noqa: PLC0415

    long = replace(a_slip_sheet().matters[0], detail="厂区外部道路尚未贯通，影响运输。" * 150)
    paper = placed_assignment_slip(
        a_slip_sheet(matters=(long,), countersigners=COUNTERSIGNERS), archived=True, data=b"{}"
    )
    assert paper.pages > 1
    assert paper.places["signature"].page > 0
    pdf = prepare(paper.pdf, fields_of(paper), certify_with=organ_key(), certified_at=SIGNED_AT)
    look = SignatureLook(name="孙国强", signed_at=SIGNED_AT, strokes=handwriting_of())
    assert checked(sign(pdf, SIGNER, a_key(), signed_at=SIGNED_AT, look=look)).is_genuine
