"""Papers are taken for what they are, not for what they are called."""

import hashlib
import io
import stat

import pytest
from PIL import Image

from portal.domain.errors import NotFound, RuleBroken
from portal.services import uploads
from portal.store.uploads import place_of, put_as

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def picture(kind):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, kind)
    return out.getvalue()


def accept(folder, name, data, megabytes=1):
    return uploads.accept(folder, name, io.BytesIO(data), megabytes=megabytes, field="authorisation")


@pytest.mark.parametrize(
    "data, media_type", [(PDF, "application/pdf"), (picture("JPEG"), "image/jpeg"), (picture("PNG"), "image/png")]
)
def test_a_pdf_and_two_kinds_of_pictures_are_taken(tmp_path, data, media_type):
    accepted = accept(tmp_path, "委托书.pdf", data)
    assert accepted.media_type == media_type
    assert uploads.opened(tmp_path, accepted.sha256, "附件") == data
    kept = place_of(tmp_path, accepted.sha256)
    assert data not in kept.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_paper_that_was_altered_on_the_disk_or_taken_away_is_not_given_out(tmp_path):
    digest = accept(tmp_path, "委托书.pdf", PDF).sha256
    place_of(tmp_path, digest).write_bytes(PDF + b"%")
    with pytest.raises(NotFound, match="授权委托书不在这台服务器上或已被改动"):
        uploads.opened(tmp_path, digest, "授权委托书")
    place_of(tmp_path, digest).unlink()
    with pytest.raises(NotFound):
        uploads.opened(tmp_path, digest, "授权委托书")


def test_a_paper_from_before_papers_were_sealed_opens_and_is_sealed_when_it_comes_again(tmp_path):
    digest = hashlib.sha256(PDF).hexdigest()
    put_as(tmp_path, digest, PDF)
    assert uploads.opened(tmp_path, digest, "附件") == PDF
    accept(tmp_path, "委托书.pdf", PDF)
    assert uploads.opened(tmp_path, digest, "附件") == PDF
    assert PDF not in place_of(tmp_path, digest).read_bytes()


@pytest.mark.parametrize(
    "name, data",
    [
        ("委托书.pdf", b"MZ\x90\x00\x03 a program"),
        ("委托书.pdf", b"<html><script>alert(1)</script></html>"),
        ("委托书.pdf", b"%PDF-1.7 cut off in the middle"),
        ("照片.png", b"GIF89a\x01\x00\x01\x00"),
        ("照片.jpg", b"\x89PNG\r\n\x1a\n no picture at all"),
        ("表.png", b"PK\x03\x04 an archive"),
    ],
)
def test_a_disguised_file_is_refused_and_not_kept(tmp_path, name, data):
    with pytest.raises(RuleBroken, match="不是PDF、JPG 或 PNG") as refused:
        accept(tmp_path, name, data)
    assert refused.value.field == "authorisation"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_too_large_or_empty_is_refused(tmp_path):
    with pytest.raises(RuleBroken, match="超过 1 MB"):
        accept(tmp_path, "大.pdf", PDF + b"\n" * 2**20)
    with pytest.raises(RuleBroken, match="是空的"):
        accept(tmp_path, "空.pdf", b"")


def test_the_same_bytes_are_kept_once(tmp_path):
    first, second = accept(tmp_path, "甲.pdf", PDF), accept(tmp_path, "乙.pdf", PDF)
    assert first.sha256 == second.sha256
    assert len([it for it in tmp_path.rglob("*") if it.is_file()]) == 1


@pytest.mark.parametrize(
    "given, kept",
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\示例\\委托书.pdf", "委托书.pdf"),
        ("委\r\n托书.pdf", "委托书.pdf"),
        ("", "未命名.pdf"),
        ("照片.exe", "照片.pdf"),
    ],
)
def test_a_name_loses_its_folders_and_gets_the_ending_of_its_content(tmp_path, given, kept):
    assert accept(tmp_path, given, PDF).name == kept


def test_a_paper_handed_in_before_is_found_again_by_its_checksum_only(tmp_path):
    accepted = accept(tmp_path, "委托书.pdf", PDF)
    assert uploads.accepted_before(tmp_path, accepted.sha256, "委托书.pdf") == accepted
    assert uploads.accepted_before(tmp_path, "0" * 64, "委托书.pdf") is None
    assert uploads.accepted_before(tmp_path, "../../etc/passwd", "passwd") is None
