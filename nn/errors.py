"""UserError: a mistake the user can fix, reported in one line."""

MAX_LENGTH = 1000  # characters of a message; a foreign file may have any


class UserError(Exception):
    """A mistake the user can fix: the message says what is wrong, where, and what to do."""


def explain(error: UserError | OSError) -> str:
    """An error as one line: 'weights/digits.npz: Permission denied'."""
    reason = getattr(error, "strerror", None) or str(error)
    file = getattr(error, "filename", None)
    return printable(f"{file}: {reason}" if file else reason)


def printable(text: str) -> str:
    """The text in one line: control characters escaped, length limited."""
    if len(text) > MAX_LENGTH:
        text = f"{text[: MAX_LENGTH // 2]}…{text[-MAX_LENGTH // 2 :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
