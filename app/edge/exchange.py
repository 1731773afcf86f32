"""Both directions of one HTTP exchange, as the edge handles them over ASGI."""

import asyncio
import contextlib
from urllib.parse import quote

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from app.edge.problems import Refusal, problem_response

DRAIN_BYTES = 64 * 1024 * 1024
DRAIN_SECONDS = 5.0
MAX_INSTANCE = 1_000

_SET_HERE = (b"x-request-id", b"x-content-type-options")


class Upload:
    """The request's body as it arrives; `unread` says whether more of it may follow."""

    def __init__(self, receive: Receive, *, unread: bool) -> None:
        self.receive = receive
        self.unread = unread

    async def read(self, limit: int, too_large: Refusal) -> bytes:
        """Return the whole body, or raise `too_large` as soon as it exceeds `limit` bytes."""
        body = bytearray()
        while self.unread:
            body += await self._chunk()
            if len(body) > limit:
                raise too_large
        return bytes(body)

    def hand_on(self, limit: int, too_large: Refusal, seconds: float, too_slow: Refusal) -> Receive:
        """A `receive` that delivers the body as it arrives. It raises `too_large` or `too_slow` to whoever reads it."""
        ends = asyncio.get_running_loop().time() + seconds
        received = 0

        async def receive() -> Message:
            nonlocal received
            if not self.unread:
                return await self.receive()
            try:
                async with asyncio.timeout_at(ends):
                    chunk = await self._chunk()
            except TimeoutError:
                raise too_slow from None
            received += len(chunk)
            if received > limit:
                raise too_large
            return {"type": "http.request", "body": chunk, "more_body": self.unread}

        return receive

    async def drain(self) -> None:
        """Discard what the client still sends, within limits.

        Closing a connection that has unread input resets it, and the client may never see the answer.
        """
        drained = 0
        with contextlib.suppress(TimeoutError, ClientDisconnect):
            async with asyncio.timeout(DRAIN_SECONDS):
                while self.unread and drained < DRAIN_BYTES:
                    drained += len(await self._chunk())

    async def _chunk(self) -> bytes:
        message = await self.receive()
        if message["type"] == "http.disconnect":
            self.unread = False
            raise ClientDisconnect
        self.unread = message.get("more_body", False)
        chunk: bytes = message.get("body", b"")
        return chunk

    def replay(self, body: bytes) -> Receive:
        """A `receive` that delivers this body, then whatever the server still has to say."""
        pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return pending.pop() if pending else await self.receive()

        return receive


class Answer:
    """The response, from the application or from the edge, with the fields that every response carries."""

    def __init__(self, send: Send, scope: Scope, request_id: str) -> None:
        self._send = send
        self._scope = scope
        self.request_id = request_id
        self.started = self.complete = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = [field for field in message.get("headers", ()) if field[0] not in _SET_HERE]
            headers.append((b"x-request-id", self.request_id.encode()))
            headers.append((b"x-content-type-options", b"nosniff"))
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self._send(message)

    async def refuse(self, refusal: Refusal, upload: Upload) -> None:
        """Send the problem. If the body is still under way, the connection ends after it."""
        instance = quote(self._scope["path"][:MAX_INSTANCE], errors="replace")
        headers, body = problem_response(refusal, instance=instance, request_id=self.request_id)
        if upload.unread:
            headers.append((b"connection", b"close"))
        await self.send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body, "more_body": upload.unread})
        if upload.unread:
            await upload.drain()
            await self.send({"type": "http.response.body"})
