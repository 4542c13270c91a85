import zlib
from datetime import timedelta
from random import Random

import pytest

from portal.documents.certificates import Usage
from portal.documents.pades import SEAL, SIGNER, counter, prepare, sign
from portal.documents.pades_check import LARGEST
from portal.documents.pdf_verdict import Change, Clock, PdfVerdict
from portal.documents.signature_look import SignatureLook
from tests.documents.signing_builders import (
    ORGAN,
    SIGNED_AT,
    SLIP_DATA,
    UNTIL,
    a_countersigned_slip,
    a_key,
    a_paper,
    a_prepared_slip,
    a_signed_slip,
    checked,
    handwriting_of,
    organ_key,
    the_authority,
    with_a_page_added,
    with_another_title,
    with_text_laid_over,
)
from tests.documents.slip_sheets import a_slip_sheet
from tests.documents.test_pades import pdfsig

STRANGERS = "别家认证中心"


def test_a_signed_slip_is_ours_unchanged_and_says_who_signed():
    verdict = checked(a_signed_slip())
    assert verdict.is_genuine
    assert (verdict.ours, verdict.unchanged, verdict.appended_later, verdict.unsigned) == (True, True, False, False)
    organ, leader = verdict.signatures
    assert (organ.field, organ.usage, organ.name, organ.certifies) == ("Certification", Usage.ORGAN, ORGAN, True)
    assert (organ.covers_file, organ.change) == (False, Change.SIGNED)
    assert (leader.field, leader.usage, leader.name, leader.post) == (SIGNER, Usage.LEADER, "孙国强", "区长")
    assert (leader.organisation, leader.reason) == ("云溪区人民政府", "签批")
    assert (leader.covers_file, leader.change, leader.clock) == (True, Change.NONE, Clock.OWN)
    assert leader.serial == a_key().serial
    assert verdict.slip == SLIP_DATA
    assert verdict.verify_code == a_slip_sheet().verify_code
    assert verdict.empty_fields == (counter(1), counter(2), SEAL)


def test_a_countersigned_slip_keeps_the_first_signature_good():
    verdict = checked(a_countersigned_slip())
    assert verdict.is_genuine
    assert [signature.is_good for signature in verdict.signatures] == [True] * 3
    assert [signature.covers_file for signature in verdict.signatures] == [False, False, True]
    assert [signature.name for signature in verdict.signatures] == [ORGAN, "孙国强", "赵立新"]


def test_an_unsigned_file_says_so():
    verdict = checked(a_paper().pdf)
    assert verdict.unsigned
    assert [verdict.ours, verdict.unchanged, verdict.appended_later, verdict.is_genuine] == [False] * 4
    assert verdict.slip == SLIP_DATA


@pytest.mark.parametrize("tampered", [with_a_page_added, with_text_laid_over, with_another_title])
def test_what_is_appended_later_is_found_by_us_if_not_by_a_stock_reader(tampered, tmp_path):
    pdf = tampered(a_countersigned_slip())
    assert pdf.startswith(a_countersigned_slip())
    verdict = checked(pdf)
    assert verdict.appended_later
    assert not verdict.unchanged
    assert not verdict.is_genuine
    assert not any(signature.covers_file for signature in verdict.signatures)
    assert all(signature.intact for signature in verdict.signatures)
    assert pdfsig(pdf, tmp_path) == ["Signature is Valid."] * 3


@pytest.mark.parametrize("tampered", [with_a_page_added, with_text_laid_over])
def test_a_signature_after_the_change_does_not_hide_it(tampered):
    verdict = checked(sign(tampered(a_prepared_slip()), SIGNER, a_key(), signed_at=SIGNED_AT))
    assert verdict.signatures[-1].covers_file
    assert verdict.signatures[0].change is Change.OTHER
    assert verdict.appended_later
    assert not verdict.is_genuine


@pytest.mark.parametrize("tail", [b"\n", b" ", b"%%EOF\n", b"hello", b"\x00" * 100])
def test_even_bytes_that_mean_nothing_are_found_at_the_end(tail):
    verdict = checked(a_signed_slip() + tail)
    assert not verdict.is_genuine
    assert verdict.appended_later or verdict.problem


