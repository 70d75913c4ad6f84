"""100,000 random events in the window: no error, no memory that grows, and then a digit is read."""

import resource

import pytest

from tests.window.test_tools import check_random_events, clipboard

pytestmark = pytest.mark.long
EVENTS = 100_000
MAX_KILOBYTES = 150_000  # beyond what the first tenth took: actions are kept, to be undone

__all__ = ["clipboard"]  # a fixture


def test_random_events(app, rng, tmp_path, clipboard):
    check_random_events(app, rng, tmp_path, EVENTS // 10)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    check_random_events(app, rng, tmp_path, EVENTS)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < MAX_KILOBYTES
