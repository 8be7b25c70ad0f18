"""What is done to the catalogue (TAK): judged, compared, ordered, edited, published, rolled back."""
