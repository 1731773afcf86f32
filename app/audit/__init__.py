"""Reading the audit log, and finding out whether somebody has changed it."""
