"""A small load generator: as many connections as asked, each sending the next request when the last is answered.

It reads answers by their length and looks at nothing but the status, so that the machine's time goes to the server."""

import socket
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answers:
    """What one run of requests gave."""

    seconds: float
    times: tuple[float, ...]
    size: int
    failed: int = 0

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the requests was answered."""
        ordered = sorted(self.times)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000


class Connection:
    """One kept-alive connection to the server."""

    def __init__(self, base: str, headers: dict[str, str]):
        parts = urlsplit(base)
        self.address = (parts.hostname, parts.port)
        self.host = parts.netloc
        self.headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.socket = socket.create_connection(self.address, timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str) -> tuple[int, int]:
        """The status of an answer, and the size of its body."""
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n{self.headers}\r\n".encode())
        head, _mark, body = self._until(b"\r\n\r\n")
        length = _length(head)
        missing = length - len(body)
        while missing > 0:
            chunk = self.socket.recv(min(missing, 262144))
            if not chunk:
                raise ConnectionError("the server hung up")
            missing -= len(chunk)
        return int(head[9:12]), length

    def _until(self, mark: bytes) -> tuple[bytes, bytes, bytes]:
        got = b""
        while mark not in got:
            chunk = self.socket.recv(65536)
            if not chunk:
                raise ConnectionError("the server hung up")
            got += chunk
        return got.partition(mark)

    def close(self) -> None:
        self.socket.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line[15:])
    return 0  # 204 and 304 have no body


def hammer(base: str, paths: list[str], headers: dict[str, str], *, connections: int, seconds: float) -> Answers:
    """Ask for the addresses in turn, over so many connections, for so long."""
    until, lock = time.perf_counter() + seconds, threading.Lock()
    times: list[float] = []
    sizes: list[int] = []
    wrong: list[int] = []

    def ask(number: int) -> None:
        connection, mine, seen = Connection(base, headers), [], 0
        at = number
        while (started := time.perf_counter()) < until:
            status, seen = connection.get(paths[at % len(paths)])
            mine.append(time.perf_counter() - started)
            at += 1
            if status != 200:
                wrong.append(status)
        connection.close()
        with lock:
            times.extend(mine)
            sizes.append(seen)

    started = time.perf_counter()
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Answers(time.perf_counter() - started, tuple(times), max(sizes), len(wrong))
