"""An association's own look: what can be read, what a logo may be, and what a public page then costs and holds."""

import re
import zlib
from collections.abc import Callable
from io import BytesIO
from struct import pack

import pytest
from flask.testing import FlaskClient

from staff import accounts
from staff.member import Grant
from survey import look as looks
from survey.errors import NotAllowed
from survey.installation import Installation
from survey.logos import MOST_BYTES, cleaned
from survey.look import Look, contrast, darker, keep, look_of, on_dark
from tests.staff_scene import AWAY, HOME, World, staffed
from tests.test_look import BODY, PUBLIC_CSS, _tokens
from tests.test_look import contrast as measured

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z" fill="#123456"/></svg>'


def chunk(name: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))


def png(width: int = 2, height: int = 2, pixels: bytes | None = None, *more: bytes, interlace: int = 0) -> bytes:
    rows = b"".join(b"\0" + b"\1\2\3" * width for _row in range(height)) if pixels is None else pixels
    head = chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, 2, 0, 0, interlace))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """Ulla writes forms at home, Ulf elsewhere."""
    world = staffed(sqlite_installation)
    with world.installation.writing() as db:
        for name, home in (("ulla", HOME), ("ulf", AWAY)):
            world.accounts[name] = accounts.add(db, f"{name}@exempel.se", name.title(), Grant("author", home))
    return world


def give(world: World, own: Look) -> None:
    with world.installation.writing() as db:
        keep(db, HOME, own)


def now(world: World) -> Look:
    with world.installation.reading() as db:
        return look_of(db, HOME)


# Colours


def test_contrast_is_what_the_house_measures() -> None:
    for one, other in (("#0b5a63", "#ffffff"), ("#f0b23e", "#fbfaf6"), ("#777777", "#10191d")):
        assert contrast(one, other) == pytest.approx(measured(one, other))


@pytest.mark.parametrize("colour", ["#e60000", "#ffdd00", "#88aaff", "#00ff00", "#010101", "#123456", "#7f7f7f"])
def test_what_is_proposed_and_what_is_made_for_dark_can_be_read_on_every_ground(colour: str) -> None:
    light, dark = _tokens(PUBLIC_CSS)
    proposed = darker(colour)
    looks.refuse_pale(proposed)
    for ground in ("paper", "card"):
        assert measured(proposed, light[ground]) >= BODY
        assert measured(on_dark(proposed), dark[ground]) >= BODY
    assert measured(proposed, light["mist"]) >= 4.5
    assert measured(light["on-teal"], proposed) >= BODY
    assert measured(dark["on-teal"], on_dark(proposed)) >= BODY
    assert measured(on_dark(proposed), dark["mist"]) >= 4.5


def test_the_grounds_are_those_of_the_style_sheet() -> None:
    light, dark = _tokens(PUBLIC_CSS)
    whole = {"#fff": "#ffffff"}
    assert tuple(whole.get(light[g], light[g]) for g in ("paper", "card")) == looks._LIGHT
    assert tuple(dark[g] for g in ("paper", "card")) == looks._DARK


@pytest.mark.parametrize("colour", ["#ffdd00", "red", "#12345", "#0b5a63;}body{display:none", "url(x)", "#0B5A6"])
def test_a_colour_that_cannot_be_read_or_is_none_is_refused(world: World, colour: str) -> None:
    with pytest.raises(NotAllowed):
        give(world, Look(colour=colour))


# Logos


def test_a_png_keeps_its_pixels_and_loses_everything_else() -> None:
    hidden = chunk(b"tEXt", b"Author\0Nisse"), chunk(b"eXIf", b"GPS 59.3")
    kind, kept = cleaned(png(2, 2, None, *hidden) + b"<script>after the end</script>")
    assert kind == "png"
    assert re.findall(rb"IHDR|tEXt|eXIf|IDAT|IEND|Nisse|GPS|script", kept) == [b"IHDR", b"IDAT", b"IEND"]
    assert cleaned(kept) == (kind, kept)


