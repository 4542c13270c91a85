"""The forms that stand beside each matter in the room."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.store.queries.categories import CategoryRow
from portal.store.queries.told_matters import ToldMatter
from portal.web.forms import PortalForm
from portal.web.matters.forms import DecisionForm
from portal.web.room.forms import EditMatterForm


@dataclass(frozen=True, slots=True)
class MatterForms:
    """A matter with the form that decides it and the one that corrects it."""

    matter: ToldMatter
    decision: DecisionForm
    edit: EditMatterForm

    @property
    def is_open(self) -> bool:
        """Whether the form that corrects it has something to say."""
        return bool(self.edit.errors)


def decision_form(matter: ToldMatter) -> DecisionForm:
    """A fresh form for a decision; its names carry the matter's id, as a page has several."""
    answer = {"answer": matter.on_site_answer, "base_answer": matter.on_site_answer, "answered_by": matter.answered_by}
    return DecisionForm(formdata=None, prefix=f"matter{matter.id}-", version=matter.version, **answer)


def with_forms(
    matters: Sequence[ToldMatter], categories: Sequence[CategoryRow], *refused: PortalForm
) -> list[MatterForms]:
    """Each matter with its forms, those that were refused as they were sent."""
    sent = {form._prefix: form for form in refused}  # noqa: SLF001 - WTForms tells it no other way
    found = []
    for matter in matters:
        decision, edit = sent.get(f"matter{matter.id}-"), sent.get(f"edit{matter.id}-")
        found.append(
            MatterForms(
                matter,
                decision if isinstance(decision, DecisionForm) else decision_form(matter),
                edit if isinstance(edit, EditMatterForm) else EditMatterForm(categories, matter),
            )
        )
    return found
