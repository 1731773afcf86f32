"""Articles and quotes to be shown on other pages: oEmbed and cards."""
