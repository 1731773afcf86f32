"""The words of public articles, indexed."""
