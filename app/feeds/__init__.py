"""What is new, for feed readers: RSS 2.0, Atom and JSON Feed."""