BAD_PNGS: dict[str, Callable[[], bytes]] = {
    "a bomb": lambda: png(600, 600, b"\0" * 50_000_000),
    "too few pixels": lambda: png(9, 9, b"\0" * 3),
    "too many pixels": lambda: png(2, 2, b"\0" * 300),
    "a huge picture": lambda: png(60_000, 60_000, b""),
    "an unknown filter": lambda: png(2, 2, b"\7\1\2\3\1\2\3" * 2),
    "interlaced": lambda: png(interlace=1),
    "damaged": lambda: png().replace(b"IDATx", b"IDATy"),
    "cut off": lambda: png()[:40],
    "only a beginning": lambda: png()[:8],
    "a jpeg": lambda: b"\xff\xd8\xff\xe0" + b"\0" * 100,
    "a page": lambda: b"<html><script>alert(1)</script></html>",
    "nothing": lambda: b"",
    "too large a file": lambda: png() + b"\0" * 300_000,
}


@pytest.mark.parametrize("what", BAD_PNGS)
def test_what_is_no_small_whole_picture_is_refused(what: str) -> None:
    with pytest.raises(NotAllowed):
        cleaned(BAD_PNGS[what]())


def test_a_bomb_would_unfold_for_a_reader_that_believes_it() -> None:
    packed = BAD_PNGS["a bomb"]().partition(b"IDAT")[2]
    assert len(zlib.decompressobj().decompress(packed)) == 50_000_000


def test_an_svg_is_written_anew_from_shapes_and_colours() -> None:
    drawn = b"""<?xml version="1.0"?><!-- made by -->
<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" id="a"><title>Logo</title>
<g style="fill:#abc;-inkscape-x:1;stroke-width:2" transform="translate(1 2)"><circle cx="1" cy="2" r="3"/></g></svg>"""
    kind, kept = cleaned(drawn)
    assert kind == "svg"
    assert kept.decode() == (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        '<g fill="#abc" stroke-width="2" transform="translate(1 2)"><circle cx="1" cy="2" r="3"></circle></g></svg>'
    )


BAD_SVGS = {
    "a script": b"<script>alert(1)</script>",
    "a handler": b'<path d="M0 0" onload="alert(1)"/>',
    "a link": b'<a href="https://x"><path d="M0 0"/></a>',
    "a picture from elsewhere": b'<image href="https://x/y.png"/>',
    "something used": b'<use xmlns:xlink="x" xlink:href="https://x#y"/>',
    "a page within": b"<foreignObject><p>x</p></foreignObject>",
    "a style sheet": b"<style>@import url(https://x)</style>",
    "a style from elsewhere": b'<path d="M0 0" style="fill:url(https://x#y)"/>',
    "a fill from elsewhere": b'<path d="M0 0" fill="url(https://x#y)"/>',
    "a way out of the attribute": b'<path d="M0 0" fill="&quot;/&gt;&lt;script&gt;"/>',
    "an animation": b'<animate attributeName="href"/>',
    "a filter": b'<path d="M0 0" filter="url(#f)"/>',
}


@pytest.mark.parametrize("what", BAD_SVGS)
def test_an_svg_that_could_do_anything_is_refused(what: str) -> None:
    good = SVG.replace(b"</svg>", b'<path d="M0 0"/></svg>')
    assert cleaned(good)  # the control: the same place with a harmless shape
    with pytest.raises(NotAllowed):
        cleaned(SVG.replace(b"</svg>", BAD_SVGS[what] + b"</svg>"))


def test_an_svg_with_entities_is_refused_before_they_unfold() -> None:
    with pytest.raises(NotAllowed):
        cleaned(b'<!DOCTYPE svg [<!ENTITY x "M0 0">]>' + SVG.replace(b"M0 0h8v8z", b"&x;"))


def test_a_logo_is_small() -> None:
    with pytest.raises(NotAllowed, match="kB"):
        cleaned(SVG.replace(b"M0 0", b"M0 0" + b"L1 1" * MOST_BYTES))


