"""What vouches for a quote: where its words were found or heard, and who checked."""
