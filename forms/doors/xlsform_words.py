"""What XLSForm calls its sheets, columns and types, in English, in Swedish and as in its first years; what is read as
what, and why the rest is refused."""

from flask_babel import lazy_gettext as _l

SHEETS = {"frågor": "survey", "svar": "choices", "svarsval": "choices", "inställningar": "settings"}
"""What the sheets may be called in Swedish."""
HEADINGS = {
    **{"typ": "type", "command": "type", "namn": "name", "tag": "name", "value": "name", "kod": "name"},
    **{"fråga": "label", "text": "label", "etikett": "label", "caption": "label", "hjälp": "hint"},
    **{"obligatorisk": "required", "visas om": "relevant", "villkor": "relevant", "relevance": "relevant"},
    **{"requiredmsg": "required_message", "constraining_message": "constraint_message", "krav": "constraint"},
    **{"lista": "list_name", "list name": "list_name", "utseende": "appearance", "titel": "form_title"},
    **{"calculate": "calculation", "set_form_title": "form_title", "set_form_id": "form_id", "readonly": "read_only"},
}
"""What the columns may be called besides their XLSForm names: XLSForm's own other words, and Swedish."""

BINDINGS = {
    **{f"bind:{name}": name for name in ("relevant", "required", "constraint", "calculation")},
    **{"bind:calculate": "calculation", "bind:readonly": "read_only", "control:appearance": "appearance"},
    **{"bind:jr:constraintmsg": "constraint_message", "bind:constraintmsg": "constraint_message"},
}
"""What the columns were called in the first years of XLSForm."""

REFUSED_COLUMNS = {
    "calculation": _l("Formulär räknar inte ut svar."),
    "default": _l("Frågor har inga svar i förväg."),
    "choice_filter": _l("Svaren kan inte filtreras."),
    "repeat_count": _l("Frågor kan inte upprepas."),
    "read_only": _l("Frågor kan inte vara låsta."),
    "trigger": _l("Formulär räknar inte ut svar."),
    "save_to": _l("Svar sparas inte i entiteter."),
    "media": _l("Frågor har inga bilder eller ljud."),
    "image": _l("Frågor har inga bilder."),
    "audio": _l("Frågor har inga ljud."),
    "video": _l("Frågor har inga filmer."),
    "bind": _l("Kolumnen går förbi formuläret."),
    "instance": _l("Kolumnen går förbi formuläret."),
    "body": _l("Kolumnen går förbi formuläret."),
}
"""Columns with something in them that changes what is asked or kept."""

REFUSED_SHEETS = {
    "entities": _l("Svar sparas inte i entiteter."),
    "external_choices": _l("Svaren måste stå på bladet choices."),
}

HAZARDS = frozenset(
    {
        *("start", "end", "today", "username", "deviceid", "imei", "phonenumber", "subscriberid"),
        *("simserial", "email", "audit", "start-geopoint", "background-audio", "background-geopoint"),
    }
)
HAZARDS_IN_WORDS = frozenset(
    f"{get}{what}"
    for get, names in (
        ("get ", ("start time", "end time", "today", "device id", "subscriber id", "sim id", "phone number")),
        ("", ("start time", "end time", "device id", "subscriber id", "sim id", "phone id")),
    )
    for what in names
)
"""The same in the words of the first years."""
REFUSED_TYPES = {
    "decimal": _l("Formulär har bara heltal."),
    "calculate": _l("Formulär räknar inte ut svar."),
    "hidden": _l("Formulär har inga dolda svar."),
    "time": _l("Det finns ingen fråga om klockslag."),
    "datetime": _l("Det finns ingen fråga om klockslag."),
    "rank": _l("Det finns ingen fråga som rangordnar."),
    "acknowledge": _l("Det finns ingen fråga med bara en ruta."),
    "trigger": _l("Det finns ingen fråga med bara en ruta."),
    **dict.fromkeys(("image", "photo", "audio", "video", "file", "barcode"), _l("Det går inte att skicka in filer.")),
    **dict.fromkeys(("geopoint", "geotrace", "geoshape", "gps", "osm"), _l("Formulär frågar inte var någon är.")),
    **dict.fromkeys(("begin repeat", "end repeat", "begin loop", "end loop"), _l("Frågor kan inte upprepas.")),
    "cascading_select": _l("Svaren kan inte filtreras."),
    "include": _l("Frågor kan inte hämtas från en annan fil."),
    **dict.fromkeys(("select_one_from_file", "select_multiple_from_file"), _l("Svaren måste stå i arbetsboken.")),
    **dict.fromkeys(("select_one_external", "csv-external", "xml-external"), _l("Svaren måste stå i arbetsboken.")),
}
READ_AS = {
    **{"text": "text", "string": "text", "integer": "number", "int": "number", "range": "number"},
    **{"date": "date", "note": "statement", "phone number": "phone"},
}
