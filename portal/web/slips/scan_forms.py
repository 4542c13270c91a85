"""Forms of scans: one for a slip, a pile, a match by hand, a strike."""

from flask_wtf.file import FileField
from wtforms import HiddenField, MultipleFileField, StringField, TextAreaField
from wtforms.validators import Optional

from portal.services.slip_scans import LONGEST_REASON
from portal.web.forms import PortalForm, at_most, required

ACCEPTED = {"accept": "application/pdf,image/jpeg,image/png"}
REASON = "识别不到二维码时填写，例如“二维码被印章盖住，已核对编号和批示”。"


class ScanFields(PortalForm):
    """A scan, what is said when its code cannot be read, and the scan an earlier try of the form brought."""

    scan = FileField(
        "扫描件", [Optional()], description="PDF、JPG 或 PNG，一张单的全部页放在一份文件里。", render_kw=ACCEPTED
    )
    reason = StringField("匹配说明", [Optional(), at_most(LONGEST_REASON)], description=REASON)
    kept = HiddenField()
    kept_name = HiddenField()


class ScanForm(ScanFields):
    """The scan of one slip."""


class PileForm(PortalForm):
    """Several scans at once, each of one slip or of many."""

    scans = MultipleFileField(
        "扫描件",
        description="可以一次选多份；一摞单据扫成一份 PDF 的，按二维码自动分开。每份最多 100 页。",
        render_kw=ACCEPTED,
    )


class MatchForm(PortalForm):
    """A scan whose code could not be read is put to its slip by hand."""

    sha256 = HiddenField()
    name = HiddenField()
    number = StringField("交办单编号", [required("请填写单据上的编号。"), at_most(60)])
    reason = StringField("匹配说明", [required("请写明怎样确认是这张单。"), at_most(LONGEST_REASON)])


class StrikeForm(PortalForm):
    """Why a scan is struck."""

    reason = TextAreaField("撤下理由", [required("请写明撤下的理由。"), at_most(LONGEST_REASON)])
