"""`./manage bench long_print`: a long print whose server is killed in the middle, one that is cancelled, and a look into the files."""

import csv
import io
import json
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256
from itertools import groupby, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from portal import clock
from portal.domain.people import Actor, Role
from portal.domain.print_jobs import JobKind, JobState
from portal.services.print_jobs import ask_slips
from portal.store.extension import db, read, write
from portal.store.models.papers import PrintJob, PrintJobPart
from portal.store.models.people import Account
from tests.bench.measure import WrongAnswer
from tests.bench.printing import Peaks, serving, watched
from tests.bench.report import lined_up, machine
from tests.bench.stage import PORTAL, Stage, granian, stage
from tests.builders import PASSWORD
from tests.live.browsers import Browser
from tests.live.frozen_slips import YEAR, frozen_slips
from tests.live.processes import cpu_seconds, family, start

SLIPS, ZIPPED = 5_000, 500
KILLED_AFTER, CANCELLED_AFTER = 0.3, 2
"""The part of a print that is made when the server is killed, and the number of parts when one is cancelled."""

PATIENCE_SECONDS, LOOK_SECONDS = 5_400.0, 0.5
NUMBER = re.compile(rf"民接交〔{YEAR}〕(\d+)号")
HEAD = (
    "打印", "张", "张/秒", "处理器毫秒/张", "做一部分最久秒", "断电后停秒", "重做部分", "页", "文件 MB", "排版内存 MB", "页面内存 MB", "不符", "秒",
)  # fmt: skip


@dataclass
class LongPrint:
    """What came of one print; `wrong` holds everything that is not as it should be."""

    what: str
    slips: int
    a_second: float = 0.0
    cpu_ms: float = 0.0
    longest_part: float = 0.0
    stood_still: float = 0.0
    made_again: int = 0
    pages: int = 0
    file_mb: float = 0.0
    press_mb: int = 0
    pages_mb: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


def long_prints(*, slips: int) -> list[LongPrint]:
    """One PDF of so many slips with a kill, one that is cancelled, and a zip of some of them."""
    made: list[int] = []
    with serving(), stage(granian(), workers=1, prepare=lambda: made.extend(frozen_slips(db.session(), slips))) as it:
        return [_bound(it, made), _cancelled(it, made), _packed(it, made[:ZIPPED])]


def _bound(it: Stage, slips: list[int]) -> LongPrint:
    figure = LongPrint("一份 PDF，断电一次", len(slips))
    with it.district.open(), watched(it) as peaks:
        begun, job_id = time.perf_counter(), _asked(JobKind.PDF, slips)
        _until(job_id, lambda done: done >= KILLED_AFTER * len(slips), figure)
        it.portal.kill()
        db.session.rollback()
        before, killed = _parts(job_id), clock.running()
        _restart(it)
        used = cpu_seconds([it.portal.process.pid])
        _until(job_id, lambda _: False, figure)
        after = _parts(job_id)
        figure.cpu_ms = _cpu_ms(it, used, sum(count for count, at in after.values() if at > killed))
        figure.made_again = sum(after.get(ordinal) != it_ for ordinal, it_ in before.items())
        ready = sorted(at for _, at in after.values())
        figure.stood_still = min((at - killed).total_seconds() for at in ready if at > killed)
        _pace(figure, after, killed)
        _told(figure, peaks, begun)
        data = _file(it, job_id, figure)
        figure.wrong += _pdf_is_whole(data, figure) if data else []
    return figure


def _cancelled(it: Stage, slips: list[int]) -> LongPrint:
    figure = LongPrint("取消", len(slips))
    with it.district.open(), watched(it) as peaks:
        begun, job_id = time.perf_counter(), _asked(JobKind.PDF, slips)
        _until(job_id, lambda done: done > 0 and len(_parts(job_id)) >= CANCELLED_AFTER, figure)
        with _office(it) as office:
            office.get("/slips/jobs")
            answer = office.post(f"/slips/jobs/{job_id}/cancel", {})
        if answer.status not in (302, 303):
            figure.wrong.append(f"取消得到 {answer.status}")
        cancelled = time.perf_counter()
        folder = it.district.folder / "papers" / "prints" / str(job_id)
        while (folder.exists() or _presses(it)) and time.perf_counter() < cancelled + 180:
            time.sleep(0.1)
        figure.stood_still = time.perf_counter() - cancelled
        db.session.rollback()
        state = read().scalar(select(PrintJob.state).where(PrintJob.id == job_id))
        if folder.exists() or _presses(it) or state is not JobState.CANCELLED:
            figure.wrong.append(f"取消后仍在打印或文件还在：{state}")
        with _office(it) as office:
            if office.get(f"/slips/jobs/{job_id}/file").status == 200:
                figure.wrong.append("取消的任务还能下载")
        _told(figure, peaks, begun)
    return figure


