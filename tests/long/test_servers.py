"""Bad servers of all kinds: the next source is taken, soon, and nothing is left that could be data."""

import gzip
import threading

import pytest

from digits.data import download, mnist
from digits.data.mnist_files import FILES, encode_idx
from tests.digits.data.server import Server, response

pytestmark = pytest.mark.long

SECONDS = 8  # enough for a good server
BODY = gzip.compress(b"not MNIST" * 100)
LONG = b"x" * 100_000


def raw(text):
    return text.encode("latin-1")


def keep_sending(*pieces):
    """The first once, the last for ever."""

    def answer(connection):
        for piece in pieces[:-1]:
            connection.sendall(piece)
        while True:
            connection.sendall(pieces[-1])

    return answer


def drip(*pieces):
    """Byte by byte, a tenth of a second apart."""

    def answer(connection):
        for piece in [*pieces, LONG]:
            for k in range(len(piece)):
                connection.sendall(piece[k : k + 1])
                threading.Event().wait(0.1)

    return answer


def say_nothing(connection):
    threading.Event().wait(60)


def hang_up(connection):
    connection.close()


OK = raw("HTTP/1.1 200 OK\r\n")
STATUSES = [
    201,
    204,
    206,
    300,
    304,
    400,
    401,
    403,
    404,
    405,
    407,
    410,
    418,
    429,
    500,
    501,
    502,
    503,
    504,
]
KINDS = {
    **{f"status {status}": response(BODY, f"{status} What") for status in STATUSES},
    **{
        f"redirect {code}": response(b"", f"{code} Go", "Location: t10k-labels-idx1-ubyte.gz\r\n")
        for code in (301, 302, 303, 307, 308)
    },
    "redirect to a file": response(b"", "302 Go", "Location: file:///etc/passwd\r\n"),
    "redirect to nowhere": response(b"", "302 Go"),
    "redirect to nonsense": response(b"", "302 Go", "Location: \x01\x02\r\n"),
    "nothing at all": hang_up,
    "silence": say_nothing,
    "no HTTP": raw("SSH-2.0-hello\r\n\r\n"),
    "binary noise": bytes(range(256)) * 20,
    "HTTP 0.9": raw("<html>hello</html>"),
    "unknown version": raw("HTTP/9.9 200 OK\r\n\r\n"),
    "status of text": raw("HTTP/1.1 fine OK\r\n\r\n"),
    "empty body": response(b""),
    "HTML": response(b"<html>Please log in</html>"),
    "no gzip": response(b"hello"),
    "other gzip": response(BODY),
    "half a gzip": response(BODY[: len(BODY) // 2]),
    "gzip bomb": response(gzip.compress(bytes(100_000_000), 9)),
    "longer than it says": OK + raw("Content-Length: 5\r\n\r\n") + BODY,
    "shorter than it says": OK + raw("Content-Length: 1000000\r\n\r\n") + BODY,
    "negative length": OK + raw("Content-Length: -5\r\n\r\n") + BODY,
    "length of text": OK + raw("Content-Length: many\r\n\r\n") + BODY,
    "length beyond all bounds": OK + raw(f"Content-Length: {10**30}\r\n\r\n") + BODY,
    "damaged chunks": OK + raw("Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n"),
    "a chunk without an end": OK + raw("Transfer-Encoding: chunked\r\n\r\nffffff\r\nhello"),
    "a long header": OK + raw("X: ") + LONG + raw("\r\n\r\n"),
    "many headers": OK + raw("X: y\r\n") * 500 + raw("\r\n"),
    "headers without an end": keep_sending(OK, raw("X: y\r\n")),
    "a header without an end": keep_sending(OK, raw("X: "), LONG),
    "a body without an end": keep_sending(OK + raw("\r\n"), LONG),
    "100 Continue for ever": keep_sending(raw("HTTP/1.1 100 Continue\r\n\r\n")),
    "dripped status": drip(OK),
    "dripped headers": drip(OK + raw("X: y\r\n") * 100),
    "dripped body": lambda c: (c.sendall(OK + raw("Content-Length: 100000\r\n\r\n")), drip()(c)),
}


@pytest.fixture(scope="module")
def good(train_digits, test_digits):
    """What a good mirror answers."""
    arrays = (train_digits.images, train_digits.labels, test_digits.images, test_digits.labels)
    return {
        f"{name}.gz": response(gzip.compress(encode_idx(array), 1))
        for name, array in zip(FILES, arrays, strict=True)
    }


def test_there_are_as_many_kinds_as_is_said():
    assert len(KINDS) >= 47


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_server_is_passed_over(kind, good, tmp_path, monkeypatch, capfd):
    servers = Server(), Server()
    servers[0].answers = dict.fromkeys(good, KINDS[kind])
    servers[1].answers = good
    monkeypatch.setattr(download, "MIRRORS", (servers[0].address, servers[1].address))
    monkeypatch.setattr(download, "DEADLINE", SECONDS)
    data_dir = tmp_path / "data"
    mnist.load("t10k", data_dir)
    assert sorted(path.name for path in data_dir.iterdir()) == sorted(FILES)
    err = capfd.readouterr().err
    assert len(err.splitlines()) == 2  # from where it is fetched, twice
    assert "Traceback" not in err
    assert servers[0].asked
    assert len(servers[1].asked) == len(FILES)
    for server in servers:
        server.close()
