"""What values from files and the command line must be: a rule for each, and a function that checks."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

LARGEST = 1e300  # larger whole numbers overflow a float


class Rule(NamedTuple):
    """A number of this kind (int, float or bool) between two bounds, both included; or None."""

    kind: type
    low: float = -math.inf
    high: float = math.inf
    optional: bool = False

    def allows(self, value: Any) -> bool:
        if value is None:
            return self.optional
        if self.kind is bool or isinstance(value, bool):
            return self.kind is bool and isinstance(value, bool)
        if not isinstance(value, (int, float) if self.kind is float else int):
            return False
        return self.low <= value <= self.high and abs(value) < LARGEST  # and so no NaN

    def __str__(self) -> str:
        """'a whole number between 0 and 5'."""
        if self.kind is bool:
            return "true or false"
        kind = "a number" if self.kind is float else "a whole number"
        if self.high == math.inf:
            return f"{kind}, at least {self.low:g}" if self.low > -math.inf else kind
        return f"{kind} between {self.low:g} and {self.high:g}"


def find_fault(record: Any, rules: Mapping[str, Rule]) -> str | None:
    """What is wrong with a record that must have just these values, or None."""
    if not isinstance(record, dict) or set(record) != set(rules):
        return f"it needs {', '.join(rules)}, and no others"
    for name, rule in rules.items():
        if not rule.allows(record[name]):
            return f"{name} cannot be {record[name]!r}: {rule}"
    return None
