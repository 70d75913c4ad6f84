"""From anything with a digit on it, drawn, scanned or photographed, to ink, and from ink to a frame."""