def _packed(it: Stage, slips: list[int]) -> LongPrint:
    figure = LongPrint("逐张打包", len(slips))
    with it.district.open(), watched(it) as peaks:
        used = cpu_seconds([it.portal.process.pid])
        begun, job_id = time.perf_counter(), _asked(JobKind.ZIP, slips)
        _until(job_id, lambda _: False, figure)
        figure.cpu_ms = _cpu_ms(it, used, len(slips))
        _pace(figure, _parts(job_id))
        _told(figure, peaks, begun)
        data = _file(it, job_id, figure)
        figure.wrong += _zip_is_whole(data, figure) if data else []
    return figure


def _restart(it: Stage) -> None:
    """The same server once more on the same port, as after a power cut."""
    port = it.portal.port
    command = it.program.command(it.district.settings(port, 1), PORTAL)
    it.portal = start(command, port, it.portal.log, it.district.environment(port, 1))


def _office(it: Stage) -> Browser:
    """A connection of its own: the server closes one over which nobody asked for long."""
    return Browser(it.portal.port).sign_in("office", PASSWORD)


def _asked(kind: JobKind, slips: list[int]) -> int:
    account = read().scalars(select(Account).where(Account.username == "office")).one()
    actor = Actor(account.id, account.display_name, Role.OFFICE)
    asked = partial(ask_slips, kind=kind, slip_ids=slips, title="测量", full=False, actor=actor, now=clock.now())
    return write(lambda session: asked(session).id)


def _until(job_id: int, enough: Callable[[int], bool], figure: LongPrint) -> None:
    """Wait until so much is done, or the whole. Raises WrongAnswer when it goes no further."""
    until, shown = time.perf_counter() + PATIENCE_SECONDS, 0
    while time.perf_counter() < until:
        db.session.rollback()
        state, done, trouble = (
            read().execute(select(PrintJob.state, PrintJob.done, PrintJob.trouble).where(PrintJob.id == job_id)).one()
        )
        if state is JobState.DONE:
            figure.wrong += [trouble] if "没有打印" in trouble else []
            return
        if state not in (JobState.WAITING, JobState.RUNNING):
            raise WrongAnswer(f"print job {job_id}: {state.value} {trouble}")
        if enough(done):
            return
        if done >= shown + 500:
            shown = done
            print(f"{figure.what}：{done}/{figure.slips}", file=sys.stderr, flush=True)
        time.sleep(LOOK_SECONDS)
    raise WrongAnswer(f"print job {job_id} did not end")


def _parts(job_id: int) -> dict[int, tuple[int, datetime]]:
    db.session.rollback()
    rows = read().execute(
        select(PrintJobPart.ordinal, PrintJobPart.count, PrintJobPart.made_at).where(PrintJobPart.job_id == job_id)
    )
    return {ordinal: (count, at) for ordinal, count, at in rows}


def _pace(figure: LongPrint, parts: dict[int, tuple[int, datetime]], killed: datetime | None = None) -> None:
    """Slips a second between the first part and the last, without the pause after the kill."""
    ready = [(at, count) for count, at in sorted(parts.values(), key=lambda it: it[1])]
    spans = [
        ((later - earlier).total_seconds(), count)
        for (earlier, _), (later, count) in pairwise(ready)
        if killed is None or not earlier <= killed <= later
    ]
    seconds = sum(span for span, _ in spans)
    figure.a_second = sum(count for _, count in spans) / seconds if seconds else 0.0
    figure.longest_part = max((span for span, _ in spans), default=0.0)


