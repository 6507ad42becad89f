"""What is done with a store beside a run, a module a command."""
