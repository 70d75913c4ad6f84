"""A mistake that somebody could make: which text of which file it changes, and the tests to catch it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Bug:
    """`right` occurs once in `file`; with `wrong` in its place one of `tests` must fail."""

    title: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]

    def plant(self, project: Path) -> None:
        """Put it into a copy of the project. ValueError if there is no such text, or more than one."""
        path = project / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.right) != 1:
            raise ValueError(f"{self.file} has {text.count(self.right)} × {self.right!r}")
        path.write_text(text.replace(self.right, self.wrong), encoding="utf-8")


def bugs_of(file: str, tests: str, changes: dict[str, tuple[str, str]]) -> list[Bug]:
    """{title: (right, wrong)} → the bugs of one file."""
    return [
        Bug(title, file, right, wrong, tuple(tests.split())) for title, (right, wrong) in changes.items()
    ]