def _cpu_ms(it: Stage, used: float, slips: int) -> float:
    """Processor milliseconds a slip costs, with everything the server did meanwhile: on a busy machine it says more than seconds."""
    return (cpu_seconds([it.portal.process.pid]) - used) * 1000 / slips if slips else 0.0


def _told(figure: LongPrint, peaks: Peaks, begun: float) -> None:
    figure.press_mb, figure.pages_mb = peaks.press, peaks.pages
    figure.seconds = time.perf_counter() - begun


def _file(it: Stage, job_id: int, figure: LongPrint) -> bytes:
    with _office(it) as office:
        answer = office.get(f"/slips/jobs/{job_id}/file")
    if answer.status != 200:
        figure.wrong.append(f"下载得到 {answer.status}")
        return b""
    figure.file_mb = len(answer.body) / 2**20
    recorded = read().scalar(select(PrintJob.result_sha256).where(PrintJob.id == job_id))
    if sha256(answer.body).hexdigest() != recorded:
        figure.wrong.append("下载的文件与登记的校验值不同")
    return answer.body


def _pdf_is_whole(data: bytes, figure: LongPrint) -> list[str]:
    """Every slip is there once, in the order asked, and the programs that read it find nothing wrong."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "bound.pdf"
        file.write_bytes(data)
        info = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=False)
        text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=False)
    figure.pages = int((re.search(r"^Pages:\s+(\d+)", info.stdout, re.MULTILINE) or [0, 0])[1])
    wrong = [it.stderr.strip()[:200] for it in (info, text) if it.returncode or it.stderr.strip()]
    pages = text.stdout.split("\f")[:-1]
    found = [NUMBER.search(page.replace(" ", "")) for page in pages]
    if len(pages) != figure.pages or not all(found):
        wrong.append(f"{figure.pages} 页，读出 {len(pages)} 页，其中 {found.count(None)} 页没有编号")
    order = [number for number, _ in groupby(int(it[1]) for it in found if it)]
    if order != list(range(1, figure.slips + 1)):
        wrong.append(f"顺序或张数不对：{len(order)} 张，开头 {order[:5]}，末尾 {order[-3:]}")
    return wrong


def _zip_is_whole(data: bytes, figure: LongPrint) -> list[str]:
    """What lies in it is what its lists say, in the order asked."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        names = [it for it in packed.namelist() if it.endswith(".pdf")]
        lines = json.loads(packed.read("manifest.json"))["papers"]
        sums = {name: sha256(packed.read(name)).hexdigest() for name in names}
        rows = list(csv.reader(io.StringIO(packed.read("manifest.csv").decode("utf-8-sig"))))
    figure.pages = sum(it["pages"] for it in lines)
    wrong = []
    if [int(NUMBER.search(it["number"])[1]) for it in lines] != list(range(1, figure.slips + 1)):  # type: ignore[index]
        wrong.append("清单的顺序或张数不对")
    if names != [it["file"] for it in lines] or any(sums.get(it["file"]) != it["sha256"] for it in lines):
        wrong.append("清单与文件不符")
    if len(rows) != figure.slips + 1:
        wrong.append(f"manifest.csv 有 {len(rows)} 行")
    return wrong


def _presses(it: Stage) -> int:
    found = 0
    for pid in family(it.portal.process.pid):
        with suppress(OSError):
            found += b"press_child" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return found


def as_json(figures: Sequence[LongPrint]) -> str:
    """Everything, for machines."""
    return json.dumps({"machine": machine(), "prints": [asdict(it) for it in figures]}, ensure_ascii=False, indent=1)


def as_table(figures: Sequence[LongPrint]) -> str:
    """One table, and below it what is wrong."""
    rows = [
        (
            it.what, str(it.slips), f"{it.a_second:.1f}", f"{it.cpu_ms:.0f}", f"{it.longest_part:.1f}", f"{it.stood_still:.1f}",
            str(it.made_again), str(it.pages), f"{it.file_mb:.1f}", str(it.press_mb), str(it.pages_mb),
            str(len(it.wrong)), f"{it.seconds:.0f}",
        )
        for it in figures
    ]  # fmt: skip
    return "\n".join(
        [*lined_up([HEAD, *rows], left=(0,)), "", *(f"✗ {w}" for it in figures for w in it.wrong), machine()]
    )
