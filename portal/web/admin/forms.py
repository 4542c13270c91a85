"""Forms of what is kept under 设置."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    FloatField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import EqualTo, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from portal.domain.messages import LONGEST_EMAIL
from portal.domain.people import Role, SignInPolicy
from portal.domain.rota import DutySeat
from portal.domain.units import UnitKind
from portal.services.leaders import LeaderEntry
from portal.services.office_settings import DEFAULTS, POLICY_LIMITS
from portal.services.units import UnitEntry
from portal.web.forms import PortalForm, SelectManyField, at_most, required

USERNAME = r"^[a-z][a-z0-9._-]{2,39}$"
LAST_PLACE = 9_999
MOST_ACCOMPANYING = 9


class Checks(SelectManyField):
    """Several of a few, each with its own box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def offered(pairs: Iterable[tuple[object, str]]) -> list[SelectChoice]:
    """What may be chosen: (value, words) in the way the form library wants it."""
    return [SelectChoice(str(value), words) for value, words in pairs]


def a_number(label: str, least: int, most: int, unit: str, *, hint: str = "") -> IntegerField:
    """A whole number in bounds that the hint names."""
    return IntegerField(
        label,
        [
            required(f"请填写 {least} 至 {most} 的整数。"),
            NumberRange(least, most, message=f"应在 {least} 至 {most} {unit}之间。"),
        ],
        description=hint,
        render_kw={"min": least, "max": most},
    )


def an_email(hint: str) -> StringField:
    """A mail address, which nobody has to have."""
    return StringField("邮箱", [Optional(), at_most(LONGEST_EMAIL)], description=hint)


class AccountForm(PortalForm):
    """A new account, waiting for approval."""

    username = StringField(
        "用户名",
        [
            required("请填写用户名。"),
            Regexp(USERNAME, message="用户名为 3 至 40 位小写字母、数字、点、横线，以字母开头。"),
        ],
        description="登录时输入，建成后不能修改。3 至 40 位小写字母、数字、点、横线，以字母开头。",
    )
    display_name = StringField(
        "姓名", [required("请填写使用人姓名。"), at_most(40)], description="一人一号，不得多人共用。"
    )
    role = SelectField(
        "角色",
        [required("请选择角色。")],
        choices=offered([("", "请选择"), *((role.value, role.label) for role in Role)]),
        description="一个账号只有一个角色；三类管理员由不同的人担任，不办理业务。",
    )
    unit_id = SelectField(
        "所属单位", [Optional()], coerce=int, default=0, description="承办单位账号必选，其他角色不选。"
    )
    leader_ids = Checks("对应领导", [Optional()], coerce=int, description="领导账号选本人；联络员账号可选多位。")
    heads_unit = BooleanField("单位负责人", description="承办单位账号可选。审签本单位报送的办理结果。")
    email = an_email("提醒同时发到这个邮箱。使用人也可以自己在“我的账号”里填写。")
    password = PasswordField("初始密码", [required("请设置初始密码。"), at_most(128)])
    again = PasswordField("再输一次", [required("请再输一次。"), EqualTo("password", "两次输入的密码不一样。")])

    def offer(self, units: Iterable[Any], leaders: Iterable[Any]) -> "AccountForm":
        """Fill in what may be chosen."""
        offer_belonging(self, units, leaders)
        return self


class EditAccountForm(PortalForm):
    """Whose account it is."""

    display_name = StringField("姓名", [required("请填写使用人姓名。"), at_most(40)])
    unit_id = SelectField("所属单位", [Optional()], coerce=int, default=0)
    leader_ids = Checks("对应领导", [Optional()], coerce=int)
    heads_unit = BooleanField(
        "单位负责人", description="审签本单位报送的办理结果。勾选等于加授权限：保存后账号停用，须由安全管理员重新审批。"
    )
    email = an_email("")

    def offer(self, units: Iterable[Any], leaders: Iterable[Any]) -> "EditAccountForm":
        """Fill in what may be chosen."""
        offer_belonging(self, units, leaders)
        return self


def offer_belonging(form: AccountForm | EditAccountForm, units: Iterable[Any], leaders: Iterable[Any]) -> None:
    """Fill in the units and leaders an account may belong to."""
    form.unit_id.choices = offered([(0, "不选"), *((unit.id, unit.name) for unit in units)])
    form.leader_ids.choices = offered((leader.id, leader.titled) for leader in leaders)


class PasswordForm(PortalForm):
    """A new password for somebody who forgot it."""

    password = PasswordField("新密码", [required("请输入新密码。"), at_most(128)])
    again = PasswordField("再输一次", [required("请再输一次。"), EqualTo("password", "两次输入的密码不一样。")])


class ConfirmForm(PortalForm):
    """A press of one button."""


class UnitForm(PortalForm):
    """A unit's entry in the register."""

    name = StringField(
        "单位全称", [required("请填写单位全称。"), at_most(80)], description="印在交办单上，与公章一致。"
    )
    short_name = StringField(
        "单位简称", [required("请填写单位简称。"), at_most(40)], description="用在列表里，例如“区财政局”。"
    )
    kind = SelectField(
        "类别", choices=offered((kind.value, kind.label) for kind in UnitKind), default=UnitKind.DEPARTMENT
    )
    position = a_number("排列顺序", 0, LAST_PLACE, "", hint="数小的在前，相同的按录入先后。")

    def entry(self) -> UnitEntry:
        """What was typed, as the service takes it."""
        return UnitEntry(
            name=self.name.data,
            short_name=self.short_name.data,
            kind=UnitKind(self.kind.data),
            position=self.position.data,
        )


