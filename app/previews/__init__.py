"""Links by which somebody without an account sees one article before readers do."""
