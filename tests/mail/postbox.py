"""A real mail server on this machine, for tests."""

import logging
from asyncio import Server
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Postbox:
    """What it got, each with the addresses of the envelope, and what it answers first to which recipients."""

    port: int = 0
    got: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[Any]
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        message = message_from_bytes(cast(bytes, envelope.content), policy=policy.default)
        self.got.append((list(envelope.rcpt_tos), message))
        return "250 OK"

    def take(self) -> list[EmailMessage]:
        """What came since last time."""
        found = [message for _, message in self.got]
        self.got.clear()
        return found


class _Anywhere(Controller):
    """At a port that is free."""

    def _trigger_server(self) -> None:
        self.port = cast(Server, self.server).sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def receiving() -> Iterator[Postbox]:
    box = Postbox()
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    controller = _Anywhere(box, hostname="127.0.0.1", port=0)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop(no_assert=True)
