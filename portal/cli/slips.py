"""`slips`: papers checked and archived from the machine itself."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from flask import current_app
from sqlalchemy.orm import Session

from portal import clock
from portal.cli import slip_numbers
from portal.cli.answers import json_option, reason, refusals, refuse, tell
from portal.cli.file_answers import answer_data, answer_words
from portal.cli.year_files import make_year_file
from portal.config import Settings
from portal.documents.archive_check import PackageVerdict, check_package
from portal.documents.archive_signature import signature_check
from portal.documents.certificates import certificates_in
from portal.documents.pades_check import LARGEST
from portal.jobs.keeping import keeping_of
from portal.services.file_checks import Trusted, check_file
from portal.services.kept_papers import office_keys_of
from portal.store.audit_trail import key_mark, seal_of
from portal.store.extension import read
from portal.store.queries.paper_codes import authorities, brought_certificates, revoked_keys


@click.group("slips")
def command() -> None:
    """交办单：核验文件，生成和核对归档包。"""


command.add_command(slip_numbers.command)


@command.command("verify")
@click.argument("file", metavar="FILE.pdf", type=click.Path(path_type=Path))
@click.option(
    "--authority",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="认证机构的证书（PEM）。给出时默认离线核验，不读数据库。",
)
@click.option("--online/--offline", default=None, help="是否查数据库：已作废、有新版、存档件的指纹。默认查。")
@json_option
def verify(file: Path, *, authority: Path | None, online: bool | None, as_json: bool) -> None:
    """核验 FILE.pdf：是不是本系统出具、有没有改动、是不是现行的一份，谁在何时签名。

    通过时退出码为 0，不通过为 1 并在标准错误写明原因。也能核对签批原件的扫描件。
    """
    asks = authority is None if online is None else online
    if not asks and authority is None:
        raise click.UsageError("离线核验须用 --authority 指明认证机构的证书文件。")
    session, now = (read() if asks else None), clock.now()
    answer = check_file(_content(file), _trusted(authority, session), session=session, now=now)
    if as_json or answer.is_good:
        tell(answer_data(answer), answer_words(answer), as_json=as_json)
    if not answer.is_good:
        refuse(f"{answer.judgement.standing.label}：{answer.judgement.meaning}")


def _content(file: Path) -> bytes:
    """The file, or as much of it as shows that it is too large for one of ours."""
    try:
        with file.open("rb") as source:
            return source.read(LARGEST + 1)
    except OSError as trouble:
        refuse(f"读不了文件 {file}：{reason(trouble)}。")


def _trusted(authority: Path | None, session: Session | None) -> Trusted:
    given = (_certificate(authority),) if authority is not None else ()
    if session is None:
        return Trusted(authorities=given)
    return Trusted(
        authorities=(*given, *authorities(session)),
        known=brought_certificates(session),
        revoked=revoked_keys(session),
    )


def _certificate(file: Path) -> str:
    """The authority's certificate as text."""
    with suppress(OSError, ValueError):
        text = file.read_text(encoding="ascii")
        if certificates_in(text):
            return text
    return refuse(f"{file} 不是 PEM 格式的证书文件。请从本系统的 /verify/authority.pem 重新取得。")


@command.command("archive")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--year", type=click.IntRange(1949, 2999), help="把这一年的交办单打成归档包，写到 FILE（.zip）。")
@click.option("--check", "checks", is_flag=True, help="核对已有的归档包 FILE，不需要数据库。")
@click.option(
    "--authority",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="核对时用的认证机构证书（PEM）；给出才核对签名。",
)
@json_option
def archive(file: Path, year: int | None, *, checks: bool, authority: Path | None, as_json: bool) -> None:
    """生成一年的归档包（--year 2026 FILE.zip），或核对一个归档包（--check FILE.zip）。

    生成中断的，用同样的命令再执行一次即接着做。
    """
    if checks == (year is not None):
        raise click.UsageError("请写明 --year 年份（生成）或 --check（核对），二者选一。")
    if year is None:
        _check(file, authority, as_json=as_json)
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


@command.command("authority")
@json_option
def authority(*, as_json: bool) -> None:
    """输出本系统认证机构的证书（公钥，PEM），供离线核验存档件；还没有时先生成。用过的旧证书也在其中，最新的在前。"""
    with refusals():
        office_keys_of(keeping_of(current_app.config["SETTINGS"]), now=clock.now())
    found = authorities(read())
    tell({"authorities": list(found)}, "".join(found).rstrip("\n"), as_json=as_json)


def _check(file: Path, authority: Path | None, *, as_json: bool) -> None:
    by_whom = signature_check([_certificate(authority)]) if authority is not None else None
    try:
        with file.open("rb") as source:
            verdict = check_package(source, signature_check=by_whom, seal=seal_of, audit_key=key_mark())
    except OSError as trouble:
        refuse(f"读不了文件 {file}：{reason(trouble)}。")
    if by_whom is not None and verdict.is_whole and not verdict.signed:
        verdict.fault("归档包没有签名，不能核对是谁生成的。")
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
    signed = "出具单位的签名有效" if verdict.signed else "没有核对签名（核对请加 --authority）"
    return (
        f"归档包完好：{verdict.about.get('year')} 年度 {verdict.items} 件，{verdict.files} 个文件与校验清单一致，"
        f"编号 {verdict.numbers} 个连续，审计记录 {verdict.audit_lines} 行（{audit}），{signed}。\n"
        f"SHA256SUMS 指纹 {verdict.fingerprint}"
    )
