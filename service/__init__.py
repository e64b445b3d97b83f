"""What every door for employees shares: who asks, what runs, what was said of it, and how much is too much."""
