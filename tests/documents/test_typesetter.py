import io
import os
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from jinja2 import UndefinedError

from portal.documents import typesetter
from portal.documents.assignment_slip import assignment_slip
from portal.documents.typesetter import TEMPLATES, bind, own_file, templates, typeset
from tests.documents.slip_sheets import a_slip_sheet, fonts_of, picture

UNREPAIRED = """
import sys
from portal.documents import typesetter
typesetter.repair = lambda module: []
from portal.documents.assignment_slip import assignment_slip
from tests.documents.slip_sheets import a_slip_sheet
sys.stdout.buffer.write(assignment_slip(a_slip_sheet()))
"""
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/picture.png",
        "https://example.org/picture.png",
        "file:///etc/passwd",
        "file://elsewhere/etc/passwd",
        "ftp://example.org/x",
        "data:text/css,p{color:red}",
        f"{TEMPLATES.as_uri()}/../../portal/config.py",
        f"{TEMPLATES.as_uri()}/%2e%2e/%2e%2e/portal/config.py",
        "paper.css",
    ],
)
def test_nothing_but_the_projects_own_print_files_is_read(address):
    with pytest.raises(ValueError, match="own"):
        own_file(address)
    with pytest.raises(ValueError):
        typesetter._press().fetcher.fetch(address)


def test_the_projects_own_print_files_are_read():
    sheet = TEMPLATES / "assignment_slip.css"
    assert own_file(sheet.as_uri()) == sheet
    assert typesetter._press().fetcher.fetch(sheet.as_uri()).read() == sheet.read_bytes()


def test_a_paper_that_asks_for_a_foreign_picture_is_refused():
    page = typesetter._press().page_maker("<img src='http://127.0.0.1:1/x.png'>")
    with pytest.raises(BaseException, match=r"127\.0\.0\.1"):
        page.render(font_config=typesetter._press().fonts)


def test_an_unknown_name_in_a_template_is_an_error():
    with pytest.raises(UndefinedError):
        typeset("assignment_slip.html", "assignment_slip.css", {"title": "x", "printed_at": None})


def test_text_is_escaped():
    assert templates().from_string("{{ text }}").render(text="<b>&") == "&lt;b&gt;&amp;"


def test_papers_bound_together_keep_their_order_title_and_language():
    papers = [assignment_slip(a_slip_sheet(number=number)) for number in ("甲〔2026〕1号", "乙〔2026〕2号")]
    bound = bind(papers)
    with pikepdf.open(io.BytesIO(bound)) as pdf:
        assert len(pdf.pages) == 2
        assert str(pdf.docinfo["/Title"]).endswith("甲〔2026〕1号")
        assert str(pdf.Root.Lang) == "zh-CN"
    assert bind(papers) == bound


def test_only_the_projects_faces_are_seen_whatever_the_machine_has():
    assert os.environ.get("FONTCONFIG_FILE") is None
    assert all(name.startswith("Portal-") for name in fonts_of(assignment_slip(a_slip_sheet())))


def test_the_repairs_do_not_change_one_dot(tmp_path):
    result = subprocess.run([sys.executable, "-c", UNREPAIRED], cwd=ROOT, check=True, capture_output=True, timeout=90)
    assert picture(result.stdout, tmp_path, 150) == picture(assignment_slip(a_slip_sheet()), tmp_path, 150)


def test_all_four_repairs_fit_the_installed_version():
    program = "import weasyprint, portal.documents.repairs as r; print(len(r.repair(weasyprint.pdf.fonts)))"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, timeout=90)
    assert result.stdout.split() == [b"4"]
