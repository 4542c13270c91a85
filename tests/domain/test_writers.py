from datetime import datetime, timedelta

from portal.clock import ZONE
from portal.domain.writers import LAPSES, others_writing, with_writer

NOW = datetime(2026, 11, 22, 9, tzinfo=ZONE)


def test_a_writer_is_seen_by_the_others_where_he_wrote_last_and_forgotten_after_a_while():
    writers = with_writer({}, 1, "张示例", ("crux",), NOW)
    writers = with_writer(writers, 1, "张示例", ("answer",), NOW + timedelta(seconds=4))
    assert [(it.name, it.parts) for it in others_writing(writers, 2, NOW + timedelta(seconds=5))] == [
        ("张示例", ("answer",))
    ]
    assert others_writing(writers, 1, NOW) == []
    over = NOW + LAPSES + timedelta(seconds=5)
    assert others_writing(writers, 2, over) == []
    assert set(with_writer(writers, 2, "李示例", ("crux",), over)) == {"2"}
