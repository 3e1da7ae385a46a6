"""What has been done to a form that is being written, said as lines of its history."""

from collections.abc import Mapping
from typing import Any

from forms.messages import _


def in_words(told: Mapping[str, Any]) -> str:
    """What a step did, as a line of the history."""
    match told:
        case {"did": "Started"}:
            return _("Började formuläret")
        case {"did": "Reopened", "version": version}:
            return _("Började ändra version %(n)s", n=version)
        case {"did": "Published", "version": version}:
            return _("Publicerade version %(n)s", n=version)
        case {"did": "Undone", "step": step}:
            return _("Ångrade: %(step)s", step=in_words(step))
        case {"did": "Restored", "version": version}:
            return _("Återställde version %(n)s", n=version)
        case {"did": "Archived"}:
            return _("Arkiverade formuläret")
        case {"did": "Unarchived"}:
            return _("Tog tillbaka formuläret ur arkivet")
        case {"did": "Discarded"}:
            return _("Kastade utkastet")
        case {"did": "AddQuestion" | "UseQuestion", "question": question}:
            return _("La till frågan «%(question)s»", question=question)
        case {"did": "ChangeQuestion", "question": question}:
            return _("Ändrade frågan «%(question)s»", question=question)
        case {"did": "ChangeType", "question": question}:
            return _("Bytte typ på frågan «%(question)s»", question=question)
        case {"did": "MoveQuestion", "question": question, "to": to}:
            return _("Flyttade frågan «%(question)s» till plats %(n)s", question=question, n=to)
        case {"did": "MoveUp", "question": question}:
            return _("Flyttade upp frågan «%(question)s»", question=question)
        case {"did": "MoveDown", "question": question}:
            return _("Flyttade ner frågan «%(question)s»", question=question)
        case {"did": "RemoveQuestion", "question": question}:
            return _("Tog bort frågan «%(question)s»", question=question)
        case {"did": "RepeatQuestion", "question": question}:
            return _("Kopierade frågan «%(question)s»", question=question)
        case {"did": "JoinPage", "question": question}:
            return _("La «%(question)s» på samma sida som frågan före", question=question)
        case {"did": "SplitPage", "question": question}:
            return _("Gav frågan «%(question)s» en egen sida", question=question)
        case {"did": "ChangePart", "question": question}:
            return _("Ändrade delen som börjar med «%(question)s»", question=question)
        case {"did": "ChangeChoices", "question": question}:
            return _("Ändrade svaren på frågan «%(question)s»", question=question)
        case {"did": "ChangeScale"}:
            return _("Ändrade en skala")
        case {"did": "RemoveScale"}:
            return _("Tog bort en skala")
        case {"did": "ChangeForm"}:
            return _("Ändrade texterna runt frågorna")
        case {"did": "AddTheme", "name": name}:
            return _("La till temat «%(name)s»", name=name)
        case {"did": "NewMeaning", "question": question}:
            return _("Gav frågan «%(question)s» en ny betydelse", question=question)
        case {"did": "ChangeTexts", "languages": languages}:
            return _("Ändrade texter på %(languages)s", languages=", ".join(languages))
        case {"did": "AddLanguage", "language": language}:
            return _("La till språket %(language)s", language=language)
        case {"did": "RemoveLanguage", "language": language}:
            return _("Tog bort språket %(language)s", language=language)
        case {"did": "UseScale", "question": question}:
            return _("Valde en skala till frågan «%(question)s»", question=question)
        case {"did": "UseBlock", "lock": lock}:
            return _("La till blocket %(lock)s", lock=lock)
        case {"did": "RemoveBlock", "lock": lock}:
            return _("Tog bort blocket %(lock)s", lock=lock)
        case {"did": "ShowIf", "question": question}:
            return _("Ändrade när frågan «%(question)s» visas", question=question)
        case {"did": "SetRoutes", "question": question}:
            return _("Ändrade vägen efter frågan «%(question)s»", question=question)
    return ""