def test_an_older_revision_is_good_itself_and_shows_who_has_not_signed():
    assert a_countersigned_slip().startswith(a_prepared_slip())
    verdict = checked(a_prepared_slip())
    assert verdict.is_genuine
    assert len(verdict.signatures) == 1
    assert SIGNER in verdict.empty_fields
    assert counter(1) in checked(a_signed_slip()).empty_fields


@pytest.mark.parametrize("share", [0.0005, 0.1, 0.5, 0.93, 0.999])
def test_a_file_cut_off_anywhere_else_is_damaged(share):
    verdict = checked(a_signed_slip()[: int(len(a_signed_slip()) * share)])
    assert not verdict.is_genuine
    assert not verdict.unchanged


def test_one_bit_flipped_anywhere_is_noticed():
    """The signed bytes by the digest; those of the signature itself because we look at how it is written."""
    pdf, random = a_signed_slip(), Random(20261216)
    missed = []
    for _ in range(60):
        place = random.randrange(len(pdf))
        changed = bytearray(pdf)
        changed[place] ^= 1 << random.randrange(8)
        if checked(bytes(changed)).is_genuine:
            missed.append(place)
    assert missed == []


def test_one_digit_changed_in_the_signature_is_noticed():
    pdf, random = a_signed_slip(), Random(7)
    start = pdf.rindex(b"/Contents <") + len(b"/Contents <")
    end = pdf.index(b">", start)
    missed = []
    for place in random.sample(range(start, end), 60):
        changed = bytearray(pdf)
        changed[place] = ord(random.choice([it for it in "0123456789ABCDEF" if it != chr(pdf[place])]))
        if checked(bytes(changed)).is_genuine:
            missed.append(place - start)
    assert missed == []


def test_a_byte_changed_in_the_content_is_found_by_both(tmp_path):
    pdf = bytearray(a_signed_slip())
    pdf[pdf.index(b"stream") + 200] ^= 1
    verdict = checked(bytes(pdf))
    assert [signature.intact for signature in verdict.signatures] == [False, False]
    assert "改动" in verdict.signatures[0].remarks[0]
    assert "Signature is Valid." not in pdfsig(bytes(pdf), tmp_path)


def test_a_file_of_another_authority_is_not_ours():
    foreign = prepare(a_paper().pdf, (), certify_with=organ_key(STRANGERS), certified_at=SIGNED_AT)
    verdict = checked(foreign)
    assert (verdict.ours, verdict.unchanged, verdict.is_genuine) == (False, True, False)
    (signature,) = verdict.signatures
    assert (signature.intact, signature.trusted, signature.usage) == (True, False, None)
    assert signature.name == ORGAN
    known = checked(foreign, other_roots=[the_authority(STRANGERS).certificate_pem])
    assert known.signatures[0].trusted
    assert known.signatures[0].usage is None
    assert not known.ours


def test_a_certificate_a_leader_brought_is_believed_for_itself_and_for_nobody_else_of_its_authority():
    brought, impostor = a_key(name="赵立新", authority=STRANGERS), a_key(name="钱进", authority=STRANGERS)
    known = [brought.certificate_pem]
    own, other = (sign(a_prepared_slip(), SIGNER, key, signed_at=SIGNED_AT, reason="签批", look=None)
                  for key in (brought, impostor))  # fmt: skip
    assert [it.trusted for it in checked(own, known=known).signatures] == [True, True]
    assert [it.trusted for it in checked(own).signatures] == [True, False]
    verdict = checked(other, known=known)
    assert [it.trusted for it in verdict.signatures] == [True, False]
    assert "不能确认签名人" in verdict.signatures[1].remarks[0] + "".join(verdict.signatures[1].remarks)
    assert not verdict.is_genuine


