"""A logo that somebody hands in -> the same picture and nothing else, or a clear refusal; small, and harmless to show.

A PNG is unpacked to its pixels within bounds and packed again: what else a file may carry (words, places, programs)
stays behind. An SVG is read within bounds and written anew from a short list of shapes and properties; nothing in it
can run, load, link or style anything.
"""

import re
import zlib
from collections.abc import Iterator
from struct import error as BadStruct
from struct import pack, unpack
from xml.sax.saxutils import quoteattr

from flask_babel import gettext as _

from forms.doors.xml import Element, read_xml
from forms.faults import BadForm
from survey.errors import NotAllowed

LARGEST = 200_000
"""Bytes of a file that is read at all."""
MOST_BYTES = 8_000
"""Of a logo as it is kept: a first page with it stays under thirty kilobytes."""
MOST_PIXELS = 600
"""Width and height of a PNG."""
_PNG = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}

_SHAPES = {
    "svg": {"viewBox", "width", "height"},
    "g": set(),
    "path": {"d"},
    "rect": {"x", "y", "width", "height", "rx", "ry"},
    "circle": {"cx", "cy", "r"},
    "ellipse": {"cx", "cy", "rx", "ry"},
    "line": {"x1", "y1", "x2", "y2"},
    "polyline": {"points"},
    "polygon": {"points"},
}
"""What a logo is drawn with, and what each shape is described by."""
_PROPERTIES = {
    *("fill", "fill-opacity", "fill-rule", "opacity", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin"),
    *("stroke-miterlimit", "stroke-opacity", "stroke-dasharray", "transform", "clip-rule"),
}
_UNSEEN = {"title", "desc", "metadata", "namedview"}
"""What shows nothing and is left behind."""
_UNUSED = re.compile(r"id|class|version|space|label|baseProfile|x|y|preserveAspectRatio|enable-background|role|aria-.*")
_UNUSED_PROPERTIES = re.compile(
    r"-.*|enable-background|font.*|text.*|line-height|display|visibility|overflow|isolation|.*blend.*"
)
_VALUE = re.compile(r"[-+\w.,#%() \t\r\n]*")
"""What a value may be: numbers, colours, path data, transforms. No quotation marks, no colons, no slashes."""


def cleaned(content: bytes) -> tuple[str, bytes]:
    """Kind ("png" or "svg") and bytes of the logo as it is kept. Raises `NotAllowed` with what to do."""
    if len(content) > LARGEST:
        raise NotAllowed(_("Filen är för stor. Den får ha högst %(n)s kB.", n=LARGEST // 1000))
    kind, kept = ("png", _png(content)) if content.startswith(_PNG) else ("svg", _svg(content))
    if len(kept) > MOST_BYTES:
        told = _("Logotypen är %(n)s kB. Den får vara högst %(most)s kB.", n=len(kept) // 1000, most=MOST_BYTES // 1000)
        remedy = _("Gör den mindre, eller spara den som SVG.")
        raise NotAllowed(f"{told} {remedy}")
    return kind, kept


# PNG


def _png(content: bytes) -> bytes:
    try:
        chunks = list(_chunks(content))
        width, height, depth, colour, packing, filtering, interlace = unpack(">IIBBBBB", chunks[0][1])
    except (BadStruct, IndexError):
        raise _broken() from None
    if chunks[0][0] != b"IHDR" or depth not in _DEPTHS.get(colour, ()) or packing or filtering:
        raise _broken()
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
        raise NotAllowed(_("Bilden får ha högst %(n)s punkter på bredden och höjden.", n=MOST_PIXELS))
    if interlace:
        raise NotAllowed(_("Spara bilden utan sammanflätning (interlace)."))
    row = 1 + (width * depth * _CHANNELS[colour] + 7) // 8
    pixels = _unpacked(b"".join(data for name, data in chunks if name == b"IDAT"), row * height)
    if any(pixels[start] > 4 for start in range(0, len(pixels), row)):
        raise _broken()
    kept = [(b"IHDR", chunks[0][1])]
    kept += [(name, data) for name, data in chunks if name in (b"PLTE", b"tRNS") and len(data) <= 768]
    kept += [(b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b"")]
    return _PNG + b"".join(_chunk(name, data) for name, data in kept)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at < len(content):
        size, name = unpack(">I4s", content[at : at + 8])
        data, (check,) = content[at + 8 : at + 8 + size], unpack(">I", content[at + 8 + size : at + 12 + size])
        if zlib.crc32(name + data) != check:
            raise _broken()
        yield name, data
        if name == b"IEND":
            return
        at += 12 + size
    raise _broken()


def _unpacked(packed: bytes, size: int) -> bytes:
    """The pixels: exactly as many as the picture says, whatever the file would unfold to."""
    try:
        reader = zlib.decompressobj()
        pixels = reader.decompress(packed, size + 1)
    except zlib.error:
        raise _broken() from None
    if len(pixels) != size:
        raise _broken()
    return pixels


def _chunk(name: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))


def _broken() -> NotAllowed:
    return NotAllowed(_("Bilden går inte att läsa. Spara den som PNG eller SVG och försök igen."))


# SVG


def _svg(content: bytes) -> bytes:
    try:
        root = read_xml(content, "")
    except BadForm:
        raise _broken() from None
    if root.name != "svg" or not (
        {"viewBox"} <= root.attributes.keys() or {"width", "height"} <= root.attributes.keys()
    ):
        raise _broken()
    return _written(root, namespace=' xmlns="http://www.w3.org/2000/svg"').encode()


def _written(element: Element, namespace: str = "") -> str:
    if element.name not in _SHAPES:
        raise NotAllowed(
            _(
                "Logotypen har <%(name)s>, som inte går att ta med. Spara den med bara former och färger.",
                name=element.name,
            )
        )
    told = "".join(f" {name}={quoteattr(value)}" for name, value in _attributes(element))
    inside = "".join(_written(each) for each in element.children if each.name not in _UNSEEN)
    return f"<{element.name}{namespace}{told}>{inside}</{element.name}>"


def _attributes(element: Element) -> Iterator[tuple[str, str]]:
    own = _SHAPES[element.name]
    for name, value in element.attributes.items():
        if name == "style":
            yield from _styled(value)
        elif name in own | _PROPERTIES:
            yield name, _plain(name, value)
        elif not _UNUSED.fullmatch(name):
            raise NotAllowed(_("Logotypen har «%(name)s», som inte går att ta med.", name=name[:40]))


def _styled(style: str) -> Iterator[tuple[str, str]]:
    """A style as properties of their own."""
    for part in filter(None, map(str.strip, style.split(";"))):
        name, _colon, value = (each.strip() for each in part.partition(":"))
        if name in _PROPERTIES:
            yield name, _plain(name, value)
        elif not _UNUSED_PROPERTIES.fullmatch(name):
            raise NotAllowed(_("Logotypen har «%(name)s», som inte går att ta med.", name=name[:40]))


def _plain(name: str, value: str) -> str:
    if not _VALUE.fullmatch(value) or "url" in value.lower():
        raise NotAllowed(_("Logotypen har «%(name)s» med något annat än tal och färger.", name=name[:40]))
    return value
