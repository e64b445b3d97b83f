"""Does it learn? Simulated people use the system, only their log is learned from, and strangers' questions tell."""
