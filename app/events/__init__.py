"""What happened: the outbox for subscribers, the audit log for auditors, the answers kept for retries."""
