"""The engagement index (EI): Update, FindContent and ProcessNotification, and the notifications to subscribers."""
