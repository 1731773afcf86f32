"""What is kept of one reader, wherever it lies."""
