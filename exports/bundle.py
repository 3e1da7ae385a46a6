"""Several files as one .zip: the same bytes for the same files and day. Which files is `exports.export`."""

from collections.abc import Callable, Iterable
from datetime import date
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

Part = tuple[str, Callable[[BinaryIO], object]]
"""A file's name, and who writes it."""


def write_bundle(parts: Iterable[Part], day: date, out: BinaryIO) -> None:
    """Write the files one after the other, each dated `day`; none of them is held in memory."""
    with ZipFile(out, "w") as bundle:
        for name, write in parts:
            info = ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            info.compress_type = ZIP_DEFLATED
            with TemporaryFile() as file, bundle.open(info, "w", force_zip64=True) as entry:
                write(file)
                file.seek(0)
                copyfileobj(file, entry)