class LeaderForm(PortalForm):
    """What stays with a leader whatever the post."""

    name = StringField("姓名", [required("请填写姓名。"), at_most(40)])
    serves_from = DateField("开始任职日期", [required("请填写日期。")], description="从这一天起可以排轮值。")
    serves_until = DateField(
        "离任日期", [Optional()], description="最后一天。填写后职务、分管同时结束，不再排轮值；历史仍保留。"
    )
    position = a_number("排列顺序", 0, LAST_PLACE, "", hint="数小的在前。")
    weight = FloatField(
        "轮值权重",
        [required("请填写数字，一般为 1。"), NumberRange(0.1, 10, message="应在 0.1 至 10 之间，一般为 1。")],
        description="一般为 1；少排一半填 0.5，多排一倍填 2。",
        render_kw={"inputmode": "decimal"},
    )
    is_chief = BooleanField("党政主要负责人", description="每季度至少任一次主接待或参加；间隔在“工作设置”里改。")
    pools = Checks(
        "列入席位名单",
        choices=offered((seat.value, seat.label) for seat in DutySeat),
        description="一个席位只要有人列入名单，就只在名单内的领导中排；无人列入的席位全体都可以任。",
    )

    def entry(self) -> LeaderEntry:
        """What was typed, as the service takes it."""
        return LeaderEntry(
            name=self.name.data,
            serves_from=self.serves_from.data,
            serves_until=self.serves_until.data,
            position=self.position.data,
            weight=self.weight.data,
            is_chief=self.is_chief.data,
            pools=tuple(seat for seat in DutySeat if seat.value in (self.pools.data or ())),
        )


class NewLeaderForm(LeaderForm):
    """A new leader comes with a post."""

    post = StringField(
        "职务", [required("请填写职务。"), at_most(80)], description="印在交办单上，例如“区委常委、副区长”。"
    )
    fields = TextAreaField("分管领域", [Optional(), at_most(400)], description="一行一项。")

    def looked_after(self) -> list[str]:
        """The fields, one a line."""
        return lines(self.fields.data)


class PostForm(PortalForm):
    """A new post; the one held before ends the day before."""

    title = StringField("新职务", [required("请填写职务。"), at_most(80)])
    starts_on = DateField("任职日期", [required("请填写日期。")], description="原职务到前一天为止，仍留在历史里。")


class CorrectPostForm(PortalForm):
    """A post that was entered wrongly."""

    title = StringField("职务", [required("请填写职务。"), at_most(80)])
    starts_on = DateField("任职日期", [required("请填写日期。")])
    ends_on = DateField("最后一天", [Optional()], description="现任职务留空。")


class FieldForm(PortalForm):
    """A field a leader begins to look after."""

    field = StringField("分管领域", [required("请填写分管领域。"), at_most(80)])
    starts_on = DateField("开始日期", [required("请填写日期。")])


class EndFieldForm(PortalForm):
    """The last day of a field."""

    ends_on = DateField("最后一天", [required("请填写日期。")])


class CategoryForm(PortalForm):
    """A new category, at the end of its level."""

    name = StringField("类别名称", [required("请填写类别名称。"), at_most(40)])
    parent_code = SelectField("上级类别", [Optional()], default="", description="不选即为一级类别。")


class RenameCategoryForm(PortalForm):
    """Another name for a category."""

    name = StringField("类别名称", [required("请填写类别名称。"), at_most(40)])


class CategoryUnitsForm(PortalForm):
    """The units usually asked about a category (NX-06)."""

    units = Checks("常请单位", coerce=int)


def _policy(name: str, label: str, hint: str = "") -> IntegerField:
    least, most, unit = POLICY_LIMITS[name]
    return a_number(
        label, least, most, unit, hint=f"{hint}默认 {getattr(DEFAULTS.sign_in, name)} {unit}，可填 {least} 至 {most}。"
    )


class SignInPolicyForm(PortalForm):
    """How people sign in (domain 7.2)."""

    failures = _policy("failures", "连续输错几次后锁定")
    lock_minutes = _policy("lock_minutes", "锁定时长")
    idle_minutes = _policy("idle_minutes", "无操作自动退出", "离开座位这么久，须重新登录。")
    password_length = _policy("password_length", "密码最短长度", "只管以后设置的密码。")
    password_classes = _policy(
        "password_classes", "密码至少包含几种字符", "大写字母、小写字母、数字、符号四种里的几种。"
    )

    def wanted(self) -> SignInPolicy:
        """The policy that was typed."""
        return SignInPolicy(**{each.name: self._fields[each.name].data for each in fields(SignInPolicy)})


def lines(text: str | None) -> list[str]:
    """The lines of a text that say something, without the blanks around them."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def chosen(values: Sequence[int] | None) -> list[int]:
    """The ids ticked, without doubles."""
    return sorted(set(values or ()))
