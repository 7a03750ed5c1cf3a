"""How a calendar looks: events to the bytes of an .ics file (RFC 5545), the same bytes for the same events everywhere."""
