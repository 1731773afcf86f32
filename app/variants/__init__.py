"""Quotes of the same words across articles, and what one did to the words of another."""
