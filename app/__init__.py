"""Onrecord: a content API for news that keeps every quote with its speaker, its way and its place."""

__version__ = "0.1.0"
