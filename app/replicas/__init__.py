"""Hot standbys of PostgreSQL, for what the public reads.

A standby is read while it has replayed all that this process was told of: its own commits, and others' by NOTIFY. So
a reader never gets from a standby what the cache in front has already forgotten, nor misses what an answer has
acknowledged. What this process was not told of may be missing for some seconds, by a setting.
"""
