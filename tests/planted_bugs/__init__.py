"""Mistakes, planted one at a time: each must be caught by a test. `python -m tests.planted_bugs`."""
