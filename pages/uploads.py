"""Files that members of staff hand in: how large they may be, and their bytes.

The limit is raised for views that take files only. The gate looks for a session before it reads a body, so nobody who
is not signed in can have a large one read.
"""

from typing import Any

from flask import Blueprint, request

from forms.doors import LARGEST
from pages import limits
from survey.errors import BadRequest

AROUND = 256 * 1024
"""Bytes that a posted file may have around it."""


def room_for_files(blueprint: Blueprint) -> None:
    """Let the views of `blueprint` be sent as much as a form file may hold."""

    @blueprint.url_value_preprocessor
    def room(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
        request.max_content_length = request.max_form_memory_size = LARGEST + AROUND


def uploaded(field: str = "file") -> tuple[str, bytes]:
    """Name and bytes of the file in `field`; ("", b"") where none was chosen. Raises `BadRequest` for one too large,
    `TooManyRequests` for one too many."""
    file = request.files.get(field)
    if file is None or not file.filename:
        return "", b""
    limits.allow_a_file()
    content = file.stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise BadRequest
    return file.filename, content
