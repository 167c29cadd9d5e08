"""What an agency installs to send, receive and match receipts."""
