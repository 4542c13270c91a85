"""What the look promises: vendored files are the ones recorded, icons exist, nothing inline, every field says what it needs."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, current_app
from werkzeug.datastructures import MultiDict
from wtforms import Field, FieldList, Form, FormField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Optional

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
PAGES = [path for path in (ROOT / "templates").rglob("*.html") if "print" not in path.parts]
SHEETS = sorted((STATIC / "css").glob("*.css"))
TOO_NEW = re.compile(r":has\(|@layer|@container|color-mix\(|text-wrap|\bdvh\b|^\s*&", re.MULTILINE)


class MatterRow(Form):
    """One matter of a booking."""

    title = StringField("标题", [DataRequired("请用一句话写明诉求。")])


class Sample(Form):
    """One of each kind of field."""

    name = StringField("来访人", [DataRequired("请填写来访人姓名。")], description="与身份证件一致。")
    remark = TextAreaField("备注", [Optional()])
    category = SelectField(
        "类别",
        choices=[SelectChoice("", "请选择"), SelectChoice("land", "用地")],
        validators=[DataRequired("请选择类别。")],
    )
    identity = RadioField(
        "身份",
        choices=[SelectChoice("legal", "法定代表人"), SelectChoice("agent", "授权代表")],
        validators=[DataRequired("请选择身份。")],
    )
    matters = FieldList(FormField(MatterRow), min_entries=2)


@pytest.fixture
def refused(app: Flask) -> Iterator[Sample]:
    """A form sent with everything missing but one remark."""
    form = Sample(MultiDict({"remark": "带样品"}))
    assert not form.validate()
    form.form_errors.append("该企业当日已有一个有效预约。")
    with app.test_request_context("/"):
        yield form


def _bare(source: str, **context: object) -> str:
    """Drawn without the frame every page gets, as when the frame itself could not be made."""
    return current_app.jinja_env.from_string(source).render(**context)


def _drawn(field: Field) -> str:
    return _bare("{% from 'macros/fields.html' import field %}{{ field(it) }}", it=field)


@pytest.mark.parametrize("sums", sorted((STATIC / "vendor").rglob("SHA256SUMS")), ids=lambda path: path.parent.name)
def test_vendored_files_are_the_ones_recorded(sums: Path) -> None:
    for line in sums.read_text().splitlines():
        recorded, name = line.split(maxsplit=1)
        assert hashlib.sha256((sums.parent / name.lstrip("*")).read_bytes()).hexdigest() == recorded, name


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))
    named = {name for page in PAGES for name in re.findall(r"""icon\(["']([\w-]+)["']""", page.read_text())}
    assert named <= drawn


def test_no_template_carries_inline_script_style_or_handlers() -> None:
    inline = re.compile(r"""<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=|hx-on|javascript:""")
    assert [str(page.relative_to(ROOT)) for page in PAGES if inline.search(page.read_text())] == []


def test_the_style_sheets_keep_to_what_chromium_90_knows() -> None:
    assert [sheet.name for sheet in SHEETS if TOO_NEW.search(_rules(sheet))] == []


def _rules(sheet: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)


def test_a_missing_field_says_so_below_itself_and_is_wired_to_its_words(refused: Sample) -> None:
    drawn = _drawn(refused.name)
    assert 'aria-invalid="true"' in drawn
    assert 'aria-describedby="name-hint name-error"' in drawn
    assert re.search(r'id="name-error">.*请填写来访人姓名。', drawn, re.DOTALL)
    assert 'id="name-hint">与身份证件一致。' in drawn


def test_a_group_of_radios_is_one_fieldset_described_by_its_error(refused: Sample) -> None:
    drawn = _drawn(refused.identity)
    assert "<legend>身份</legend>" in drawn
    assert 'aria-describedby="identity-error"' in drawn


def test_what_was_typed_is_kept_and_an_optional_field_says_so(refused: Sample) -> None:
    drawn = _drawn(refused.remark)
    assert "带样品</textarea>" in drawn
    assert "（选填）" in drawn
    assert "（选填）" not in _drawn(refused.name)


def test_a_refused_form_leads_to_every_wrong_field_also_inside_rows(refused: Sample) -> None:
    drawn = _bare("{% from 'macros/forms.html' import form_errors %}{{ form_errors(it) }}", it=refused)
    assert 'role="alert"' in drawn
    assert "该企业当日已有一个有效预约。" in drawn
    assert re.findall(r'href="#([\w-]+)"', drawn) == [
        "name",
        "category",
        "identity",
        "matters-0-title",
        "matters-1-title",
    ]


def test_a_form_without_errors_shows_no_summary(app: Flask) -> None:
    with app.test_request_context("/"):
        drawn = _bare("{% from 'macros/forms.html' import form_errors %}{{ form_errors(it) }}", it=Sample())
    assert drawn.strip() == ""


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503])
def test_every_error_page_says_what_to_do_next_and_leads_back(app: Flask, status: int) -> None:
    with app.test_request_context("/"):
        page = current_app.jinja_env.get_template(f"errors/{status}.html").render()
    assert page.count("<h1>") == 1
    assert "接下来怎么办" in page
    assert "回到工作台" in page


def test_every_token_of_text_reads_on_every_ground_it_stands_on() -> None:
    tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", (STATIC / "css" / "tokens.css").read_text()))
    pairs = [("ink", "ground"), ("quiet", "ground"), ("quiet", "band"), ("blue", "ground"), ("blue", "blue-pale")]
    pairs += [("red", "red-pale"), ("amber", "amber-pale"), ("green", "green-pale"), ("paper", "blue")]
    assert [pair for pair in pairs if _contrast(tokens[pair[0]], tokens[pair[1]]) < 4.5] == []


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_light(one), _light(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _light(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
