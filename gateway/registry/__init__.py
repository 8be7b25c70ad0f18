"""The service address catalogue (TAK) and the engagement index (EI): files in, immutable snapshots out."""
