"""What both sides of the system say and how they write: messages in two languages, errors, whole files."""
