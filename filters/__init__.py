"""WHAT is measured, and what is good enough: measures, rules, recipes, word lists."""
