"""A web server of our own on this machine, which answers as a test wants it, well or badly."""

import contextlib
import socket
import threading


def response(body, status="200 OK", headers=""):
    """A proper answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}Connection: close\r\n\r\n"
    return head.encode("latin-1") + body


class Server:
    """Answers each path with what `answers` has for it: bytes, or a function of the connection."""

    def __init__(self):
        self.answers = {}
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.ended = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self):
        self.ended.set()
        self.listener.close()

    def _listen(self):
        with contextlib.suppress(OSError):  # closed
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection, contextlib.suppress(OSError):  # who asked may have gone
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(4096) or b"\r\n\r\n"
            path = request.split()[1].decode().lstrip("/") if len(request.split()) > 1 else ""
            self.asked.append(path)
            answer = self.answers.get(path, response(b"", "404 Not Found"))
            if callable(answer):
                answer(connection)
            else:
                connection.sendall(answer)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):  # until the other side has all of it
                    pass
