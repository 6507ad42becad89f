"""What a worker process has beside its part: memory, locks, a spool."""
