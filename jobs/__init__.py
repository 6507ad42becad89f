"""WHERE and WHEN: files, clusters, runs, the command. Knows no data."""
