"""Reports as values: made once of blocks, written as Markdown or as one HTML file that needs nothing else."""
