"""What the extractor found becomes rows; rows become an export."""