# On public pages


def participant(world: World) -> FlaskClient:
    return world.app.test_client()


def test_a_first_page_with_the_largest_look_keeps_its_budgets(world: World) -> None:
    path = "M" + " ".join(str(n * 7919 % 1000) for n in range(1800))
    kind, logo = cleaned(SVG.replace(b"M0 0h8v8z", path.encode()))
    words = {"sv": "Vi frågar för att det ska bli bättre. " * 10, "en": "We ask. " * 40}
    give(world, Look("#123456", logo, kind, words, words))
    client = participant(world)
    code = {"code": world.home.codes[0]}
    page = client.post("/svara", data=code, headers={"Accept-Encoding": "gzip"})
    text = client.post("/svara", data=code).text
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', text)
    assert len(sheets) == 2
    assert "<script" not in text
    sent = [client.get(each, headers={"Accept-Encoding": "gzip"}) for each in sheets]
    assert all(each.status_code == 200 for each in sent)
    assert len(page.data) + sum(len(each.data) for each in sent) <= 30 * 1024
    assert words["sv"].strip() in text


def test_the_style_sheet_is_kept_for_a_year_and_says_nothing_but_style(world: World) -> None:
    give(world, Look("#123456", SVG, "svg"))
    sheet = f"/utseende/{HOME}-{now(world).edition}.css"
    answer = participant(world).get(sheet)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/css")
    assert "Set-Cookie" not in answer.headers
    assert "http" not in answer.text.replace("http://www.w3.org/2000/svg", "")
    for other in (
        f"/utseende/{AWAY}-{now(world).edition}.css",
        f"/utseende/{HOME}-000000000000.css",
        "/utseende/x-y.css",
    ):
        assert participant(world).get(other).status_code == 404


def test_without_a_look_pages_are_as_they_were(world: World) -> None:
    assert "/utseende/" not in participant(world).get(f"/resultat/{HOME}").text
    give(world, Look("#123456"))
    assert "/utseende/" in participant(world).get(f"/resultat/{HOME}").text
    give(world, Look())
    assert now(world) == Look()


# Where it is chosen


def test_an_author_chooses_and_is_told_what_cannot_be_read(world: World) -> None:
    browser, path = world.visit("ulla"), f"/personal/utseende/{HOME}"
    assert browser.get("/personal/utseende/").headers["Location"].endswith(path)
    pale = browser.post(path, colour="#ffdd00", **{"start-sv": "Hej!"})
    assert pale.status_code == 422
    assert darker("#ffdd00") in pale.text
    assert "Hej!" in pale.text
    sent = {"colour": "#123456", "start-sv": "Hej!", "logo": (BytesIO(SVG), "l.svg")}
    assert browser.post(path, **sent).status_code == 303
    own = now(world)
    assert (own.colour, own.kind, own.start) == ("#123456", "svg", {"sv": "Hej!"})
    assert browser.post(path, colour="", no_logo="ja").status_code == 303
    assert now(world) == Look()


def test_a_logo_that_could_do_harm_is_refused_on_the_page(world: World) -> None:
    browser, path = world.visit("ulla"), f"/personal/utseende/{HOME}"
    evil = SVG.replace(b"</svg>", b"<script>alert(1)</script></svg>")
    refused = browser.post(path, logo=(BytesIO(evil), "l.svg"))
    assert refused.status_code == 422
    assert "&lt;script&gt;" in refused.text
    assert now(world) == Look()
    large = browser.post(path, logo=(BytesIO(b"x" * 1_000_000), "l.png"))
    assert large.status_code == 422
    assert "200 kB" in large.text


def test_nobody_else_chooses_it(world: World) -> None:
    for name in ("ulf", "kim", "eva", "ada"):
        browser = world.visit(name)
        assert browser.get(f"/personal/utseende/{HOME}").status_code == 404
        assert browser.post(f"/personal/utseende/{HOME}", colour="#123456").status_code == 404
    assert now(world) == Look()
