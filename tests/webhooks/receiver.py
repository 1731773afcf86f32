"""A receiver of webhooks that answers as it is told to, also wrongly, and keeps what it got."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@dataclass
class Receiver:
    """`answer` gives the bytes to send for a request; the requests are in `got`, as (headers, body)."""

    answer: Callable[[dict[str, str]], bytes] = lambda _: OK
    pause: float = 0.0
    connections: int = 0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            try:
                stream = connection.makefile("rb")
                stream.readline()
                headers = {}
                while line := stream.readline().rstrip(b"\r\n"):
                    name, _, value = line.decode().partition(":")
                    headers[name.lower()] = value.strip()
                body = stream.read(length := int(headers.get("content-length", "0")))
                if not length or len(body) < length:
                    return  # the sender died
                answer = self.answer(headers)
                self.got.append((headers, body))
                if self.pause:
                    for byte in answer:
                        connection.sendall(bytes([byte]))
                        time.sleep(self.pause)
                else:
                    connection.sendall(answer)
            except OSError:
                pass

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]


@contextmanager
def receiving(**kwargs: object) -> Iterator[Receiver]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        receiver = Receiver(**kwargs)  # type: ignore[arg-type]
        receiver.url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        threading.Thread(target=receiver.serve, args=(listener,), daemon=True).start()
        yield receiver
        listener.shutdown(socket.SHUT_RDWR)
