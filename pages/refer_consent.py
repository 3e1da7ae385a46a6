"""The consents of a referral as a file that a program can read, in the fields of ISO/IEC TS 27560:2023 (consent records
and receipts) and, where that has none, of Kantara's Consent Receipt 1.1.

It names the person by the number of the referral alone. This yes lifts secrecy between authorities (10 kap. 1 § and
12 kap. 2 § offentlighets- och sekretesslagen); it is not the consent that the GDPR knows, and the file says so.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from forms.parties import CASE_MANAGER, OBSERVER
from pages.language import SOURCE
from pages.refer_ground import Ground
from survey.cases import cases, consent, wordings
from survey.cases.model import ConsentEvent
from survey.cases.parties import parties

SCHEMA = "ISO/IEC TS 27560:2023"
BASIS = "10 kap. 1 § och 12 kap. 2 § offentlighets- och sekretesslagen (2009:400)"
"""What the yes lifts: secrecy, and nothing else."""
PII_TYPES: Mapping[str, str] = {
    "1": "Arbete och studier",
    "2": "Ersättning och pengar",
    "3": "Hälsa och vård",
    "4": "Stöd från socialtjänsten",
    "5": "Familj och boende",
}
SENSITIVE = ("3", "4")
EVENTS: Mapping[str, str] = {
    "given": "consent given",
    "limited": "consent given",
    "refused": "consent refused",
    "marked": "consent updated",
    "confirmed": "consent confirmed",
    "withdrawn": "consent withdrawn",
    "expired": "consent expired",
    "superseded": "consent terminated",
}
COLLECTED = {"paper": "paper", "screen": "web form", "oral_here": "spoken in person", "oral_phone": "spoken by phone"}


def as_file(db: Connection, case_id: str, here: Ground, address: str) -> bytes:
    """What was said with the referral, and the text of each; `address` is where one takes a yes back.

    What is said later is the team's to know, and not of whoever still has the page that was sent.
    """
    of = cases.find(db, case_id)
    found = tuple(event for event in consent.events(db, case_id) if event.at <= of.received)
    record = {
        "schema_version": SCHEMA,
        "record_id": f"{of.team}:{of.reference}",
        "pii_principal_id": of.reference,
        "jurisdiction": "SE",
        "consent_timestamp": _moment(of.received),
        "pii_processing": [_processing(db, event, here, address) for event in found if event.wording],
        "party_identification": [*_controller(here), *_recipients(db, of.team, found)],
        "events": [_event(event) for event in found],
    }
    receipt = {"schema_version": SCHEMA, "receipt_id": f"{of.team}:{of.reference}:receipt", "consent_record": record}
    return orjson.dumps(receipt, option=orjson.OPT_INDENT_2)


def _processing(db: Connection, event: ConsentEvent, here: Ground, address: str) -> dict[str, Any]:
    shown = wordings.shown(db, event.wording or b"")
    return {
        "recipient": event.party,
        "privacy_notice": {
            "version": shown.version,
            "language": shown.language,
            "text": shown.text,
            "sha256": shown.hash.hex(),
        },
        "purposes": [
            {
                "purpose": event.purpose,
                "purpose_description": "Planera personens stöd tillsammans",
                "lawful_basis": BASIS,
                "lawful_basis_is_gdpr_consent": False,
                "pii_information": [_information(code) for code in sorted(event.categories)],
                "pii_controllers": [here.team.slug],
                "recipient_third_parties": [event.party],
                "collection_method": COLLECTED.get(event.how or "", ""),
                "valid_from": _day(event.valid_from),
                "valid_until": _day(event.valid_until),
                "withdrawal_method": address,
            }
        ],
    }


def _information(code: str) -> dict[str, Any]:
    return {"pii_type": code, "pii_description": PII_TYPES[code], "sensitive": code in SENSITIVE}


def _controller(here: Ground) -> Iterator[dict[str, str]]:
    """The authority that answers for the team's data (DOMAIN.md)."""
    contact = {"party_name": here.team.controller, "party_contact": here.phone}
    yield {"party_id": here.team.slug, "party_role": "pii controller", "party_unit": here.team.name, **contact}


def _recipients(db: Connection, team: str, events: tuple[ConsentEvent, ...]) -> Iterator[dict[str, str]]:
    names = {party.code: party.title.in_(SOURCE) for party in parties(db, team)}
    names |= {CASE_MANAGER: "Case manager", OBSERVER: "Observatör"}
    for code in dict.fromkeys(event.party for event in events):
        yield {"party_id": code, "party_role": "recipient third party", "party_name": names.get(code, code)}


def _event(event: ConsentEvent) -> dict[str, Any]:
    return {
        "event_number": event.number,
        "event_time": _moment(event.at),
        "event_type": "explicit",
        "event_state": EVENTS[event.kind],
        "entity_id": event.party,
        "scope": sorted(event.categories),
        "limited": event.kind == "limited",
        "validity_duration": {"from": _day(event.valid_from), "until": _day(event.valid_until)},
        "confirm_by": _day(event.confirm_by),
        "interpreted": event.interpreted,
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
