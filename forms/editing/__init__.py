"""Changing a form that is being written: one small class for each thing an author can do.

An edit is a plain value: content in, new content out, and what was given is never changed. Ids and codes are chosen
here, stay what they are when something is moved or reworded, and are never given to anything else once they have been
published. What belongs to a locked block can only be used or taken away whole.
"""

from forms.editing.around import AddLanguage, AddTheme, ChangeForm, ChangeTexts, RemoveLanguage
from forms.editing.asking import (
    AddQuestion,
    ChangeChoices,
    ChangeQuestion,
    ChangeType,
    NewMeaning,
    RemoveQuestion,
    RepeatQuestion,
)
from forms.editing.base import Edit, OfQuestion, Refused
from forms.editing.beginning import blank, copied, next_version
from forms.editing.choosing import ChangeScale, RemoveScale
from forms.editing.conditions import both, conjuncts, dependents
from forms.editing.placing import ChangePart, JoinPage, MoveDown, MoveQuestion, MoveUp, SplitPage
from forms.editing.using import RemoveBlock, UseBlock, UseQuestion, UseScale

__all__ = [
    "AddLanguage",
    "AddQuestion",
    "AddTheme",
    "ChangeChoices",
    "ChangeForm",
    "ChangePart",
    "ChangeQuestion",
    "ChangeScale",
    "ChangeTexts",
    "ChangeType",
    "Edit",
    "JoinPage",
    "MoveDown",
    "MoveQuestion",
    "MoveUp",
    "NewMeaning",
    "OfQuestion",
    "Refused",
    "RemoveBlock",
    "RemoveLanguage",
    "RemoveQuestion",
    "RemoveScale",
    "RepeatQuestion",
    "SplitPage",
    "UseBlock",
    "UseQuestion",
    "UseScale",
    "blank",
    "both",
    "conjuncts",
    "copied",
    "dependents",
    "next_version",
]
