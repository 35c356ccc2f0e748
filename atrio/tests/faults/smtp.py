"""A mail server that does what a test tells it: accepts, refuses, hangs up, or says nothing for a while."""

import socketserver
import threading
from email import message_from_bytes
from email.message import Message


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.received: list[Message] = []
        self.answers: dict[str, str] = {}  # to a command, instead of "250 OK"
        self.talking = threading.Event()  # while it is not set, no message is answered
        self.talking.set()
        self.seen = threading.Semaphore(0)  # messages whose last line arrived
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def __exit__(self, *problem) -> None:
        self.shutdown()
        self.server_close()


class _Conversation(socketserver.StreamRequestHandler):
    server: Server

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        self.say(self.server.answers.get("CONNECT", "220 fake"))
        while line := self.rfile.readline():
            word = line.split()[0].decode().upper() if line.split() else ""
            answer = self.server.answers.get(word, "354 go on" if word == "DATA" else "250 OK")
            if answer == "hang up":
                return
            self.say(answer)
            if word == "DATA" and answer.startswith("354"):
                self._message()
            if word == "QUIT":
                return

    def _message(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.received.append(message_from_bytes(b"".join(lines)))
        self.server.seen.release()
        self.server.talking.wait()
        self.say(self.server.answers.get("MESSAGE", "250 kept"))
