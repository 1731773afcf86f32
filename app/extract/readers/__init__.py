"""One module per format; each turns a text or file into a `Document`."""
