"""`Idempotency-Key`: a request that is sent again gets its first answer again (IETF draft, as Stripe does it)."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Header, Request
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.context import client_address
from app.db import now
from app.errors import IdempotencyMismatch
from app.events import queries
from app.events.models import KeptAnswer

KEPT_FOR = timedelta(hours=24)


class Retries:
    """The retry that this request may be."""

    def __init__(self, key: str | None, fingerprint: str, secret: bytes = b"") -> None:
        self._key = key
        self._fingerprint = fingerprint
        self._secret = secret

    def once(self, session: Session, act: Callable[[], Response]) -> Response:
        """What `act` answers, or what it answered to the same request before, without acting again.

        The answer is kept in the transaction of the change. A refusal changes nothing and is not kept.
        Raises `IdempotencyMismatch`.
        """
        if self._key is None:
            return act()
        at = now()
        session.execute(delete(KeptAnswer).where(KeptAnswer.made_at < at - KEPT_FOR))
        claim = KeptAnswer(key=self._key, fingerprint=self._fingerprint, made_at=at)
        try:
            with session.begin_nested():  # a concurrent twin makes this wait until it has answered
                session.add(claim)
        except IntegrityError:
            return self._again(session)
        answer = act()
        claim.status, claim.body = answer.status_code, self._veiled(bytes(answer.body))
        claim.headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        return answer

    def _again(self, session: Session) -> Response:
        kept = session.scalars(queries.kept_answer(self._key or "")).one()
        if kept.fingerprint != self._fingerprint:
            raise IdempotencyMismatch("Use a fresh key for a new request.")
        return Response(
            self._veiled(kept.body or b""),
            status_code=kept.status or 200,
            headers={**(kept.headers or {}), "Idempotency-Replayed": "true"},
        )

    def _veiled(self, content: bytes) -> bytes:
        """The content as it is kept, or the other way round. It may hold a new key or token, so only who sends the
        same request with the same credential can read it: the pad comes of what he sends, and serves once."""
        pad = hashlib.shake_256(self._secret).digest(len(content))
        return bytes(a ^ b for a, b in zip(content, pad, strict=True))


Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Any unique text. The same request under the same key within 24 hours gets the first answer again "
        "and changes nothing more.",
    ),
]


def retries_of(request: Request, key: str | None, body: bytes) -> Retries:
    """The retry that a request with this key may be; `body`: its body, or what stands for it."""
    if key is None:
        return Retries(None, "")
    # Two strangers may choose the same key: each has his own answers, by credential or else by address.
    who = request.headers.get("authorization") or client_address(request)
    scope = f"{who}\n{key}"
    content = request.method.encode() + request.url.path.encode() + b"\n" + body
    secret = b"kept answer\n" + scope.encode() + b"\n" + content
    return Retries(hashlib.sha256(scope.encode()).hexdigest(), hashlib.sha256(content).hexdigest(), secret)


async def _retries(request: Request, idempotency_key: Key = None) -> Retries:
    return retries_of(request, idempotency_key, b"" if idempotency_key is None else await request.body())


RetriesDep = Annotated[Retries, Depends(_retries)]
