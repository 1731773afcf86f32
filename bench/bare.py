"""The upper bound: pure ASGI that sends given bytes, and does nothing else.

Serve it with `BENCH_ANSWERS` naming a JSON file: for each path the headers and the body's file, `*` for all others.
"""

import json
import os
from pathlib import Path
from typing import Any

from starlette.types import Receive, Scope, Send

Answer = tuple[list[tuple[bytes, bytes]], bytes]


def answers(file: Path) -> dict[str, Answer]:
    told: dict[str, Any] = json.loads(file.read_text())
    return {
        path: ([(name.encode(), value.encode()) for name, value in headers], Path(body).read_bytes())
        for path, (headers, body) in told.items()
    }


class Bare:
    def __init__(self, given: dict[str, Answer]) -> None:
        self._given = given
        self._default = given["*"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        if scope["type"] != "http":
            return
        headers, body = self._given.get(scope["path"], self._default)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def create_app() -> Bare:
    return Bare(answers(Path(os.environ["BENCH_ANSWERS"])))
