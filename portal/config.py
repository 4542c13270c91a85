"""Settings from the environment or `instance/portal.env`; anything unknown or malformed stops the start."""

import json
import os
import re
from datetime import date, datetime, time
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "PORTAL_"
SERVING = "RECEPTION_SERVING"
"""Set for the worker processes alone: they prepare the typesetting while nobody waits for it, and do due work."""
WHY = {
    "int_parsing": "应为整数",
    "bool_parsing": "应为 1 或 0",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "string_too_short": "至少 {min_length} 个字符",
    "literal_error": "只能是 {expected}",
}
"""What pydantic finds wrong, in the words of the person who starts the portal."""


class SettingsRefused(Exception):
    """A setting is unknown or malformed; the message is one line for the person who starts the portal."""


def _bind(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("应为“地址:端口”，例如 127.0.0.1:8000")
    return text


def _instant(value: object) -> datetime | None:
    if value is None or value == "":
        return None
    text = str(value)
    try:
        if len(text) <= len("2026-11-22"):
            return datetime.combine(date.fromisoformat(text), time(9))
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("应为日期或日期时间，例如 2026-11-22 或 2026-11-22T09:20") from None


def _database(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("应以 sqlite:/// 或 postgresql+psycopg:// 开头")
    try:
        make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError("格式不对，应如 postgresql+psycopg://用户:密码@127.0.0.1/portal") from None
    return text


def _redis(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("应以 redis:// 开头，例如 redis://127.0.0.1:6379/0")
    return text


def _smtp(text: str) -> str:
    wanted = "应如 smtp://用户:密码@主机:587?starttls=1 或 smtps://用户:密码@主机:465"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("smtp", "smtps") and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(wanted) from None
    if not usable or parts.path.strip("/") or parts.query not in ("", "starttls=0", "starttls=1"):
        raise ValueError(wanted)
    return text


def _mail_from(text: str) -> str:
    if re.fullmatch(r"[\x21-\x7e]+@[A-Za-z0-9.-]+", text) is None:
        raise ValueError("应为一个邮箱地址，例如 portal@example.gov.cn")
    return text


def _sms_url(text: str) -> str:
    wanted = "应为 http:// 或 https:// 开头的网址，不带用户名、密码和“#”，例如 https://sms.example.gov.cn/send"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(wanted) from None
    if not usable or parts.username is not None or parts.fragment or re.search(r"[^\x21-\x7e]", text):
        raise ValueError(wanted)
    return text


def _timestamp_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[^\x21-\x7e]", text):
        raise ValueError("应为 http:// 或 https:// 开头的时间戳服务地址，例如 http://tsa.example.gov.cn/tsr")
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error:
        raise ValueError('应为网关成功时应答里的文字或正则表达式，例如 "code":0') from None
    return text


def _headers(text: str) -> str:
    read_headers(text)
    return text


def read_headers(text: str) -> dict[str, str]:
    """`Name: value` a line, or parted by semicolons before the next name."""
    found = {}
    for line in re.split(r"\n|;(?=\s*[A-Za-z0-9-]+\s*:)", text):
        if not line.strip():
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or re.fullmatch(r"[A-Za-z0-9-]+", name) is None or re.fullmatch(r"[\x20-\x7e]+", value) is None:
            raise ValueError("应为“名称: 值”，多个用分号或换行隔开，例如 X-App-Key: 8f2c")
        found[name] = value
    return found


def _hosts(text: str) -> str:
    for host in host_list(text):
        if re.fullmatch(r"[a-z0-9.-]+(:[0-9]{1,5})?", host) is None:
            raise ValueError("应为主机名，多个用逗号隔开，例如 im.example.gov.cn,127.0.0.1:9000")
    return text


def host_list(text: str) -> tuple[str, ...]:
    """Hosts with their ports as they are compared: small letters, no blanks."""
    return tuple(part for part in re.split(r"[,，;\s]+", text.lower()) if part)


class Settings(BaseSettings):
    """What may be set from outside; contract of the settings is in README under 设置."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", env_ignore_empty=True, frozen=True)

    instance: Path = ROOT / "instance"
    database_url: Annotated[str, AfterValidator(_database)] | None = None
    redis_url: Annotated[str, AfterValidator(_redis)] | None = None
    bind: Annotated[str, AfterValidator(_bind)] = "127.0.0.1:8000"
    workers: Annotated[int, Field(ge=1, le=64)] | None = None
    secret_key: Annotated[str, Field(min_length=16)] | None = None
    public_url: str | None = None
    today: Annotated[datetime | None, BeforeValidator(_instant)] = None
    sample: bool | None = None
    sample_password: Annotated[str, Field(min_length=8)] | None = None
    metrics_token: str | None = None
    smtp_url: Annotated[str, AfterValidator(_smtp)] | None = None
    mail_from: Annotated[str, AfterValidator(_mail_from)] | None = None
    robot_hosts: Annotated[str, AfterValidator(_hosts)] = ""
    sms_url: Annotated[str, AfterValidator(_sms_url)] | None = None
    sms_method: Literal["POST", "GET"] = "POST"
    sms_type: Literal["json", "form"] = "json"
    sms_body: str | None = None
    sms_headers: Annotated[str, AfterValidator(_headers)] = ""
    sms_ok: Annotated[str, AfterValidator(_pattern)] | None = None
    timestamp_url: Annotated[str, AfterValidator(_timestamp_url)] | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then the instance's own file."""
        return init_settings, env_settings, dotenv_settings

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the portal."""
        host = self.bind.rpartition(":")[0].strip("[]")
        if host == "localhost":
            return True
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return False

    @property
    def database(self) -> str:
        """The database address, SQLite in the instance folder unless told otherwise."""
        return self.database_url or f"sqlite:///{self.instance / 'portal.db'}"

    @property
    def wants_sample(self) -> bool:
        """Whether an empty database gets the sample district."""
        return self.loopback if self.sample is None else self.sample

    @property
    def address(self) -> str:
        """Where people reach the portal; printed in QR codes, without a trailing slash."""
        return (self.public_url or f"http://{self.bind}").rstrip("/")

    @property
    def processes(self) -> int:
        """How many worker processes serve pages."""
        return self.workers or min(os.cpu_count() or 1, 4)


def load_settings(**given: Any) -> Settings:
    """Read and check every setting. Raises SettingsRefused with one line that names the setting and the cure."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    strangers = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if strangers:
        raise SettingsRefused(f"不认识的设置 {strangers[0]}。可用的设置：{'、'.join(sorted(known))}。")
    folder = Path(given.get("instance") or os.environ.get("PORTAL_INSTANCE") or ROOT / "instance")
    try:
        settings = Settings(_env_file=folder / "portal.env", _env_file_encoding="utf-8-sig", **given)  # type: ignore[call-arg]
    except ValidationError as refusal:
        first = refusal.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        name = name.upper() if name.upper().startswith(PREFIX) else PREFIX + name.upper()
        if first["type"] == "extra_forbidden":
            raise SettingsRefused(f"不认识的设置 {name}（{folder / 'portal.env'}）。请删除或改正这一行。") from None
        said = str(first["msg"]).removeprefix("Value error, ")
        why = WHY[first["type"]].format(**first.get("ctx", {})) if first["type"] in WHY else said
        raise SettingsRefused(f"设置 {name} 不正确：{why}。请改正后再启动。") from None
    except (UnicodeDecodeError, OSError):
        raise SettingsRefused(f"设置文件 {folder / 'portal.env'} 不能读取。请检查权限，并另存为 UTF-8 编码。") from None
    if settings.today is not None and not settings.loopback:
        raise SettingsRefused("设置 PORTAL_TODAY 只用于演示和测试，监听地址不是本机时不能使用。请去掉其中一项。")
    if settings.smtp_url is not None and settings.mail_from is None:
        raise SettingsRefused("设置了 PORTAL_SMTP_URL 就要有发件地址，请再设置 PORTAL_MAIL_FROM。")
    _check_sms(settings)
    if not settings.instance.is_absolute():
        settings = settings.model_copy(update={"instance": settings.instance.resolve()})
    return settings


def _check_sms(settings: Settings) -> None:
    """The gateway's settings fit one another, or the start is stopped."""
    if settings.sms_url is None:
        if settings.sms_body is not None:
            raise SettingsRefused("设置了 PORTAL_SMS_BODY 就要有网关地址，请再设置 PORTAL_SMS_URL。")
        return
    if settings.sms_body is None:
        raise SettingsRefused(
            "设置了 PORTAL_SMS_URL 就要有内容模板，请再设置 PORTAL_SMS_BODY，其中写上 {phone} 和 {text}。"
        )
    if not {"{phone}", "{text}"} <= set(re.findall(r"\{[a-z]+\}", settings.sms_body)):
        raise SettingsRefused("设置 PORTAL_SMS_BODY 不正确：其中要有 {phone} 和 {text}。请改正后再启动。")
    if settings.sms_method == "GET" and settings.sms_type != "form":
        raise SettingsRefused("设置 PORTAL_SMS_METHOD 为 GET 时，PORTAL_SMS_TYPE 须为 form。请改正后再启动。")
    if settings.sms_type == "json":
        try:
            json.loads(re.sub(r"\{(phone|text|code)\}", "0", settings.sms_body))
        except ValueError:
            raise SettingsRefused(
                '设置 PORTAL_SMS_BODY 不是 JSON，应如 {"mobile":"{phone}","content":"{text}"}。请改正后再启动。'
            ) from None
