"""`sample`: the invented district."""

import time
from pathlib import Path

import click
from flask import current_app

from portal import clock
from portal.cli.answers import json_option, refusals, tell
from portal.services.sample.district import load_district
from portal.store.extension import transaction


@click.group("sample")
def command() -> None:
    """示例数据。"""


@command.command("load")
@json_option
def load(*, as_json: bool) -> None:
    """把示例区载入空的数据库，并显示账号密码。"""
    began = time.monotonic()
    with refusals(), transaction() as session:
        password = load_district(
            session,
            Path(current_app.instance_path) / "uploads",
            now=clock.now(),
            password=current_app.config["SETTINGS"].sample_password,
        )
    seconds = round(time.monotonic() - began, 1)
    tell(
        {"password": password, "seconds": seconds}, f"示例数据已载入（{seconds} 秒），密码：{password}", as_json=as_json
    )
