"""What readers got of an article, from when until when."""
