"""What a message holds, as the thread draws it: plain values out of received facts and sent content."""
