"""The protocol as written: rules, and not one date, participant or clock."""
