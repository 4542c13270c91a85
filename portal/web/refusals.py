"""The grounds of a refusal as forms offer them."""

from wtforms.fields import SelectChoice

from portal.domain.refusals import RefusalGround


def grounds_to_choose(blank: str) -> list[SelectChoice]:
    """The grounds on which something is not received, each bringing along the channel it leads to."""
    return [
        SelectChoice(value="", label=blank),
        *(SelectChoice(value=it.value, label=it.label, render_kw={"data-text": it.channel}) for it in RefusalGround),
    ]
