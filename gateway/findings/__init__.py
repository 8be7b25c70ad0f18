"""What a judgement is, the rules behind it, and how findings are written."""
