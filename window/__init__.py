"""The pygame window in which digits are drawn: layout, looks and events; all sums are in nn/."""
