"""The panel beside a conversation: who the customer is, and what members may change of it."""
