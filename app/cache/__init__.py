"""The response cache in front of the application: exact, bounded, and never touched by a credential."""
