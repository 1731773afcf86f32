"""Files that are imported through the API, as jobs of the worker."""
