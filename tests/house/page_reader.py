"""Reads a drawn page for what the house asks of every one of them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

TYPED = {"input", "select", "textarea"}
NOT_TYPED = {"hidden", "submit", "button", "image", "reset"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "use"}
WRITES = ("hx-post", "hx-put", "hx-patch", "hx-delete")


@dataclass
class Page(HTMLParser):
    """Headings, links, labels, forms and ids of one page."""

    headings: int = 0
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._labelled: set[str] = set()
        self._typed: list[tuple[str, dict[str, str], bool]] = []

    @classmethod
    def of(cls, html: str) -> "Page":
        """Read a page to its end."""
        page = cls()
        page.feed(html)
        page.close()
        for tag, given, inside in page._typed:
            named = inside or given.get("aria-label") or given.get("aria-labelledby")
            if not named and given.get("id") not in page._labelled:
                page.troubles.append(f"<{tag} name={given.get('name')!r}> has no label: draw it with the macro field()")
        doubles = sorted({it for it in page.ids if page.ids.count(it) > 1})
        page.troubles += [f"id {it!r} occurs more than once: give each element its own" for it in doubles]
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "h1":
            self.headings += 1
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "label" and "for" in given:
            self._labelled.add(given["for"])
        if "id" in given:
            self.ids.append(given["id"])
        if tag in TYPED and given.get("type") not in NOT_TYPED:
            self._typed.append((tag, given, "label" in self._open))
        self._check_writes(tag, given)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def _check_writes(self, tag: str, given: dict[str, str]) -> None:
        for name in given:
            if name.startswith(("on", "hx-on")):
                self.troubles.append(f"{name} on <{tag}>: behaviour belongs into static/js/portal.js")
        for name in WRITES:
            if name not in given:
                continue
            if tag != "form" or given.get("method") != "post":
                self.troubles.append(f"{name} on <{tag}>: put it on a <form method=post> that works without script")
            elif given[name] != given.get("action", "").partition("#")[0]:
                self.troubles.append(f"{name}={given[name]} is not the form's action {given.get('action')}: repeat it")
        if "[" in given.get("hx-trigger", ""):
            self.troubles.append("a filter in hx-trigger needs eval, which is off: trigger without […]")
        if given.get("method") == "post" and tag == "form" and not given.get("action"):
            self.troubles.append("a <form method=post> without action: say where it goes")
