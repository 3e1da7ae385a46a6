"""Reading ease as it is measured by hand, and the blanks in texts."""

import pytest

from forms.model import Text
from forms.placeholders import PLACEHOLDERS, fill, unknown, values
from forms.reading import measure


def test_reading_ease_is_what_counting_by_hand_gives() -> None:
    # 3 + 5 + 2 words in three sentences, two of them (mötesdagen, förbundet) longer than six letters.
    ease = measure(["Vi träffas här. Boka en tid på mötesdagen!", "Hela förbundet"])
    assert (ease.words, ease.sentences, ease.long_words, ease.longest) == (10, 3, 3, 5)
    assert ease.lix == pytest.approx(10 / 3 + 30)


def test_no_text_measures_nothing() -> None:
    assert measure([]).lix == 0


def test_a_hard_text_measures_more_than_participants_are_asked_to_read() -> None:
    hard = "Myndighetsgemensamma samordningsförbund tillhandahåller arbetslivsinriktade rehabiliteringsinsatser."
    assert measure([hard]).lix > 40


def test_every_blank_is_filled_in() -> None:
    given = values(team="Teamet", association="Förbundet", phone="08-1", k=5, show=10, language="sv")
    assert set(given) == set(PLACEHOLDERS)
    assert fill("{team} {association} {phone} {k} {others} {show}", given) == "Teamet Förbundet 08-1 5 4 tio"


@pytest.mark.parametrize(
    ("show", "language", "said"), [(10, "sv", "tio"), (12, "en", "twelve"), (15, "sv", "15"), (10, "ar", "10")]
)
def test_a_floor_is_said_in_words_where_they_are_known(show: int, language: str, said: str) -> None:
    assert values(team="", association="", phone="", k=10, show=show, language=language)["show"] == said


def test_a_name_in_braces_is_not_read_as_a_blank() -> None:
    assert fill("Hej {team} {okänt}", {"team": "{phone}", "phone": "112"}) == "Hej {phone} {okänt}"


def test_what_is_no_blank_is_found() -> None:
    assert unknown("{team} {temat} {}") == ["temat", ""]


def test_a_text_that_is_missing_falls_back_to_the_binding_language_and_says_so() -> None:
    text = Text({"sv": "Hej", "en": "Hi"})
    assert (text.in_("en"), text.language_of("en")) == ("Hi", "en")
    assert (text.in_("ar"), text.language_of("ar")) == ("Hej", "sv")
    assert fill("inget att fylla i", {"team": "x"}) == "inget att fylla i"
