"""The language a protocol is written in: text to expression and back, and what an expression is worth once dates are known."""
