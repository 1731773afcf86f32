"""Which requests may read from a standby."""

from contextvars import ContextVar
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(slots=True)
class Leave:
    """That a request may read from a standby, and whether it has."""

    used: bool = False


leave_given: ContextVar[Leave | None] = ContextVar("leave", default=None)


class FromReplica:
    """Let the application read from a standby. What it then does not answer with success is asked of the primary:
    standbys fail, and may not have what another process was told of. Only for requests that are safe to repeat."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        leave, refused = Leave(), False

        async def watch(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                refused = leave.used and message["status"] >= 400
            if not refused:
                await send(message)

        token = leave_given.set(leave)
        try:
            await self._app({**scope}, receive, watch)
        except Exception:
            if not refused:
                raise
        finally:
            leave_given.reset(token)
        if refused:
            await self._app(scope, receive, send)
