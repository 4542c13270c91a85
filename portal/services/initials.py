"""Pinyin initials, by which people look names up: 安澜制造 → alzz."""

SURNAMES = {
    "单": "s",
    "曾": "z",
    "区": "o",
    "解": "x",
    "仇": "q",
    "查": "z",
    "盖": "g",
    "尉": "y",
    "朴": "p",
    "员": "y",
}
"""Surnames whose everyday reading differs; the library's default misreads them (domain 8)."""


def initials(text: str, *, surname_first: bool = False) -> str:
    """The lower-case initials of a name; letters and digits stay, everything else is left out."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - its dictionaries take half a second to load

    letters = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))
    if surname_first and text[:1] in SURNAMES:
        letters = SURNAMES[text[0]] + letters[1:]
    return "".join(letter.lower() for letter in letters if letter.isascii() and letter.isalnum())
