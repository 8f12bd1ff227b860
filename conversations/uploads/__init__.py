"""Files that members choose for customers: read with care, kept, fitted to the channel, sent."""
