"""When a database gives up: because others were at the same records, or because it cannot write at all."""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError

from portal.domain.errors import Busy, CannotKeep

BUSY = "系统此刻较忙，没有完成本次操作，数据没有改变。请稍等片刻再试一次。"
FULL = "服务器的磁盘已满，没有保存，数据没有改变。请先不要关闭本页，请系统管理员腾出空间后再提交一次。"
READ_ONLY = "数据库此刻只能读取，没有保存，数据没有改变。请先不要关闭本页，请系统管理员检查磁盘和权限后再提交一次。"
AWAY = "数据库此刻连接不上，没有保存，数据没有改变。请稍等片刻再试；仍不行的，请告诉系统管理员。"

IN_THE_WAY = {"40P01", "40001", "55P03"}
"""PostgreSQL: deadlock, serialization failure, lock time-out. Done again, the work may well succeed."""

_POSTGRES_FULL, _POSTGRES_READ_ONLY = {"53100"}, {"25006"}
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_SQLITE_READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_WRITING = {errno.EROFS, errno.EACCES, errno.EPERM}


def gave_up(trouble: Exception) -> Busy | CannotKeep | None:
    """What to tell the person when the database or the disk gave up on the work; None for any other trouble."""
    if isinstance(trouble, OSError):
        return _of_disk(trouble.errno)
    if not isinstance(trouble, DBAPIError):
        return None
    if isinstance(trouble.orig, sqlite3.Error):
        return _of_sqlite(getattr(trouble.orig, "sqlite_errorcode", 0) & 0xFF)
    return _of_postgres(getattr(trouble.orig, "sqlstate", None), broken=trouble.connection_invalidated)


def _of_disk(number: int | None) -> CannotKeep | None:
    if number in _NO_SPACE:
        return CannotKeep(FULL)
    return CannotKeep(READ_ONLY) if number in _NO_WRITING else None


def _of_sqlite(code: int) -> Busy | CannotKeep | None:
    if code in _SQLITE_BUSY:
        return Busy(BUSY)
    if code in _SQLITE_FULL:
        return CannotKeep(FULL)
    return CannotKeep(READ_ONLY) if code in _SQLITE_READ_ONLY else None


def _of_postgres(state: str | None, *, broken: bool) -> Busy | CannotKeep | None:
    if state in IN_THE_WAY:
        return Busy(BUSY)
    if state in _POSTGRES_FULL:
        return CannotKeep(FULL)
    if state in _POSTGRES_READ_ONLY:
        return CannotKeep(READ_ONLY)
    return CannotKeep(AWAY) if broken else None
