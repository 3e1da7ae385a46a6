"""The application as shipped, but for one answer, which is never done being stored: whoever stores it holds the lock
that all writers wait for. Which one is said by a file, into which the worker that hangs writes its number.
"""

import os
import time
from pathlib import Path
from typing import Any

from flask import Flask

import app
from survey import box, sealing

_seal = sealing.seal


def serve(told: str) -> Flask:
    """What gunicorn serves; `told` is the file, empty from the moment when the next answer is to hang."""
    file = Path(told)

    def seal(*given: Any, **named: Any) -> bytes:
        if file.exists() and not file.read_text():
            file.write_text(str(os.getpid()))
            time.sleep(3600)
        return _seal(*given, **named)

    vars(box)["seal"] = seal
    return app.serve()
