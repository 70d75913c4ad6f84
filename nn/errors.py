"""What a user can cause, and mend, ends in one clear line: UserError carries it."""


class UserError(Exception):
    """Something the user can mend: the message says what is wrong, where, and what to do."""


def explain(error: UserError | OSError) -> str:
    """An error as one line: 'weights/digits.npz: Permission denied'."""
    reason = getattr(error, "strerror", None) or str(error)
    file = getattr(error, "filename", None)
    return f"{file}: {reason}" if file else reason