def test_a_leader_s_key_cannot_stand_for_the_organ():
    verdict = checked(prepare(a_paper().pdf, (), certify_with=a_key(), certified_at=SIGNED_AT))
    assert verdict.unchanged
    assert not verdict.ours


def test_a_stranger_who_signs_in_an_empty_field_is_seen():
    look = SignatureLook(name="钱某某", signed_at=SIGNED_AT, strokes=handwriting_of(5))
    stranger = a_key(name="钱某某", authority=STRANGERS)
    verdict = checked(sign(a_signed_slip(), counter(1), stranger, signed_at=SIGNED_AT, look=look))
    assert verdict.ours
    assert verdict.unchanged
    assert not verdict.is_genuine
    assert not verdict.signatures[-1].trusted


@pytest.mark.parametrize("hours,trusted,word", [(-1, False, "已被吊销"), (1, True, "仍然有效")])
def test_a_signature_made_before_the_revocation_stays_good(hours, trusted, word):
    revoked = {a_key().serial: SIGNED_AT + timedelta(hours=hours)}
    verdict = checked(a_signed_slip(), revoked=revoked)
    leader = verdict.signatures[1]
    assert leader.trusted is trusted
    assert any(word in remark for remark in leader.remarks)
    assert verdict.is_genuine is trusted
    assert verdict.signatures[0].trusted


def test_a_certificate_that_has_expired_since_stays_good_and_one_expired_before_does_not():
    years = checked(a_signed_slip(), moment=UNTIL + timedelta(days=1))
    assert years.is_genuine
    assert all(any("过期" in remark for remark in signature.remarks) for signature in years.signatures)
    expired = a_key(name="李某某", until=SIGNED_AT - timedelta(days=1))
    late = checked(sign(a_prepared_slip(), SIGNER, expired, signed_at=SIGNED_AT))
    assert not late.signatures[1].trusted


def test_a_time_in_the_future_is_remarked():
    verdict = checked(a_signed_slip(), moment=SIGNED_AT - timedelta(days=1))
    assert any("晚于" in remark for remark in verdict.signatures[1].remarks)


def bomb() -> bytes:
    """A small file whose object stream unpacks to 160 MB."""
    packed = zlib.compress(zlib.compress(b"0" * (160 << 20), 9), 9)
    return (
        b"%PDF-1.7\n1 0 obj\n<</Type/XRef/Size 3/W[1 2 1]/Root 2 0 R/Filter[/FlateDecode/FlateDecode]/Length "
        + str(len(packed)).encode()
        + b">>\nstream\n"
        + packed
        + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"
    )


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"hello",
        b"PK\x03\x04 a zip",
        b"%PDF-1.7",
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.7\nstartxref\n99999999999\n%%EOF",
        b"%PDF-1.7\nstartxref\n0\n%%EOF",
        b"%PDF-1.7\n" + b"[" * 100_000 + b"\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\n" + bytes(range(256)) * 4000,
        b"%PDF-1.7\n" + b"0" * LARGEST,
        b"%PDF-1.7\nxref\n0 99999999\ntrailer<</Root 1 0 R/Size 1>>\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 1/Prev 9>>\nstartxref\n9\n%%EOF",
    ],
)
@pytest.mark.timeout(60)
def test_a_hostile_or_broken_file_gets_a_clean_answer(hostile):
    verdict = checked(hostile)
    assert verdict.problem
    assert verdict == PdfVerdict(problem=verdict.problem)


@pytest.mark.timeout(60)
def test_a_bomb_is_not_unpacked():
    assert checked(bomb()).problem


def test_an_encrypted_file_is_said_to_be():
    import io  # noqa: PLC0415

    import pikepdf  # noqa: PLC0415

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(a_paper().pdf)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    assert "加密" in checked(out.getvalue()).problem


def test_a_file_saved_anew_by_an_editor_is_no_longer_ours():
    import io  # noqa: PLC0415

    import pikepdf  # noqa: PLC0415

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(a_signed_slip())) as pdf:
        pdf.save(out)
    verdict = checked(out.getvalue())
    assert not verdict.ours
    assert not verdict.unchanged
