"""Forms of signing: how, with what proof; what was signed on paper."""

from collections.abc import Iterable

from wtforms import DateField, HiddenField, PasswordField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import Length, Optional

from portal.domain.people import LONGEST_PASSWORD
from portal.domain.signing import SignedHow
from portal.web.forms import PortalForm, required

LONGEST_STROKES = 400_000


class SigningForm(PortalForm):
    """A signature on the version that is shown."""

    document_sha256 = HiddenField()
    how = HiddenField()
    strokes = HiddenField(validators=[Length(max=LONGEST_STROKES, message="签名笔画过多，请清除后重签。")])
    password = PasswordField(
        "登录密码",
        [Optional(), Length(max=LONGEST_PASSWORD, message="密码过长。")],
        description="签批前再核验一次是您本人；输错计入登录失败次数。",
        render_kw={"autocomplete": "current-password"},
    )
    pin = PasswordField(
        "签名口令",
        [Optional(), Length(max=LONGEST_PASSWORD, message="口令过长。")],
        description="您为本人证书设定的口令，不是登录密码。",
        render_kw={"autocomplete": "off"},
    )

    def way(self) -> SignedHow | None:
        """How it is to be signed; None for what is no way."""
        return next((it for it in SignedHow if it.value == self.how.data), None)


class CountersignatureForm(PortalForm):
    """The office enters that a leader signed the paper as well."""

    leader_id = SelectField("会签领导", [required("请选择会签领导。")])
    signed_on = DateField(
        "会签日期", [required("请填写纸面上的会签日期。")], description="以领导在纸面上写的日期为准。"
    )

    def offer(self, missing: Iterable[tuple[int, str]]) -> None:
        """Say who has not signed yet."""
        offered = [SelectChoice(str(number), name) for number, name in missing]
        self.leader_id.choices = offered if len(offered) == 1 else [SelectChoice("", "请选择"), *offered]
