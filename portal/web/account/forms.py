"""Forms of one's own account."""

from flask_wtf.file import FileField
from wtforms import PasswordField, StringField, TextAreaField
from wtforms.validators import EqualTo, Optional

from portal.domain.messages import LONGEST_EMAIL
from portal.domain.signing_keys import LONGEST_PIN, SHORTEST_PIN
from portal.web.forms import PortalForm, at_most, required


class SignInForm(PortalForm):
    """Who are you?"""

    username = StringField("用户名", [required("请输入用户名。"), at_most(40)])
    password = PasswordField("密码", [required("请输入密码。"), at_most(128)])


class ChangePasswordForm(PortalForm):
    """A new password, typed twice."""

    old = PasswordField("现在的密码", [required("请输入现在的密码。"), at_most(128)])
    new = PasswordField("新密码", [required("请输入新密码。"), at_most(128)])
    again = PasswordField(
        "再输一次新密码", [required("请再输一次新密码。"), EqualTo("new", "两次输入的新密码不一样。")]
    )


class EmailForm(PortalForm):
    """Where one's messages go by mail as well."""

    email = StringField(
        "邮箱", [Optional(), at_most(LONGEST_EMAIL)], description="加密保存，只用来发送提醒。留空就只在站内提醒。"
    )


class NewPinForm(PortalForm):
    """A PIN of one's own, typed twice, by somebody who proves once more who he or she is."""

    pin = PasswordField(
        "签名口令",
        [required("请设置签名口令。"), at_most(LONGEST_PIN)],
        description=f"至少 {SHORTEST_PIN} 位，每次用证书签名时输入。系统不保存口令，忘记了只能重新制作。",
    )
    again = PasswordField("再输一次签名口令", [required("请再输一次。"), EqualTo("pin", "两次输入的签名口令不一样。")])
    password = PasswordField("登录密码", [required("请输入登录密码。"), at_most(128)], description="核对是您本人。")


class LoadKeyForm(NewPinForm):
    """A certificate with its key from a file; the file's password is used once."""

    file = FileField("证书文件", [Optional()], description="由电子认证机构发给您的 .p12 或 .pfx 文件，内含私钥。")
    file_password = PasswordField(
        "证书文件的密码", [Optional(), at_most(128)], description="只用这一次，不保存。没有密码的留空。"
    )


class EndKeyForm(PortalForm):
    """Why a key signs no more."""

    reason = TextAreaField(
        "原因", [required("请写明原因。"), at_most(200)], description="例如：口令可能被他人知道；不再使用证书签名。"
    )
