"""What readers say under an article."""
