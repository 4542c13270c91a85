"""The password is asked for once more right before a signature or a new key; the slow check is made outside the write lock."""

from portal import clock
from portal.domain.errors import RuleBroken
from portal.services import proofs, sign_ins
from portal.store.extension import read, write
from portal.web.access import me
from portal.web.office import rules


def prove(password: str, *, before: str = "签批") -> str:
    """Answer the user name of the person who acts if that is their password; RuleBroken on `password` otherwise.

    `before` says in the trail what it was asked for. A wrong one is counted and written down before it is refused, whatever becomes of the form.
    """
    actor, now, policy = me(), clock.now(), rules().sign_in
    own = proofs.own_password(read(), policy=policy, actor=actor, now=now)
    if not sign_ins.verify_password(own.stored, password):
        write(lambda records: proofs.note_wrong(records, own.username, before, policy=policy, actor=actor, now=now))
        raise RuleBroken(f"登录密码不正确，没有{before}。请重新输入。", field="password")
    return own.username
