"""`user`: accounts from the machine itself."""

import sys

import click

from portal import clock
from portal.cli.answers import json_option, refusals, tell
from portal.domain.accounts import AccountState
from portal.domain.people import Actor, Role
from portal.services.accounts import add_account, reset_password
from portal.store.extension import read, transaction
from portal.store.queries.accounts import account_id_of, account_rows
from portal.store.queries.people import leader_named, unit_named


@click.group("user")
def command() -> None:
    """账号。"""


@command.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="角色。")
@click.option("--unit", help="所属单位（承办单位账号必填）。")
@click.option("--leader", "leaders", multiple=True, help="对应的领导（领导、联络员账号必填，可重复）。")
@click.option("--heads-unit", is_flag=True, help="是单位负责人，审签本单位的办理结果（承办单位账号）。")
@click.option("--display-name", help="显示的姓名，默认同用户名。")
@click.option("--password-stdin", is_flag=True, required=True, help="从标准输入读取密码。")
@json_option
def add(
    name: str,
    role: str,
    unit: str | None,
    leaders: tuple[str, ...],
    display_name: str | None,
    *,
    heads_unit: bool,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """新增一个立即可用的账号；密码从标准输入读取。"""
    password = sys.stdin.readline().rstrip("\r\n")
    with refusals(), transaction() as session:
        account = add_account(
            session,
            name,
            display_name=display_name or name,
            password=password,
            role=Role(role),
            unit_id=unit_named(session, unit).id if unit else None,
            leader_ids=[leader_named(session, each).id for each in leaders],
            heads_unit=heads_unit,
            state=AccountState.ACTIVE,
            actor=Actor.system(),
            now=clock.now(),
        )
    tell(
        {"id": account.id, "username": name, "role": role},
        f"已新增账号 {name}（{Role(role).label}）。",
        as_json=as_json,
    )


@command.command("password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, required=True, help="从标准输入读取新密码。")
@json_option
def password(name: str, *, password_stdin: bool, as_json: bool) -> None:
    """给忘记密码的人重设密码；该账号的全部登录随即结束，锁定解除。"""
    new = sys.stdin.readline().rstrip("\r\n")
    with refusals(), transaction() as session:
        account_id = account_id_of(session, name)
        reset_password(session, account_id, new, actor=Actor.system(), now=clock.now())
    tell({"id": account_id, "username": name}, f"已重设 {name} 的密码。", as_json=as_json)


@command.command("list")
@json_option
def listing(*, as_json: bool) -> None:
    """列出全部账号。"""
    rows = account_rows(read())
    data = [
        {"id": it.id, "username": it.username, "name": it.display_name, "role": it.role.value, "state": it.state.value}
        for it in rows
    ]
    text = "\n".join(f"{it.username}\t{it.display_name}\t{it.role.label}\t{it.state.label}" for it in rows)
    tell(data, text or "还没有账号。", as_json=as_json)
