"""Hard negatives: what the live search finds for a question, and no judgment, neighbour or near-copy speaks for."""
