"""E-mail to readers: an outbox that is written with the change, and sent by the worker."""
