"""What Messenger and Instagram share: Meta's signature, webhook envelope, message shapes and Graph API."""
