"""`slips`: papers checked and archived from the machine itself."""

from pathlib import Path
from typing import Any

import click
from flask import current_app

from portal.cli.answers import json_option, reason, refusals, refuse, tell
from portal.cli.year_files import make_year_file
from portal.config import Settings
from portal.documents.archive_check import PackageVerdict, check_package
from portal.store.audit_trail import key_mark, seal_of


@click.group("slips")
def command() -> None:
    """交办单：核验文件，生成和核对归档包。"""


@command.command("archive")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--year", type=click.IntRange(1949, 2999), help="把这一年的交办单打成归档包，写到 FILE（.zip）。")
@click.option("--check", "checks", is_flag=True, help="核对已有的归档包 FILE，不需要数据库。")
@json_option
def archive(file: Path, year: int | None, *, checks: bool, as_json: bool) -> None:
    """生成一年的归档包（--year 2026 FILE.zip），或核对一个归档包（--check FILE.zip）。

    生成中断的，用同样的命令再执行一次即接着做。
    """
    if checks == (year is not None):
        raise click.UsageError("请写明 --year 年份（生成）或 --check（核对），二者选一。")
    if year is None:
        _check(file, as_json=as_json)
        return
    settings: Settings = current_app.config["SETTINGS"]
    with refusals():
        try:
            made = make_year_file(
                settings, year, file, say=None if as_json else lambda text: click.echo(text, err=True)
            )
        except OSError as trouble:
            refuse(f"写不了文件 {file}：{reason(trouble)}。已做好的部分保留，腾出空间后再执行一次即接着做。")
    data = {name: getattr(made, name) for name in made.__slots__} | {"file": str(file)}
    signed = "已用出具单位的密钥签名" if made.signed else "没有签名（系统还没有出具单位的密钥）"
    text = f"已写入 {file}：{made.items} 件、{made.pages} 页、{made.files} 个文件，{signed}。\nSHA256SUMS 指纹 {made.fingerprint}"
    if made.lacking:
        text += f"\n其中 {made.lacking} 件不完整，见归档移交清单。"
    tell(data, text, as_json=as_json)


def _check(file: Path, *, as_json: bool) -> None:
    try:
        with file.open("rb") as source:
            verdict = check_package(source, seal=seal_of, audit_key=key_mark())
    except OSError as trouble:
        refuse(f"读不了文件 {file}：{reason(trouble)}。")
    if verdict.is_whole:
        tell(_data(verdict), _words(verdict), as_json=as_json)
        return
    if as_json:
        tell(_data(verdict), "", as_json=True)
    refuse("归档包没有通过核对：\n" + "\n".join(f"  {it}" for it in verdict.problems))


def _data(verdict: PackageVerdict) -> dict[str, Any]:
    return {
        "whole": verdict.is_whole,
        "problems": verdict.problems,
        "year": verdict.about.get("year"),
        "files": verdict.files,
        "items": verdict.items,
        "numbers": verdict.numbers,
        "audit_lines": verdict.audit_lines,
        "audit_sealed": verdict.audit_sealed,
        "signed": verdict.signed,
        "fingerprint": verdict.fingerprint,
    }


def _words(verdict: PackageVerdict) -> str:
    audit = "校验值逐行核对无误" if verdict.audit_sealed else "前后相接；校验值只能在生成它的系统上核对"
    signed = "签名有效" if verdict.signed else "没有核对签名"
    return (
        f"归档包完好：{verdict.about.get('year')} 年度 {verdict.items} 件，{verdict.files} 个文件与校验清单一致，"
        f"编号 {verdict.numbers} 个连续，审计记录 {verdict.audit_lines} 行（{audit}），{signed}。\n"
        f"SHA256SUMS 指纹 {verdict.fingerprint}"
    )
