"""What waits at a desk: what is due, what is wrong with the data, what changed strangely, how far each street is."""
