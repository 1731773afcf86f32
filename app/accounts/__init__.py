"""People, the tokens and keys they act with, and what each role may do."""
