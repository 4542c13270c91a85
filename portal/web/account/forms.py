"""Forms of one's own account."""

from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, Optional

from portal.domain.messages import LONGEST_EMAIL
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
