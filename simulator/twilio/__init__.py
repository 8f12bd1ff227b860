"""The pretended Twilio API: WhatsApp."""
