"""The registry of question types. A new one is a class and a line here; docs/question-types.md tells of each."""

from collections.abc import Mapping
from types import MappingProxyType

from forms.types.base import AnswerField, BadAnswer, QuestionType, Say
from forms.types.choosing import ChoicesType, ChoiceType, ScaleType, YesNoType
from forms.types.contact import EmailType, PhoneType
from forms.types.measuring import DateType, NumberType
from forms.types.municipality import MunicipalityType
from forms.types.parties import ConsentType, PartyType
from forms.types.personal_number import PersonalNumberType
from forms.types.repeat import RepeatType
from forms.types.statement import StatementType
from forms.types.writing import LongTextType, TextType

TYPES: Mapping[str, QuestionType] = MappingProxyType(
    {
        type_.name: type_
        for type_ in (
            ChoiceType(),
            ChoicesType(),
            ScaleType(),
            YesNoType(),
            TextType(),
            LongTextType(),
            NumberType(),
            DateType(),
            EmailType(),
            PhoneType(),
            PersonalNumberType(),
            MunicipalityType(),
            PartyType(),
            ConsentType(),
            RepeatType(),
            StatementType(),
        )
    }
)
"""Name in a form file -> the type."""

__all__ = ["TYPES", "AnswerField", "BadAnswer", "QuestionType", "Say"]
