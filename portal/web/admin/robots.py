"""Robots of DingTalk and WeCom groups (domain 8)."""

from flask import Response, current_app, flash, url_for
from wtforms import BooleanField, PasswordField, RadioField, StringField
from wtforms.validators import Optional

from portal import clock
from portal.config import Settings, host_list
from portal.domain.errors import RuleBroken
from portal.domain.messages import GROUPS, Channel
from portal.domain.people import Role
from portal.services import robots
from portal.services.robots import LONGEST_ADDRESS, LONGEST_KEYWORD, LONGEST_NAME, LONGEST_SECRET, RobotEntry
from portal.store.extension import read, transaction
from portal.store.queries.robots import robot_row
from portal.store.queries.robots import robots as robot_rows
from portal.web.access import allow, me
from portal.web.acting import attempt, press
from portal.web.admin.blueprint import bp
from portal.web.admin.forms import offered
from portal.web.forms import PortalForm, at_most, required
from portal.web.htmx import go, render


class RobotForm(PortalForm):
    """A robot of a group; its address and its secret are typed, and never shown again."""

    name = StringField(
        "群的名称",
        [required("请填写群的名称。"), at_most(LONGEST_NAME)],
        description="只在门户里显示，例如“接待日工作群”。",
    )
    channel = RadioField(
        "类型",
        [required("请选择类型。")],
        choices=offered((it.value, it.label) for it in GROUPS),
        default=Channel.DINGTALK.value,
    )
    address = StringField(
        "Webhook 地址",
        [required("请填写机器人的 Webhook 地址。"), at_most(LONGEST_ADDRESS)],
        description="在群的机器人设置里复制。密封保存，以后只显示末尾几位。",
    )
    secret = PasswordField(
        "加签密钥",
        [Optional(), at_most(LONGEST_SECRET)],
        description="钉钉机器人的安全设置选了“加签”时填写，以 SEC 开头。",
    )
    keyword = StringField(
        "关键词",
        [Optional(), at_most(LONGEST_KEYWORD)],
        description="安全设置选了“自定义关键词”时填写，每条消息都会带上。",
    )

    def entry(self) -> RobotEntry:
        """What was typed, as the service takes it."""
        drops: BooleanField | None = self._fields.get("drops_secret")
        return RobotEntry(
            name=self.name.data,
            channel=Channel(self.channel.data),
            address=self.address.data or "",
            secret=self.secret.data or "",
            keyword=self.keyword.data or "",
            drops_secret=bool(drops and drops.data),
        )


class EditRobotForm(RobotForm):
    """The same for one on file: what is left blank stays."""

    address = StringField(
        "新的 Webhook 地址",
        [Optional(), at_most(LONGEST_ADDRESS)],
        description="留空为不改。密封保存，以后只显示末尾几位。",
    )
    secret = PasswordField("新的加签密钥", [Optional(), at_most(LONGEST_SECRET)], description="留空为不改。")
    drops_secret = BooleanField("不再加签", description="删去已存的密钥。")


def _allowed() -> tuple[str, ...]:
    settings: Settings = current_app.config["SETTINGS"]
    return host_list(settings.robot_hosts)


@bp.get("/robots", endpoint="robots")
@allow(Role.OFFICE)
def every_robot() -> Response:
    """Every robot, those in use first."""
    return render("pages/admin/robots.html", rows=robot_rows(read()))


@bp.route("/robots/new", methods=["GET", "POST"])
@allow(Role.OFFICE)
def add_robot() -> Response:
    """Enter a robot."""
    form = RobotForm()
    answer = attempt(
        form,
        lambda session: robots.add_robot(session, form.entry(), allowed=_allowed(), actor=me(), now=clock.now()),
        done=f"已新增群机器人“{form.name.data}”。请试发一条，看群里是否收到。",
        onward=url_for("admin.robots"),
    )
    if isinstance(answer, Response):
        return answer
    return render("pages/admin/robot.html", "fragments/admin/_robot_form.html", status=answer, form=form, robot=None)


@bp.route("/robots/<int:robot_id>", methods=["GET", "POST"])
@allow(Role.OFFICE)
def robot(robot_id: int) -> Response:
    """Change a robot."""
    found = robot_row(read(), robot_id)
    form = EditRobotForm(data={"name": found.name, "channel": found.channel.value, "keyword": found.keyword})
    answer = attempt(
        form,
        lambda session: robots.edit_robot(
            session, robot_id, form.entry(), allowed=_allowed(), actor=me(), now=clock.now()
        ),
        done=f"已保存群机器人“{form.name.data}”。",
        onward=url_for("admin.robots"),
    )
    if isinstance(answer, Response):
        return answer
    return render("pages/admin/robot.html", "fragments/admin/_robot_form.html", status=answer, form=form, robot=found)


@bp.post("/robots/<int:robot_id>/stop")
@allow(Role.OFFICE)
def stop_robot(robot_id: int) -> Response:
    """Tell the group nothing any more."""
    return press(
        lambda session: robots.stop_robot(session, robot_id, actor=me(), now=clock.now()),
        done="已停用，等待中的消息不再发到这个群。需要时可以重新启用。",
        onward=url_for("admin.robots"),
    )


@bp.post("/robots/<int:robot_id>/start")
@allow(Role.OFFICE)
def start_robot(robot_id: int) -> Response:
    """Tell the group again."""
    return press(
        lambda session: robots.start_robot(session, robot_id, actor=me(), now=clock.now()),
        done="已启用，今后的消息会发到这个群。",
        onward=url_for("admin.robots"),
    )


@bp.post("/robots/<int:robot_id>/test")
@allow(Role.OFFICE)
def test_robot(robot_id: int) -> Response:
    """Post a test into the group; nothing of the database is held meanwhile."""
    settings: Settings = current_app.config["SETTINGS"]
    try:
        with transaction() as session:
            address = robots.claim_test(session, robot_id, at=clock.running(), actor=me(), now=clock.now())
        robots.send_test(read(), address, address=settings.address, allowed=_allowed(), at=clock.running())
    except RuleBroken as refusal:
        flash(refusal.message, "error")
    else:
        flash("试发成功，请到群里查看。", "success")
    return go(url_for("admin.robots"))
