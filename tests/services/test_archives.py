import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from portal.documents.archive_check import check_package
from portal.domain.errors import NotAllowed, NotFound
from portal.domain.people import Actor, Role
from portal.domain.signing import SignedHow
from portal.services import slip_signing
from portal.services.archive_years import slips_to_archive
from portal.store.audit_trail import key_mark, seal_of
from portal.store.models.signing import SlipScan
from portal.store.models.slips import SlipVersion
from tests.archives import YEAR, Shelf, a_package, a_year
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene


def checked(data, **given):
    return check_package(io.BytesIO(data), seal=seal_of, audit_key=key_mark(), **given)


def names(data):
    return zipfile.ZipFile(io.BytesIO(data)).namelist()


def text_of(data, name):
    return zipfile.ZipFile(io.BytesIO(data)).read(name).decode()


def repacked(data, change):
    """The package as somebody would hand it on after changing its files: name -> bytes, None to leave one out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name, content in change({it: old.read(it) for it in old.namelist()}).items():
            new.writestr(name, content)
    return out.getvalue()


def summed(files):
    """The same with checksums made to fit, as a careful forger would."""
    sums = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items() if name != "SHA256SUMS"
    )
    return files | {"SHA256SUMS": sums.encode()}


def begin_of(data, entry):
    """Where the bytes of a file begin: behind its header, its name and its further fields."""
    lengths = data[entry.header_offset + 26 : entry.header_offset + 30]
    return entry.header_offset + 30 + sum(int.from_bytes(lengths[it : it + 2], "little") for it in (0, 2))


def without_the_third_line(text):
    lines = text.splitlines(keepends=True)
    return b"".join(lines[:2] + lines[3:])


def test_a_year_is_packed_with_a_folder_for_each_slip_and_found_whole(session):
    issued, void, waiting = a_year(session)
    data, made = a_package(session)
    verdict = checked(data)
    assert verdict.problems == []
    assert (verdict.items, verdict.numbers, made.items) == (3, 3, 3)
    assert verdict.audit_sealed
    for slip in (issued, void, waiting):
        assert f"30年/{slip.number}/metadata.json" in names(data)
        assert f"30年/{slip.number}/receipts.json" in names(data)
        assert f"30年/{slip.number}/audit.jsonl" in names(data)
    record = json.loads(text_of(data, f"30年/{issued.number}/metadata.json"))
    assert record["signatures"][0]["how"] == "系统内签批"
    assert [it["version"] for it in record["versions"]] == [1, 2]


def test_the_checksums_are_read_by_any_machine(session, tmp_path):
    if shutil.which("sha256sum") is None:
        pytest.skip("sha256sum is not on this machine")
    a_year(session)
    data, _ = a_package(session)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        package.extractall(tmp_path)
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(names(data)) - 1


def test_a_package_in_parts_is_the_same_as_one_in_one_go(session):
    a_year(session)
    assert a_package(session, part=1)[0] == a_package(session, part=50)[0]


def test_the_catalogue_counts_items_and_the_row_of_numbers_has_no_gap(session):
    _, void, _ = a_year(session)
    data, _ = a_package(session)
    catalogue = io.BytesIO(zipfile.ZipFile(io.BytesIO(data)).read("catalogue.xlsx"))
    heading, *rows = CalamineWorkbook.from_filelike(catalogue).get_sheet_by_index(0).to_python()
    assert heading[:4] == ["件号", "文号", "题名", "责任者"]
    assert [(row[0], row[6], row[7]) for row in rows] == [(1, "30年", ""), (2, "30年", ""), (3, "30年", "")]
    assert rows[1][8] == "作废"
    numbers = json.loads(text_of(data, "numbers.json"))
    assert [(it["serial"], it["use"]) for it in numbers] == [
        (1, "交办单（已印发）"),
        (2, "交办单（作废）"),
        (3, "交办单（待签批）"),
    ]
    assert numbers[1]["number"] == void.number


def test_nothing_made_for_the_archive_names_the_visitor_or_a_telephone(session):
    issued, _, _ = a_year(session)
    data, _ = a_package(session)
    visitor, phone = issued.booking.visitor_name, issued.booking.visitor_phone
    for name in names(data):
        if name.endswith((".json", ".jsonl", ".txt")):
            assert visitor not in text_of(data, name), name
            assert phone not in text_of(data, name), name


def a_kept(session, slip, data, shelf):
    digest = hashlib.sha256(data).hexdigest()
    version = session.get(SlipVersion, (slip.id, slip.paper_version))
    version.kept_sha256, version.kept_at, version.kept_bytes = digest, NOW, len(data)
    session.commit()
    shelf.kept[digest] = data
    return digest


def test_kept_papers_and_scans_go_in_byte_for_byte(session):
    scene, shelf = a_scene(session), Shelf()
    slip = a_numbered_slip(session, scene)
    slip_signing.record_signature(session, slip.id, scene.order(), date(2026, 11, 20), actor=OFFICE, now=NOW)
    a_kept(session, slip, b"%PDF-kept", shelf)
    digest = hashlib.sha256(b"scan").hexdigest()
    shelf.scans[digest] = b"scan"
    session.add(
        SlipScan(slip_id=slip.id, version=1, sha256=digest, name="a.jpg", media_type="image/jpeg", size=4, pages=1,
                 code_read="X", attached_at=NOW, attached_by="办公室")
    )  # fmt: skip
    session.commit()
    data, made = a_package(session, shelf)
    package = zipfile.ZipFile(io.BytesIO(data))
    assert package.read(f"30年/{slip.number}/交办单-第2版.pdf") == b"%PDF-kept"
    assert package.read(f"30年/{slip.number}/签批原件扫描件-1.jpg") == b"scan"
    assert slip.signed_how is SignedHow.HAND
    assert made.lacking == 1  # it is not issued yet


def test_a_kept_paper_that_is_gone_is_said_and_does_not_stop_the_year(session):
    issued, _, _ = a_year(session)
    shelf = Shelf()
    digest = a_kept(session, issued, b"%PDF-kept", shelf)
    shelf.kept.clear()
    data, _ = a_package(session, shelf)
    assert checked(data).problems == []
    record = json.loads(text_of(data, f"30年/{issued.number}/metadata.json"))
    assert any("丢失或已损坏" in it and digest[:16] in it for it in record["missing"])
    assert any("丢失或已损坏" in it["remark"] for it in json.loads(text_of(data, "metadata.json"))["lacking"])


@pytest.mark.parametrize(
    "what, change",
    [
        ("内容被改动", lambda files: files | {"说明.txt": b"x"}),
        ("缺少文件", lambda files: {name: it for name, it in files.items() if name != "catalogue.xlsx"}),
        ("多出的文件", lambda files: files | {"30年/多一份.pdf": b"x"}),
        ("没有校验清单", lambda files: {name: it for name, it in files.items() if name != "SHA256SUMS"}),
        ("缺少文件 audit.jsonl", lambda files: summed({name: it for name, it in files.items() if name != "audit.jsonl"})),
        ("编号不连续", lambda files: summed(files | {"numbers.json": json.dumps(json.loads(files["numbers.json"])[1:]).encode()})),
        ("格式不对", lambda files: summed(files | {"metadata.json": b"[]"})),
        ("不衔接", lambda files: summed(files | {"audit.jsonl": without_the_third_line(files["audit.jsonl"])})),
        ("与其校验值不符", lambda files: summed(files | {"audit.jsonl": files["audit.jsonl"].replace("印发".encode(), "退回".encode())})),
    ],
)  # fmt: skip
def test_a_package_that_was_tampered_with_says_where(session, what, change):
    a_year(session)
    data, _ = a_package(session)
    verdict = checked(repacked(data, change))
    assert any(what in it for it in verdict.problems), verdict.problems


@pytest.mark.parametrize("cut", [0, 100, 0.5, -30])
def test_a_broken_package_is_refused_without_an_exception(session, cut):
    a_year(session)
    data, _ = a_package(session)
    end = int(len(data) * cut) if isinstance(cut, float) else cut
    assert not checked(data[:end]).is_whole


def test_one_changed_byte_anywhere_in_the_files_is_found(session):
    a_year(session)
    data, _ = a_package(session)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        places = [begin_of(data, it) + it.compress_size // 2 for it in package.infolist()]
    for place in places:
        changed = bytearray(data)
        changed[place] ^= 1
        assert not checked(bytes(changed)).is_whole, place


def test_another_machine_checks_all_but_the_seals_of_the_audit_lines(session):
    a_year(session)
    data, _ = a_package(session)
    verdict = check_package(io.BytesIO(data))
    assert verdict.problems == []
    assert not verdict.audit_sealed


def test_only_the_office_makes_packages_and_only_of_years_that_have_slips(session):
    a_year(session)
    with pytest.raises(NotFound):
        slips_to_archive(session, 1999, actor=OFFICE)
    for role in (Role.LEADER, Role.UNIT, Role.AUDITOR, Role.SUPERVISOR):
        with pytest.raises(NotAllowed):
            slips_to_archive(session, YEAR, actor=Actor(9, "某", role))
