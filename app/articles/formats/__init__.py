"""An article in the formats in which others read articles."""
