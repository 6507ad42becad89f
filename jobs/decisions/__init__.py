"""What a recipe decides, from the tables: signals as columns, rules as marks, verdicts."""
