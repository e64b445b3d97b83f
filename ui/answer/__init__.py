"""The answer as people see it: its text, its sources, and what to be careful about."""
