"""What the command takes: its options, and what each may be."""
