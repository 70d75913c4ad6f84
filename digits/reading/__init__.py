"""From ink to an answer: numbers, predictions, how sure they are, and the inside of the network."""
