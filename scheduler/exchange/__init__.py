"""Other formats: each is read into a draft of a study, or written from a protocol. docs/exchange.md maps them, field by field."""
