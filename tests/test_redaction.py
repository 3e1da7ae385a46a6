"""Identifiers in free text: two hundred planted, none left; and nothing else taken. Part of P15 of PRIVACY.md."""

import random
import string
import time
from collections.abc import Iterable, Mapping
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from exports import groups, quotes
from exports.export import FILES, Selection
from survey.installation import Installation
from survey.periods import Period
from survey.redaction import REMOVED, redactor
from survey.release import release_due
from survey.tables import quote
from survey.teams import name_colleagues
from tests.outsider import table
from tests.scene import ASSOCIATION, answer, at, open_for, reply, settle

STAFF = ("Anna-Lena Åkesson", "Bo Ek", "Karin de Geer", "Mohammed Al-Rashid", "Åsa Öberg")
redact = redactor(STAFF)


def planted(rng: random.Random) -> tuple[str, str]:
    """An identifier as somebody might write it, and the part of it that must not be left."""
    digits = "".join(rng.choice(string.digits) for _ in range(4))
    day = f"{rng.randint(30, 99)}{rng.randint(1, 12):02}{rng.choice([rng.randint(1, 28), rng.randint(61, 88)]):02}"
    domain = rng.choice(["gmail.com", "kommun.se", "exempel.org"])
    user = "".join(rng.choice(string.ascii_lowercase) for _ in range(7))
    return rng.choice(
        [
            (f"{day}-{digits}", digits),
            (f"19{day}{digits}", digits),
            (f"20{day} {digits}", digits),
            (f"{day}+{digits}", digits),
            (f"{day[:2]} {day[2:4]} {day[4:]} {digits[:2]} {digits[2:]}", f"{digits[:2]} {digits[2:]}"),
            (f"{day} – {digits}", digits),
            (f"{user}@{domain}", user),
            (f"{user} (at) {domain}", user),
            (f"{user}[at]{domain.replace('.', '(dot)')}", user),
            (f"{user} snabel-a {domain.replace('.', ' punkt ')}", user),
            (f"https://{domain}/{user}", user),
            (f"www.{user}.se", user),
            (f"{user}.{domain}/sida?x=1", user),
            (f"070-{digits[:3]} {digits[3]}1 22", digits[:3]),
            (f"+46 (0)70 {digits[:3]} 22 {digits[3]}4", digits[:3]),
            (f"08/{digits} 12", digits),
            (f"ärende {digits}7", digits),
            ("Anna-Lenas", "Lena"),
            ("ÅKESSON", "ÅKESSON"),
            ("bo ek", "ek"),
            ("Åsa Öbergs", "Åsa"),
            ("A\u030asa O\u0308berg", "sa"),
            ("Karin", "Karin"),
            ("Geer:s", "Geer"),
            ("al-rashid’s", "rashid"),
            (f"0\u200b7\u200b0\u200b{digits}\u200b1\u200b2\u200b3", digits),
        ]
    )


def test_of_two_hundred_planted_identifiers_none_is_left() -> None:
    rng = random.Random(2026)
    left = []
    for _ in range(200):
        written, telling = planted(rng)
        text = f"Jag vill säga att {written}, tack så mycket"
        after = redact(text)
        assert after.startswith("Jag vill säga att ")
        assert after.endswith("tack så mycket")
        left += [(written, after)] if telling in after or REMOVED not in after else []
    assert left == []


def test_control_the_same_identifiers_are_there_before() -> None:
    rng = random.Random(2026)
    assert all(telling in written for written, telling in (planted(rng) for _ in range(200)))


def test_of_two_hundred_sent_none_leaves_even_when_the_reader_writes_them_back(
    sqlite_installation: Installation,
) -> None:
    """From *Skicka* to every file: taken out when a box is opened, and once more when quotes are published."""
    rng, house = random.Random(2027), sqlite_installation
    sent = {f"Nummer {n}": planted(rng) for n in range(200)}
    with house.writing() as db:
        settle(db, "norr")
        name_colleagues(db, "norr", STAFF)
    opened = open_for(house, "norr", people=200)
    for code, (number, (written, _)) in zip(opened.codes, sent.items(), strict=True):
        reply(house, opened.round, code, answer(f"{number}: jag vill säga att {written}, tack"))
    release_due(at(house, "2026-10-01"), groups.close)
    with house.writing() as db:
        read = quotes.waiting(db, ASSOCIATION, "tiny", own_teams=())
        assert left_in(sent, [one.text for one in read]) == []
        for one in read:
            written, _ = sent[one.text.partition(":")[0]]
            quotes.approve(db, one.id, own_teams=(), text=one.text.replace(REMOVED, written, 1))
        approved = list(db.scalars(select(quote.c.text)))
        published = quotes.publish(db, ASSOCIATION, "tiny", Period.parse("2026-Q3"), date(2026, 10, 2))
    assert len(left_in(sent, approved)) > 190, "the control: they were written back"
    assert published
    assert left_in(sent, published.by_question["q_ord"]) == []
    with house.reading() as db:
        assert left_in(sent, [row["citat"] for row in table(workbook(db), "Citat")]) == []


def left_in(sent: Mapping[str, tuple[str, str]], texts: Iterable[str]) -> list[str]:
    """The texts that still hold what was planted in them; all two hundred must be there."""
    by_number = {number: text for number, _, text in (one.partition(":") for one in texts) if number in sent}
    assert len(by_number) == len(sent)
    return [text for number, text in by_number.items() if sent[number][1] in text]


def workbook(db: Connection) -> bytes:
    """The workbook of everything."""
    out = BytesIO()
    FILES["xlsx"].write(db, Selection(ASSOCIATION, "tiny"), out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("Numbers in words", "Ring noll sju noll, ett två tre"),
        ("Numbers of fewer than five digits", "Jag satt i rum 4512"),
        ("Letters among digits", "Mitt kort är A7B9C2"),
        ("Other people's names", "Läkaren Kristina Holm var bra"),
        ("Nicknames", "Lill-Kalle hjälpte mig"),
        ("Places and dates", "Jag bor på Storgatan 12 och fyllde år den 3 maj"),
        ("Names in social media without @", "Jag heter kalle.andersson där"),
    ],
)
def test_what_is_not_found_is_said(kind: str, text: str) -> None:
    """The reader must find these, and is told so."""
    assert redact(text) == text
    assert kind in (Path(__file__).parent.parent / "docs" / "statistics.md").read_text()


@pytest.mark.parametrize(
    "text",
    [
        "De var snälla, alla 4 av 5.",
        "Mötet var kl 10-12 den 3/4.",
        "Det kostade 12 345 kr.",
        "Jag fick vänta i 2 år, 2021 och 2022.",
        "de sa att jag kunde boka själv",
        "Bra!\nOch sedan: 1, 2, 3.",
        "I was at home and looked at it.",
    ],
)
def test_what_is_no_identifier_stays(text: str) -> None:
    assert redact(text) == text


def test_without_names_only_numbers_and_addresses_are_taken() -> None:
    assert redactor()("Karin ringde 070-123 45 67") == f"Karin ringde {REMOVED}"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=120))
def test_taking_out_twice_is_taking_out_once(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(st.text(alphabet="0123456789 -+/.()\u200b", max_size=40))
def test_no_run_of_five_digits_is_ever_left(text: str) -> None:
    run = 0
    for sign in redact(text):
        run = run + 1 if sign.isdigit() else 0
        assert run < 5


def test_a_long_hostile_text_takes_no_time() -> None:
    for sign in ("a", "a.", "1 ", "@", "((", "www."):
        began = time.process_time()
        redact(sign * 2000)
        assert time.process_time() - began < 0.5
