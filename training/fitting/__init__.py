"""Fitting an encoder to pairs: batches, the loss, the trainer, and what watches over it."""
