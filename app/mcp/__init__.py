"""`/mcp`: the public record for language models, by the Model Context Protocol (extra `mcp`)."""
