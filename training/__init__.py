"""From the search log to a better retriever that has proved it."""
