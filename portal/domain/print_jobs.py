"""Printing in bulk: what can be asked for, and where such a job stands."""

from portal.domain.labelled import Labelled


class JobKind(Labelled):
    """What comes out of a job."""

    PDF = "pdf", "合并成一份 PDF"
    ZIP = "zip", "逐张 PDF 打包"
    ARCHIVE = "archive", "年度归档包"


class JobState(Labelled):
    """Where a job stands; a job whose process was killed is still running and is taken up again."""

    WAITING = "waiting", "等待"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    CANCELLED = "cancelled", "已取消"
    FAILED = "failed", "未完成"


OPEN_STATES = (JobState.WAITING, JobState.RUNNING)
