"""What a small local LLM is good for: its verdict by one token, and what it writes, beside what Hone does without."""
