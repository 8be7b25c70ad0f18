"""Whether contract files keep the rules of RIV-TA: WSDL, schemas, and the layout of a package."""
