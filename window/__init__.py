"""The pygame window in which digits are drawn: layout, looks and events. It computes nothing itself."""
