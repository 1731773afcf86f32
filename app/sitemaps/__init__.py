"""What search engines should look at."""
